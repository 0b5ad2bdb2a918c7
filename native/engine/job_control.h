// What all threads of a job share: whether it goes on, why it ended, and the waits that end with it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

#include "engine.h"

namespace sqlvdi::engine {

// Where all devices of a job wait for each other.
enum class Meeting { Headers, Flushed };

class JobControl {
 public:
  explicit JobControl(std::size_t devices) : devices_(devices) {}

  // The first failure in time counts. Every thread then stops sending commands.
  void fail(Failure failure);

  // The set was aborted. That is the failure unless its cause is found among what is still on its way.
  void noteAbort(Stage stage, int device);

  // Ends the job from outside: fails it, ends hangs and aborts the set.
  void cancel();

  bool stopping() const { return stop_.stop_requested(); }
  std::stop_token stopToken() const { return stop_.get_token(); }
  std::optional<Failure> failure() const;

  // Both return false when the job stops.
  bool sleep(std::uint32_t ms);
  bool meet(Meeting meeting);

  // Waits for cancel().
  void hang();

  // cancel() and abortSet() reach the set from attach to detach.
  void attachSet(IServerVirtualDeviceSet2* set);
  void detachSet();
  void abortSet();
  // GetConfiguration's answer tells an aborted set from one that is not.
  bool isSetAborted();

 private:
  const std::size_t devices_;
  std::stop_source stop_;
  std::stop_source cancel_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Failure> failure_;
  std::optional<Failure> abort_;
  std::size_t met_[2] = {0, 0};

  std::mutex setMutex_;
  IServerVirtualDeviceSet2* set_ = nullptr;
};

}  // namespace sqlvdi::engine
