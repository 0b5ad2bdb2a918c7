// The shared state of a job's threads.
#include "job_control.h"

#include <chrono>
#include <utility>

namespace sqlvdi::engine {

void JobControl::fail(Failure failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }
  stop_.request_stop();
}

void JobControl::noteAbort(Stage stage, int device) {
  {
    const std::lock_guard lock(mutex_);
    if (!abort_) {
      abort_ = Failure{stage,           device,
                       hr::kVD_E_ABORT, completion::kERROR_OPERATION_ABORTED,
                       Media::None,     "the client aborted the virtual device set, or its process died"};
    }
  }
  stop_.request_stop();
}

void JobControl::cancel() {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_ && !abort_) {
      failure_ = Failure{.stage = Stage::Cancelled, .detail = "the job was cancelled"};
    }
  }
  cancel_.request_stop();
  stop_.request_stop();
  abortSet();
}

std::optional<Failure> JobControl::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_ ? failure_ : abort_;
}

bool JobControl::sleep(std::uint32_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stopToken(), std::chrono::milliseconds(ms), [] { return false; });
  return !stopping();
}

bool JobControl::meet(Meeting meeting) {
  std::unique_lock lock(mutex_);
  std::size_t& met = met_[static_cast<std::size_t>(meeting)];
  if (++met == devices_) changed_.notify_all();
  changed_.wait(lock, stopToken(), [&] { return met == devices_; });
  return !stopping();
}

void JobControl::hang() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, cancel_.get_token(), [] { return false; });
}

void JobControl::attachSet(IServerVirtualDeviceSet2* set) {
  const std::lock_guard lock(setMutex_);
  set_ = set;
}

void JobControl::detachSet() {
  const std::lock_guard lock(setMutex_);
  set_ = nullptr;
}

void JobControl::abortSet() {
  const std::lock_guard lock(setMutex_);
  if (set_) set_->SignalAbort();
}

bool JobControl::isSetAborted() {
  const std::lock_guard lock(setMutex_);
  VDConfig config;
  return set_ && set_->GetConfiguration(&config) == hr::kVD_E_ABORT;
}

}  // namespace sqlvdi::engine
