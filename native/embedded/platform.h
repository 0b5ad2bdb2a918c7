// What the stand-in needs of an operating system, for one set in one process: memory and a lock shared with other
// processes, wake-ups across them, and word of another process's end. platform_linux.cc and platform_windows.cc supply
// it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "layout.h"

namespace sqlvdi::embedded {

using Clock = std::chrono::steady_clock;

// Which set is meant. The instance is in upper case, empty for the default one.
struct Identity {
  VdiString instance;
  VdiString name;
};

class SharedSet {
 public:
  // Makes the shared objects of a new set with a zeroed control block.
  static HResult create(const Identity& identity, std::unique_ptr<SharedSet>& out);
  // Attaches to a set another object made. E_FILE_NOT_FOUND: there is none.
  static HResult open(const Identity& identity, std::unique_ptr<SharedSet>& out);

  SharedSet() = default;
  SharedSet(const SharedSet&) = delete;
  SharedSet& operator=(const SharedSet&) = delete;
  virtual ~SharedSet() = default;

  ControlBlock& block() { return *block_; }
  std::uint8_t* area() const { return area_; }
  std::uint64_t areaSize() const { return areaSize_; }

  // The primary calls this once the control block is filled in: from here on other processes find the set.
  // create or publish answers VD_E_BUSY where a set of that identity exists.
  virtual HResult publish() = 0;

  // False: the last holder died holding the lock. The caller has it either way.
  virtual bool lock() = 0;
  virtual void unlock() = 0;

  // Sleeps until the bell's sequence is no longer `ticket`, the time is up, or for no reason. Not with the lock held.
  virtual void sleep(std::uint32_t bell, std::uint32_t ticket, Clock::time_point until, bool alertable) = 0;
  virtual void wake(std::uint32_t bell, std::uint32_t sleepers) = 0;

  // The buffer area, 64 KiB aligned in every process: made once by the server (VD_E_MEMORY), mapped by the clients.
  virtual HResult makeArea(std::uint64_t bytes) = 0;
  virtual HResult mapArea(std::uint64_t bytes) = 0;

  // The number by which the primary knows this process. The server writes it into the control block, then announces
  // itself, with the lock held.
  virtual std::uint32_t self() const = 0;
  virtual void announce() = 0;

  // Starts the thread that calls `gone` with the number of a process that has let go of the set: kPrimary at the
  // others, self() of one of the others at the primary.
  static constexpr std::uint32_t kPrimary = 0;
  virtual HResult watch(std::function<void(std::uint32_t)> gone) = 0;
  // Ends that thread. `gone` is not called any more once this returns.
  virtual void unwatch() = 0;

 protected:
  ControlBlock* block_ = nullptr;
  std::uint8_t* area_ = nullptr;
  std::uint64_t areaSize_ = 0;
};

}  // namespace sqlvdi::embedded
