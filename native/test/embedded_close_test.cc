// How the stand-in's sets end, from either side and from under a waiting thread, and that nothing of them is left.
#include <functional>
#include <random>

#if defined(__linux__)
#include <dirent.h>

#include <fstream>
#include <string>
#endif

#include "embedded_support.h"

namespace {
using namespace sqlvdi;
using namespace sqlvdi::test;

void clientCloses() {
  ClientSide client;
  CHECK_EQ(client.set->Close(), kOk);
  CHECK_EQ(client.set->Close(), hr::kVD_E_PROTOCOL);

  // Devices that have not reported CLOSE: VD_E_OPEN, everything released, and the same object and name again.
  VDConfig config = pipeConfig();
  for (unsigned round = 0; round < 3; ++round) {
    CHECK_EQ(client.set->CreateEx(nullptr, client.name.c_str(), &config), kOk);
    client.devices.clear();
    ServerSide server(client.name);
    client.join();
    Sent sent(Command::Flush);
    CHECK_EQ(server.devices[0]->SendCommand(&sent.command), kOk);
    VDC_Command* held = client.next();
    CHECK_EQ(client.set->Close(), hr::kVD_E_OPEN);
    CHECK_EQ(sent.wait(), completion::kERROR_OPERATION_ABORTED);
    CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
    CHECK_EQ(client.answer(held), hr::kVD_E_PROTOCOL);
    CHECK_EQ(client.get(0), hr::kVD_E_PROTOCOL);
    VDConfig seen;
    CHECK_EQ(server.server->GetConfiguration(&seen), hr::kVD_E_ABORT);
    CHECK_EQ(server.devices[0]->CloseDevice(), hr::kVD_E_ABORT);
    CHECK_EQ(server.server->Close(), kOk);
  }

  // A connected server hears of a client that closes early.
  CHECK_EQ(client.set->CreateEx(nullptr, client.name.c_str(), &config), kOk);
  auto server = newServer();
  CHECK_EQ(server->Open(nullptr, client.name.c_str()), kOk);
  CHECK_EQ(client.set->Close(), kOk);
  CHECK_EQ(server->BeginConfiguration(0, 512, 0, 65536, 0), hr::kVD_E_ABORT);
  CHECK_EQ(newServer()->Open(nullptr, client.name.c_str()), hr::kE_FILE_NOT_FOUND);
}

void serverCloses() {
  // Before there was a configuration, and before the client had its devices.
  for (const bool configured : {false, true}) {
    ClientSide client;
    auto server = newServer();
    CHECK_EQ(server->Open(nullptr, client.name.c_str()), kOk);
    std::thread waiting;
    VDConfig config;
    if (configured) {
      CHECK_EQ(server->BeginConfiguration(0, 512, 0, 65536, 0), kOk);
      CHECK_EQ(server->EndConfiguration(), kOk);
      CHECK_EQ(client.set->GetConfiguration(10000, &config), kOk);
      CHECK_EQ(server->Close(), kOk);
      ComPtr<IClientVirtualDevice> device;
      CHECK_EQ(client.set->OpenDevice(client.name.c_str(), device.put()), hr::kVD_E_ABORT);
    } else {
      waiting = std::thread([&] { CHECK_EQ(client.set->GetConfiguration(kInfinite, &config), hr::kVD_E_ABORT); });
      CHECK_EQ(server->Close(), kOk);
      waiting.join();
    }
    CHECK_EQ(server->Close(), hr::kVD_E_PROTOCOL);
    CHECK_EQ(client.set->Close(), kOk);
  }
  // With devices open.
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  Sent sent(Command::Flush);
  CHECK_EQ(server.devices[0]->SendCommand(&sent.command), kOk);
  std::thread waiting([&] {
    while (client.get(kInfinite) == kOk) continue;
    CHECK_EQ(client.get(), hr::kVD_E_ABORT);
  });
  CHECK_EQ(server.server->Close(), hr::kVD_E_PROTOCOL);
  CHECK_EQ(sent.wait(), completion::kERROR_OPERATION_ABORTED);
  CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
  waiting.join();
  CHECK_EQ(client.set->Close(), kOk);
}

// The server closes everything before the client looks; the client still hears CLOSE of each device, not an abort.
void serverLeavesFirst() {
  ClientSide client(pipeConfig(2));
  ServerSide server(client.name, 2);
  client.join();
  server.closeAll();
  CHECK_EQ(client.get(0, 0), hr::kVD_E_CLOSE);
  CHECK_EQ(client.get(0, 0), hr::kVD_E_CLOSE);
  CHECK_EQ(client.get(0, 1), hr::kVD_E_CLOSE);
  VDConfig config;
  CHECK_EQ(client.set->GetConfiguration(0, &config), kOk);
  CHECK_EQ(client.set->Close(), kOk);
}

// The routine of a command may send, free, close its device, and even try to close the set.
void callsFromACompletion() {
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  struct Context {
    ServerSide* server;
    std::uint8_t* buffer;
    unsigned left;
  } context{&server, server.buffer(512), 10};
  VDS_Command command{};
  command.commandCode = static_cast<std::uint32_t>(Command::Flush);
  command.completionContext = &context;
  command.completionRoutine = [](VDS_Command* done) {
    auto* at = static_cast<Context*>(done->completionContext);
    if (at->left-- > 0) {
      CHECK_EQ(at->server->devices[0]->SendCommand(done), kOk);
      return;
    }
    CHECK_EQ(at->server->server->FreeBuffer(at->buffer, 512), kOk);
    CHECK_EQ(at->server->devices[0]->CloseDevice(), kOk);
    CHECK_EQ(at->server->server->Close(), hr::kVD_E_PROTOCOL);
  };
  CHECK_EQ(server.devices[0]->SendCommand(&command), kOk);
  for (unsigned round = 0; round < 11; ++round) CHECK_EQ(client.answer(client.next()), kOk);
  CHECK_EQ(client.get(), hr::kVD_E_CLOSE);
  CHECK_EQ(server.joinAgent(), kOk);
  CHECK_EQ(server.server->Close(), kOk);
  CHECK_EQ(client.set->Close(), kOk);
}

void closeRacesWaits() {
  std::mt19937 random(11);
  for (unsigned round = 0; round < 200; ++round) {
    ClientSide client;
    if (round % 2 == 0) {
      VDConfig config;
      std::thread waiting([&] {
        const HResult result = client.set->GetConfiguration(kInfinite, &config);
        CHECK(result == hr::kVD_E_ABORT || result == hr::kVD_E_PROTOCOL);
      });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
      CHECK_EQ(client.set->Close(), kOk);
      waiting.join();
      continue;
    }
    ServerSide server(client.name);
    client.join();
    std::thread sender([&] {
      Sent sent(Command::Flush);
      while (server.devices[0]->SendCommand(&sent.command) == kOk && sent.wait() == 0) sent.completions = 0;
    });
    std::thread waiting([&] {
      HResult result = kOk;
      while (result == kOk) {
        VDC_Command* command = nullptr;
        result = client.devices[0]->GetCommand(kInfinite, &command);
        if (result == kOk) result = client.answer(command);
      }
      CHECK(result == hr::kVD_E_ABORT || result == hr::kVD_E_PROTOCOL);
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
    std::thread twice([&] {
      const HResult result = client.set->Close();
      CHECK(result == hr::kVD_E_OPEN || result == hr::kVD_E_PROTOCOL);
    });
    const HResult result = client.set->Close();
    CHECK(result == hr::kVD_E_OPEN || result == hr::kVD_E_PROTOCOL);
    twice.join();
    waiting.join();
    sender.join();
    CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
  }
}

// Releasing without closing gives everything back too, in any order.
void releasedUnclosed() {
  ClientSide client;
  {
    ServerSide server(client.name);
    client.join();
  }
  auto device = client.devices[0];
  client.devices.clear();
  client.set.reset();
  checkNothingLeft(1);
  VDC_Command* command;
  CHECK_EQ(device->GetCommand(0, &command), hr::kVD_E_PROTOCOL);
}

#if defined(__linux__)
unsigned entries(const char* folder) {
  unsigned count = 0;
  DIR* directory = opendir(folder);
  CHECK(directory != nullptr);
  while (readdir(directory)) ++count;
  closedir(directory);
  return count;
}

unsigned ourMappings() {
  std::ifstream maps("/proc/self/maps");
  unsigned count = 0;
  for (std::string line; std::getline(maps, line);) count += line.find("memfd:sqlvdi") != std::string::npos;
  return count;
}

void nothingGrows() {
  const unsigned files = entries("/proc/self/fd");
  const unsigned threads = entries("/proc/self/task");
  for (unsigned round = 0; round < 300; ++round) {
    ClientSide client;
    ServerSide server(client.name);
    client.join();
    if (round % 3 == 0) server.closeAll();
    CHECK_EQ(client.set->Close(), hr::kVD_E_OPEN);
  }
  CHECK_EQ(entries("/proc/self/fd"), files);
  // A joined thread may take a moment to leave the kernel's list.
  for (const auto start = Clock::now(); entries("/proc/self/task") != threads && secondsSince(start) < 5;) {
    std::this_thread::yield();
  }
  CHECK_EQ(entries("/proc/self/task"), threads);
  CHECK_EQ(ourMappings(), 0u);
}
#else
void nothingGrows() {}
#endif

}  // namespace

int main() {
  clientCloses();
  serverCloses();
  serverLeavesFirst();
  callsFromACompletion();
  closeRacesWaits();
  releasedUnclosed();
  checkNothingLeft();
  nothingGrows();
  std::puts("embedded close: all held");
}
