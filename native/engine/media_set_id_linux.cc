// A media set's identity from Linux' random numbers. Not std::random_device's: linked statically, that would ask for a
// newer glibc.
#if !defined(_WIN32)

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "stripe_header.h"

namespace sqlvdi::engine {

MediaSetId makeMediaSetId() {
  MediaSetId id;
  if (::getentropy(id.data(), id.size()) != 0) throw std::system_error(errno, std::generic_category(), "getentropy");
  return id;
}

}  // namespace sqlvdi::engine

#endif
