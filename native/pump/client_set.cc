// The control thread: its queue, the calls of the interface, and the wait for the configuration.
#include "client_set.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace sqlvdi::pump {
namespace {

using namespace std::chrono_literals;

// A wait for the configuration lets other calls in this often: soon at first, since a server is usually quick.
constexpr std::chrono::milliseconds kFirstSlice = 2ms;
constexpr std::chrono::milliseconds kLongestSlice = 50ms;

const VdiChar* pointerTo(const std::optional<VdiString>& text) { return text ? text->c_str() : nullptr; }

}  // namespace

ClientSet::ClientSet(std::shared_ptr<Provider> provider, std::shared_ptr<ThreadGroup> threads,
                     std::shared_ptr<ViewOwner> views)
    : provider_(std::move(provider)), threads_(std::move(threads)), views_(std::move(views)) {}

void ClientSet::createEx(std::optional<VdiString> instance, VdiString name, VDConfig config, Done done) {
  post([this, instance = std::move(instance), name = std::move(name), config, done = std::move(done)]() mutable {
    done(set_ ? opened(provider_->createEx(*set_.get(), pointerTo(instance), name.c_str(), config)) : created_);
  });
}

void ClientSet::openInSecondaryEx(std::optional<VdiString> instance, VdiString name, Done done) {
  post([this, instance = std::move(instance), name = std::move(name), done = std::move(done)] {
    done(set_ ? opened(set_->OpenInSecondaryEx(pointerTo(instance), name.c_str())) : created_);
  });
}

HResult ClientSet::opened(HResult result) {
  if (result == kOk) open_ = true;
  return result;
}

void ClientSet::getConfiguration(std::uint32_t timeoutMs, ConfigDone done) {
  std::uint64_t call = 0;
  {
    const Lock lock(mutex_);
    call = nextConfigCall_++;
  }
  post([this, call, until = deadlineIn(timeoutMs), done = std::move(done)] {
    const Lock lock(mutex_);
    configWaits_.push_back({until, done, call <= cancelledUpTo_});
    configSlice_ = kFirstSlice;
  });
}

void ClientSet::cancelWait() {
  {
    const Lock lock(mutex_);
    cancelledUpTo_ = nextConfigCall_ - 1;
    for (ConfigWait& wait : configWaits_) wait.cancelled = true;
  }
  changed_.notify_all();
}

void ClientSet::openDevice(VdiString name, DeviceDone done) {
  post([this, name = std::move(name), done = std::move(done)] {
    ComPtr<IClientVirtualDevice> device;
    const HResult result = set_ ? set_->OpenDevice(name.c_str(), device.put()) : created_;
    if (result != kOk) return done(result, nullptr);
    VDConfig config{};
    set_->GetConfiguration(0, &config);
    const bool stream = (config.features & (feature::kRandomAccess | feature::kFileMarks)) == 0;
    const auto made = std::make_shared<DeviceThread>(provider_, std::move(device), stream);
    try {
      made->start(*threads_);
    } catch (const std::system_error&) {
      return done(hr::kE_OUTOFMEMORY, nullptr);
    }
    devices_.push_back(made);
    done(kOk, made);
  });
}

void ClientSet::signalAbort(Done done) {
  post([this, done = std::move(done)] {
    const HResult result = set_ ? set_->SignalAbort() : created_;
    if (result == kOk) {
      for (const auto& device : devices_) device->interruptTransfer();
    }
    done(result);
  });
}

void ClientSet::getBufferHandle(std::uint8_t* buffer, HandleDone done) {
  post([this, buffer, done = std::move(done)] {
    std::uint32_t handle = 0;
    const HResult result = set_ ? set_->GetBufferHandle(buffer, &handle) : created_;
    done(result, handle);
  });
}

void ClientSet::mapBufferHandle(std::uint32_t handle, std::uint32_t size, MapDone done) {
  post([this, handle, size, done = std::move(done)] {
    std::uint8_t* buffer = nullptr;
    HResult result = created_;
    if (set_) {
      // A secondary need not have asked for the configuration.
      VDConfig config{};
      result = maxTransferSize_ != 0 ? kOk : set_->GetConfiguration(0, &config);
      if (result == kOk) maxTransferSize_ = std::max(maxTransferSize_, config.maxTransferSize);
      if (result == kOk && size > maxTransferSize_) result = hr::kVD_E_INVALID;
      if (result == kOk) result = set_->MapBufferHandle(handle, &buffer);
    }
    done(result, buffer);
  });
}

void ClientSet::close(std::uint32_t graceMs, Done done) {
  post([this, graceMs, done = std::move(done)] {
    const HResult result = closeNow(deadlineIn(graceMs));
    const Lock lock(mutex_);
    closeAnswer_ = [done, result] { done(result); };
  });
}

void ClientSet::post(Job job) {
  {
    const Lock lock(mutex_);
    if (phase_ == Phase::Halting || phase_ == Phase::Releasing) return;
    jobs_.push_back(std::move(job));
    if (!running_) {
      try {
        const auto answer = std::make_shared<Job>();
        threads_->start([self = shared_from_this(), answer] { *answer = self->run(); },
                        [answer] {
                          if (*answer) (*answer)();
                        });
      } catch (...) {
        jobs_.pop_back();
        throw;
      }
      running_ = true;
      halted_ = false;
    }
  }
  changed_.notify_all();
}

// Returns what is left to be told once the thread is gone.
ClientSet::Job ClientSet::run() {
  const auto scope = provider_->enterThread();
  created_ = provider_->createSet(set_.put());
  if (created_ != kOk) set_.reset();
  const Counted counted(census.clientSets);
  Lock lock(mutex_);
  while (serve(lock)) {
  }
  // Whoever posts from now on starts another thread, with an object of its own.
  const ComPtr<IClientVirtualDeviceSet2> last = std::move(set_);
  Job answer = std::exchange(closeAnswer_, nullptr);
  running_ = false;
  changed_.notify_all();
  lock.unlock();
  return answer;
}

// One step. False: the thread has nothing left to be there for.
bool ClientSet::serve(Lock& lock) {
  if (phase_ == Phase::Halting || phase_ == Phase::Releasing) {
    endWithEnvironment(lock);
    return false;
  }
  if (!jobs_.empty()) {
    tellOfClose(lock);
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    return true;
  }
  if (phase_ == Phase::Abandoned && open_) {
    lock.unlock();
    closeNow(Clock::now());
    lock.lock();
    return true;
  }
  if (!configWaits_.empty()) {
    tellOfClose(lock);
    lookForConfiguration(lock);
    return true;
  }
  if (!open_) return false;
  tellOfClose(lock);
  changed_.wait(lock);
  return true;
}

// A close is answered when nothing is left of the set, or before the next call where there is one.
void ClientSet::tellOfClose(Lock& lock) {
  if (!closeAnswer_) return;
  const Job answer = std::exchange(closeAnswer_, nullptr);
  lock.unlock();
  answer();
  lock.lock();
}

void ClientSet::lookForConfiguration(Lock& lock) {
  endConfigWaits(lock, hr::kVD_E_TIMEOUT, {}, [](const ConfigWait& wait) { return wait.cancelled; });
  if (configWaits_.empty()) return;
  const auto byDeadline = [](const ConfigWait& a, const ConfigWait& b) { return a.until < b.until; };
  const auto first = std::min_element(configWaits_.begin(), configWaits_.end(), byDeadline);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      std::clamp(first->until - Clock::now(), Clock::duration::zero(), Clock::duration(configSlice_)));
  configSlice_ = std::min(configSlice_ * 2, kLongestSlice);
  lock.unlock();
  VDConfig config{};
  const HResult result = set_ ? set_->GetConfiguration(static_cast<std::uint32_t>(left.count()), &config) : created_;
  lock.lock();
  if (result == hr::kVD_E_TIMEOUT) {
    endConfigWaits(lock, result, {}, [](const ConfigWait& wait) { return wait.until <= Clock::now(); });
    return;
  }
  if (result == kOk) {
    deviceCount_ = config.deviceCount;
    maxTransferSize_ = config.maxTransferSize;
  }
  endConfigWaits(lock, result, config, [](const ConfigWait&) { return true; });
}

void ClientSet::endConfigWaits(Lock& lock, HResult result, const VDConfig& config, bool (*which)(const ConfigWait&)) {
  std::vector<ConfigWait> over;
  const auto ended = std::stable_partition(configWaits_.begin(), configWaits_.end(),
                                           [which](const ConfigWait& wait) { return !which(wait); });
  over.assign(std::make_move_iterator(ended), std::make_move_iterator(configWaits_.end()));
  configWaits_.erase(ended, configWaits_.end());
  lock.unlock();
  for (const ConfigWait& wait : over) wait.done(result, config);
  over.clear();
  lock.lock();
}

}  // namespace sqlvdi::pump
