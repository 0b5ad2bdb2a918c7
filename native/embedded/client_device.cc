// The client's side of one device: takes commands from its queue and answers them.
#include "client_device.h"

#include "device_queue.h"

namespace sqlvdi::embedded {

VDC_Command* ClientDevice::take(Locked& lock) {
  DeviceBlock& device = lock->devices[index_];
  if (!deliverable(device)) return nullptr;
  const std::uint32_t slotIndex = dequeue(device);
  CommandSlot& slot = device.slots[slotIndex];
  slot.state = SlotState::Delivered;
  ++device.delivered;
  VDC_Command& command = commands_[slotIndex];
  command.commandCode = slot.commandCode;
  command.size = slot.size;
  command.position = slot.inPosition;
  command.buffer = slot.bufferOffset == kNoBuffer ? nullptr : lock.shared().area() + slot.bufferOffset;
  return &command;
}

HResult ClientDevice::GetCommand(std::uint32_t timeoutMs, VDC_Command** command) {
  if (!command) return hr::kVD_E_INVALID;
  *command = nullptr;
  const Use use(session_.get());
  if (!use) return answer(ClientCall::GetCommand, ClientState::None);
  Clock::time_point until = Clock::time_point::max();
  bool started = false;
  Locked lock(*session_);
  for (;;) {
    const ClientState state = lock.clientState();
    const HResult refused = answer(ClientCall::GetCommand, state);
    // Other threads or processes are about to open theirs: the wait for that is a part of this one.
    const bool opening = state == ClientState::Initializing;
    if (refused && !opening) return refused;
    if (session_->closing()) return hr::kVD_E_ABORT;
    if (!opening) {
      if ((*command = take(lock)) != nullptr) return kOk;
      DeviceBlock& device = lock->devices[index_];
      if (device.closedByServer) {
        device.closeReported = 1;
        const bool last = every(lock.shared().block(), &DeviceBlock::closeReported);
        if (last) lock->clientState = ClientState::Terminated;
        return hr::kVD_E_CLOSE;
      }
    }
    // The clock is asked only by those who have to wait; and a poll, too, waits alertably for no time.
    if (!started) until = deadline(timeoutMs);
    if (started && Clock::now() >= until) return opening ? refused : hr::kVD_E_TIMEOUT;
    started = true;
    lock.wait(bell::kFirstDevice + index_, until, true);
  }
}

HResult ClientDevice::CompleteCommand(VDC_Command* command, std::uint32_t completionCode,
                                      std::uint32_t bytesTransferred, std::uint64_t position) {
  const Use use(session_.get());
  if (!use) return answer(ClientCall::CompleteCommand, ClientState::None);
  Locked lock(*session_);
  if (const HResult refused = answer(ClientCall::CompleteCommand, lock.clientState())) return refused;
  const auto distance = reinterpret_cast<std::uintptr_t>(command) - reinterpret_cast<std::uintptr_t>(commands_);
  const std::uintptr_t slotIndex = distance / sizeof(VDC_Command);
  if (slotIndex >= kQueueDepth || command != &commands_[slotIndex]) return hr::kVD_E_INVALID;
  DeviceBlock& device = lock->devices[index_];
  CommandSlot& slot = device.slots[slotIndex];
  if (slot.state != SlotState::Delivered) return hr::kVD_E_INVALID;

  --device.delivered;
  slot.outPosition = position;
  complete(lock, index_, static_cast<std::uint32_t>(slotIndex), completionCode, bytesTransferred);
  if (isDeviceError(completionCode)) {
    enterErrorState(lock, index_);
  } else if (slot.commandCode == static_cast<std::uint32_t>(Command::ClearError)) {
    device.inError = 0;
  }
  lock.ring(bell::kAgent);
  // A ClearError may have waited for this.
  if (device.inError && deliverable(device)) lock.ring(bell::kFirstDevice + index_);
  return kOk;
}

}  // namespace sqlvdi::embedded
