// The server's side of a set.
#include "server_set.h"

#include <algorithm>
#include <new>

#include "completion_agent.h"
#include "configuration.h"
#include "embedded.h"
#include "names.h"
#include "server_device.h"

namespace sqlvdi::embedded {
namespace {

using SessionPointer = std::shared_ptr<ServerSession>;

// Takes the set's one place for a server.
HResult attach(Locked& lock, const Identity& identity) {
  if (lock->primaryClosed || !sameName(lock->name, identity.name.c_str())) return hr::kE_FILE_NOT_FOUND;
  if (lock->aborted) return hr::kVD_E_ABORT;
  if (lock->serverSeen) return hr::kVD_E_BUSY;
  lock->serverSeen = 1;
  lock->serverPresent = 1;
  lock->serverPeer = lock.shared().self();
  lock->serverState = ServerState::Connected;
  lock.shared().announce();
  return kOk;
}

bool anyDeviceOpen(const ControlBlock& block) {
  for (std::uint32_t index = 0; index < block.config.deviceCount; ++index) {
    if (block.devices[index].openedByServer && !block.devices[index].closedByServer) return true;
  }
  return false;
}

}  // namespace

HResult ServerSet::QueryInterface(const Guid& iid, void** out) {
  if (!out || !(iid == kIidServerVirtualDeviceSet)) return ComObject::QueryInterface(iid, out);
  AddRef();
  *out = static_cast<IServerVirtualDeviceSet*>(&v1_);
  return kOk;
}

std::shared_ptr<ServerSession> ServerSet::current() {
  const std::lock_guard<std::mutex> hold(guard_);
  return session_;
}

void ServerSet::become(std::shared_ptr<ServerSession> session) {
  const std::lock_guard<std::mutex> hold(guard_);
  session_.swap(session);
}

template <typename Step>
HResult ServerSet::guarded(ServerCall call, Step step) {
  const auto session = current();
  const Use use(session.get());
  if (!use) return answer(call, ServerState::None);
  Locked lock(*session);
  if (const HResult refused = answer(call, lock.serverState())) return refused;
  return step(session, lock);
}

HResult ServerSet::Open(const VdiChar* instance, const VdiChar* name) try {
  const std::lock_guard<std::mutex> hold(lifecycle_);
  if (const auto open = current()) return answer(ServerCall::Open, Locked(*open).serverState());
  Identity identity;
  if (const HResult bad = identify(instance, name, identity)) return bad;
  std::unique_ptr<SharedSet> shared;
  if (const HResult failed = SharedSet::open(identity, shared)) return failed;
  const auto session = std::make_shared<ServerSession>(std::move(shared));
  session->commands.resize(std::size_t{session->shared().block().config.deviceCount} * kQueueDepth);
  if (const HResult failed = session->watch()) return failed;
  {
    Locked lock(*session);
    if (const HResult refused = attach(lock, identity)) return refused;
  }
  become(session);
  return kOk;
} catch (const std::bad_alloc&) {
  return hr::kE_OUTOFMEMORY;
}

HResult ServerSet::GetConfiguration(VDConfig* config) {
  if (!config) return hr::kVD_E_INVALID;
  return guarded(ServerCall::GetConfiguration, [&](const SessionPointer&, Locked& lock) {
    *config = lock->config;
    return kOk;
  });
}

HResult ServerSet::BeginConfiguration(std::uint32_t features, std::uint32_t blockSize, std::uint32_t alignment,
                                      std::uint32_t maxTransferSize, std::uint32_t) {
  return guarded(ServerCall::BeginConfiguration, [&](const SessionPointer& session, Locked& lock) {
    VDConfig config = lock->config;
    if (const HResult bad = resolveConfig(config, features, blockSize, alignment, maxTransferSize)) return bad;
    lock->config = config;
    session->pool.configure(config.prefixZoneSize, config.alignment);
    lock->serverState = ServerState::Configurable;
    return kOk;
  });
}

HResult ServerSet::EndConfiguration() {
  return guarded(ServerCall::EndConfiguration, [](const SessionPointer& session, Locked& lock) {
    const std::uint64_t bytes = roundUp(std::max<std::uint64_t>(session->pool.requested(), 1), kAreaAlignment);
    if (const HResult failed = lock.shared().makeArea(bytes)) {
      // The server may come again with smaller requests.
      session->pool.forgetRequests();
      return failed;
    }
    session->pool.open(bytes);
    lock->areaSize = bytes;
    lock->configured = 1;
    lock->serverState = ServerState::Initializing;
    lock.ring(bell::kConfiguration);
    return kOk;
  });
}

HResult ServerSet::RequestBuffers(std::uint32_t size, std::uint32_t alignment, std::uint32_t count) {
  return guarded(ServerCall::RequestBuffers, [&](const SessionPointer& session, Locked& lock) {
    if (!session->pool.legal(size, alignment)) return hr::kVD_E_INVALID;
    if (lock->serverState != ServerState::Configurable) {
      return session->pool.available(size, alignment) >= count ? kOk : hr::kVD_E_MEMORY;
    }
    session->pool.request(size, alignment, count);
    return kOk;
  });
}

HResult ServerSet::QueryAvailableBuffers(std::uint32_t size, std::uint32_t alignment, std::uint32_t* count) {
  if (!count) return hr::kVD_E_INVALID;
  *count = 0;
  return guarded(ServerCall::QueryAvailableBuffers, [&](const SessionPointer& session, Locked&) {
    if (!session->pool.legal(size, alignment)) return hr::kVD_E_INVALID;
    *count = session->pool.available(size, alignment);
    return kOk;
  });
}

HResult ServerSet::ExecuteCompletionAgent() {
  const auto session = current();
  const Use use(session.get());
  if (!use) return answer(ServerCall::ExecuteCompletionAgent, ServerState::None);
  return runCompletionAgent(*session);
}

HResult ServerSet::OpenDevice(const VdiChar* name, IServerVirtualDevice** device) {
  if (!device) return hr::kVD_E_INVALID;
  *device = nullptr;
  return guarded(ServerCall::OpenDevice, [&](const SessionPointer& session, Locked& lock) {
    if (session->allOpened()) return hr::kVD_E_OPEN;
    if (!validName(name)) return hr::kVD_E_INVALID;
    const std::uint32_t index = lock.findDevice(name);
    if (index == lock->config.deviceCount) return hr::kVD_E_INVALID;
    if (lock->devices[index].openedByServer) return hr::kVD_E_PROTOCOL;
    auto* made = new (std::nothrow) ServerDevice(session, index);
    if (!made) return hr::kE_OUTOFMEMORY;
    lock->devices[index].openedByServer = 1;
    session->activateWhenReady();
    *device = made;
    return kOk;
  });
}

HResult ServerSet::AllocateBuffer(std::uint8_t** buffer, std::uint32_t size, std::uint32_t alignment) try {
  if (!buffer) return hr::kVD_E_INVALID;
  *buffer = nullptr;
  return guarded(ServerCall::AllocateBuffer, [&](const SessionPointer& session, Locked& lock) {
    if (!session->pool.legal(size, alignment)) return hr::kVD_E_INVALID;
    std::uint64_t offset = 0;
    if (!session->pool.allocate(size, alignment, offset)) return hr::kVD_E_MEMORY;
    *buffer = lock.shared().area() + offset;
    return kOk;
  });
} catch (const std::bad_alloc&) {
  return hr::kE_OUTOFMEMORY;
}

HResult ServerSet::FreeBuffer(std::uint8_t* buffer, std::uint32_t size) {
  if (!buffer) return hr::kVD_E_INVALID;
  return guarded(ServerCall::FreeBuffer, [&](const SessionPointer& session, Locked& lock) {
    const std::uint64_t offset = offsetInArea(lock.shared(), buffer, size);
    return offset != kNoBuffer && session->pool.free(offset, size) ? kOk : hr::kVD_E_INVALID;
  });
}

HResult ServerSet::IsSharedBuffer(std::uint8_t* buffer) {
  return guarded(ServerCall::IsSharedBuffer, [&](const SessionPointer&, Locked& lock) {
    return HResult{offsetInArea(lock.shared(), buffer, 1) != kNoBuffer};
  });
}

HResult ServerSet::SignalAbort() {
  return guarded(ServerCall::SignalAbort, [](const SessionPointer&, Locked& lock) {
    lock.abort();
    return kOk;
  });
}

HResult ServerSet::Close() {
  const std::lock_guard<std::mutex> hold(lifecycle_);
  const auto session = current();
  if (!session) return answer(ServerCall::Close, ServerState::None);
  // The agent's thread would wait here for itself to leave.
  const bool insideAgent = session->agent.load() == std::this_thread::get_id();
  if (!insideAgent) session->refuseCalls();
  HResult result = kOk;
  {
    Locked lock(*session);
    const ServerState state = lock.serverState();
    if (state != ServerState::Abort && anyDeviceOpen(lock.shared().block())) result = hr::kVD_E_PROTOCOL;
    // A client that waits for the configuration or for commands must hear that neither will come.
    if (state != ServerState::Terminated) lock.abort();
    if (!insideAgent) lock->serverPresent = 0;
    lock.ringAll();
  }
  if (insideAgent) return hr::kVD_E_PROTOCOL;
  session->end();
  become(nullptr);
  return result;
}

HResult createServerSet(IServerVirtualDeviceSet2** set) {
  if (!set) return hr::kE_POINTER;
  *set = new (std::nothrow) ServerSet();
  return *set ? kOk : hr::kE_OUTOFMEMORY;
}

}  // namespace sqlvdi::embedded
