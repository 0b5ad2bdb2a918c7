// What a job does once it is attached: the part in which backup and restore differ.
#pragma once

#include <atomic>
#include <cstdint>

#include "device_channel.h"
#include "engine.h"
#include "job_control.h"
#include "transfer_buffers.h"

namespace sqlvdi::engine {

// What the devices' threads work with.
struct Workshop {
  JobControl& control;
  TransferBuffers& large;  // of the maximum transfer size
  TransferBuffers& small;  // for metadata, enough for every device
  VDConfig config;
};

class Task {
 public:
  virtual ~Task() = default;

  virtual std::uint32_t mediaFeature() const = 0;  // WriteMedia or ReadMedia
  virtual Stage stage() const = 0;                 // Write or Read

  // Before the set is looked for. Exceptions become the job's local failure, here and below.
  virtual void prepare() = 0;

  // On the device's thread: everything between Active and Complete. Returns with nothing outstanding, and tells whether
  // all of the device's data went through.
  virtual bool transfer(DeviceChannel& channel, Workshop& shop) = 0;

  // After all devices have closed; `failed` tells whether what was made is of any use.
  virtual void finish(bool failed) = 0;

  std::uint64_t pages() const { return pages_.load(std::memory_order_relaxed); }
  std::uint64_t totalPages() const { return totalPages_.load(std::memory_order_relaxed); }

 protected:
  std::atomic<std::uint64_t> pages_ = 0;
  std::atomic<std::uint64_t> totalPages_ = 0;
};

}  // namespace sqlvdi::engine
