// One device's commands in shared memory.
#include "device_queue.h"

#include <utility>

namespace sqlvdi::embedded {

bool isDeviceError(std::uint32_t completionCode) {
  switch (completionCode) {
    case completion::kERROR_SUCCESS:
    case completion::kERROR_HANDLE_EOF:
    case completion::kERROR_NO_DATA_DETECTED:
    case completion::kERROR_FILEMARK_DETECTED:
    case completion::kERROR_END_OF_MEDIA:
      return false;
    default:
      return true;
  }
}

std::uint32_t freeSlot(const DeviceBlock& device) {
  std::uint32_t slot = 0;
  while (slot < kQueueDepth && device.slots[slot].state != SlotState::Free) ++slot;
  return slot;
}

void enqueue(DeviceBlock& device, std::uint32_t slot) {
  device.slots[slot].state = SlotState::Queued;
  device.queue[(device.queueHead + device.queueLength++) % kQueueDepth] = static_cast<std::uint8_t>(slot);
  ++device.outstanding;
}

std::uint32_t dequeue(DeviceBlock& device) {
  const std::uint32_t slot = device.queue[device.queueHead % kQueueDepth];
  device.queueHead = (device.queueHead + 1) % kQueueDepth;
  --device.queueLength;
  return slot % kQueueDepth;
}

bool deliverable(const DeviceBlock& device) {
  if (device.queueLength == 0) return false;
  if (!device.inError) return true;
  const CommandSlot& head = device.slots[device.queue[device.queueHead % kQueueDepth] % kQueueDepth];
  return head.commandCode == static_cast<std::uint32_t>(Command::ClearError) && device.delivered == 0;
}

void complete(Locked& lock, std::uint32_t device, std::uint32_t slot, std::uint32_t code, std::uint32_t bytes) {
  CommandSlot& command = lock->devices[device].slots[slot];
  command.state = SlotState::Completed;
  command.completionCode = code;
  command.bytesTransferred = bytes;
  const std::uint32_t place = (lock->completionHead + lock->completionCount++) % kMaxCompletions;
  lock->completions[place] = {static_cast<std::uint8_t>(device), static_cast<std::uint8_t>(slot)};
}

void enterErrorState(Locked& lock, std::uint32_t index) {
  DeviceBlock& device = lock->devices[index];
  // In the error state already, nothing but a ClearError can be queued, and that is for the client to answer.
  if (std::exchange(device.inError, 1)) return;
  while (device.queueLength) complete(lock, index, dequeue(device), completion::kERROR_IO_DEVICE, 0);
}

}  // namespace sqlvdi::embedded
