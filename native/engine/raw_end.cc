// Looks at the last blocks of a kept stream.
#include "raw_end.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "../abi/constants.h"

namespace sqlvdi::engine {
namespace {

constexpr std::size_t kTapeBlock = 512;
constexpr std::size_t kCapacityOffset = 52;
constexpr std::size_t kCountOffset = 56;

std::uint32_t numberAt(const std::uint8_t* data) {
  std::uint32_t value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

bool isZero(std::span<const std::uint8_t> data) {
  return std::all_of(data.begin(), data.end(), [](std::uint8_t byte) { return byte == 0; });
}

// The mark at the very end; the one before it, which opens the set's directory, has an odd count.
// A mark whose list of marks is full has stopped counting.
bool isLastMark(const std::uint8_t* block) {
  if (std::memcmp(block, "SFMB", 4) != 0) return false;
  const std::uint32_t count = numberAt(block + kCountOffset);
  return count >= numberAt(block + kCapacityOffset) || (count >= 2 && count % 2 == 0);
}

}  // namespace

void RawEnd::push(std::span<const std::uint8_t> data) {
  size_ += data.size();
  if (data.size() > kMaxBlockSize) data = data.last(kMaxBlockSize);
  const std::size_t room = kMaxBlockSize - data.size();
  if (tail_.size() > room) tail_.erase(tail_.begin(), tail_.end() - static_cast<std::ptrdiff_t>(room));
  tail_.insert(tail_.end(), data.begin(), data.end());
}

MediaFault RawEnd::check(std::uint32_t stripe) const {
  if (size_ % kTapeBlock == 0) {
    std::span<const std::uint8_t> rest(tail_);
    while (!rest.empty() && isZero(rest.last(kTapeBlock))) rest = rest.first(rest.size() - kTapeBlock);
    if (!rest.empty() && isLastMark(rest.last(kTapeBlock).data())) return {};
  }
  return {Media::Truncated, "stripe " + std::to_string(stripe + 1) + " ends after " + std::to_string(size_) +
                                " bytes without the mark that ends a backup"};
}

}  // namespace sqlvdi::engine
