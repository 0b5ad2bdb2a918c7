// The control block in shared memory: everything the two sides know of each other. Plain data, offsets instead of
// pointers, all of it guarded by the set's one lock. Zero bytes are its valid initial state.
#pragma once

#include <cstddef>
#include <type_traits>

#include "../abi/interfaces.h"
#include "states.h"

namespace sqlvdi::embedded {

constexpr std::uint32_t kMagic = 0x49445653;  // "SVDI"
constexpr std::uint32_t kLayoutVersion = 1;
constexpr std::uint32_t kQueueDepth = 64;
constexpr std::uint32_t kMaxInstanceLength = 16;
constexpr std::uint64_t kNoBuffer = ~std::uint64_t{0};
constexpr std::uint64_t kAreaAlignment = 64 * 1024;

constexpr std::uint64_t roundUp(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

// A cross-process wake-up. A waiter leaves with the sequence it saw; a ring advances it and wakes whoever is counted.
struct Bell {
  std::uint32_t sequence;
  std::uint32_t sleepers;
};

namespace bell {
constexpr std::uint32_t kConfiguration = 0;  // clients waiting in GetConfiguration
constexpr std::uint32_t kAgent = 1;          // the server's completion agent
constexpr std::uint32_t kAgentStart = 2;     // senders waiting for the agent to start
constexpr std::uint32_t kFirstDevice = 3;    // one for each device: its client in GetCommand
constexpr std::uint32_t kCount = kFirstDevice + kMaxDevices;
}  // namespace bell

struct NameField {
  std::uint32_t length;
  std::uint16_t units[kMaxNameLength + 1];
};

enum class SlotState : std::uint32_t { Free, Queued, Delivered, Completed };

struct CommandSlot {
  SlotState state;
  std::uint32_t commandCode;
  std::uint32_t size;
  std::uint32_t completionCode;
  std::uint32_t bytesTransferred;
  std::uint32_t reserved;
  std::uint64_t inPosition;
  std::uint64_t outPosition;
  std::uint64_t bufferOffset;
};

struct DeviceBlock {
  NameField name;
  std::uint32_t openedByClient;
  std::uint32_t openedByServer;
  std::uint32_t closedByServer;
  std::uint32_t closeReported;  // its client has seen VD_E_CLOSE
  std::uint32_t inError;
  std::uint32_t delivered;    // how many commands its client holds
  std::uint32_t outstanding;  // sent, and the agent has not yet taken the completion
  std::uint32_t queueHead;
  std::uint32_t queueLength;
  std::uint8_t queue[kQueueDepth];  // slots in the order they were sent
  CommandSlot slots[kQueueDepth];
};

struct Completion {
  std::uint8_t device;
  std::uint8_t slot;
};

constexpr std::uint32_t kMaxCompletions = kMaxDevices * kQueueDepth;

struct ControlBlock {
  std::uint32_t magic;  // written last by the primary
  std::uint32_t version;
  std::uint64_t generation;  // tells this set's objects from those of an earlier one of the same name
  alignas(64) std::byte lockStorage[64];
  alignas(64) Bell bells[bell::kCount];
  NameField name;
  NameField instance;
  VDConfig config;
  ClientState clientState;  // aborted comes before both
  ServerState serverState;
  std::uint32_t aborted;
  std::uint32_t configured;
  std::uint32_t primaryClosed;
  std::uint32_t primaryPeer;
  std::uint32_t serverPresent;
  std::uint32_t serverSeen;  // a set serves one server in its life
  std::uint32_t serverPeer;
  std::uint32_t agentRunning;
  std::uint64_t areaSize;
  std::uint32_t completionHead;
  std::uint32_t completionCount;
  Completion completions[kMaxCompletions];
  DeviceBlock devices[kMaxDevices];
};

static_assert(std::is_trivially_copyable_v<ControlBlock> && std::is_standard_layout_v<ControlBlock>);
constexpr std::uint64_t kControlSize = roundUp(sizeof(ControlBlock), kAreaAlignment);

}  // namespace sqlvdi::embedded
