// Injected faults, for tests of programs that use the interface.
#include "fault_plan.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sqlvdi::engine {

FaultPlan::FaultPlan(JobControl& control, std::vector<Fault> faults, std::size_t devices)
    : control_(control), pending_(std::move(faults)), delays_(devices) {}

template <typename IsDue>
bool FaultPlan::run(IsDue isDue, int device, Stage stage) {
  std::vector<Fault> due;
  {
    const std::lock_guard lock(mutex_);
    const auto firstDue =
        std::stable_partition(pending_.begin(), pending_.end(), [&](const Fault& f) { return !isDue(f); });
    due.assign(firstDue, pending_.end());
    pending_.erase(firstDue, pending_.end());
  }
  return std::all_of(due.begin(), due.end(), [&](const Fault& fault) { return carryOut(fault, device, stage); });
}

bool FaultPlan::beforeCommand(std::uint32_t device, std::uint64_t command, std::uint64_t byte, std::uint32_t size,
                              Stage stage) {
  const auto isDue = [&](const Fault& fault) {
    if (fault.device != device) return false;
    if (const auto* at = std::get_if<AtCommand>(&fault.at)) return at->command == command;
    if (const auto* at = std::get_if<AtByte>(&fault.at)) return at->byte >= byte && at->byte < byte + size;
    return false;
  };
  if (!run(isDue, static_cast<int>(device), stage)) return false;
  return delays_[device] == 0 || control_.sleep(delays_[device]);
}

bool FaultPlan::reached(JobState state, int device, Stage stage) {
  const auto isDue = [&](const Fault& fault) {
    const auto* at = std::get_if<JobState>(&fault.at);
    return at && *at == state && (device < 0 || fault.device == static_cast<std::uint32_t>(device));
  };
  return run(isDue, device, stage);
}

bool FaultPlan::carryOut(const Fault& fault, int device, Stage stage) {
  switch (fault.action) {
    case FaultAction::Abort:
      control_.fail({stage, device, hr::kVD_E_ABORT, completion::kERROR_OPERATION_ABORTED, Media::None,
                     "injected fault: the server aborts"});
      control_.abortSet();
      return false;
    case FaultAction::Error:
      control_.fail({stage, device, 0, fault.value, Media::None, "injected fault: the server fails"});
      return false;
    case FaultAction::Hang:
      control_.hang();
      return false;
    case FaultAction::Die:
      // No cleaning up: that is the point.
      std::_Exit(1);
    case FaultAction::Slow:
      if (device >= 0) {
        delays_[static_cast<std::size_t>(device)] = fault.value;
      } else {
        std::fill(delays_.begin(), delays_.end(), fault.value);
      }
      return true;
  }
  return true;
}

}  // namespace sqlvdi::engine
