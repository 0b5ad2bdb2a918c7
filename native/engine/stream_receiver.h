// The reading side of one device: Read commands of changing sizes, their data in the order they were sent.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <vector>

#include "device_channel.h"
#include "task.h"

namespace sqlvdi::engine {

class StreamReceiver {
 public:
  // Takes a piece of the stream; throwing or failing the job ends the reading.
  using Consumer = std::function<void(std::span<const std::uint8_t>)>;

  StreamReceiver(DeviceChannel& channel, Workshop& shop);
  StreamReceiver(const StreamReceiver&) = delete;
  StreamReceiver& operator=(const StreamReceiver&) = delete;
  ~StreamReceiver();

  // Reads on, in small pieces, until `begin` holds at least `size` bytes or the stream ends. False when the job stops.
  bool readBegin(std::size_t size, std::vector<std::uint8_t>& begin);

  // How far the stream goes for certain, by what was taken of it so far; it only grows.
  using KnownEnd = std::function<std::uint64_t()>;

  // Reads to the end of the data. False when the job stops. A server knows from the media where it ends, and asks for
  // nothing beyond that: many clients have never learned to answer it. Without `known` the client says where.
  bool readAll(const Consumer& consumer, const KnownEnd& known = nullptr);

  bool ended() const { return ended_; }

  // Brings the device out of its error state, if the end of the data has put it there. False when the job stops.
  bool clearError();

 private:
  std::uint32_t nextSize();
  std::uint64_t roomUpTo(std::uint64_t end) const;
  void takeBack(TransferBuffers& buffers, const Consumer& consumer);
  void take(const Finished& read, const Consumer& consumer);

  DeviceChannel& channel_;
  Workshop& shop_;
  std::minstd_rand random_;
  std::uint64_t asked_ = 0;
  bool ended_ = false;
  bool inError_ = false;
};

}  // namespace sqlvdi::engine
