// The server's side of one device: queues commands for the client.
#include "server_device.h"

#include "device_queue.h"

namespace sqlvdi::embedded {
namespace {

constexpr std::uint32_t kAgentStartMs = 5000;

// Every device is open and the agent's thread is on its way: commands that come a moment too early wait for it.
void awaitAgent(ServerSession& session, Locked& lock) {
  const Clock::time_point until = deadline(kAgentStartMs);
  while (lock.serverState() == ServerState::Initializing && !lock->agentRunning && session.allOpened() &&
         !session.closing() && Clock::now() < until) {
    lock.wait(bell::kAgentStart, until, false);
  }
}

}  // namespace

std::uint64_t offsetInArea(const SharedSet& shared, const std::uint8_t* buffer, std::uint32_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(shared.area());
  const auto address = reinterpret_cast<std::uintptr_t>(buffer);
  if (!shared.area() || address < begin || address - begin >= shared.areaSize()) return kNoBuffer;
  const std::uint64_t offset = address - begin;
  return size <= shared.areaSize() - offset ? offset : kNoBuffer;
}

HResult ServerDevice::send(VDS_Command& command, std::uint32_t& refusal) {
  refusal = completion::kERROR_INVALID_HANDLE;
  const Use use(session_.get());
  if (!use) return answer(ServerCall::SendCommand, ServerState::None);
  Locked lock(*session_);
  if (lock->serverState == ServerState::Initializing) awaitAgent(*session_, lock);
  if (const HResult refused = answer(ServerCall::SendCommand, lock.serverState())) {
    if (lock->aborted) refusal = completion::kERROR_OPERATION_ABORTED;
    return refused;
  }
  DeviceBlock& device = lock->devices[index_];
  if (device.closedByServer) return hr::kVD_E_PROTOCOL;
  std::uint64_t offset = kNoBuffer;
  const bool transfer = movesData(command.commandCode);
  if (command.buffer || transfer) {
    offset = offsetInArea(lock.shared(), command.buffer, transfer ? command.size : 1);
    refusal = 0;
    if (offset == kNoBuffer) return hr::kVD_E_INVALID;
  }
  refusal = completion::kERROR_IO_DEVICE;
  if (device.inError && command.commandCode != static_cast<std::uint32_t>(Command::ClearError)) return hr::kVD_E_BUSY;
  refusal = completion::kERROR_NO_SYSTEM_RESOURCES;
  const std::uint32_t slotIndex = freeSlot(device);
  if (slotIndex == kQueueDepth) return hr::kVD_E_BUSY;

  CommandSlot& slot = device.slots[slotIndex];
  slot.commandCode = command.commandCode;
  slot.size = command.size;
  slot.inPosition = command.inPosition;
  slot.bufferOffset = offset;
  session_->pending(index_, slotIndex) = &command;
  if (session_->pendingCount++ == 0 && lock->config.serverTimeOut) session_->progress = Clock::now();
  enqueue(device, slotIndex);
  lock.ring(bell::kFirstDevice + index_);
  refusal = 0;
  return kOk;
}

HResult ServerDevice::SendCommand(VDS_Command* command) {
  if (!command || !command->completionRoutine) return hr::kVD_E_INVALID;
  std::uint32_t refusal = 0;
  const HResult result = send(*command, refusal);
  if (refusal) {
    command->completionCode = refusal;
    command->bytesTransferred = 0;
    command->outPosition = 0;
    command->completionRoutine(command);
  }
  return result;
}

HResult ServerDevice::CloseDevice() {
  const Use use(session_.get());
  if (!use) return answer(ServerCall::CloseDevice, ServerState::None);
  Locked lock(*session_);
  if (lock->serverState == ServerState::Initializing) awaitAgent(*session_, lock);
  if (const HResult refused = answer(ServerCall::CloseDevice, lock.serverState())) return refused;
  DeviceBlock& device = lock->devices[index_];
  if (device.closedByServer) return hr::kVD_E_CLOSE;
  if (device.outstanding) return hr::kVD_E_BUSY;
  device.closedByServer = 1;
  lock.ring(bell::kFirstDevice + index_);
  if (every(lock.shared().block(), &DeviceBlock::closedByServer)) {
    lock->serverState = ServerState::Terminated;
    lock.ring(bell::kAgent);
  }
  return kOk;
}

}  // namespace sqlvdi::embedded
