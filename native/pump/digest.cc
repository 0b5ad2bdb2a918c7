// What both platforms' digests share.
#include "digest.h"

namespace sqlvdi::pump {

std::string toHex(const std::uint8_t* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t index = 0; index < size; ++index) {
    text += kDigits[bytes[index] >> 4];
    text += kDigits[bytes[index] & 15];
  }
  return text;
}

}  // namespace sqlvdi::pump
