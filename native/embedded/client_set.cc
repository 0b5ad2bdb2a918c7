// The client's side of a set.
#include "client_set.h"

#include <new>

#include "client_device.h"
#include "configuration.h"
#include "embedded.h"
#include "names.h"

namespace sqlvdi::embedded {
namespace {

using SessionPointer = std::shared_ptr<ClientSession>;

constexpr std::uint32_t kHandleUnit = 512;

HResult fillIn(SharedSet& shared, const Identity& identity, const VDConfig& config) {
  ControlBlock& block = shared.block();
  block.version = kLayoutVersion;
  storeName(block.name, identity.name.c_str());
  storeName(block.instance, identity.instance.c_str());
  block.config = config;
  // The first device always has the set's name; the others are named when they are first opened.
  storeName(block.devices[0].name, identity.name.c_str());
  block.clientState = ClientState::Configurable;
  return shared.publish();
}

// Maps the buffer area into this process, once; with the lock held, so that the server cannot leave meanwhile.
HResult mapArea(Locked& lock) { return lock.shared().area() ? kOk : lock.shared().mapArea(lock->areaSize); }

}  // namespace

std::shared_ptr<ClientSession> ClientSet::current() {
  const std::lock_guard<std::mutex> hold(guard_);
  return session_;
}

void ClientSet::become(std::shared_ptr<ClientSession> session) {
  const std::lock_guard<std::mutex> hold(guard_);
  session_.swap(session);
}

HResult ClientSet::answerNow(ClientCall call) {
  const auto session = current();
  if (!session) return answer(call, ClientState::None);
  return answer(call, Locked(*session).clientState());
}

template <typename Step>
HResult ClientSet::guarded(ClientCall call, Step step) {
  const auto session = current();
  const Use use(session.get());
  if (!use) return answer(call, ClientState::None);
  Locked lock(*session);
  if (const HResult refused = answer(call, lock.clientState())) return refused;
  return step(session, lock);
}

HResult ClientSet::Create(const VdiChar* name, VDConfig* config) { return CreateEx(nullptr, name, config); }

HResult ClientSet::CreateEx(const VdiChar* instance, const VdiChar* name, VDConfig* config) try {
  const std::lock_guard<std::mutex> hold(lifecycle_);
  if (const HResult refused = answerNow(ClientCall::Create)) return refused;
  if (!config) return hr::kVD_E_INVALID;
  Identity identity;
  if (const HResult bad = identify(instance, name, identity)) return bad;
  if (const HResult bad = checkClientConfig(*config)) return bad;
  VDConfig wanted{};
  wanted.deviceCount = config->deviceCount;
  wanted.features = config->features;
  wanted.prefixZoneSize = config->prefixZoneSize;
  wanted.alignment = config->alignment;
  wanted.softFileMarkBlockSize = config->softFileMarkBlockSize;
  wanted.EOMWarningSize = config->EOMWarningSize;
  wanted.serverTimeOut = config->serverTimeOut;

  std::unique_ptr<SharedSet> shared;
  if (const HResult failed = SharedSet::create(identity, shared)) return failed;
  if (const HResult failed = fillIn(*shared, identity, wanted)) return failed;
  const auto session = std::make_shared<ClientSession>(std::move(shared), true);
  if (const HResult failed = session->watch()) return failed;
  become(session);
  return kOk;
} catch (const std::bad_alloc&) {
  return hr::kE_OUTOFMEMORY;
}

HResult ClientSet::OpenInSecondary(const VdiChar* name) { return OpenInSecondaryEx(nullptr, name); }

HResult ClientSet::OpenInSecondaryEx(const VdiChar* instance, const VdiChar* name) try {
  const std::lock_guard<std::mutex> hold(lifecycle_);
  if (const HResult refused = answerNow(ClientCall::OpenInSecondary)) return refused;
  Identity identity;
  if (const HResult bad = identify(instance, name, identity)) return bad;
  std::unique_ptr<SharedSet> shared;
  if (const HResult failed = SharedSet::open(identity, shared)) return failed;
  const auto session = std::make_shared<ClientSession>(std::move(shared), false);
  {
    Locked lock(*session);
    if (lock->primaryClosed || !sameName(lock->name, identity.name.c_str())) return hr::kE_FILE_NOT_FOUND;
    // The set takes secondaries in the states in which it has a buffer area and devices to open.
    if (const HResult refused = answer(ClientCall::MapBufferHandle, lock.clientState())) return refused;
    if (const HResult failed = mapArea(lock)) return failed;
  }
  if (const HResult failed = session->watch()) return failed;
  become(session);
  return kOk;
} catch (const std::bad_alloc&) {
  return hr::kE_OUTOFMEMORY;
}

HResult ClientSet::GetConfiguration(std::uint32_t timeoutMs, VDConfig* config) {
  if (!config) return hr::kVD_E_INVALID;
  const auto session = current();
  const Use use(session.get());
  if (!use) return answer(ClientCall::GetConfiguration, ClientState::None);
  const Clock::time_point until = deadline(timeoutMs);
  Locked lock(*session);
  // It always waits once, alertably: a client that polls with 0 may need its APCs run.
  for (bool waited = false;; waited = true) {
    if (const HResult refused = answer(ClientCall::GetConfiguration, lock.clientState())) return refused;
    if (session->closing()) return hr::kVD_E_ABORT;
    if (lock->configured) break;
    if (waited && Clock::now() >= until) return hr::kVD_E_TIMEOUT;
    lock.wait(bell::kConfiguration, until, true);
  }
  if (const HResult failed = mapArea(lock)) return failed;
  if (lock->clientState == ClientState::Configurable) lock->clientState = ClientState::Initializing;
  *config = lock->config;
  return kOk;
}

HResult ClientSet::OpenDevice(const VdiChar* name, IClientVirtualDevice** device) {
  if (!device) return hr::kVD_E_INVALID;
  *device = nullptr;
  return guarded(ClientCall::OpenDevice, [&](const SessionPointer& session, Locked& lock) {
    if (!validName(name)) return hr::kVD_E_INVALID;
    const std::uint32_t count = lock->config.deviceCount;
    const std::uint32_t index = lock.findDevice(name);
    if (index == count) return hr::kVD_E_INVALID;
    if (lock->devices[index].openedByClient) return hr::kVD_E_PROTOCOL;
    auto* made = new (std::nothrow) ClientDevice(session, index);
    if (!made) return hr::kE_OUTOFMEMORY;
    lock->devices[index].openedByClient = 1;
    session->openedHere |= std::uint64_t{1} << index;
    if (every(lock.shared().block(), &DeviceBlock::openedByClient)) {
      lock->clientState = ClientState::Active;
      // Commands may be queued already, and the devices' clients wait for this moment.
      for (std::uint32_t other = 0; other < count; ++other) lock.ring(bell::kFirstDevice + other);
    }
    *device = made;
    return kOk;
  });
}

HResult ClientSet::Close() {
  const std::lock_guard<std::mutex> hold(lifecycle_);
  const auto session = current();
  if (!session) return answer(ClientCall::Close, ClientState::None);
  HResult result = kOk;
  session->refuseCalls();
  {
    Locked lock(*session);
    const ClientState state = lock.clientState();
    if (session->primary) {
      result = answer(ClientCall::Close, state);
      // Whatever a server or a secondary still wants of the set, it will not get it.
      if (state != ClientState::Terminated) lock.abort();
      lock->primaryClosed = 1;
    } else if (state != ClientState::Abort) {
      // A secondary answers only for the devices it opened.
      for (std::uint32_t index = 0; index < lock->config.deviceCount; ++index) {
        const bool mine = (session->openedHere >> index) & 1;
        if (mine && !lock->devices[index].closeReported) result = hr::kVD_E_OPEN;
      }
      if (result != kOk) lock.abort();
    }
    lock.ringAll();
  }
  session->end();
  become(nullptr);
  return result;
}

HResult ClientSet::SignalAbort() {
  return guarded(ClientCall::SignalAbort, [](const SessionPointer&, Locked& lock) {
    lock.abort();
    return kOk;
  });
}

HResult ClientSet::GetBufferHandle(std::uint8_t* buffer, std::uint32_t* handle) {
  if (!buffer || !handle) return hr::kVD_E_INVALID;
  *handle = 0;
  return guarded(ClientCall::GetBufferHandle, [&](const SessionPointer&, Locked& lock) {
    const auto begin = reinterpret_cast<std::uintptr_t>(lock.shared().area());
    const auto address = reinterpret_cast<std::uintptr_t>(buffer);
    if (address < begin || address - begin >= lock.shared().areaSize()) return hr::kVD_E_INVALID;
    if ((address - begin) % kHandleUnit != 0) return hr::kVD_E_INVALID;
    *handle = static_cast<std::uint32_t>((address - begin) / kHandleUnit) + 1;
    return kOk;
  });
}

HResult ClientSet::MapBufferHandle(std::uint32_t handle, std::uint8_t** buffer) {
  if (!buffer) return hr::kVD_E_INVALID;
  *buffer = nullptr;
  return guarded(ClientCall::MapBufferHandle, [&](const SessionPointer&, Locked& lock) {
    const std::uint64_t offset = (std::uint64_t{handle} - 1) * kHandleUnit;
    if (handle == 0 || offset >= lock.shared().areaSize()) return hr::kVD_E_INVALID;
    *buffer = lock.shared().area() + offset;
    return kOk;
  });
}

HResult createClientSet(IClientVirtualDeviceSet2** set) {
  if (!set) return hr::kE_POINTER;
  *set = new (std::nothrow) ClientSet();
  return *set ? kOk : hr::kE_OUTOFMEMORY;
}

}  // namespace sqlvdi::embedded
