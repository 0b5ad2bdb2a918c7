// Generated database pages: 8 KiB each, made on the fly, with a checksum so that damage shows page by page.
#pragma once

#include <cstdint>

namespace sqlvdi::engine {

constexpr std::uint32_t kPageSize = 8192;

// The content is a function of the four arguments alone. `page` has room for kPageSize bytes and is aligned to 8.
void generatePage(std::uint64_t seed, bool compressible, std::uint64_t number, std::uint32_t epoch, std::uint8_t* page);

// True for a page that was generated for this place and is undamaged, and for one that was never written (all zeros).
bool isPageSound(std::uint64_t number, const std::uint8_t* page);

}  // namespace sqlvdi::engine
