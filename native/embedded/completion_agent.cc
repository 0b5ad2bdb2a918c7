// The server's completion agent.
#include "completion_agent.h"

#include <array>

namespace sqlvdi::embedded {
namespace {

constexpr std::size_t kBatch = 64;

// Commands taken from the set under the lock, whose routines are called without it.
class Batch {
 public:
  bool full() const { return count_ == kBatch; }
  bool empty() const { return count_ == 0; }

  void add(VDS_Command* command, std::uint32_t code, std::uint32_t bytes, std::uint64_t position) {
    command->completionCode = code;
    command->bytesTransferred = bytes;
    command->outPosition = position;
    commands_[count_++] = command;
  }

  void run() {
    for (std::size_t index = 0; index < count_; ++index) commands_[index]->completionRoutine(commands_[index]);
    count_ = 0;
  }

 private:
  std::array<VDS_Command*, kBatch> commands_;
  std::size_t count_ = 0;
};

void takeCompletions(ServerSession& session, Locked& lock, Batch& batch) {
  while (lock->completionCount && !batch.full()) {
    const Completion done = lock->completions[lock->completionHead % kMaxCompletions];
    lock->completionHead = (lock->completionHead + 1) % kMaxCompletions;
    --lock->completionCount;
    if (done.device >= lock->config.deviceCount || done.slot >= kQueueDepth) continue;
    VDS_Command*& command = session.pending(done.device, done.slot);
    if (!command) continue;
    DeviceBlock& device = lock->devices[done.device];
    CommandSlot& slot = device.slots[done.slot];
    batch.add(command, slot.completionCode, slot.bytesTransferred, slot.outPosition);
    command = nullptr;
    slot.state = SlotState::Free;
    --device.outstanding;
    --session.pendingCount;
  }
  if (!batch.empty()) session.progress = Clock::now();
}

// From the server's own list: after a death the shared block may be half changed.
void takeOutstanding(ServerSession& session, Batch& batch) {
  for (VDS_Command*& command : session.commands) {
    if (batch.full()) return;
    if (!command) continue;
    batch.add(command, completion::kERROR_OPERATION_ABORTED, 0, 0);
    command = nullptr;
    --session.pendingCount;
  }
}

// Waits for completions. False: two of the client's intervals went by with commands pending and none completed.
bool waitForCompletions(ServerSession& session, Locked& lock) {
  const std::uint32_t interval = lock->config.serverTimeOut;
  if (interval == 0 || interval == kInfinite) {
    lock.wait(bell::kAgent, Clock::time_point::max(), false);
    return true;
  }
  const Clock::time_point now = Clock::now();
  // Senders do not ring the agent: with nothing pending it looks again after an interval.
  Clock::time_point until = now + std::chrono::milliseconds(interval);
  if (session.pendingCount) {
    until = session.progress + 2 * std::chrono::milliseconds(interval);
    if (now >= until) return false;
  }
  lock.wait(bell::kAgent, until, false);
  return true;
}

bool allClosed(const ControlBlock& block) { return block.serverState == ServerState::Terminated; }

}  // namespace

HResult runCompletionAgent(ServerSession& session) {
  Batch batch;
  {
    Locked lock(session);
    if (const HResult refused = answer(ServerCall::ExecuteCompletionAgent, lock.serverState())) return refused;
    if (lock->agentRunning) return hr::kVD_E_PROTOCOL;
    lock->agentRunning = 1;
    session.agent.store(std::this_thread::get_id());
    session.activateWhenReady();
    lock.ring(bell::kAgentStart);
  }
  HResult result = kOk;
  for (bool running = true; running;) {
    {
      Locked lock(session);
      for (;;) {
        takeCompletions(session, lock, batch);
        if (!batch.empty()) break;
        if (lock->aborted) {
          takeOutstanding(session, batch);
          running = !batch.empty();
          if (!running) result = hr::kVD_E_ABORT;
          break;
        }
        if (allClosed(lock.shared().block())) {
          running = false;
          break;
        }
        if (!waitForCompletions(session, lock)) lock.abort();
      }
    }
    batch.run();
  }
  session.agent.store(std::thread::id());
  return result;
}

}  // namespace sqlvdi::embedded
