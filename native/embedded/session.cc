// The lock, the waits and the end of an open set.
#include "session.h"

#include <algorithm>
#include <utility>

#include "names.h"

namespace sqlvdi::embedded {

void Session::end() {
  refuseCalls();
  {
    std::unique_lock<std::mutex> hold(drainMutex_);
    drained_.wait(hold, [this] { return users_.load() == kClosing; });
  }
  if (shared_) shared_->unwatch();
  shared_.reset();
}

void Session::leave() {
  if (users_.fetch_sub(1) != (kClosing | 1)) return;
  const std::lock_guard<std::mutex> hold(drainMutex_);
  drained_.notify_all();
}

HResult Session::watch() {
  return shared_->watch([this](std::uint32_t peer) { peerGone(peer); });
}

void Session::peerGone(std::uint32_t peer) {
  Locked lock(*this);
  const bool died =
      peer == SharedSet::kPrimary ? !lock->primaryClosed : lock->serverPresent && lock->serverPeer == peer;
  if (died) lock.abort();
}

Use::Use(Session* session) : session_(session) {
  if (!session_ || !(session_->users_.fetch_add(1) & Session::kClosing)) return;
  std::exchange(session_, nullptr)->leave();
}

Use::~Use() {
  if (session_) session_->leave();
}

void Locked::acquire() {
  // A holder that died may have left the block half changed: nothing in it is used any more but to end.
  if (!shared_.lock()) abort();
}

void Locked::release() {
  const std::uint32_t bell = rungBell_;
  const std::uint32_t sleepers = rungSleepers_;
  rungSleepers_ = 0;
  shared_.unlock();
  if (sleepers) shared_.wake(bell, sleepers);
}

ClientState Locked::clientState() { return shared_.block().aborted ? ClientState::Abort : shared_.block().clientState; }

ServerState Locked::serverState() { return shared_.block().aborted ? ServerState::Abort : shared_.block().serverState; }

void Locked::ring(std::uint32_t index) {
  Bell& bell = shared_.block().bells[index];
  if (!bell.sleepers) return;
  ++bell.sequence;
  const std::uint32_t sleepers = bell.sleepers;
  bell.sleepers = 0;
  if (rungSleepers_) {
    shared_.wake(index, sleepers);
  } else {
    rungBell_ = index;
    rungSleepers_ = sleepers;
  }
}

void Locked::ringAll() {
  // Also those that nobody seems to sleep on: a process may have died after it took a sleeper off the count and before
  // it woke it.
  const std::uint32_t count = bell::kFirstDevice + std::min(shared_.block().config.deviceCount, kMaxDevices);
  for (std::uint32_t index = 0; index < count; ++index) {
    Bell& bell = shared_.block().bells[index];
    ++bell.sequence;
    shared_.wake(index, std::exchange(bell.sleepers, 0) + 1);
  }
}

void Locked::wait(std::uint32_t index, Clock::time_point until, bool alertable) {
  Bell& bell = shared_.block().bells[index];
  const std::uint32_t ticket = bell.sequence;
  ++bell.sleepers;
  release();
  shared_.sleep(index, ticket, until, alertable);
  acquire();
  // Whoever rings stops counting the sleepers; one that woke by itself takes itself off the count.
  if (bell.sequence == ticket && bell.sleepers) --bell.sleepers;
}

void Locked::abort() {
  shared_.block().aborted = 1;
  ringAll();
}

std::uint32_t Locked::findDevice(const VdiChar* name) {
  ControlBlock& block = shared_.block();
  const std::uint32_t count = block.config.deviceCount;
  std::uint32_t nameless = count;
  for (std::uint32_t index = 0; index < count; ++index) {
    const NameField& field = block.devices[index].name;
    if (!field.length && nameless == count) nameless = index;
    if (field.length && sameName(field, name)) return index;
  }
  if (nameless != count) storeName(block.devices[nameless].name, name);
  return nameless;
}

bool every(const ControlBlock& block, std::uint32_t DeviceBlock::*flag) {
  return std::all_of(block.devices, block.devices + block.config.deviceCount,
                     [flag](const DeviceBlock& device) { return device.*flag != 0; });
}

Clock::time_point deadline(std::uint32_t timeoutMs) {
  return timeoutMs == kInfinite ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(timeoutMs);
}

}  // namespace sqlvdi::embedded
