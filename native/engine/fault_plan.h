// The faults a job was asked to have: which are due, and carrying them out.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "engine.h"
#include "job_control.h"

namespace sqlvdi::engine {

class FaultPlan {
 public:
  FaultPlan(JobControl& control, std::vector<Fault> faults, std::size_t devices);

  // Both return false when the job is not to go on. `stage` is what a failure is reported as.
  // The device is about to send its `command`-th command (from 0), for the bytes [byte, byte + size) of its stream.
  bool beforeCommand(std::uint32_t device, std::uint64_t command, std::uint64_t byte, std::uint32_t size, Stage stage);
  // States of the set as a whole (Attached, Configured) are reached with device -1, whichever device a fault names.
  bool reached(JobState state, int device, Stage stage);

 private:
  template <typename IsDue>
  bool run(IsDue isDue, int device, Stage stage);
  bool carryOut(const Fault& fault, int device, Stage stage);

  JobControl& control_;
  std::mutex mutex_;
  std::vector<Fault> pending_;
  std::vector<std::uint32_t> delays_;  // per device, each touched by its own thread only
};

}  // namespace sqlvdi::engine
