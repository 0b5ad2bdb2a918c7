// The writing side of one device: turns a stream of bytes into Write and Flush commands of realistic sizes.
#pragma once

#include <cstdint>
#include <span>

#include "device_channel.h"
#include "task.h"

namespace sqlvdi::engine {

// Each call returns false when the job stops.
class StreamSender {
 public:
  StreamSender(DeviceChannel& channel, Workshop& shop) : channel_(channel), shop_(shop), buffers_(&shop.large) {}
  StreamSender(const StreamSender&) = delete;
  StreamSender& operator=(const StreamSender&) = delete;
  ~StreamSender();

  // Metadata goes first, in small writes: one block, then what is left. A whole number of blocks.
  bool writeMetadata(std::span<const std::uint8_t> data);

  // Data is collected to the largest transfers.
  bool write(std::span<const std::uint8_t> data);

  // Waits for all writes, then sends a Flush. What is still being collected follows later.
  bool flush();

  // Sends what is collected, which must be a whole number of blocks, and flushes.
  bool end();

 private:
  bool sendCollected();
  void drain();
  void takeBack();

  DeviceChannel& channel_;
  Workshop& shop_;
  TransferBuffers* buffers_;  // where the buffers that are out come from
  std::uint8_t* buffer_ = nullptr;
  std::uint32_t filled_ = 0;
};

}  // namespace sqlvdi::engine
