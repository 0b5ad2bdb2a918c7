// Reads one stripe of the media format from pieces of any size, and says exactly what is wrong with a bad one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "stripe_header.h"

namespace sqlvdi::engine {

enum class Media { None, Truncated, Damaged, Swapped, Foreign, Missing, Empty, Unrecognized };

struct MediaFault {
  Media kind = Media::None;
  std::string detail;
  explicit operator bool() const { return kind != Media::None; }
};

// Checks what the stripes' headers say about each other: every stripe of one set, each at its own device.
// `device` tells which stripe the fault is about, -1 for the set as a whole.
MediaFault checkStripes(std::span<const StripeHeader> headers, int& device);

class FrameReader {
 public:
  // Takes the pages [first, first + count); the memory is the reader's and valid during the call.
  using PageSink = std::function<void(std::uint64_t first, std::uint32_t count, const std::uint8_t* pages)>;

  FrameReader(const StripeHeader& header, PageSink sink);

  // The stripe's bytes after its header, in order. After a fault it stays with that fault.
  const MediaFault& push(std::span<const std::uint8_t> data);

  // No more data will come.
  const MediaFault& finish();

  // How far the stripe goes for certain, by what was read so far: after a frame comes another, or the end frame.
  std::uint64_t knownEnd() const;

  std::uint64_t pages() const { return pageTotal_; }

 private:
  enum class State { Header, Payload, Padding };

  void take();
  void takeHeader();
  void takeFrameHeader();
  void takeEndFrame();
  void takePayload();
  void takePadding(std::span<const std::uint8_t> data);
  void fail(Media kind, const std::string& what);
  bool belongsHere(std::uint32_t stripe, std::uint64_t mediaSet);

  StripeIdentity identity_;
  PageSink sink_;
  State state_ = State::Header;
  std::vector<std::uint8_t> gathered_;  // the frame header or payload being put together
  std::size_t wanted_ = sizeof(FrameHeader);
  std::vector<std::uint8_t> expanded_;
  FrameHeader frame_{};
  std::uint64_t sequence_ = 0;
  std::uint64_t pageTotal_ = 0;
  std::uint64_t offset_;  // of the stream, for messages and the end frame's total
  std::uint64_t end_ = 0;
  std::uint32_t digest_;
  MediaFault fault_;
};

}  // namespace sqlvdi::engine
