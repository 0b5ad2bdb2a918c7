// Turns a stream of bytes into Write and Flush commands.
#include "stream_sender.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace sqlvdi::engine {

StreamSender::~StreamSender() {
  drain();
  if (buffer_) buffers_->give(buffer_);
}

bool StreamSender::writeMetadata(std::span<const std::uint8_t> data) {
  drain();
  buffers_ = &shop_.small;
  bool sent = true;
  for (std::size_t size = shop_.config.blockSize; sent && !data.empty(); size = shop_.small.size()) {
    buffer_ = claimBuffer(channel_, *buffers_, shop_.control, [this] { takeBack(); });
    if (!buffer_) break;
    const auto part = data.first(std::min(size, data.size()));
    std::memcpy(buffer_, part.data(), part.size());
    filled_ = static_cast<std::uint32_t>(part.size());
    data = data.subspan(part.size());
    sent = sendCollected();
  }
  drain();
  buffers_ = &shop_.large;
  return sent && data.empty() && !shop_.control.stopping();
}

bool StreamSender::write(std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    if (!buffer_) buffer_ = claimBuffer(channel_, *buffers_, shop_.control, [this] { takeBack(); });
    if (!buffer_) return false;
    const std::size_t part = std::min<std::size_t>(data.size(), shop_.config.maxTransferSize - filled_);
    std::memcpy(buffer_ + filled_, data.data(), part);
    filled_ += static_cast<std::uint32_t>(part);
    data = data.subspan(part);
    if (filled_ == shop_.config.maxTransferSize && !sendCollected()) return false;
  }
  return true;
}

bool StreamSender::end() {
  if (filled_ > 0 && !sendCollected()) return false;
  return flush();
}

bool StreamSender::flush() {
  drain();
  return !shop_.control.stopping() && channel_.call(Command::Flush);
}

bool StreamSender::sendCollected() {
  std::uint8_t* buffer = std::exchange(buffer_, nullptr);
  const bool sent = channel_.send(Command::Write, std::exchange(filled_, 0), buffer);
  if (!sent) buffers_->give(buffer);
  return sent;
}

void StreamSender::drain() {
  while (channel_.outstanding() > 0) takeBack();
}

void StreamSender::takeBack() {
  const Finished write = channel_.takeOldest();
  buffers_->give(write.buffer);
  if (write.error != completion::kERROR_SUCCESS) return;
  channel_.addBytes(write.transferred);
  if (write.transferred == write.size) return;
  shop_.control.fail(
      {Stage::Write, static_cast<int>(channel_.index()), 0, completion::kERROR_WRITE_FAULT, Media::None,
       "the client stored " + std::to_string(write.transferred) + " of " + std::to_string(write.size) + " bytes"});
}

}  // namespace sqlvdi::engine
