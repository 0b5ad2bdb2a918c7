// Turns Read commands into a stream of bytes.
#include "stream_receiver.h"

#include <algorithm>

namespace sqlvdi::engine {

StreamReceiver::StreamReceiver(DeviceChannel& channel, Workshop& shop)
    : channel_(channel), shop_(shop), random_(channel.index() + 1) {}

StreamReceiver::~StreamReceiver() {
  // Only after an exception: the data is of no interest any more.
  while (channel_.outstanding() > 0) shop_.large.give(channel_.takeOldest().buffer);
}

bool StreamReceiver::readBegin(std::size_t size, std::vector<std::uint8_t>& begin) {
  const std::size_t block = shop_.config.blockSize;
  const Consumer append = [&](std::span<const std::uint8_t> data) {
    begin.insert(begin.end(), data.begin(), data.end());
  };
  while (!ended_ && begin.size() < size) {
    const std::size_t blocks = (size - begin.size() + block - 1) / block;
    const auto wanted = static_cast<std::uint32_t>(std::min<std::size_t>(blocks * block, shop_.small.size()));
    std::uint8_t* buffer = shop_.small.take(shop_.control.stopToken());
    if (!buffer) return false;
    if (!channel_.send(Command::Read, wanted, buffer)) {
      shop_.small.give(buffer);
      return false;
    }
    asked_ += wanted;
    takeBack(shop_.small, append);
  }
  return !shop_.control.stopping();
}

bool StreamReceiver::readAll(const Consumer& consumer, const KnownEnd& known) {
  const auto back = [&] { takeBack(shop_.large, consumer); };
  while (!ended_ && !shop_.control.stopping()) {
    const std::uint64_t room = known ? roomUpTo(known()) : shop_.config.maxTransferSize;
    if (room == 0) {
      if (channel_.outstanding() == 0) break;
      back();
      continue;
    }
    std::uint8_t* buffer = claimBuffer(channel_, shop_.large, shop_.control, back);
    if (!buffer) break;
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(nextSize(), room));
    if (ended_ || !channel_.send(Command::Read, size, buffer)) {
      shop_.large.give(buffer);
      break;
    }
    asked_ += size;
  }
  while (channel_.outstanding() > 0) back();
  return !shop_.control.stopping();
}

// What may be asked for still, in whole blocks.
std::uint64_t StreamReceiver::roomUpTo(std::uint64_t end) const {
  const std::uint64_t block = shop_.config.blockSize;
  const std::uint64_t wholeBlocks = (end + block - 1) / block * block;
  return wholeBlocks > asked_ ? wholeBlocks - asked_ : 0;
}

bool StreamReceiver::clearError() { return !inError_ || channel_.call(Command::ClearError); }

// Mostly whole multiples of 64 KiB, now and then any number of blocks: seldom what was written.
std::uint32_t StreamReceiver::nextSize() {
  const std::uint32_t unit = random_() % 8 == 0 ? shop_.config.blockSize : kMinTransferSize;
  const auto most = static_cast<std::uint_fast32_t>(shop_.config.maxTransferSize / unit);
  return static_cast<std::uint32_t>(1 + random_() % most) * unit;
}

void StreamReceiver::takeBack(TransferBuffers& buffers, const Consumer& consumer) {
  const Finished read = channel_.takeOldest();
  try {
    take(read, consumer);
  } catch (...) {
    buffers.give(read.buffer);
    throw;
  }
  buffers.give(read.buffer);
}

void StreamReceiver::take(const Finished& read, const Consumer& consumer) {
  if (ended_) inError_ = read.error == completion::kERROR_IO_DEVICE;
  // What was asked for beyond the end answers whatever it likes.
  if (ended_ || shop_.control.stopping()) return;
  const bool atEnd = isEndOfData(read.error);
  if (read.error != completion::kERROR_SUCCESS && !atEnd) {
    ended_ = true;
    shop_.control.fail({Stage::Read, static_cast<int>(channel_.index()), 0, read.error, Media::None,
                        "the client answered with an error"});
    return;
  }
  ended_ = atEnd;
  // Like some real servers: a success that is short is believed to be full.
  const std::uint32_t count = atEnd ? std::min(read.transferred, read.size) : read.size;
  channel_.addBytes(count);
  if (count > 0) consumer({read.buffer, count});
}

}  // namespace sqlvdi::engine
