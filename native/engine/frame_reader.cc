// Reads one stripe of the media format.
#include "frame_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "crc32c.h"
#include "word_runs.h"

namespace sqlvdi::engine {
namespace {

// Far beyond any database; keeps page * kPageSize within the file offsets.
constexpr std::uint64_t kMaxPage = std::uint64_t{1} << 40;

std::string number(std::uint64_t value) { return std::to_string(value); }

MediaFault checkHeader(const StripeHeader& header, std::size_t device) {
  const std::string place = "device " + number(device + 1);
  switch (header.format) {
    case StripeFormat::Empty:
      return {Media::Empty, place + " delivered no data at all"};
    case StripeFormat::Unknown:
      return {Media::Unrecognized, "the data of " + place + " is not a backup"};
    case StripeFormat::Own:
      if (header.cutShort) return {Media::Truncated, "the data of " + place + " ends within its media header"};
      if (!header.identity) return {Media::Damaged, "the media header of " + place + " is damaged"};
      break;
    default:
      break;
  }
  return {};
}

}  // namespace

MediaFault checkStripes(std::span<const StripeHeader> headers, int& device) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    device = static_cast<int>(i);
    if (MediaFault fault = checkHeader(headers[i], i)) return fault;
  }
  const StripeHeader& first = headers.front();
  for (std::size_t i = 0; i < headers.size(); ++i) {
    device = static_cast<int>(i);
    const StripeHeader& header = headers[i];
    const std::string place = "device " + number(i + 1);
    if (header.format != first.format) {
      return {Media::Foreign, "the stripe of " + place + " has another format than the first: not the same media set"};
    }
    if (!header.identity || !first.identity) continue;
    if (header.identity->mediaSetId != first.identity->mediaSetId) {
      return {Media::Foreign, "the stripe of " + place + " belongs to another media set than the first"};
    }
  }
  if (!first.identity) return {};
  if (first.identity->stripeCount != headers.size()) {
    device = -1;
    return {Media::Missing, "the media set has " + number(first.identity->stripeCount) + " stripes but " +
                                number(headers.size()) + " are given"};
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    device = static_cast<int>(i);
    if (headers[i].identity->stripe != i) {
      return {Media::Swapped, "device " + number(i + 1) + " delivers stripe " +
                                  number(headers[i].identity->stripe + 1) + " of the media set"};
    }
  }
  device = -1;
  return {};
}

FrameReader::FrameReader(const StripeHeader& header, PageSink sink)
    : identity_(*header.identity), sink_(std::move(sink)), offset_(header.size), digest_(header.crc) {
  gathered_.reserve(kMaxFramePages * kPageSize);
}

const MediaFault& FrameReader::push(std::span<const std::uint8_t> data) {
  while (!data.empty() && !fault_) {
    if (state_ == State::Padding) {
      takePadding(data);
      break;
    }
    const std::size_t part = std::min(wanted_ - gathered_.size(), data.size());
    gathered_.insert(gathered_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(part));
    data = data.subspan(part);
    offset_ += part;
    if (gathered_.size() == wanted_) take();
  }
  return fault_;
}

const MediaFault& FrameReader::finish() {
  if (!fault_ && (state_ != State::Padding || offset_ < end_)) {
    fail(Media::Truncated, "the stripe ends before its end mark");
  }
  return fault_;
}

std::uint64_t FrameReader::knownEnd() const {
  if (state_ == State::Padding) return end_;
  return offset_ + (wanted_ - gathered_.size()) + (state_ == State::Payload ? sizeof(FrameHeader) : 0);
}

void FrameReader::take() {
  if (state_ == State::Payload) {
    takePayload();
  } else {
    takeHeader();
  }
  gathered_.clear();
}

void FrameReader::takeHeader() {
  std::uint32_t magic;
  std::memcpy(&magic, gathered_.data(), sizeof magic);
  std::uint32_t crc;
  std::memcpy(&crc, gathered_.data() + offsetof(FrameHeader, headerCrc), sizeof crc);
  if (crc != crc32c(gathered_.data(), offsetof(FrameHeader, headerCrc))) {
    fail(Media::Damaged, "a frame's header is damaged");
  } else if (magic == kFrameMagic) {
    takeFrameHeader();
  } else if (magic == kEndMagic) {
    takeEndFrame();
  } else {
    fail(Media::Damaged, "neither a frame nor the end mark follows");
  }
}

bool FrameReader::belongsHere(std::uint32_t stripe, std::uint64_t mediaSet) {
  if (std::memcmp(&mediaSet, identity_.mediaSetId.data(), sizeof mediaSet) != 0) {
    fail(Media::Foreign, "a frame belongs to another media set");
  } else if (stripe != identity_.stripe) {
    fail(Media::Swapped, "a frame belongs to stripe " + number(std::uint64_t{stripe} + 1));
  }
  return !fault_;
}

void FrameReader::takeFrameHeader() {
  std::memcpy(&frame_, gathered_.data(), sizeof frame_);
  if (!belongsHere(frame_.stripe, frame_.mediaSet)) return;
  const bool sound = frame_.sequence == sequence_ && frame_.firstPage <= kMaxPage && frame_.pageCount >= 1 &&
                     frame_.pageCount <= kMaxFramePages && frame_.rawSize == frame_.pageCount * kPageSize &&
                     frame_.storedSize >= 1 && frame_.storedSize <= frame_.rawSize && frame_.compressed <= 1 &&
                     (frame_.compressed == 1 || frame_.storedSize == frame_.rawSize);
  if (!sound) return fail(Media::Damaged, "frame " + number(frame_.sequence) + " is out of sequence or malformed");
  ++sequence_;
  digest_ = crc32c(&frame_, sizeof frame_, digest_);
  state_ = State::Payload;
  wanted_ = frame_.storedSize;
}

void FrameReader::takePayload() {
  if (crc32c(gathered_.data(), gathered_.size()) != frame_.payloadCrc) {
    return fail(Media::Damaged, "the data of frame " + number(frame_.sequence) + " does not match its checksum");
  }
  const std::uint8_t* pages = gathered_.data();
  if (frame_.compressed == 1) {
    expanded_.resize(kMaxFramePages * kPageSize);
    if (!expandWords(gathered_.data(), gathered_.size(), expanded_.data(), frame_.rawSize)) {
      return fail(Media::Damaged, "the compressed data of frame " + number(frame_.sequence) + " is malformed");
    }
    pages = expanded_.data();
  }
  for (std::uint32_t i = 0; i < frame_.pageCount; ++i) {
    if (!isPageSound(frame_.firstPage + i, pages + std::size_t{i} * kPageSize)) {
      return fail(Media::Damaged, "page " + number(frame_.firstPage + i) + " was damaged when it was backed up");
    }
  }
  sink_(frame_.firstPage, frame_.pageCount, pages);
  pageTotal_ += frame_.pageCount;
  state_ = State::Header;
  wanted_ = sizeof(FrameHeader);
}

void FrameReader::takeEndFrame() {
  EndFrame end;
  std::memcpy(&end, gathered_.data(), sizeof end);
  if (!belongsHere(end.stripe, end.mediaSet)) return;
  const std::uint64_t block = identity_.blockSize;
  if (end.frames != sequence_ || end.pages != pageTotal_ || end.digest != digest_ ||
      end.size != (offset_ + block - 1) / block * block) {
    return fail(Media::Damaged, "the stripe's totals differ from what its end mark says");
  }
  end_ = end.size;
  state_ = State::Padding;
}

void FrameReader::takePadding(std::span<const std::uint8_t> data) {
  if (data.size() > end_ - offset_) return fail(Media::Damaged, "there is data after the end of the stripe");
  if (std::any_of(data.begin(), data.end(), [](std::uint8_t byte) { return byte != 0; })) {
    return fail(Media::Damaged, "the padding after the end mark is damaged");
  }
  offset_ += data.size();
}

void FrameReader::fail(Media kind, const std::string& what) {
  fault_ = {kind, "stripe " + number(identity_.stripe + 1) + ", near byte " + number(offset_) + ": " + what};
}

}  // namespace sqlvdi::engine
