// One set as one object of this process has it open: who is inside a call, the lock, waits, abort, and an end that is
// safe while other threads are still inside.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "platform.h"

namespace sqlvdi::embedded {

class Session {
 public:
  explicit Session(std::unique_ptr<SharedSet> shared) : shared_(std::move(shared)) {}
  ~Session() { end(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  SharedSet& shared() { return *shared_; }

  // Whether a call that waits must give up because this object is being closed.
  bool closing() const { return (users_.load() & kClosing) != 0; }
  // No call gets in any more; those inside go on until they see closing().
  void refuseCalls() { users_.fetch_or(kClosing); }
  // Waits for the calls inside, then releases every shared object.
  void end();

  // From here on the set is aborted when the process on its other side ends without Close.
  HResult watch();

 private:
  // The process of that number has let go of the set.
  void peerGone(std::uint32_t peer);

  friend class Use;

  void leave();
  static constexpr std::uint32_t kClosing = 0x80000000u;

  std::unique_ptr<SharedSet> shared_;
  std::atomic<std::uint32_t> users_{0};
  // For the one who waits in end(). std::atomic's own wait loses wake-ups with MinGW's library.
  std::mutex drainMutex_;
  std::condition_variable drained_;
};

// A call's stay inside a session. False where the session is none, or is closing.
class Use {
 public:
  explicit Use(Session* session);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  explicit operator bool() const { return session_ != nullptr; }

 private:
  Session* session_;
};

// The set's lock, held. Wake-ups are given after it is let go, so that whoever wakes does not run into it.
class Locked {
 public:
  explicit Locked(Session& session) : shared_(session.shared()) { acquire(); }
  ~Locked() { release(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  ControlBlock* operator->() { return &shared_.block(); }
  SharedSet& shared() { return shared_; }

  ClientState clientState();
  ServerState serverState();

  void ring(std::uint32_t bell);
  // Wakes everybody, whatever the counts say.
  void ringAll();
  // Lets the lock go, sleeps until the bell is rung (or for no reason) or the time is up, takes it again.
  void wait(std::uint32_t bell, Clock::time_point until, bool alertable);
  void abort();

  // The device of that name, or a device that had none yet and has it now; deviceCount where there is neither.
  std::uint32_t findDevice(const VdiChar* name);

 private:
  void acquire();
  void release();

  SharedSet& shared_;
  std::uint32_t rungBell_ = 0;
  std::uint32_t rungSleepers_ = 0;
};

// Whether this holds of each device of the set. With the lock held.
bool every(const ControlBlock& block, std::uint32_t DeviceBlock::*flag);

// When a wait of that many milliseconds ends; kInfinite never does.
Clock::time_point deadline(std::uint32_t timeoutMs);

}  // namespace sqlvdi::embedded
