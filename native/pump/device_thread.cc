// The device thread's mailbox and its loop. The lock is never held across a call of the interface or a callback.
#include "device_thread.h"

#include <algorithm>
#include <utility>

#include "census.h"

namespace sqlvdi::pump {
namespace {

using namespace std::chrono_literals;

// A GetCommand that nothing but a command ends is worth this long: often enough for a stop, seldom enough to cost
// nothing.
constexpr std::chrono::milliseconds kSlice = 100ms;
// With commands held and no APC to bring a completion in, the queue of completions is watched instead, this often.
constexpr std::chrono::microseconds kShortestPoll = 200us;
constexpr std::chrono::microseconds kLongestPoll = 4ms;

}  // namespace

Clock::time_point deadlineIn(std::uint32_t timeoutMs) {
  if (timeoutMs == kInfinite) return Clock::time_point::max();
  return Clock::now() + std::chrono::milliseconds(timeoutMs);
}

DeviceThread::DeviceThread(std::shared_ptr<Provider> provider, ComPtr<IClientVirtualDevice> device, bool stream)
    : provider_(std::move(provider)),
      wakesByApc_(provider_->wakesByApc()),
      stream_(stream),
      device_(std::move(device)),
      waker_(
          [](void* context) {
            auto* const self = static_cast<DeviceThread*>(context);
            Lock lock(self->mutex_);
            self->makeCompletions(lock);
          },
          this) {}

void DeviceThread::start(ThreadGroup& threads) {
  const auto end = [this] {
    const Lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  };
  threads.start([self = shared_from_this()] { self->run(); }, [self = shared_from_this(), end] { end(); });
}

void DeviceThread::getCommands(std::uint32_t timeoutMs, std::uint32_t max, CommandsDone done) {
  HResult refused = kOk;
  {
    const Lock lock(mutex_);
    if (refusing_) {
      refused = ended_ ? hr::kVD_E_PROTOCOL : hr::kVD_E_ABORT;
    } else if (transfer_) {
      refused = hr::kVD_E_BUSY;
    } else {
      waits_.push_back({deadlineIn(timeoutMs), max, std::move(done), false});
      changed_.notify_all();
      return;
    }
  }
  done(refused, {});
}

void DeviceThread::cancelWait() {
  {
    const Lock lock(mutex_);
    for (Wait& wait : waits_) wait.cancelled = true;
  }
  changed_.notify_all();
}

std::optional<DeliveredCommand> DeviceThread::find(std::uint32_t id) const {
  const Lock lock(mutex_);
  const auto found = held_.find(id);
  if (found == held_.end()) return std::nullopt;
  return found->second.copy;
}

void DeviceThread::complete(std::uint32_t id, std::uint32_t code, std::uint32_t bytes, std::uint64_t position,
                            Done done) {
  HResult refused = kOk;
  {
    const Lock lock(mutex_);
    if (auto node = held_.extract(id)) {
      completions_.push_back({node.mapped(), code, bytes, position, std::move(done)});
      changed_.notify_all();
      if (wakesByApc_ && inGetCommand_) waker_.wake();
      return;
    }
    refused = ended_ || closedByServer_ ? hr::kVD_E_PROTOCOL : hr::kVD_E_INVALID;
  }
  done(refused);
}

void DeviceThread::transfer(std::unique_ptr<Transfer> transfer, TransferDone done) {
  HResult refused = kOk;
  {
    const Lock lock(mutex_);
    if (refusing_) {
      refused = ended_ ? hr::kVD_E_PROTOCOL : hr::kVD_E_ABORT;
    } else if (transfer_ || !waits_.empty() || !held_.empty()) {
      refused = hr::kVD_E_BUSY;
    } else if (!stream_) {
      refused = hr::kVD_E_NOTSUPPORTED;
    } else {
      transfer_ = std::move(transfer);
      transferDone_ = std::move(done);
      changed_.notify_all();
      return;
    }
  }
  done({refused, std::nullopt, 0, std::nullopt, false});
}

std::uint32_t DeviceThread::held() const {
  const Lock lock(mutex_);
  return static_cast<std::uint32_t>(held_.size()) + (answering_ ? 1 : 0);
}

void DeviceThread::interruptTransfer() {
  const Lock lock(mutex_);
  if (transfer_) transfer_->stop();
}

void DeviceThread::refuseWork() {
  {
    const Lock lock(mutex_);
    refusing_ = true;
  }
  changed_.notify_all();
}

bool DeviceThread::busy() const {
  const Lock lock(mutex_);
  return !idle();
}

bool DeviceThread::idle() const { return held_.empty() && completions_.empty() && completing_ == 0 && !transfer_; }

bool DeviceThread::waitUntilIdle(Clock::time_point until) {
  Lock lock(mutex_);
  return changed_.wait_until(lock, until, [this] { return ended_ || idle(); });
}

void DeviceThread::stop() {
  {
    const Lock lock(mutex_);
    refusing_ = true;
    stopping_ = true;
    if (transfer_) transfer_->stop();
  }
  changed_.notify_all();
}

void DeviceThread::waitUntilEnded() {
  Lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
}

void DeviceThread::run() {
  const Counted counted(census.devices);
  const auto scope = provider_->enterThread();
  waker_.bind();
  Lock lock(mutex_);
  serve(lock);
  while (!waits_.empty()) endWait(lock, hr::kVD_E_ABORT, {});
  held_.clear();
  lock.unlock();
  device_.reset();
}

void DeviceThread::serve(Lock& lock) {
  for (;;) {
    if (!completions_.empty()) {
      makeCompletions(lock);
    } else if (!waits_.empty() && (refusing_ || waits_.front().cancelled)) {
      endWait(lock, refusing_ ? hr::kVD_E_ABORT : hr::kVD_E_TIMEOUT, {});
    } else if (transfer_) {
      runTransfer(lock);
    } else if (stopping_) {
      return;
    } else if (!waits_.empty()) {
      lookForCommands(lock);
    } else {
      changed_.wait(lock);
    }
  }
}

void DeviceThread::makeCompletions(Lock& lock) {
  const std::vector<Completion> batch = std::exchange(completions_, {});
  completing_ += static_cast<std::uint32_t>(batch.size());
  lock.unlock();
  for (const Completion& item : batch) {
    item.done(answer(item.held.command, item.held.copy.code, {item.code, item.bytes}, item.position));
  }
  lock.lock();
  completing_ -= static_cast<std::uint32_t>(batch.size());
  pollInterval_ = kShortestPoll;
  changed_.notify_all();
}

void DeviceThread::lookForCommands(Lock& lock) {
  const Clock::time_point until = waits_.front().until;
  const std::uint32_t max = waits_.front().max;
  const bool polls = !held_.empty() && !wakesByApc_;
  std::uint32_t timeoutMs = 0;
  if (!polls) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(std::min(until - Clock::now(), Clock::duration(kSlice)));
    timeoutMs = static_cast<std::uint32_t>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
  }
  inGetCommand_ = true;
  const bool closed = std::exchange(closeKept_, false);
  lock.unlock();
  std::vector<VDC_Command*> taken;
  const HResult result = closed ? hr::kVD_E_CLOSE : collect(max, timeoutMs, taken);
  lock.lock();
  inGetCommand_ = false;

  if (result == kOk) {
    pollInterval_ = kShortestPoll;
    std::vector<DeliveredCommand> commands;
    for (VDC_Command* command : taken) {
      const DeliveredCommand copy{nextId_++, command->commandCode, command->size, command->position, command->buffer};
      // Once work is refused nobody takes them: the close that follows ends them with everything else.
      if (!refusing_) held_.emplace(copy.id, Held{command, copy});
      commands.push_back(copy);
    }
    if (refusing_) return;
    endWait(lock, kOk, std::move(commands));
  } else if (result != hr::kVD_E_TIMEOUT || Clock::now() >= until) {
    if (result == hr::kVD_E_CLOSE) closedByServer_ = true;
    endWait(lock, result, {});
  } else if (polls) {
    pollInterval_ = std::clamp(pollInterval_ * 2, kShortestPoll, kLongestPoll);
    changed_.wait_until(lock, std::min(until, Clock::now() + pollInterval_),
                        [this] { return !completions_.empty() || refusing_ || waits_.front().cancelled; });
  }
}

void DeviceThread::endWait(Lock& lock, HResult result, std::vector<DeliveredCommand> commands) {
  const Wait wait = std::move(waits_.front());
  waits_.pop_front();
  lock.unlock();
  wait.done(result, std::move(commands));
  lock.lock();
}

// The first command, and every other that is queued already.
HResult DeviceThread::collect(std::uint32_t max, std::uint32_t timeoutMs, std::vector<VDC_Command*>& commands) {
  while (commands.size() < max) {
    VDC_Command* command = nullptr;
    const HResult result = device_->GetCommand(commands.empty() ? timeoutMs : 0, &command);
    if (result == kOk) {
      commands.push_back(command);
    } else if (commands.empty()) {
      return result;
    } else {
      // The interface reports CLOSE once. Every other failure it will report again.
      if (result == hr::kVD_E_CLOSE) closeKept_ = true;
      break;
    }
  }
  return kOk;
}

void DeviceThread::runTransfer(Lock& lock) {
  Transfer& transfer = *transfer_;
  lock.unlock();
  TransferOutcome outcome{};
  // Also where it fails: the server waits for its commands to be answered, and is told so.
  transfer.begin();
  loop(transfer, outcome);
  transfer.end();
  outcome.error = transfer.firstError();
  if (outcome.result == kOk && !outcome.error) outcome.sha256 = transfer.digest();
  if (outcome.error && outcome.error->cancelled) {
    // Not the file's failure: the wait for it was ended.
    outcome.error.reset();
    outcome.result = hr::kVD_E_ABORT;
  }
  outcome.bytes = transfer.bytes();
  outcome.durable = transfer.durable();
  lock.lock();
  const std::unique_ptr<Transfer> over = std::move(transfer_);
  const TransferDone done = std::exchange(transferDone_, nullptr);
  changed_.notify_all();
  lock.unlock();
  done(outcome);
  lock.lock();
}

void DeviceThread::loop(Transfer& transfer, TransferOutcome& outcome) {
  constexpr auto kSliceMs = static_cast<std::uint32_t>(kSlice.count());
  while (!stopping_) {
    VDC_Command* command = nullptr;
    HResult result = device_->GetCommand(kSliceMs, &command);
    if (result == hr::kVD_E_TIMEOUT) continue;
    if (result == kOk) {
      answering_ = true;
      result = answer(command, command->commandCode, transfer.answer(*command), 0);
      answering_ = false;
    }
    if (result == kOk) continue;
    if (result == hr::kVD_E_CLOSE) {
      closedByServer_ = true;
    } else {
      outcome.result = result;
    }
    return;
  }
  outcome.result = hr::kVD_E_ABORT;
}

HResult DeviceThread::answer(VDC_Command* command, std::uint32_t commandCode, Answer given, std::uint64_t position) {
  const auto code = static_cast<Command>(commandCode);
  const bool succeeds = given.code == completion::kERROR_SUCCESS;
  const bool completes = code == Command::Complete && succeeds;
  if (completes) ++counters_.completes;
  const HResult result = device_->CompleteCommand(command, given.code, given.bytes, position);
  if (result != kOk) {
    if (completes) --counters_.completes;
    return result;
  }
  ++counters_.commands;
  if (movesData(commandCode)) counters_.bytes += given.bytes;
  if (code == Command::Flush && succeeds) ++counters_.flushes;
  return result;
}

}  // namespace sqlvdi::pump
