// Whether a kept stream of a real server is whole, as far as its end tells.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "frame_reader.h"

namespace sqlvdi::engine {

// Backups of SQL Server, compressed or not, are whole numbers of 512-byte blocks and end with a soft file mark of the
// Microsoft Tape Format (`SFMB`) that counts the marks before it: two for each backup set on the medium. A block larger
// than 512 bytes is filled up with zeros.
class RawEnd {
 public:
  void push(std::span<const std::uint8_t> data);
  // `stripe` from 0, for the message.
  MediaFault check(std::uint32_t stripe) const;

 private:
  std::vector<std::uint8_t> tail_;
  std::uint64_t size_ = 0;
};

}  // namespace sqlvdi::engine
