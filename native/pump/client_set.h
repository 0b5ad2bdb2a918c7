// One virtual device set and its control thread, which makes all the set's calls in the order they were asked for.
// The thread lives from the first call until nothing is open and nothing is asked for. Callbacks run on it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "../abi/com_ptr.h"
#include "../providers/provider.h"
#include "census.h"
#include "device_thread.h"
#include "thread_group.h"

namespace sqlvdi::pump {

// What the pump needs of whoever shows the buffers to others. Called on the control thread.
class ViewOwner {
 public:
  enum class Answer { Detached, SomeEscaped, Ending };

  virtual ~ViewOwner() = default;

  // Takes every view of the set's memory away and waits until that is done. SomeEscaped: views were moved to where
  // nobody can take them away; the memory must stay. Ending: nobody can be asked any more.
  virtual Answer detachAll() = 0;
  // `release` is called once none of the escaped views is left: on any thread, once, or never.
  virtual void whenEscapedAreGone(std::function<void()> release) = 0;
  // At the environment's end.
  virtual bool anyEscaped() const = 0;
};

class ClientSet : public std::enable_shared_from_this<ClientSet> {
 public:
  using Done = std::function<void(HResult)>;
  using ConfigDone = std::function<void(HResult, const VDConfig&)>;
  using DeviceDone = std::function<void(HResult, std::shared_ptr<DeviceThread>)>;
  using HandleDone = std::function<void(HResult, std::uint32_t handle)>;
  using MapDone = std::function<void(HResult, std::uint8_t* buffer)>;

  ClientSet(std::shared_ptr<Provider> provider, std::shared_ptr<ThreadGroup> threads, std::shared_ptr<ViewOwner> views);
  ClientSet(const ClientSet&) = delete;
  ClientSet& operator=(const ClientSet&) = delete;

  // Any thread. Each throws std::system_error where there is no thread to be had.
  void createEx(std::optional<VdiString> instance, VdiString name, VDConfig config, Done done);
  void openInSecondaryEx(std::optional<VdiString> instance, VdiString name, Done done);
  void getConfiguration(std::uint32_t timeoutMs, ConfigDone done);
  void openDevice(VdiString name, DeviceDone done);
  void signalAbort(Done done);
  void getBufferHandle(std::uint8_t* buffer, HandleDone done);
  // VD_E_INVALID where size is more than a command of this set can have.
  void mapBufferHandle(std::uint32_t handle, std::uint32_t size, MapDone done);
  void close(std::uint32_t graceMs, Done done);

  // Ends the getConfiguration calls made so far with VD_E_TIMEOUT.
  void cancelWait();

  // Nobody wants the set any more: closes it without waiting for anybody.
  void abandon();

  // The environment's end, in two steps, each of which waits. First everything stops: the set is aborted, device
  // threads end. Its memory goes with the second, when nobody can look at it any more.
  void halt();
  void release();

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Job = std::function<void()>;
  enum class Phase { Running, Abandoned, Halting, Releasing };

  struct ConfigWait {
    Clock::time_point until;
    ConfigDone done;
    bool cancelled;
  };

  void post(Job job);
  Job run();
  bool serve(Lock& lock);
  void tellOfClose(Lock& lock);
  void lookForConfiguration(Lock& lock);
  // Answers the waits the condition picks.
  void endConfigWaits(Lock& lock, HResult result, const VDConfig& config, bool (*which)(const ConfigWait&));
  HResult opened(HResult result);
  HResult closeNow(Clock::time_point graceUntil);
  bool abortIfBusy(Clock::time_point graceUntil);
  void endDevices();
  HResult leaveToEscaped();
  bool serverClosedAll() const;
  void endWithEnvironment(Lock& lock);

  const std::shared_ptr<Provider> provider_;
  const std::shared_ptr<ThreadGroup> threads_;
  const std::shared_ptr<ViewOwner> views_;

  // Of the control thread alone.
  ComPtr<IClientVirtualDeviceSet2> set_;
  HResult created_ = kOk;
  bool open_ = false;
  std::uint32_t deviceCount_ = 0;
  std::uint32_t maxTransferSize_ = 0;
  std::vector<std::shared_ptr<DeviceThread>> devices_;
  std::chrono::milliseconds configSlice_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  Job closeAnswer_;
  std::vector<ConfigWait> configWaits_;
  std::uint64_t cancelledUpTo_ = 0;
  std::uint64_t nextConfigCall_ = 1;
  bool running_ = false;
  bool halted_ = false;
  Phase phase_ = Phase::Running;
};

}  // namespace sqlvdi::pump
