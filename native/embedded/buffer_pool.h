// The server's bookkeeping of the buffer area: which stretches are handed out. Offsets only; it never touches the
// memory.
#pragma once

#include <vector>

#include "../abi/types.h"

namespace sqlvdi::embedded {

class BufferPool {
 public:
  void configure(std::uint32_t prefixZoneSize, std::uint32_t alignment);

  // 0 is the set's alignment, which a smaller one is raised to.
  bool legal(std::uint32_t size, std::uint32_t alignment) const;

  // Before the area exists: adds to what it must hold.
  void request(std::uint32_t size, std::uint32_t alignment, std::uint32_t count);
  std::uint64_t requested() const { return limit_; }
  void forgetRequests() { limit_ = 0; }
  // The area exists and has this size.
  void open(std::uint64_t areaSize) { limit_ = areaSize; }

  bool allocate(std::uint32_t size, std::uint32_t alignment, std::uint64_t& offset);
  // False where no buffer of that size starts there.
  bool free(std::uint64_t offset, std::uint32_t size);
  // How many such buffers could be allocated now.
  std::uint32_t available(std::uint32_t size, std::uint32_t alignment) const;

 private:
  struct Block {
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t data;
    std::uint32_t size;
  };

  std::uint64_t effective(std::uint32_t alignment) const;
  std::uint64_t prefix(std::uint64_t alignment) const;
  std::uint64_t stride(std::uint32_t size, std::uint64_t alignment) const;

  std::vector<Block> blocks_;  // in order of begin
  std::uint64_t limit_ = 0;
  std::uint32_t prefixZoneSize_ = 0;
  std::uint32_t alignment_ = 512;
};

}  // namespace sqlvdi::embedded
