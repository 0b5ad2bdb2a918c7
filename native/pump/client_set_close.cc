// How a set ends: by close(), because nobody wants it any more, or with its environment.
#include <algorithm>
#include <system_error>
#include <utility>

#include "client_set.h"

namespace sqlvdi::pump {
namespace {

using namespace std::chrono_literals;

// The end of the environment is looked for this often while holders of commands are waited for.
constexpr std::chrono::milliseconds kGraceSlice = 20ms;

}  // namespace

HResult ClientSet::closeNow(Clock::time_point graceUntil) {
  {
    Lock lock(mutex_);
    endConfigWaits(lock, hr::kVD_E_ABORT, {}, [](const ConfigWait&) { return true; });
  }
  if (!set_) return created_;
  if (!open_) return set_->Close();
  const bool abortedHere = abortIfBusy(graceUntil);
  endDevices();
  HResult result = kOk;
  switch (views_->detachAll()) {
    case ViewOwner::Answer::Ending:
      // The environment ends in the midst of this: its own end goes on from here.
      return hr::kVD_E_ABORT;
    case ViewOwner::Answer::SomeEscaped:
      result = leaveToEscaped();
      break;
    case ViewOwner::Answer::Detached:
      result = set_->Close();
      break;
  }
  // An aborted set closes without a word about its devices; but when close() was called they were open.
  if (abortedHere && result == kOk) result = hr::kVD_E_OPEN;
  open_ = false;
  deviceCount_ = 0;
  maxTransferSize_ = 0;
  devices_.clear();
  return result;
}

// Where commands are held: aborts, and gives their holders the time to let go. A job that the runtime has already begun
// on a view (a write, say) cannot be ended by detaching it: this is what such jobs have to end in. True: the set was
// not aborted before.
bool ClientSet::abortIfBusy(Clock::time_point graceUntil) {
  for (const auto& device : devices_) device->refuseWork();
  const auto busy = [](const std::shared_ptr<DeviceThread>& device) { return device->busy(); };
  if (std::none_of(devices_.begin(), devices_.end(), busy)) return false;
  VDConfig config{};
  const bool abortsHere = set_->GetConfiguration(0, &config) != hr::kVD_E_ABORT;
  if (abortsHere) set_->SignalAbort();
  for (const auto& device : devices_) device->interruptTransfer();
  for (const auto& device : devices_) {
    while (!device->waitUntilIdle(std::min(graceUntil, Clock::now() + kGraceSlice)) && Clock::now() < graceUntil) {
      const Lock lock(mutex_);
      if (phase_ != Phase::Running) return abortsHere;
    }
  }
  return abortsHere;
}

void ClientSet::endDevices() {
  for (const auto& device : devices_) device->stop();
  for (const auto& device : devices_) device->waitUntilEnded();
}

bool ClientSet::serverClosedAll() const {
  const auto closed = [](const std::shared_ptr<DeviceThread>& device) { return device->closedByServer(); };
  return devices_.size() == deviceCount_ && std::all_of(devices_.begin(), devices_.end(), closed);
}

// Close would unmap memory that somebody can still see. The server is told by an abort instead, and Close is called
// when the last such view is gone. The set has an object of its own for whatever comes next.
HResult ClientSet::leaveToEscaped() {
  const HResult result = serverClosedAll() ? kOk : hr::kVD_E_OPEN;
  set_->SignalAbort();
  const auto kept = std::make_shared<ComPtr<IClientVirtualDeviceSet2>>(std::move(set_));
  views_->whenEscapedAreGone([kept, provider = provider_, threads = threads_] {
    try {
      threads->start([kept, provider] {
        const auto scope = provider->enterThread();
        (*kept)->Close();
        kept->reset();
      });
    } catch (const std::system_error&) {
      // No thread to be had: the set stays mapped until the process ends.
      kept->detach();
    }
  });
  created_ = provider_->createSet(set_.put());
  return result;
}

void ClientSet::abandon() {
  {
    const Lock lock(mutex_);
    if (phase_ == Phase::Running) phase_ = Phase::Abandoned;
  }
  changed_.notify_all();
}

void ClientSet::halt() {
  Lock lock(mutex_);
  phase_ = Phase::Halting;
  changed_.notify_all();
  changed_.wait(lock, [this] { return halted_ || !running_; });
}

void ClientSet::release() {
  Lock lock(mutex_);
  phase_ = Phase::Releasing;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !running_; });
}

void ClientSet::endWithEnvironment(Lock& lock) {
  std::deque<Job> dropped;
  dropped.swap(jobs_);
  endConfigWaits(lock, hr::kVD_E_ABORT, {}, [](const ConfigWait&) { return true; });
  lock.unlock();
  dropped.clear();
  if (set_ && open_) set_->SignalAbort();
  endDevices();
  devices_.clear();
  lock.lock();
  halted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return phase_ == Phase::Releasing; });
  if (!set_ || !open_) return;
  lock.unlock();
  if (views_->anyEscaped()) {
    // Another environment may see the memory for as long as the process lives.
    set_.detach();
  } else {
    set_->Close();
  }
  open_ = false;
  lock.lock();
}

}  // namespace sqlvdi::pump
