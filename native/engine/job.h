// One BACKUP or RESTORE as the server's side of a set runs it: attach, configure, transfer, close, on threads of its
// own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "../abi/com_ptr.h"
#include "device_channel.h"
#include "engine.h"
#include "fault_plan.h"
#include "job_control.h"
#include "task.h"
#include "transfer_buffers.h"

namespace sqlvdi::engine {

// How many threads all jobs of this process have now.
std::uint32_t jobThreads();

class Job {
 public:
  Job(SetOptions options, std::unique_ptr<Task> task);
  // Cancels what still runs and waits for it.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // `done` is called once, on the job's own thread, when everything is released.
  void start(std::function<void(const Result&)> done);

  void cancel() { control_.cancel(); }
  Progress progress() const;

 private:
  void run();
  void runSet(Result& result);
  bool attach();
  bool configure(Result& result);
  bool openDevices();
  void transfer();
  void runDevice(DeviceChannel& channel);
  void startAgent();
  bool succeeded(HResult result, Stage stage, int device, const char* what);
  template <typename Body>
  bool guard(int device, Body body);

  const SetOptions options_;
  const std::unique_ptr<Task> task_;
  JobControl control_;
  FaultPlan faults_;
  std::function<void(const Result&)> done_;

  ComPtr<IServerVirtualDeviceSet2> set_;
  VDConfig config_{};
  std::unique_ptr<TransferBuffers> large_;
  std::unique_ptr<TransferBuffers> small_;
  mutable std::mutex channelsMutex_;  // progress() reads while the devices are being opened
  std::vector<std::unique_ptr<DeviceChannel>> channels_;
  std::jthread agent_;
  std::jthread coordinator_;
};

}  // namespace sqlvdi::engine
