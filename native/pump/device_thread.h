// One open device and the thread that makes all its calls: both GetCommand and CompleteCommand.
// Callbacks run on that thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "../abi/com_ptr.h"
#include "../providers/provider.h"
#include "thread_group.h"
#include "transfer.h"
#include "waker.h"

namespace sqlvdi::pump {

using Clock = std::chrono::steady_clock;

// kInfinite: as far away as there is.
Clock::time_point deadlineIn(std::uint32_t timeoutMs);

struct DeliveredCommand {
  std::uint32_t id;
  std::uint32_t code;
  std::uint32_t size;
  std::uint64_t position;
  std::uint8_t* buffer;
};

struct TransferOutcome {
  HResult result;    // kOk: the server closed the device
  MaybeError error;  // comes before the result
  std::uint64_t bytes;
  std::optional<std::string> sha256;
  bool durable;
};

struct Counters {
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> commands = 0;
  std::atomic<std::uint64_t> flushes = 0;
  // Counted before the interface is told: as soon as it knows, the server may call the backup done.
  std::atomic<std::uint64_t> completes = 0;
};

class DeviceThread : public std::enable_shared_from_this<DeviceThread> {
 public:
  using Done = std::function<void(HResult)>;
  using CommandsDone = std::function<void(HResult, std::vector<DeliveredCommand>)>;
  using TransferDone = std::function<void(const TransferOutcome&)>;

  // stream: the device is like a pipe, not like a disk or a tape, whose commands carry positions.
  DeviceThread(std::shared_ptr<Provider> provider, ComPtr<IClientVirtualDevice> device, bool stream);
  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;

  // Throws std::system_error where there is no thread to be had.
  void start(ThreadGroup& threads);

  // Any thread.
  void getCommands(std::uint32_t timeoutMs, std::uint32_t max, CommandsDone done);
  void cancelWait();
  // The command a completion would be for, while it is held.
  std::optional<DeliveredCommand> find(std::uint32_t id) const;
  void complete(std::uint32_t id, std::uint32_t code, std::uint32_t bytes, std::uint64_t position, Done done);
  // VD_E_NOTSUPPORTED where the device is no stream.
  void transfer(std::unique_ptr<Transfer> transfer, TransferDone done);
  // How many commands are delivered and not completed; also the one that a native transfer works on.
  std::uint32_t held() const;
  const Counters& counters() const { return counters_; }
  bool closedByServer() const { return closedByServer_; }

  // The set is aborted: a native transfer that waits for a pipe ends.
  void interruptTransfer();

  // For the set's close: ends waits and takes no more work; completions are still made.
  void refuseWork();
  // Whether commands are delivered and not completed, or a transfer runs.
  bool busy() const;
  // False: still busy then. An end is as good as idle.
  bool waitUntilIdle(Clock::time_point until);
  // Flag, wake, join; the device pointer is released by its own thread. Not from that thread.
  void stop();
  void waitUntilEnded();

 private:
  using Lock = std::unique_lock<std::mutex>;

  struct Wait {
    Clock::time_point until;
    std::uint32_t max;
    CommandsDone done;
    bool cancelled;
  };
  struct Held {
    VDC_Command* command;
    DeliveredCommand copy;
  };
  struct Completion {
    Held held;
    std::uint32_t code;
    std::uint32_t bytes;
    std::uint64_t position;
    Done done;
  };

  bool idle() const;  // with the lock held
  void run();
  void serve(Lock& lock);
  void makeCompletions(Lock& lock);
  void lookForCommands(Lock& lock);
  void endWait(Lock& lock, HResult result, std::vector<DeliveredCommand> commands);
  HResult collect(std::uint32_t max, std::uint32_t timeoutMs, std::vector<VDC_Command*>& commands);
  void runTransfer(Lock& lock);
  void loop(Transfer& transfer, TransferOutcome& outcome);
  HResult answer(VDC_Command* command, std::uint32_t commandCode, Answer answer, std::uint64_t position);

  const std::shared_ptr<Provider> provider_;
  const bool wakesByApc_;
  const bool stream_;
  ComPtr<IClientVirtualDevice> device_;
  Counters counters_;
  Waker waker_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Wait> waits_;
  std::map<std::uint32_t, Held> held_;
  std::vector<Completion> completions_;
  std::uint32_t completing_ = 0;
  std::unique_ptr<Transfer> transfer_;
  TransferDone transferDone_;
  std::uint32_t nextId_ = 1;
  std::chrono::microseconds pollInterval_{0};
  bool inGetCommand_ = false;
  bool closeKept_ = false;
  bool refusing_ = false;
  bool ended_ = false;
  std::atomic<bool> answering_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> closedByServer_ = false;
};

}  // namespace sqlvdi::pump
