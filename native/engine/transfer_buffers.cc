// Shared buffers passed round among the devices.
#include "transfer_buffers.h"

#include <utility>

namespace sqlvdi::engine {

TransferBuffers::~TransferBuffers() {
  for (std::uint8_t* buffer : free_) set_->FreeBuffer(buffer, size_);
}

HResult TransferBuffers::fill(std::uint32_t count) {
  free_.reserve(count);
  while (free_.size() < count) {
    std::uint8_t* buffer = nullptr;
    const HResult result = set_->AllocateBuffer(&buffer, size_, 0);
    if (result != kOk) return free_.empty() ? result : kOk;
    free_.push_back(buffer);
  }
  return kOk;
}

std::uint8_t* TransferBuffers::tryTake() {
  const std::lock_guard lock(mutex_);
  if (free_.size() <= waiting_) return nullptr;
  std::uint8_t* buffer = free_.back();
  free_.pop_back();
  return buffer;
}

std::uint8_t* TransferBuffers::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  const bool taken = freed_.wait(lock, std::move(stop), [this] { return !free_.empty(); });
  --waiting_;
  if (!taken) return nullptr;
  std::uint8_t* buffer = free_.back();
  free_.pop_back();
  return buffer;
}

void TransferBuffers::give(std::uint8_t* buffer) {
  const std::lock_guard lock(mutex_);
  free_.push_back(buffer);
  freed_.notify_one();
}

}  // namespace sqlvdi::engine
