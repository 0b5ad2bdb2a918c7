// The stand-in's answers, cell by cell: every call of both sides in every state, and every rule for names and
// configurations.
#include <functional>
#include <string>

#include "../embedded/states.h"
#include "embedded_support.h"

namespace {
using namespace sqlvdi;
using namespace sqlvdi::test;
using embedded::ClientCall;
using embedded::ClientState;
using embedded::ServerCall;
using embedded::ServerState;

// Both sides of a set of two devices, taken step by step to a state of either side.
struct Scene {
  Name name = uniqueName();
  ComPtr<IClientVirtualDeviceSet2> client = newClient();
  ComPtr<IServerVirtualDeviceSet2> server = newServer();
  ComPtr<IClientVirtualDevice> clientDevices[2];
  ComPtr<IServerVirtualDevice> serverDevices[2];
  std::thread agent;
  VDC_Command* held = nullptr;
  std::uint8_t* allocated = nullptr;
  Sent flush{Command::Flush};

  ~Scene() {
    server->Close();
    client->Close();
    if (agent.joinable()) agent.join();
  }

  HResult create() {
    VDConfig config = pipeConfig(2);
    return client->CreateEx(nullptr, name.c_str(), &config);
  }
  HResult getConfiguration(std::uint32_t timeout = 0) {
    VDConfig config;
    return client->GetConfiguration(timeout, &config);
  }
  HResult openClient(unsigned index) {
    return client->OpenDevice(deviceName(name, index).c_str(), clientDevices[index].put());
  }
  HResult openServer(unsigned index) {
    return server->OpenDevice(deviceName(name, index).c_str(), serverDevices[index].put());
  }
  HResult begin() { return server->BeginConfiguration(feature::kWriteMedia, 512, 0, 65536, 0); }

  void configured() {
    CHECK_EQ(server->Open(nullptr, name.c_str()), kOk);
    CHECK_EQ(begin(), kOk);
    CHECK_EQ(server->RequestBuffers(65536, 0, 2), kOk);
    CHECK_EQ(server->EndConfiguration(), kOk);
    CHECK_EQ(getConfiguration(), kOk);
    CHECK_EQ(server->AllocateBuffer(&allocated, 65536, 0), kOk);
  }
  void active() {
    for (unsigned index : {0u, 1u}) CHECK_EQ(openServer(index), kOk);
    for (unsigned index : {0u, 1u}) CHECK_EQ(openClient(index), kOk);
    agent = std::thread([this] { server->ExecuteCompletionAgent(); });
    CHECK_EQ(serverDevices[0]->SendCommand(&flush.command), kOk);
    CHECK_EQ(clientDevices[0]->GetCommand(1000, &held), kOk);
  }
  void terminated() {
    CHECK_EQ(clientDevices[0]->CompleteCommand(held, 0, 0, 0), kOk);
    CHECK_EQ(flush.wait(), 0u);
    for (auto& device : serverDevices) CHECK_EQ(device->CloseDevice(), kOk);
    VDC_Command* none;
    for (auto& device : clientDevices) CHECK_EQ(device->GetCommand(1000, &none), hr::kVD_E_CLOSE);
    agent.join();
  }

  void reach(ClientState state) {
    if (state == ClientState::None) return;
    CHECK_EQ(create(), kOk);
    if (state == ClientState::Configurable) return;
    configured();
    if (state == ClientState::Initializing) {
      CHECK_EQ(openClient(0), kOk);
      return;
    }
    active();
    if (state == ClientState::Terminated) terminated();
    if (state == ClientState::Abort) CHECK_EQ(client->SignalAbort(), kOk);
  }

  void reach(ServerState state) {
    if (state == ServerState::None) return;
    CHECK_EQ(create(), kOk);
    if (state == ServerState::Connected || state == ServerState::Configurable) {
      CHECK_EQ(server->Open(nullptr, name.c_str()), kOk);
      if (state == ServerState::Configurable) CHECK_EQ(begin(), kOk);
      return;
    }
    configured();
    if (state == ServerState::Initializing) {
      CHECK_EQ(openServer(0), kOk);
      return;
    }
    active();
    if (state == ServerState::Terminated) terminated();
    if (state == ServerState::Abort) CHECK_EQ(server->SignalAbort(), kOk);
  }

  // A device that was opened in the state at hand, or one of an object that is closed.
  IClientVirtualDevice* clientDevice() {
    if (!clientDevices[0]) clientDevices[0] = closedClientDevice();
    return clientDevices[0].get();
  }
  IServerVirtualDevice* serverDevice() {
    if (!serverDevices[0]) serverDevices[0] = closedServerDevice();
    return serverDevices[0].get();
  }
  static ComPtr<IClientVirtualDevice> closedClientDevice() {
    Scene other;
    other.reach(ClientState::Initializing);
    return other.clientDevices[0];
  }
  static ComPtr<IServerVirtualDevice> closedServerDevice() {
    Scene other;
    other.reach(ServerState::Initializing);
    return other.serverDevices[0];
  }

  // Where the client has the server's buffer mapped; any address where there is none.
  std::uint8_t* clientBuffer() {
    std::uint8_t* buffer = nullptr;
    if (client->MapBufferHandle(1, &buffer) != kOk) return reinterpret_cast<std::uint8_t*>(this);
    return buffer;
  }

  HResult call(ClientCall which) {
    VDC_Command* command = nullptr;
    std::uint32_t handle = 0;
    std::uint8_t* buffer = nullptr;
    switch (which) {
      case ClientCall::Create:
        return create();
      case ClientCall::OpenInSecondary:
        return client->OpenInSecondaryEx(nullptr, name.c_str());
      case ClientCall::GetConfiguration:
        return getConfiguration();
      case ClientCall::OpenDevice:
        return openClient(1);
      case ClientCall::GetCommand:
        return clientDevice()->GetCommand(0, &command);
      case ClientCall::CompleteCommand:
        return clientDevice()->CompleteCommand(held, 0, 0, 0);
      case ClientCall::GetBufferHandle:
        return client->GetBufferHandle(clientBuffer(), &handle);
      case ClientCall::MapBufferHandle:
        return client->MapBufferHandle(1, &buffer);
      case ClientCall::SignalAbort:
        return client->SignalAbort();
      case ClientCall::Close:
        return client->Close();
    }
    return 1;
  }

  HResult call(ServerCall which) {
    VDConfig config;
    std::uint32_t count = 0;
    std::uint8_t* buffer = nullptr;
    Sent refused{Command::Flush};
    HResult result = 1;
    switch (which) {
      case ServerCall::Open:
        return server->Open(nullptr, name.c_str());
      case ServerCall::GetConfiguration:
        return server->GetConfiguration(&config);
      case ServerCall::BeginConfiguration:
        return begin();
      case ServerCall::EndConfiguration:
        return server->EndConfiguration();
      case ServerCall::RequestBuffers:
        return server->RequestBuffers(512, 0, 1);
      case ServerCall::QueryAvailableBuffers:
        return server->QueryAvailableBuffers(512, 0, &count);
      case ServerCall::ExecuteCompletionAgent:
        return server->ExecuteCompletionAgent();
      case ServerCall::OpenDevice:
        return openServer(1);
      case ServerCall::AllocateBuffer:
        return server->AllocateBuffer(&buffer, 512, 0);
      case ServerCall::FreeBuffer:
        return server->FreeBuffer(allocated ? allocated : reinterpret_cast<std::uint8_t*>(this), 65536);
      case ServerCall::IsSharedBuffer:
        result = server->IsSharedBuffer(allocated);
        return result == 1 ? kOk : result;
      case ServerCall::SendCommand:
        result = serverDevice()->SendCommand(&refused.command);
        if (result == kOk) {
          // Only the client can complete it; the scene ends first.
          client->SignalAbort();
          CHECK_EQ(refused.wait(), completion::kERROR_OPERATION_ABORTED);
        } else {
          CHECK_EQ(refused.completions, 1u);
          CHECK_EQ(refused.command.completionCode, result == hr::kVD_E_ABORT ? completion::kERROR_OPERATION_ABORTED
                                                                             : completion::kERROR_INVALID_HANDLE);
        }
        return result;
      case ServerCall::CloseDevice:
        return serverDevices[1] ? serverDevices[1]->CloseDevice() : serverDevice()->CloseDevice();
      case ServerCall::SignalAbort:
        return server->SignalAbort();
      case ServerCall::Close:
        return server->Close();
    }
    return 1;
  }
};

constexpr HResult kGood = kOk;
constexpr HResult kBad = hr::kVD_E_PROTOCOL;
constexpr HResult kAborted = hr::kVD_E_ABORT;
constexpr HResult kOpen = hr::kVD_E_OPEN;
constexpr HResult kTimedOut = hr::kVD_E_TIMEOUT;

// What the specification says; where the stand-in's own table says "go on", what such a call then answers here.
// clang-format off
constexpr HResult kClientCells[10][6] = {
    {kGood, kBad, kBad, kBad, kBad, kBad},                  // Create
    {hr::kE_FILE_NOT_FOUND, kBad, kBad, kBad, kBad, kBad},  // OpenInSecondary: there is no such set
    {kBad, kTimedOut, kGood, kGood, kGood, kAborted},       // GetConfiguration: no server has come
    {kBad, kBad, kGood, kOpen, kBad, kAborted},             // OpenDevice
    {kBad, kBad, kBad, kTimedOut, kBad, kAborted},          // GetCommand: the queue is empty
    {kBad, kBad, kBad, kGood, kBad, kAborted},              // CompleteCommand
    {kBad, kBad, kGood, kGood, kBad, kAborted},             // GetBufferHandle
    {kBad, kBad, kGood, kGood, kBad, kAborted},             // MapBufferHandle
    {kBad, kGood, kGood, kGood, kGood, kGood},              // SignalAbort
    {kBad, kGood, kGood, kOpen, kGood, kGood},              // Close
};
constexpr HResult kServerCells[15][7] = {
    {hr::kE_FILE_NOT_FOUND, kBad, kBad, kBad, kBad, kBad, kBad},           // Open: there is no such set
    {kBad, kGood, kGood, kGood, kGood, kGood, kAborted},                   // GetConfiguration
    {kBad, kGood, kBad, kBad, kBad, kBad, kAborted},                       // BeginConfiguration
    {kBad, kBad, kGood, kBad, kBad, kBad, kAborted},                       // EndConfiguration
    {kBad, kBad, kGood, kGood, kGood, kBad, kAborted},                     // RequestBuffers
    {kBad, kBad, kGood, kGood, kGood, kBad, kAborted},                     // QueryAvailableBuffers
    {kBad, kBad, kBad, kAborted, kBad, kBad, kAborted},                    // ExecuteCompletionAgent: the test ends it by an abort
    {kBad, kBad, kBad, kGood, kOpen, kBad, kAborted},                      // OpenDevice
    {kBad, kBad, kBad, kGood, kGood, kGood, kAborted},                     // AllocateBuffer
    {kBad, kBad, kBad, kGood, kGood, kGood, kAborted},                     // FreeBuffer
    {kBad, kBad, kBad, kGood, kGood, kGood, kAborted},                     // IsSharedBuffer
    {kBad, kBad, kBad, kBad, kGood, kBad, kAborted},                       // SendCommand
    {kBad, kBad, kBad, kBad, kGood, kBad, kAborted},                       // CloseDevice
    {kBad, kGood, kGood, kGood, kGood, kGood, kGood},                      // SignalAbort
    {kBad, kGood, kGood, kBad, kBad, kGood, kGood},                        // Close: devices are open in two of them
};
// clang-format on

void everyClientCell() {
  for (unsigned call = 0; call < 10; ++call) {
    for (unsigned state = 0; state < 6; ++state) {
      Scene scene;
      scene.reach(static_cast<ClientState>(state));
      const HResult result = scene.call(static_cast<ClientCall>(call));
      if (result != kClientCells[call][state]) std::fprintf(stderr, "client call %u in state %u\n", call, state);
      CHECK_EQ(result, kClientCells[call][state]);
    }
  }
}

void everyServerCell() {
  for (unsigned call = 0; call < 15; ++call) {
    for (unsigned state = 0; state < 7; ++state) {
      Scene scene;
      scene.reach(static_cast<ServerState>(state));
      std::thread ender;
      if (static_cast<ServerCall>(call) == ServerCall::ExecuteCompletionAgent &&
          static_cast<ServerState>(state) == ServerState::Initializing) {
        ender = std::thread([&] { scene.client->SignalAbort(); });
      }
      const HResult result = scene.call(static_cast<ServerCall>(call));
      if (ender.joinable()) ender.join();
      if (result != kServerCells[call][state]) std::fprintf(stderr, "server call %u in state %u\n", call, state);
      CHECK_EQ(result, kServerCells[call][state]);
    }
  }
}

HResult createWith(const std::function<void(VDConfig&)>& change, const Name& name = uniqueName(),
                   const VdiChar* instance = nullptr) {
  VDConfig config = pipeConfig();
  change(config);
  return newClient()->CreateEx(instance, name.c_str(), &config);
}

void namesAndInstances() {
  const auto asIs = [](VDConfig&) {};
  CHECK_EQ(createWith(asIs, Name()), hr::kVD_E_INVALID);
  CHECK_EQ(createWith(asIs, widen("a\\b")), hr::kVD_E_INVALID);
  CHECK_EQ(createWith(asIs, Name(260, 'x')), hr::kVD_E_INVALID);
  CHECK_EQ(createWith(asIs, Name(10000, 'x')), hr::kVD_E_INVALID);
  CHECK_EQ(createWith(asIs, Name(259, 'x')), kOk);
  Name strange = widen("it's \"N'[x]; --/.. ");
  strange.push_back(static_cast<VdiChar>(0xD83D));
  strange.push_back(static_cast<VdiChar>(0xDE00));
  CHECK_EQ(createWith(asIs, strange), kOk);
  VDConfig config = pipeConfig();
  CHECK_EQ(newClient()->CreateEx(nullptr, nullptr, &config), hr::kVD_E_INVALID);
  CHECK_EQ(newClient()->CreateEx(nullptr, uniqueName().c_str(), nullptr), hr::kVD_E_INVALID);
  for (const char* good : {"", "SQLEXPRESS", "a", "_x$1#", "#abcdefghijklmno"}) {
    CHECK_EQ(createWith(asIs, uniqueName(), widen(good).c_str()), kOk);
  }
  for (const char* bad : {"host\\inst", "1abc", "a b", "a-b", "$x", "abcdefghijklmnopq"}) {
    CHECK_EQ(createWith(asIs, uniqueName(), widen(bad).c_str()), hr::kVD_E_INSTANCE_NAME);
  }

  // Names are case-sensitive, instances are not, and each instance has names of its own.
  const Name name = uniqueName() + widen("Mixed");
  Name other = name;
  other.back() = 'D';
  auto first = newClient();
  CHECK_EQ(first->CreateEx(widen("Dev").c_str(), name.c_str(), &config), kOk);
  CHECK_EQ(newClient()->CreateEx(widen("DEV").c_str(), name.c_str(), &config), hr::kVD_E_BUSY);
  CHECK_EQ(newClient()->CreateEx(nullptr, name.c_str(), &config), kOk);
  CHECK_EQ(newServer()->Open(widen("dev").c_str(), other.c_str()), hr::kE_FILE_NOT_FOUND);
  CHECK_EQ(newServer()->Open(nullptr, name.c_str()), hr::kE_FILE_NOT_FOUND);
  auto server = newServer();
  CHECK_EQ(server->Open(widen("dev").c_str(), name.c_str()), kOk);
  CHECK_EQ(newServer()->Open(widen("dev").c_str(), name.c_str()), hr::kVD_E_BUSY);
  CHECK_EQ(first->Close(), kOk);
  // The name is free again at once, though the server has not closed yet.
  CHECK_EQ(first->CreateEx(widen("dev").c_str(), name.c_str(), &config), kOk);
}

void configurations() {
  for (const std::uint32_t good : {feature::kLikePipe, feature::kRemovable, feature::kLikeTape, feature::kLikeDisk,
                                   feature::kLikeDisk | feature::kRemovable, feature::kDiscard | feature::kLikeTape,
                                   feature::kSnapshotPrepare | feature::kRequestComplete | feature::kDiscard}) {
    CHECK_EQ(createWith([&](VDConfig& config) { config.features = good; }), kOk);
  }
  for (const std::uint32_t bad : {feature::kRewind, feature::kFileMarks, feature::kLikeTape | feature::kLikeDisk,
                                  feature::kEnumFrozenFiles, feature::kVssWriter, feature::kWriteMedia,
                                  feature::kReadMedia, feature::kCompleteEnabled, feature::kLatchStats, 0x4000u}) {
    CHECK_EQ(createWith([&](VDConfig& config) { config.features = bad; }), hr::kVD_E_NOTSUPPORTED);
  }
  for (const std::uint32_t bad : {0u, 65u, 0xFFFFFFFFu}) {
    CHECK_EQ(createWith([&](VDConfig& config) { config.deviceCount = bad; }), hr::kVD_E_NOTSUPPORTED);
  }
  for (const std::uint32_t bad : {256u, 513u, 3 * 512u, 128 * 1024u}) {
    CHECK_EQ(createWith([&](VDConfig& config) { config.alignment = bad; }), hr::kVD_E_NOTSUPPORTED);
  }
  CHECK_EQ(createWith([](VDConfig& config) { config.alignment = 65536; }), kOk);

  const auto begin = [](std::uint32_t features, std::uint32_t block, std::uint32_t alignment, std::uint32_t transfer,
                        std::uint32_t asked = 0, VDConfig* out = nullptr) {
    ClientSide client([&] {
      VDConfig config = pipeConfig(3);
      config.features = asked;
      config.alignment = 1024;
      config.serverTimeOut = 77;
      return config;
    }());
    auto server = newServer();
    CHECK_EQ(server->Open(nullptr, client.name.c_str()), kOk);
    const HResult result = server->BeginConfiguration(features, block, alignment, transfer, 5);
    if (out) CHECK_EQ(server->GetConfiguration(out), kOk);
    return result;
  };
  const std::uint32_t write = feature::kWriteMedia;
  CHECK_EQ(begin(write, 256, 0, 65536), hr::kVD_E_INVALID);
  CHECK_EQ(begin(write, 1000, 0, 65536), hr::kVD_E_INVALID);
  CHECK_EQ(begin(write, 131072, 0, 65536), hr::kVD_E_INVALID);
  CHECK_EQ(begin(write, 4096, 2048, 65536), hr::kVD_E_INVALID);
  CHECK_EQ(begin(write, 512, 0, 65535), hr::kVD_E_INVALID);
  CHECK_EQ(begin(write, 512, 0, 8 * 1024 * 1024), hr::kVD_E_INVALID);
  CHECK_EQ(begin(feature::kRemovable, 512, 0, 65536), hr::kVD_E_NOTSUPPORTED);
  CHECK_EQ(begin(write | feature::kCompleteEnabled, 512, 0, 65536), hr::kVD_E_NOTSUPPORTED);
  VDConfig made{};
  CHECK_EQ(begin(write | feature::kCompleteEnabled, 0, 0, 0, feature::kRequestComplete, &made), kOk);
  CHECK_EQ(made.features, write | feature::kCompleteEnabled | feature::kRequestComplete);
  CHECK_EQ(made.blockSize, 512u);
  CHECK_EQ(made.alignment, 1024u);
  CHECK_EQ(made.maxTransferSize, 65536u);
  CHECK_EQ(made.serverTimeOut, 77u);
  CHECK_EQ(made.maxIODepth, 4u);
  CHECK_EQ(made.bufferAreaSize, 65536u * 4 * 3);
  CHECK_EQ(begin(write, 4096, 8192, 4194304, 0, &made), kOk);
  CHECK_EQ(made.alignment, 8192u);
  CHECK_EQ(made.bufferAreaSize, 4194304u * 4 * 3);
}

void interfaces() {
  auto client = newClient();
  auto server = newServer();
  void* out = nullptr;
  for (const Guid& iid : {kIidUnknown, kIidClientVirtualDeviceSet, kIidClientVirtualDeviceSet2}) {
    CHECK_EQ(client->QueryInterface(iid, &out), kOk);
    CHECK(out == client.get());
    CHECK_EQ(client->Release(), 1u);
  }
  CHECK_EQ(client->QueryInterface(kIidServerVirtualDeviceSet2, &out), hr::kE_NOINTERFACE);
  CHECK(out == nullptr);
  CHECK_EQ(client->QueryInterface(kIidUnknown, nullptr), hr::kE_POINTER);
  CHECK_EQ(server->QueryInterface(kIidServerVirtualDeviceSet2, &out), kOk);
  CHECK_EQ(server->Release(), 1u);
  CHECK_EQ(server->QueryInterface(kIidServerVirtualDeviceSet, &out), kOk);
  CHECK(out != nullptr && out != server.get());
  CHECK_EQ(server->Release(), 1u);
  CHECK_EQ(server->QueryInterface(kIidServerVirtualDevice, &out), hr::kE_NOINTERFACE);
}

}  // namespace

int main() {
  everyClientCell();
  everyServerCell();
  namesAndInstances();
  configurations();
  interfaces();
  checkNothingLeft();
  std::puts("embedded states: all held");
}
