// The stand-in within one process.
#include "embedded_support.h"

#include <cstring>
#include <future>

namespace {
using namespace sqlvdi;
using namespace sqlvdi::test;

void roundTrip() {
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  CHECK_EQ(client.config.features, feature::kWriteMedia);
  CHECK_EQ(client.config.maxIODepth, 4u);
  CHECK_EQ(client.config.bufferAreaSize, 65536u * 4);
  std::vector<std::unique_ptr<Sent>> sent;
  for (unsigned index = 0; index < 4; ++index) {
    std::uint8_t* buffer = server.buffer();
    std::memset(buffer, static_cast<int>(index + 1), 65536);
    sent.push_back(std::make_unique<Sent>(Command::Write, buffer, 65536));
    CHECK_EQ(server.devices[0]->SendCommand(&sent.back()->command), kOk);
  }
  VDC_Command* got[4];
  for (unsigned index = 0; index < 4; ++index) {
    got[index] = client.next();
    CHECK_EQ(got[index]->commandCode, 2u);
    CHECK_EQ(got[index]->size, 65536u);
    CHECK_EQ(got[index]->buffer[65535], index + 1);
  }
  CHECK_EQ(client.get(0), hr::kVD_E_TIMEOUT);
  for (unsigned index : {2u, 0u, 3u, 1u}) {
    CHECK_EQ(client.answer(got[index], 0, 100 + index), kOk);
    CHECK_EQ(sent[index]->wait(), 0u);
    CHECK_EQ(sent[index]->command.bytesTransferred, 100 + index);
  }
  CHECK_EQ(client.answer(got[0]), hr::kVD_E_INVALID);
  server.closeAll();
  CHECK_EQ(client.get(), hr::kVD_E_CLOSE);
  CHECK_EQ(client.get(), hr::kVD_E_PROTOCOL);
  CHECK_EQ(client.set->Close(), kOk);
  CHECK_EQ(client.set->Close(), hr::kVD_E_PROTOCOL);
  CHECK_EQ(client.get(), hr::kVD_E_PROTOCOL);
}

void refusals() {
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  IServerVirtualDevice* device = server.devices[0].get();
  CHECK_EQ(device->SendCommand(nullptr), hr::kVD_E_INVALID);
  std::uint8_t foreign[512];
  for (std::uint8_t* bad : {static_cast<std::uint8_t*>(nullptr), foreign, server.buffer() + 65536 * 9}) {
    Sent sent(Command::Write, bad, 512);
    CHECK_EQ(device->SendCommand(&sent.command), hr::kVD_E_INVALID);
    CHECK_EQ(sent.completions, 0u);
  }
  // Sixty-four fit, queued or held; the next is refused, and the one after a completion fits again.
  std::vector<std::unique_ptr<Sent>> sent;
  for (unsigned index = 0; index < 65; ++index) sent.push_back(std::make_unique<Sent>(Command::Flush));
  for (unsigned index = 0; index < 64; ++index) CHECK_EQ(device->SendCommand(&sent[index]->command), kOk);
  VDC_Command* first = client.next();
  CHECK_EQ(device->SendCommand(&sent[64]->command), hr::kVD_E_BUSY);
  CHECK_EQ(sent[64]->wait(), completion::kERROR_NO_SYSTEM_RESOURCES);
  CHECK_EQ(device->CloseDevice(), hr::kVD_E_BUSY);
  CHECK_EQ(client.answer(first), kOk);
  CHECK_EQ(sent[0]->wait(), 0u);
  Sent again(Command::Flush);
  CHECK_EQ(device->SendCommand(&again.command), kOk);

  // Bad completions are not taken for good ones.
  VDC_Command* held = client.next();
  CHECK_EQ(client.answer(nullptr), hr::kVD_E_INVALID);
  CHECK_EQ(client.answer(held + 1), hr::kVD_E_INVALID);
  CHECK_EQ(client.answer(reinterpret_cast<VDC_Command*>(reinterpret_cast<std::uint8_t*>(held) + 8)), hr::kVD_E_INVALID);
  CHECK_EQ(client.answer(reinterpret_cast<VDC_Command*>(foreign)), hr::kVD_E_INVALID);

  // Abort: everything outstanding comes back, and what comes later is refused.
  CHECK_EQ(client.set->SignalAbort(), kOk);
  CHECK_EQ(client.answer(held), hr::kVD_E_ABORT);
  CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
  for (unsigned index = 1; index < 64; ++index) {
    CHECK_EQ(sent[index]->wait(), completion::kERROR_OPERATION_ABORTED);
  }
  CHECK_EQ(again.wait(), completion::kERROR_OPERATION_ABORTED);
  Sent late(Command::Flush);
  CHECK_EQ(device->SendCommand(&late.command), hr::kVD_E_ABORT);
  CHECK_EQ(late.wait(), completion::kERROR_OPERATION_ABORTED);
  CHECK_EQ(server.server->Close(), kOk);
  Sent dead(Command::Flush);
  CHECK_EQ(device->SendCommand(&dead.command), hr::kVD_E_PROTOCOL);
  CHECK_EQ(dead.wait(), completion::kERROR_INVALID_HANDLE);
  CHECK_EQ(client.set->Close(), kOk);
}

void errorState() {
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  IServerVirtualDevice* device = server.devices[0].get();
  std::vector<std::unique_ptr<Sent>> sent;
  for (unsigned index = 0; index < 4; ++index) {
    sent.push_back(std::make_unique<Sent>(Command::Write, server.buffer(), 512));
    CHECK_EQ(device->SendCommand(&sent[index]->command), kOk);
  }
  VDC_Command* first = client.next();
  VDC_Command* second = client.next();
  CHECK_EQ(client.answer(first, completion::kERROR_DISK_FULL), kOk);
  CHECK_EQ(sent[0]->wait(), completion::kERROR_DISK_FULL);
  CHECK_EQ(sent[2]->wait(), completion::kERROR_IO_DEVICE);
  CHECK_EQ(sent[3]->wait(), completion::kERROR_IO_DEVICE);
  Sent refused(Command::Flush);
  CHECK_EQ(device->SendCommand(&refused.command), hr::kVD_E_BUSY);
  CHECK_EQ(refused.wait(), completion::kERROR_IO_DEVICE);
  // The client gets ClearError only once it holds nothing any more.
  Sent clear(Command::ClearError);
  CHECK_EQ(device->SendCommand(&clear.command), kOk);
  CHECK_EQ(client.get(0), hr::kVD_E_TIMEOUT);
  std::thread late([&] { CHECK_EQ(client.answer(second, 0, 512), kOk); });
  VDC_Command* cleared = client.next();
  late.join();
  CHECK_EQ(sent[1]->wait(), 0u);
  CHECK_EQ(cleared->commandCode, 3u);
  Sent still(Command::Flush);
  CHECK_EQ(device->SendCommand(&still.command), hr::kVD_E_BUSY);
  CHECK_EQ(client.answer(cleared), kOk);
  CHECK_EQ(clear.wait(), 0u);
  Sent flush(Command::Flush);
  CHECK_EQ(device->SendCommand(&flush.command), kOk);
  CHECK_EQ(client.answer(client.next()), kOk);
  CHECK_EQ(flush.wait(), 0u);

  // A second error while a ClearError waits takes nothing away from it.
  Sent one(Command::Flush);
  Sent two(Command::Flush);
  Sent clearBoth(Command::ClearError);
  CHECK_EQ(device->SendCommand(&one.command), kOk);
  CHECK_EQ(device->SendCommand(&two.command), kOk);
  VDC_Command* heldOne = client.next();
  VDC_Command* heldTwo = client.next();
  CHECK_EQ(client.answer(heldOne, completion::kERROR_DISK_FULL), kOk);
  CHECK_EQ(one.wait(), completion::kERROR_DISK_FULL);
  CHECK_EQ(device->SendCommand(&clearBoth.command), kOk);
  CHECK_EQ(client.answer(heldTwo, completion::kERROR_DISK_FULL), kOk);
  CHECK_EQ(two.wait(), completion::kERROR_DISK_FULL);
  VDC_Command* clearedBoth = client.next();
  CHECK_EQ(clearedBoth->commandCode, 3u);
  CHECK_EQ(client.answer(clearedBoth), kOk);
  CHECK_EQ(clearBoth.wait(), 0u);

  // The end of the data is no error; the server may close a device that is in error.
  std::uint8_t* buffer = server.buffer();
  Sent end(Command::Read, buffer, 512);
  Sent after(Command::Read, buffer, 512);
  CHECK_EQ(device->SendCommand(&end.command), kOk);
  CHECK_EQ(device->SendCommand(&after.command), kOk);
  CHECK_EQ(client.answer(client.next(), completion::kERROR_HANDLE_EOF, 100), kOk);
  CHECK_EQ(end.wait(), completion::kERROR_HANDLE_EOF);
  CHECK_EQ(end.command.bytesTransferred, 100u);
  CHECK_EQ(client.answer(client.next(), completion::kERROR_READ_FAULT), kOk);
  CHECK_EQ(after.wait(), completion::kERROR_READ_FAULT);
  server.closeAll();
  CHECK_EQ(client.get(), hr::kVD_E_CLOSE);
  CHECK_EQ(client.set->Close(), kOk);
}

void positions() {
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  Sent sent(Command::SetPosition, nullptr, 2);
  sent.command.inPosition = 0x123456789ABCu;
  CHECK_EQ(server.devices[0]->SendCommand(&sent.command), kOk);
  VDC_Command* command = client.next();
  CHECK_EQ(command->position, 0x123456789ABCu);
  CHECK_EQ(command->size, 2u);
  CHECK(command->buffer == nullptr);
  CHECK_EQ(client.devices[0]->CompleteCommand(command, 0, 0, 0xFFFFFFFFFFu), kOk);
  CHECK_EQ(sent.wait(), 0u);
  CHECK_EQ(sent.command.outPosition, 0xFFFFFFFFFFu);
}

void buffers() {
  VDConfig wanted = pipeConfig();
  wanted.prefixZoneSize = 100;
  wanted.alignment = 4096;
  ClientSide client(wanted);
  auto server = newServer();
  CHECK_EQ(server->Open(nullptr, client.name.c_str()), kOk);
  CHECK_EQ(server->BeginConfiguration(feature::kReadMedia, 512, 0, 65536, 0), kOk);
  std::uint32_t count = 1;
  CHECK_EQ(server->QueryAvailableBuffers(65536, 0, &count), kOk);
  CHECK_EQ(count, 0u);
  CHECK_EQ(server->RequestBuffers(0, 0, 1), hr::kVD_E_INVALID);
  CHECK_EQ(server->RequestBuffers(512, 768, 1), hr::kVD_E_INVALID);
  CHECK_EQ(server->RequestBuffers(512, 131072, 1), hr::kVD_E_INVALID);
  // More than there is leaves the set configurable, and the server may come again with less.
  CHECK_EQ(server->RequestBuffers(0xFFFFFFFFu, 0, 0xFFFFFFFFu), kOk);
  CHECK_EQ(server->EndConfiguration(), hr::kVD_E_MEMORY);
  VDConfig config;
  CHECK_EQ(client.set->GetConfiguration(0, &config), hr::kVD_E_TIMEOUT);
  CHECK_EQ(server->RequestBuffers(65536, 0, 5), kOk);
  CHECK_EQ(server->RequestBuffers(1000, 65536, 3), kOk);
  CHECK_EQ(server->EndConfiguration(), kOk);
  CHECK_EQ(client.set->GetConfiguration(0, &config), kOk);
  CHECK_EQ(server->RequestBuffers(65536, 0, 1), kOk);
  CHECK_EQ(server->RequestBuffers(65536, 0, 1000), hr::kVD_E_MEMORY);

  std::vector<std::uint8_t*> large;
  std::vector<std::uint8_t*> small;
  const auto allocate = [&](std::vector<std::uint8_t*>& into, std::uint32_t size, std::uint32_t alignment) {
    std::uint8_t* buffer = nullptr;
    CHECK_EQ(server->AllocateBuffer(&buffer, size, alignment), kOk);
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(buffer) % (alignment ? alignment : 4096), 0u);
    CHECK_EQ(server->IsSharedBuffer(buffer), 1);
    // The prefix zone is the client's; the server never writes there, so neither may another buffer lie there.
    std::memset(buffer - 100, 0xEE, 100 + size);
    into.push_back(buffer);
  };
  for (unsigned index = 0; index < 3; ++index) {
    allocate(small, 1000, 65536);
    allocate(large, 65536, 0);
  }
  allocate(large, 65536, 0);
  allocate(large, 65536, 0);
  std::vector<std::pair<std::uint8_t*, std::uint32_t>> all;
  all.reserve(small.size() + large.size());
  for (auto* buffer : small) all.emplace_back(buffer, 1000);
  for (auto* buffer : large) all.emplace_back(buffer, 65536);
  for (const auto& a : all) {
    for (const auto& b : all) {
      CHECK(&a == &b || a.first + a.second <= b.first - 100 || b.first + b.second <= a.first - 100);
    }
  }
  CHECK_EQ(server->IsSharedBuffer(reinterpret_cast<std::uint8_t*>(&config)), 0);
  CHECK_EQ(server->IsSharedBuffer(nullptr), 0);

  // What the client sees at the handle is the same memory, as well aligned.
  std::uint8_t* mapped = nullptr;
  std::uint32_t handle = 0;
  CHECK_EQ(client.set->MapBufferHandle(1, &mapped), kOk);
  CHECK_EQ(client.set->GetBufferHandle(mapped, &handle), kOk);
  CHECK_EQ(handle, 1u);
  CHECK_EQ(reinterpret_cast<std::uintptr_t>(mapped) % 65536, 0u);
  CHECK_EQ(client.set->MapBufferHandle(0, &mapped), hr::kVD_E_INVALID);
  CHECK_EQ(client.set->MapBufferHandle(0xFFFFFFFFu, &mapped), hr::kVD_E_INVALID);
  CHECK_EQ(client.set->GetBufferHandle(reinterpret_cast<std::uint8_t*>(&config), &handle), hr::kVD_E_INVALID);

  CHECK_EQ(server->FreeBuffer(large[2], 1), hr::kVD_E_INVALID);
  CHECK_EQ(server->FreeBuffer(large[2] + 512, 65536), hr::kVD_E_INVALID);
  std::uint32_t before = 0;
  CHECK_EQ(server->QueryAvailableBuffers(65536, 0, &before), kOk);
  CHECK_EQ(server->FreeBuffer(large[2], 65536), kOk);
  CHECK_EQ(server->FreeBuffer(large[2], 65536), hr::kVD_E_INVALID);
  CHECK_EQ(server->QueryAvailableBuffers(65536, 0, &count), kOk);
  CHECK_EQ(count, before + 1);
  std::uint8_t* buffer = nullptr;
  for (; count > 0; --count) CHECK_EQ(server->AllocateBuffer(&buffer, 65536, 0), kOk);
  CHECK_EQ(server->AllocateBuffer(&buffer, 65536, 0), hr::kVD_E_MEMORY);
  CHECK(buffer == nullptr);
}

void devices() {
  ClientSide client(pipeConfig(3));
  ServerSide server(client.name, 1);  // opens the first of the three
  VDConfig config;
  CHECK_EQ(client.set->GetConfiguration(10000, &config), kOk);
  ComPtr<IClientVirtualDevice> first, second, third;
  ComPtr<IServerVirtualDevice> other;
  IClientVirtualDevice* untouched = reinterpret_cast<IClientVirtualDevice*>(&config);
  CHECK_EQ(client.set->OpenDevice(nullptr, &untouched), hr::kVD_E_INVALID);
  CHECK(untouched == nullptr);
  CHECK_EQ(client.set->OpenDevice(client.name.c_str(), nullptr), hr::kVD_E_INVALID);
  CHECK_EQ(client.set->OpenDevice(client.name.c_str(), first.put()), kOk);
  CHECK_EQ(client.set->OpenDevice(client.name.c_str(), second.put()), hr::kVD_E_PROTOCOL);
  // Either side may be the first to know of a device; a fourth name fits nowhere.
  CHECK_EQ(client.set->OpenDevice(widen("b").c_str(), second.put()), kOk);
  CHECK_EQ(server.server->OpenDevice(widen("c").c_str(), other.put()), kOk);
  CHECK_EQ(client.set->OpenDevice(widen("C").c_str(), third.put()), hr::kVD_E_INVALID);
  CHECK_EQ(server.server->OpenDevice(widen("d").c_str(), other.put()), hr::kVD_E_INVALID);
  CHECK_EQ(server.server->OpenDevice(client.name.c_str(), other.put()), hr::kVD_E_PROTOCOL);
  VDC_Command* command;
  CHECK_EQ(first->GetCommand(0, &command), hr::kVD_E_PROTOCOL);
  const auto asked = Clock::now();
  CHECK_EQ(first->GetCommand(20, &command), hr::kVD_E_PROTOCOL);
  CHECK(secondsSince(asked) >= 0.019);
  CHECK_EQ(client.set->OpenDevice(widen("c").c_str(), third.put()), kOk);
  CHECK_EQ(client.set->OpenDevice(widen("c").c_str(), third.put()), hr::kVD_E_OPEN);
  CHECK_EQ(first->GetCommand(0, &command), hr::kVD_E_TIMEOUT);
  CHECK_EQ(server.server->OpenDevice(widen("b").c_str(), other.put()), kOk);
  CHECK_EQ(server.server->OpenDevice(widen("b").c_str(), other.put()), hr::kVD_E_OPEN);
}

void sixtyFourDevices() {
  ClientSide client(pipeConfig(64));
  ServerSide server(client.name, 64, 512, 64);
  client.join();
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < 64; ++index) {
    threads.emplace_back([&client, index] {
      for (;;) {
        VDC_Command* command = nullptr;
        const HResult result = client.devices[index]->GetCommand(kInfinite, &command);
        if (result == hr::kVD_E_CLOSE) return;
        CHECK_EQ(result, kOk);
        CHECK_EQ(command->position, index);
        CHECK_EQ(client.answer(command, 0, index, index), kOk);
      }
    });
  }
  for (unsigned round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Sent>> sent;
    for (unsigned index = 0; index < 64; ++index) {
      sent.push_back(std::make_unique<Sent>(Command::Flush));
      sent.back()->command.inPosition = index;
      CHECK_EQ(server.devices[index]->SendCommand(&sent.back()->command), kOk);
    }
    for (unsigned index = 0; index < 64; ++index) {
      CHECK_EQ(sent[index]->wait(), 0u);
      CHECK_EQ(sent[index]->command.bytesTransferred, index);
    }
  }
  server.closeAll();
  for (auto& thread : threads) thread.join();
  CHECK_EQ(client.set->Close(), kOk);
}

// As in the published samples: each thread opens its device and asks for commands at once, whoever else has opened his.
void devicesOnTheirOwnThreads() {
  for (unsigned round = 0; round < 50; ++round) {
    ClientSide client(pipeConfig(2));
    ServerSide server(client.name, 2);
    CHECK_EQ(client.set->GetConfiguration(10000, &client.config), kOk);
    std::promise<void> firstOpened;
    const auto serve = [&](unsigned index) {
      ComPtr<IClientVirtualDevice> device;
      CHECK_EQ(client.set->OpenDevice(deviceName(client.name, index).c_str(), device.put()), kOk);
      if (index == 0) firstOpened.set_value();
      VDC_Command* command = nullptr;
      CHECK_EQ(device->GetCommand(kInfinite, &command), kOk);
      CHECK_EQ(device->CompleteCommand(command, 0, 0, 0), kOk);
      CHECK_EQ(device->GetCommand(kInfinite, &command), hr::kVD_E_CLOSE);
    };
    Sent one(Command::Flush);
    Sent two(Command::Flush);
    CHECK_EQ(server.devices[0]->SendCommand(&one.command), kOk);
    CHECK_EQ(server.devices[1]->SendCommand(&two.command), kOk);
    std::thread first(serve, 0);
    firstOpened.get_future().wait();
    std::thread second(serve, 1);
    CHECK_EQ(one.wait(), 0u);
    CHECK_EQ(two.wait(), 0u);
    server.closeAll();
    first.join();
    second.join();
    CHECK_EQ(client.set->Close(), kOk);
  }
}

void serverTimeOut() {
  VDConfig wanted = pipeConfig();
  wanted.serverTimeOut = 150;
  ClientSide client(wanted);
  ServerSide server(client.name);
  client.join();
  // With nothing pending it waits for ever; each completion starts the clock anew.
  Sent first(Command::Flush);
  Sent second(Command::Flush);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  CHECK_EQ(server.devices[0]->SendCommand(&first.command), kOk);
  CHECK_EQ(server.devices[0]->SendCommand(&second.command), kOk);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_EQ(client.answer(client.next()), kOk);
  CHECK_EQ(first.wait(), 0u);
  const auto start = Clock::now();
  client.next();
  CHECK_EQ(second.wait(), completion::kERROR_OPERATION_ABORTED);
  CHECK(secondsSince(start) > 0.25 && secondsSince(start) < 2);
  CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
  CHECK_EQ(client.get(), hr::kVD_E_ABORT);
}

void secondary() {
  ClientSide client(pipeConfig(2));
  auto second = newClient();
  CHECK_EQ(second->OpenInSecondaryEx(nullptr, client.name.c_str()), hr::kVD_E_PROTOCOL);
  ServerSide server(client.name, 2);
  CHECK_EQ(client.set->GetConfiguration(10000, &client.config), kOk);
  CHECK_EQ(second->OpenInSecondary(client.name.c_str()), kOk);
  CHECK_EQ(second->OpenInSecondary(client.name.c_str()), hr::kVD_E_PROTOCOL);
  VDConfig seen{};
  CHECK_EQ(second->GetConfiguration(0, &seen), kOk);
  CHECK_EQ(seen.deviceCount, 2u);
  client.devices.resize(2);
  CHECK_EQ(client.set->OpenDevice(client.name.c_str(), client.devices[0].put()), kOk);
  CHECK_EQ(second->OpenDevice(deviceName(client.name, 1).c_str(), client.devices[1].put()), kOk);
  std::uint8_t* buffer = server.buffer();
  std::memcpy(buffer, "hello", 6);
  Sent sent(Command::Write, buffer, 512);
  CHECK_EQ(server.devices[1]->SendCommand(&sent.command), kOk);
  VDC_Command* command = client.next(1);
  std::uint32_t handle = 0;
  std::uint8_t* mapped = nullptr;
  CHECK_EQ(second->GetBufferHandle(command->buffer, &handle), kOk);
  CHECK_EQ(client.set->MapBufferHandle(handle, &mapped), kOk);
  CHECK_EQ(std::memcmp(mapped, "hello", 6), 0);
  CHECK_EQ(client.answer(command, 0, 0, 0), hr::kVD_E_INVALID);  // another device's
  CHECK_EQ(client.answer(command, 0, 512, 1), kOk);
  CHECK_EQ(sent.wait(), 0u);
  // A secondary that leaves its device open ends it for all.
  CHECK_EQ(second->Close(), hr::kVD_E_OPEN);
  CHECK_EQ(client.get(), hr::kVD_E_ABORT);
  CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
  CHECK_EQ(client.set->Close(), kOk);
}

}  // namespace

int main() {
  roundTrip();
  refusals();
  errorState();
  positions();
  buffers();
  devices();
  devicesOnTheirOwnThreads();
  sixtyFourDevices();
  serverTimeOut();
  secondary();
  checkNothingLeft();
  std::puts("embedded: all held");
}
