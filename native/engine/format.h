// The stand-in's own striped media format: what the blocks of a stripe look like. All numbers are little-endian.
//
// - the stripe header: StripeHeaderBlock, the caller's JSON, zeros up to headerSize, a multiple of 4096 and of the
//   block size;
// - frames: FrameHeader, payload of storedSize bytes: up to kMaxFramePages consecutive pages;
// - the end: EndFrame, zeros up to a whole block.
//
// Pages go to whichever stripe has room, each frame says which ones it holds; so a set may have any number of stripes,
// and a restore puts pages in their places whatever order they come in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pages.h"

namespace sqlvdi::engine {

using MediaSetId = std::array<std::uint8_t, 16>;

constexpr char kStripeMagic[8] = {'V', 'D', 'I', 'S', 'T', 'R', 'P', '\x1a'};
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::uint32_t kHeaderUnit = 4096;
constexpr std::uint32_t kMaxHeaderSize = 256 * 1024;
constexpr std::uint32_t kFrameMagic = 0x4D415246;  // "FRAM"
constexpr std::uint32_t kEndMagic = 0x444E4521;    // "!END"
constexpr std::uint32_t kMaxFramePages = 64;

struct StripeHeaderBlock {
  char magic[8];
  std::uint32_t version;
  std::uint32_t headerSize;
  MediaSetId mediaSetId;
  std::uint32_t stripe;
  std::uint32_t stripeCount;
  std::uint32_t blockSize;
  std::uint32_t jsonSize;
  std::uint64_t setPages;  // of all stripes together
  std::uint32_t pageSize;
  std::uint32_t crc;  // of all headerSize bytes, this member taken as 0
};
static_assert(sizeof(StripeHeaderBlock) == 64);

struct FrameHeader {
  std::uint32_t magic;
  std::uint32_t stripe;
  std::uint64_t mediaSet;  // the first half of the media set's id
  std::uint64_t sequence;  // 0 for the stripe's first frame
  std::uint64_t firstPage;
  std::uint32_t pageCount;
  std::uint32_t rawSize;
  std::uint32_t storedSize;
  std::uint32_t compressed;
  std::uint32_t payloadCrc;
  std::uint32_t headerCrc;  // of the members before it
};
static_assert(sizeof(FrameHeader) == 56 && offsetof(FrameHeader, headerCrc) == 52);

struct EndFrame {
  std::uint32_t magic;
  std::uint32_t stripe;
  std::uint64_t mediaSet;
  std::uint64_t frames;
  std::uint64_t pages;
  std::uint64_t size;    // of the whole stripe, padding included
  std::uint64_t digest;  // CRC-32C over the stripe header and all frame headers in turn, and so over all payloads' CRCs
  std::uint32_t reserved;  // 0
  std::uint32_t headerCrc;
};
static_assert(sizeof(EndFrame) == sizeof(FrameHeader) && offsetof(EndFrame, headerCrc) == 52);

}  // namespace sqlvdi::engine
