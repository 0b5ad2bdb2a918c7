// Writes one stripe of the media format: frame by frame, into memory that is reused.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stripe_header.h"

namespace sqlvdi::engine {

class FrameWriter {
 public:
  FrameWriter(const StripeIdentity& identity, const std::string& json, bool compression);

  std::span<const std::uint8_t> header() const { return header_; }

  // Where the caller puts a frame's pages (up to kMaxFramePages) before it calls frame().
  std::uint8_t* pages() { return frame_.data() + sizeof(FrameHeader); }

  // The frame of the pages [first, first + count) that lie in pages(). Valid until the next call.
  std::span<const std::uint8_t> frame(std::uint64_t first, std::uint32_t count);

  // The end frame and its padding: the stripe is then a whole number of blocks.
  std::span<const std::uint8_t> end();

 private:
  std::uint64_t mediaSet() const;

  StripeIdentity identity_;
  bool compression_;
  std::uint32_t digest_ = 0;  // before header_, which sets it
  std::vector<std::uint8_t> header_;
  std::vector<std::uint8_t> frame_;
  std::vector<std::uint8_t> compressed_;
  std::uint64_t sequence_ = 0;
  std::uint64_t pageTotal_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace sqlvdi::engine
