// The server's bookkeeping of the buffer area.
#include "buffer_pool.h"

#include <algorithm>
#include <bit>

#include "layout.h"

namespace sqlvdi::embedded {
namespace {

// More than any machine has: sums stop here instead of wrapping round.
constexpr std::uint64_t kMost = std::uint64_t{1} << 46;

}  // namespace

void BufferPool::configure(std::uint32_t prefixZoneSize, std::uint32_t alignment) {
  prefixZoneSize_ = prefixZoneSize;
  alignment_ = alignment;
}

bool BufferPool::legal(std::uint32_t size, std::uint32_t alignment) const {
  return size != 0 && (alignment == 0 || (std::has_single_bit(alignment) && alignment <= kMaxAlignment));
}

std::uint64_t BufferPool::effective(std::uint32_t alignment) const { return std::max(alignment, alignment_); }

// The prefix zone ends where the data begins, so the room before the data is a whole number of alignments.
std::uint64_t BufferPool::prefix(std::uint64_t alignment) const { return roundUp(prefixZoneSize_, alignment); }

std::uint64_t BufferPool::stride(std::uint32_t size, std::uint64_t alignment) const {
  return prefix(alignment) + roundUp(size, alignment);
}

void BufferPool::request(std::uint32_t size, std::uint32_t alignment, std::uint32_t count) {
  const std::uint64_t unit = effective(alignment);
  // Buffers of a coarser alignment than the set's may each have to skip up to one alignment after a finer one.
  const std::uint64_t skip = unit > alignment_ ? unit : 0;
  const std::uint64_t bytes = stride(size, unit) + skip;
  limit_ = count && bytes > (kMost - limit_) / count ? kMost : limit_ + bytes * count;
}

bool BufferPool::allocate(std::uint32_t size, std::uint32_t alignment, std::uint64_t& offset) {
  const std::uint64_t unit = effective(alignment);
  const std::uint64_t length = stride(size, unit);
  // The smallest gap that does: small metadata buffers must not eat into the room of large ones.
  std::size_t best = blocks_.size() + 1;
  std::uint64_t bestGap = 0;
  std::uint64_t bestBegin = 0;
  std::uint64_t gapBegin = 0;
  for (std::size_t index = 0; index <= blocks_.size(); ++index) {
    const std::uint64_t gapEnd = index < blocks_.size() ? blocks_[index].begin : limit_;
    const std::uint64_t begin = roundUp(gapBegin, unit);
    const std::uint64_t gap = gapEnd - gapBegin;
    if (begin + length <= gapEnd && (best > blocks_.size() || gap < bestGap)) {
      best = index;
      bestGap = gap;
      bestBegin = begin;
    }
    if (index < blocks_.size()) gapBegin = blocks_[index].end;
  }
  if (best > blocks_.size()) return false;
  offset = bestBegin + prefix(unit);
  const Block block{bestBegin, bestBegin + length, offset, size};
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(best), block);
  return true;
}

bool BufferPool::free(std::uint64_t offset, std::uint32_t size) {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                  [&](const Block& block) { return block.data == offset && block.size == size; });
  if (found == blocks_.end()) return false;
  blocks_.erase(found);
  return true;
}

std::uint32_t BufferPool::available(std::uint32_t size, std::uint32_t alignment) const {
  const std::uint64_t unit = effective(alignment);
  const std::uint64_t length = stride(size, unit);
  std::uint64_t count = 0;
  std::uint64_t gapBegin = 0;
  for (std::size_t index = 0; index <= blocks_.size(); ++index) {
    const std::uint64_t gapEnd = index < blocks_.size() ? blocks_[index].begin : limit_;
    const std::uint64_t begin = roundUp(gapBegin, unit);
    if (begin < gapEnd) count += (gapEnd - begin) / length;
    if (index < blocks_.size()) gapBegin = blocks_[index].end;
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xFFFFFFFFu));
}

}  // namespace sqlvdi::embedded
