// Holds every #if that chooses between providers.
#include "factory.h"

#include "embedded.h"
#if defined(_WIN32)
#include "com.h"
#endif

namespace sqlvdi {
namespace {

#if defined(_WIN32)
constexpr bool kApc = true;
#else
constexpr bool kApc = false;
#endif

}  // namespace

std::optional<std::string> whyUnavailable(std::string_view provider) {
  if (provider == "embedded") return std::nullopt;
  if (provider == "com") {
#if defined(_WIN32)
    // Whether the class is registered shows when a set is created, with COM's own answer.
    return std::nullopt;
#else
    return "COM exists on Windows only";
#endif
  }
  if (provider == "libsqlvdi") {
#if defined(_WIN32)
    return "libsqlvdi.so belongs to SQL Server on Linux";
#else
    return "this build does not include the provider for libsqlvdi.so";
#endif
  }
  return "there is no such provider";
}

std::shared_ptr<Provider> makeProvider(std::string_view provider) {
#if defined(_WIN32)
  if (provider == "com") return makeComProvider();
#endif
  if (provider == "embedded") return makeEmbeddedProvider(kApc);
  return nullptr;
}

}  // namespace sqlvdi
