// A media set's identity from Windows' random numbers.
#if defined(_WIN32)

#include "../abi/win32.h"

#include <bcrypt.h>

#include <system_error>

#include "stripe_header.h"

namespace sqlvdi::engine {

MediaSetId makeMediaSetId() {
  MediaSetId id;
  const auto size = static_cast<ULONG>(id.size());
  const NTSTATUS status = ::BCryptGenRandom(nullptr, id.data(), size, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
  if (status < 0) throw std::system_error(static_cast<int>(status), std::system_category(), "BCryptGenRandom");
  return id;
}

}  // namespace sqlvdi::engine

#endif
