// Writes one stripe of the media format.
#include "frame_writer.h"

#include <cstring>

#include "crc32c.h"
#include "word_runs.h"

namespace sqlvdi::engine {

FrameWriter::FrameWriter(const StripeIdentity& identity, const std::string& json, bool compression)
    : identity_(identity),
      compression_(compression),
      header_(encodeStripeHeader(identity, json, digest_)),
      frame_(sizeof(FrameHeader) + kMaxFramePages * kPageSize),
      compressed_(compression ? frame_.size() : 0),
      size_(header_.size()) {}

std::uint64_t FrameWriter::mediaSet() const {
  std::uint64_t half;
  std::memcpy(&half, identity_.mediaSetId.data(), sizeof half);
  return half;
}

std::span<const std::uint8_t> FrameWriter::frame(std::uint64_t first, std::uint32_t count) {
  FrameHeader header{};
  header.magic = kFrameMagic;
  header.stripe = identity_.stripe;
  header.mediaSet = mediaSet();
  header.sequence = sequence_++;
  header.firstPage = first;
  header.pageCount = count;
  header.rawSize = count * kPageSize;
  header.storedSize = header.rawSize;
  std::uint8_t* out = frame_.data();
  if (compression_) {
    const std::size_t smaller = compressWords(pages(), header.rawSize, compressed_.data() + sizeof header);
    if (smaller > 0) {
      header.storedSize = static_cast<std::uint32_t>(smaller);
      header.compressed = 1;
      out = compressed_.data();
    }
  }
  header.payloadCrc = crc32c(out + sizeof header, header.storedSize);
  header.headerCrc = crc32c(&header, offsetof(FrameHeader, headerCrc));
  std::memcpy(out, &header, sizeof header);
  digest_ = crc32c(&header, sizeof header, digest_);
  pageTotal_ += count;
  const std::size_t size = sizeof header + header.storedSize;
  size_ += size;
  return {out, size};
}

std::span<const std::uint8_t> FrameWriter::end() {
  const std::uint64_t unpadded = size_ + sizeof(EndFrame);
  size_ = (unpadded + identity_.blockSize - 1) / identity_.blockSize * identity_.blockSize;
  EndFrame end{};
  end.magic = kEndMagic;
  end.stripe = identity_.stripe;
  end.mediaSet = mediaSet();
  end.frames = sequence_;
  end.pages = pageTotal_;
  end.size = size_;
  end.digest = digest_;
  end.headerCrc = crc32c(&end, offsetof(EndFrame, headerCrc));
  frame_.assign(static_cast<std::size_t>(size_ - unpadded) + sizeof end, 0);
  std::memcpy(frame_.data(), &end, sizeof end);
  return frame_;
}

}  // namespace sqlvdi::engine
