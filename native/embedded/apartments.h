// Lets any thread of a process use an object, whichever COM apartment made it: what the interface promises of a set.
// Where the system has no apartments there is nothing to do for that.
#pragma once

#include <atomic>

#include "../abi/interfaces.h"

namespace sqlvdi::embedded {

// A part of an object, which asks it for the interfaces that it does not have itself.
class Apartments {
 public:
  Apartments() = default;
  ~Apartments();  // NOLINT(performance-trivially-destructible): Windows has a reference to give back
  Apartments(const Apartments&) = delete;
  Apartments& operator=(const Apartments&) = delete;

  // The system's free-threaded marshaler as a face of `owner`; kE_NOINTERFACE for everything else.
  HResult query(IUnknown& owner, const Guid& iid, void** out);

 private:
  std::atomic<void*> marshaler_{nullptr};
};

}  // namespace sqlvdi::embedded
