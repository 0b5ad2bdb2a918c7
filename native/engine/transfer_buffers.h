// Shared buffers of one size, taken from the set once and then passed round among the devices.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <vector>

#include "../abi/interfaces.h"

namespace sqlvdi::engine {

class TransferBuffers {
 public:
  // The set must outlive this.
  TransferBuffers(IServerVirtualDeviceSet2* set, std::uint32_t size) : set_(set), size_(size) {}
  TransferBuffers(const TransferBuffers&) = delete;
  TransferBuffers& operator=(const TransferBuffers&) = delete;
  // All buffers must have been given back.
  ~TransferBuffers();

  // Takes up to `count` buffers from the set; fails only where there is not even one.
  HResult fill(std::uint32_t count);

  std::uint32_t size() const { return size_; }

  // Null where none is free, or another device waits for one without having any.
  std::uint8_t* tryTake();

  // Waits; null when `stop` was requested. Only for who holds no buffer of these.
  std::uint8_t* take(std::stop_token stop);

  void give(std::uint8_t* buffer);

 private:
  IServerVirtualDeviceSet2* set_;
  std::uint32_t size_;
  std::mutex mutex_;
  std::condition_variable_any freed_;
  std::vector<std::uint8_t*> free_;
  std::size_t waiting_ = 0;
};

}  // namespace sqlvdi::engine
