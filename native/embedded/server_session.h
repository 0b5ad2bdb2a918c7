// What a server set and its devices share while the set is open. All of it is used under the set's lock.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "buffer_pool.h"
#include "session.h"

namespace sqlvdi::embedded {

struct ServerSession : Session {
  using Session::Session;

  VDS_Command*& pending(std::uint32_t device, std::uint32_t slot) { return commands[device * kQueueDepth + slot]; }

  bool allOpened() { return every(shared().block(), &DeviceBlock::openedByServer); }

  // All devices open and the agent running makes the set active.
  void activateWhenReady() {
    ControlBlock& block = shared().block();
    if (block.agentRunning && allOpened()) block.serverState = ServerState::Active;
  }

  BufferPool pool;
  std::vector<VDS_Command*> commands;  // by device and slot: sent, and not yet completed to the server
  std::uint32_t pendingCount = 0;
  Clock::time_point progress{};  // the last completion, or the first command that was sent while none was pending
  std::atomic<std::thread::id> agent{};
};

}  // namespace sqlvdi::embedded
