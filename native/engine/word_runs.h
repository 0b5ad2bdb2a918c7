// The media format's compression: run lengths of 8-byte words. Groups follow one another until the data is used up:
//   u32 number of literal words | u32 length of the run after them | the literal words | the run's word, if its length
//   is not 0
#pragma once

#include <cstddef>
#include <cstdint>

namespace sqlvdi::engine {

// Both sizes are multiples of 8. Returns the compressed size, or 0 where it would not be smaller than `size`;
// `out` needs room for `size` bytes and nothing beyond is touched.
std::size_t compressWords(const std::uint8_t* data, std::size_t size, std::uint8_t* out);

// Returns false where the groups do not make exactly `size` bytes. Never reads or writes outside the two ranges.
bool expandWords(const std::uint8_t* data, std::size_t storedSize, std::uint8_t* out, std::size_t size);

}  // namespace sqlvdi::engine
