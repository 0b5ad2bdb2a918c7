// CRC-32C (Castagnoli), by the processor's instruction where there is one, else by table.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sqlvdi::engine {

// Pass the result of one piece as `seed` of the next to go on; 0 begins.
std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t seed = 0);

// The table version, on its own for comparing the two.
std::uint32_t crc32cByTable(const void* data, std::size_t size, std::uint32_t seed = 0);

}  // namespace sqlvdi::engine
