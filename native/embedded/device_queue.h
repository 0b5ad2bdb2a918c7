// One device's commands in shared memory: from queued over delivered to completed, and the error state. With the lock
// held.
#pragma once

#include "session.h"

namespace sqlvdi::embedded {

// Which completion codes put a device into its error state.
bool isDeviceError(std::uint32_t completionCode);

// A free slot, or kQueueDepth where all are taken.
std::uint32_t freeSlot(const DeviceBlock& device);
void enqueue(DeviceBlock& device, std::uint32_t slot);
std::uint32_t dequeue(DeviceBlock& device);

// Whether the client may have the command at the queue's head now. In the error state that is a ClearError, and only
// once the client holds nothing any more.
bool deliverable(const DeviceBlock& device);

// Hands a command back to the server's agent, which the caller rings.
void complete(Locked& lock, std::uint32_t device, std::uint32_t slot, std::uint32_t code, std::uint32_t bytes);

// Completes what was queued and not delivered: the client never sees it. A ClearError that was sent since the first
// error stays queued whatever errors follow.
void enterErrorState(Locked& lock, std::uint32_t device);

}  // namespace sqlvdi::embedded
