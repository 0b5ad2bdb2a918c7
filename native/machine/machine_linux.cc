// Linux has no registry, no access tokens of this kind and no version resources.
#if !defined(_WIN32)

#include <filesystem>
#include <iterator>

#include "machine.h"

namespace sqlvdi::machine {

std::optional<std::u16string> registryText(Hive, View, const std::u16string&, const std::u16string&) { return {}; }

std::vector<std::u16string> registryNames(Hive, View, const std::u16string&) { return {}; }

std::optional<Token> processToken() { return {}; }

std::optional<FileVersion> fileVersion(const std::u16string&) { return {}; }

std::uint32_t openHandles() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return error ? 0 : static_cast<std::uint32_t>(std::distance(entries, std::filesystem::directory_iterator()));
}

}  // namespace sqlvdi::machine

#endif
