// One device of the set as the engine uses it: a window of outstanding commands, taken back in the order they were
// sent.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "../abi/com_ptr.h"
#include "fault_plan.h"
#include "job_control.h"
#include "transfer_buffers.h"

namespace sqlvdi::engine {

// How many commands a device has outstanding at most.
constexpr std::size_t kDepth = 4;

// How a client answers a Read that reaches the end of the data.
constexpr bool isEndOfData(std::uint32_t error) {
  return error == completion::kERROR_HANDLE_EOF || error == completion::kERROR_NO_DATA_DETECTED;
}

struct Finished {
  Command code;
  std::uint32_t size;
  std::uint8_t* buffer;
  std::uint32_t error;
  std::uint32_t transferred;
};

// Everything but the completion routine runs on the device's own thread.
class DeviceChannel {
 public:
  DeviceChannel(JobControl& control, FaultPlan& faults, ComPtr<IServerVirtualDevice> device, std::uint32_t index,
                bool positioned);

  std::uint32_t index() const { return index_; }

  // At most kDepth commands may be outstanding. False: it was not sent, because the job stops.
  bool send(Command code, std::uint32_t size = 0, std::uint8_t* buffer = nullptr);

  std::size_t outstanding() const { return slots_.size(); }
  bool isOldestDone();

  // Waits for the oldest command. Nothing cuts the wait short but the command's completion or the agent's end,
  // since until then the buffer may be in the client's hands.
  Finished takeOldest();

  // For commands that stand alone: sends, waits, and fails the job where it was answered with an error. True: answered
  // well.
  bool call(Command code);

  // Reports the state for fault injection; false when the job is not to go on.
  bool reached(JobState state, Stage stage) { return faults_.reached(state, static_cast<int>(index_), stage); }

  // The bytes moved so far; any thread may ask.
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  void addBytes(std::uint64_t count) { bytes_.fetch_add(count, std::memory_order_relaxed); }

  void close();

  // Lets go of the interface; nothing may be called after.
  void release() { device_.reset(); }

  // The completion agent has returned: what is outstanding will not be completed any more.
  void agentEnded();

 private:
  struct Slot {
    VDS_Command command{};
    DeviceChannel* channel = nullptr;
    bool done = false;
  };

  static void VDI_CALL onCompletion(VDS_Command* command);
  void complete(Slot& slot);

  JobControl& control_;
  FaultPlan& faults_;
  ComPtr<IServerVirtualDevice> device_;
  const std::uint32_t index_;
  const bool positioned_;
  std::uint64_t sentCommands_ = 0;
  std::uint64_t sentBytes_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;

  std::deque<Slot> slots_;  // the device thread adds and removes; `done` is under the mutex
  std::mutex mutex_;
  std::condition_variable completed_;
  bool agentEnded_ = false;
};

// A buffer for the next command. A device that has commands outstanding waits for those first (`takeBack` is called to
// take the oldest back), so that devices never wait for each other's buffers in a circle. Null: the job stops.
template <typename TakeBack>
std::uint8_t* claimBuffer(DeviceChannel& channel, TransferBuffers& buffers, const JobControl& control,
                          TakeBack takeBack) {
  while (!control.stopping()) {
    while (channel.outstanding() == kDepth || (channel.outstanding() > 0 && channel.isOldestDone())) takeBack();
    if (std::uint8_t* buffer = buffers.tryTake()) return buffer;
    if (channel.outstanding() == 0) return buffers.take(control.stopToken());
    takeBack();
  }
  return nullptr;
}

}  // namespace sqlvdi::engine
