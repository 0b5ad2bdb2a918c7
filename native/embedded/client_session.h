// What a client set and its devices share while the set is open.
#pragma once

#include "session.h"

namespace sqlvdi::embedded {

struct ClientSession : Session {
  ClientSession(std::unique_ptr<SharedSet> set, bool isPrimary) : Session(std::move(set)), primary(isPrimary) {}

  const bool primary;
  std::uint64_t openedHere = 0;  // a bit for each device this object opened; under the set's lock
};

}  // namespace sqlvdi::embedded
