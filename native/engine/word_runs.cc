// Run-length compression of 8-byte words, see the header for the format.
#include "word_runs.h"

#include <cstring>

namespace sqlvdi::engine {
namespace {

// Shorter runs cost more as a group of their own than as literals.
constexpr std::size_t kShortestRun = 4;

std::uint64_t wordAt(const std::uint8_t* data, std::size_t index) {
  std::uint64_t word;
  std::memcpy(&word, data + index * 8, 8);
  return word;
}

std::size_t runLength(const std::uint8_t* data, std::size_t from, std::size_t words) {
  const std::uint64_t word = wordAt(data, from);
  std::size_t end = from + 1;
  while (end < words && wordAt(data, end) == word) ++end;
  return end - from;
}

}  // namespace

std::size_t compressWords(const std::uint8_t* data, std::size_t size, std::uint8_t* out) {
  const std::size_t words = size / 8;
  std::size_t used = 0;  // bytes of out
  std::size_t at = 0;
  while (at < words) {
    const std::size_t firstLiteral = at;
    std::size_t run = 0;
    while (at < words) {
      const std::size_t length = runLength(data, at, words);
      if (length >= kShortestRun) {
        run = length;
        break;
      }
      at += length;
    }
    const std::size_t literals = at - firstLiteral;
    const std::size_t group = 8 + literals * 8 + (run > 0 ? 8 : 0);
    if (used + group >= size) return 0;
    const std::uint32_t counts[2] = {static_cast<std::uint32_t>(literals), static_cast<std::uint32_t>(run)};
    std::memcpy(out + used, counts, 8);
    std::memcpy(out + used + 8, data + firstLiteral * 8, literals * 8);
    if (run > 0) std::memcpy(out + used + 8 + literals * 8, data + at * 8, 8);
    used += group;
    at += run;
  }
  return used;
}

bool expandWords(const std::uint8_t* data, std::size_t storedSize, std::uint8_t* out, std::size_t size) {
  std::size_t read = 0;
  std::size_t written = 0;
  while (read < storedSize) {
    if (storedSize - read < 8) return false;
    std::uint32_t counts[2];
    std::memcpy(counts, data + read, 8);
    read += 8;
    const std::size_t literals = std::size_t{counts[0]} * 8;
    const std::size_t run = counts[1];
    if (literals > storedSize - read || literals > size - written) return false;
    std::memcpy(out + written, data + read, literals);
    read += literals;
    written += literals;
    if (run == 0) continue;
    if (storedSize - read < 8 || run > (size - written) / 8) return false;
    const std::uint64_t word = wordAt(data + read, 0);
    read += 8;
    for (std::size_t i = 0; i < run; ++i, written += 8) std::memcpy(out + written, &word, 8);
  }
  return written == size;
}

}  // namespace sqlvdi::engine
