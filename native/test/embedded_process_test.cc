// The stand-in between processes: transfer, secondaries, and either side killed at any moment. With --throughput it
// measures instead. Called with the name of a role it is the other process.
#include "embedded_process.h"

#include <cstring>
#include <future>
#include <random>

namespace {
using namespace sqlvdi;
using namespace sqlvdi::test;

constexpr std::uint32_t kSize = 65536;
constexpr unsigned kDepth = 4;

std::string narrow(const Name& name) { return std::string(name.begin(), name.end()); }

// Keeps `kDepth` writes outstanding on each device. From completions alone, as a real server does.
struct Writer {
  ServerSide* server;
  std::atomic<std::uint64_t> left;
  std::atomic<unsigned> outstanding{0};
  std::mutex mutex;
  std::condition_variable done;

  struct Slot {
    VDS_Command command{};
    Writer* writer;
    unsigned device;
  };

  Writer(ServerSide& side, std::uint64_t commands) : server(&side), left(commands) {}

  void run() {
    std::vector<std::unique_ptr<Slot>> slots;
    for (unsigned device = 0; device < server->devices.size(); ++device) {
      for (unsigned index = 0; index < kDepth; ++index) {
        slots.push_back(std::make_unique<Slot>());
        Slot& slot = *slots.back();
        slot.writer = this;
        slot.device = device;
        slot.command.commandCode = static_cast<std::uint32_t>(Command::Write);
        slot.command.size = kSize;
        slot.command.buffer = server->buffer(kSize);
        slot.command.completionContext = &slot;
        slot.command.completionRoutine = [](VDS_Command* command) {
          auto* at = static_cast<Slot*>(command->completionContext);
          at->writer->completed(*at);
        };
      }
    }
    outstanding = static_cast<unsigned>(slots.size());
    for (auto& slot : slots) send(*slot);
    std::unique_lock<std::mutex> hold(mutex);
    done.wait(hold, [this] { return outstanding.load() == 0; });
  }

  void send(Slot& slot) { server->devices[slot.device]->SendCommand(&slot.command); }

  void completed(Slot& slot) {
    if (slot.command.completionCode == 0 && left.load() > 0) {
      --left;
      send(slot);
      return;
    }
    const std::lock_guard<std::mutex> hold(mutex);
    if (--outstanding == 0) done.notify_all();
  }
};

// Answers every command of one device; how the last GetCommand or CompleteCommand ended.
HResult drain(IClientVirtualDevice* device, std::uint64_t* commands = nullptr) {
  for (;;) {
    VDC_Command* command = nullptr;
    HResult result = device->GetCommand(kInfinite, &command);
    if (result != kOk) return result;
    const bool transfer = command->commandCode == static_cast<std::uint32_t>(Command::Write);
    if (transfer) CHECK_EQ(command->size, kSize);
    result = device->CompleteCommand(command, 0, command->size, 0);
    if (result != kOk) return result;
    if (commands) ++*commands;
  }
}

// Every device to its end, each on a thread of its own.
void drainAll(ClientSide& client) {
  std::vector<std::thread> threads;
  for (auto& device : client.devices) {
    threads.emplace_back([&device] { CHECK_EQ(drain(device.get()), hr::kVD_E_CLOSE); });
  }
  for (auto& thread : threads) thread.join();
  CHECK_EQ(client.set->Close(), kOk);
}

// ---- roles of the other process ----

int serverRole(const Name& name, unsigned devices, std::uint64_t commands) {
  ServerSide server(name, devices, kSize, devices * kDepth);
  Writer writer(server, commands);
  writer.run();
  server.closeAll();
  return 0;
}

int clientRole(const Name& name, unsigned devices) {
  ClientSide client(pipeConfig(devices), name);
  client.join();
  drainAll(client);
  return 0;
}

int secondaryRole(const Name& name, unsigned device) {
  auto set = newClient();
  CHECK_EQ(set->OpenInSecondaryEx(nullptr, name.c_str()), kOk);
  ComPtr<IClientVirtualDevice> mine;
  CHECK_EQ(set->OpenDevice(deviceName(name, device).c_str(), mine.put()), kOk);
  VDConfig config;
  CHECK_EQ(set->GetConfiguration(kInfinite, &config), kOk);
  CHECK_EQ(drain(mine.get()), hr::kVD_E_CLOSE);
  CHECK_EQ(set->Close(), kOk);
  return 0;
}

int mapperRole(const Name& name, std::uint32_t handle) {
  auto set = newClient();
  CHECK_EQ(set->OpenInSecondary(name.c_str()), kOk);
  std::uint8_t* buffer = nullptr;
  CHECK_EQ(set->MapBufferHandle(handle, &buffer), kOk);
  CHECK_EQ(reinterpret_cast<std::uintptr_t>(buffer) % 4096, 0u);
  CHECK_EQ(std::memcmp(buffer, "question", 9), 0);
  std::memcpy(buffer, "answer", 7);
  CHECK_EQ(set->Close(), kOk);
  return 0;
}

// ---- tests ----

void transfers() {
  for (const unsigned devices : {1u, 3u}) {
    ClientSide client(pipeConfig(devices));
    Child server({"server", narrow(client.name), std::to_string(devices), "500"});
    client.join();
    drainAll(client);
    CHECK_EQ(server.wait(), 0);
  }
}

// A process for each device, as in the published sample, whose primary opens none; and a primary that serves one too.
void secondaries() {
  for (const unsigned own : {0u, 1u}) {
    ClientSide client(pipeConfig(3));
    Child server({"server", narrow(client.name), "3", "300"});
    CHECK_EQ(client.set->GetConfiguration(20000, &client.config), kOk);
    std::vector<std::unique_ptr<Child>> others;
    for (unsigned index = own; index < 3; ++index) {
      others.push_back(
          std::make_unique<Child>(std::vector<std::string>{"secondary", narrow(client.name), std::to_string(index)}));
    }
    if (own != 0) {
      ComPtr<IClientVirtualDevice> device;
      CHECK_EQ(client.set->OpenDevice(client.name.c_str(), device.put()), kOk);
      CHECK_EQ(drain(device.get()), hr::kVD_E_CLOSE);
    }
    for (auto& other : others) CHECK_EQ(other->wait(), 0);
    CHECK_EQ(client.set->Close(), kOk);
    CHECK_EQ(server.wait(), 0);
  }
}

void handles() {
  VDConfig wanted = pipeConfig();
  wanted.prefixZoneSize = 24;
  wanted.alignment = 4096;
  ClientSide client(wanted);
  ServerSide server(client.name);
  client.join();
  std::uint8_t* buffer = server.buffer(kSize);
  std::memcpy(buffer, "question", 9);
  Sent sent(Command::Write, buffer, kSize);
  CHECK_EQ(server.devices[0]->SendCommand(&sent.command), kOk);
  VDC_Command* command = client.next();
  std::uint32_t handle = 0;
  CHECK_EQ(client.set->GetBufferHandle(command->buffer, &handle), kOk);
  Child mapper({"mapper", narrow(client.name), std::to_string(handle)});
  CHECK_EQ(mapper.wait(), 0);
  CHECK_EQ(std::memcmp(buffer, "answer", 7), 0);
  CHECK_EQ(client.answer(command, 0, kSize), kOk);
  CHECK_EQ(sent.wait(), 0u);
}

// Kills the other process some time after it was started, or after the transfer has begun.
class Killer {
 public:
  Killer(Child& child, std::mt19937& random, bool afterBegin) {
    thread_ = std::thread([this, &child, afterBegin, delay = random() % 60000] {
      if (afterBegin) begun_.get_future().wait();
      std::this_thread::sleep_for(std::chrono::microseconds(afterBegin ? delay / 10 : delay));
      at_ = Clock::now();
      child.kill();
      child.wait();
      killed = true;
    });
  }
  void begun() {
    if (!told_) begun_.set_value();
    told_ = true;
  }
  // Seconds from the kill to that moment.
  double until(Clock::time_point heard) {
    begun();
    thread_.join();
    return std::chrono::duration<double>(heard - at_).count();
  }

  std::atomic<bool> killed{false};

 private:
  std::promise<void> begun_;
  bool told_ = false;
  Clock::time_point at_;
  std::thread thread_;
};

void checkPrompt(double delay, HResult result) {
  if (delay >= 1) std::fprintf(stderr, "heard after %.3f s, by 0x%x\n", delay, static_cast<unsigned>(result));
  CHECK(delay < 1);
}

// The other process is killed at some moment: this side must hear of it within a second.
void serverKilled(std::mt19937& random, bool transferring) {
  ClientSide client(pipeConfig(2));
  Child server({"server", narrow(client.name), "2", "1000000000"});
  Killer killer(server, random, transferring);
  VDConfig config;
  HResult result = hr::kVD_E_TIMEOUT;
  // A server that was killed before it came leaves nothing to hear of.
  while (result == hr::kVD_E_TIMEOUT && !killer.killed) result = client.set->GetConfiguration(20, &config);
  if (result == hr::kVD_E_TIMEOUT) {
    // It may have come just before it was killed.
    result = client.set->GetConfiguration(1000, &config);
  }
  for (unsigned index = 0; index < 2 && result == kOk; ++index) {
    client.devices.emplace_back();
    result = client.set->OpenDevice(deviceName(client.name, index).c_str(), client.devices.back().put());
  }
  if (result == kOk) {
    VDC_Command* first = nullptr;
    if (client.devices[0]->GetCommand(kInfinite, &first) == kOk) client.answer(first, 0, kSize);
    killer.begun();
    std::thread other([&] { CHECK_EQ(drain(client.devices[1].get()), hr::kVD_E_ABORT); });
    CHECK_EQ(drain(client.devices[0].get()), hr::kVD_E_ABORT);
    other.join();
  } else {
    CHECK(result == hr::kVD_E_ABORT || result == hr::kVD_E_TIMEOUT);
  }
  const double delay = killer.until(Clock::now());
  if (result != hr::kVD_E_TIMEOUT) checkPrompt(delay, result);
  CHECK_EQ(client.set->Close(), kOk);
}

void clientKilled(std::mt19937& random, bool transferring) {
  const Name name = uniqueName();
  Child client({"client", narrow(name), "2"});
  Killer killer(client, random, transferring);
  auto set = newServer();
  HResult result = hr::kE_FILE_NOT_FOUND;
  while (result == hr::kE_FILE_NOT_FOUND && !killer.killed) result = set->Open(nullptr, name.c_str());
  if (result == kOk) result = set->BeginConfiguration(feature::kWriteMedia, 512, 0, kSize, 0);
  if (result == kOk) result = set->RequestBuffers(kSize, 0, 8);
  if (result == kOk) result = set->EndConfiguration();
  std::vector<ComPtr<IServerVirtualDevice>> devices(2);
  for (unsigned index = 0; index < 2 && result == kOk; ++index) {
    result = set->OpenDevice(deviceName(name, index).c_str(), devices[index].put());
  }
  if (result == kOk) {
    std::thread agent([&] { CHECK_EQ(set->ExecuteCompletionAgent(), hr::kVD_E_ABORT); });
    std::uint8_t* buffer = nullptr;
    result = set->AllocateBuffer(&buffer, kSize, 0);
    while (result == kOk) {
      Sent sent(Command::Write, buffer, kSize);
      result = devices[0]->SendCommand(&sent.command);
      const std::uint32_t code = sent.wait();
      killer.begun();
      if (code != 0) {
        CHECK_EQ(code, completion::kERROR_OPERATION_ABORTED);
        result = hr::kVD_E_ABORT;
      }
    }
    agent.join();
  }
  const double delay = killer.until(Clock::now());
  CHECK(result == hr::kVD_E_ABORT || result == hr::kE_FILE_NOT_FOUND);
  checkPrompt(delay, result);
  const HResult closed = set->Close();
  CHECK(closed == kOk || closed == hr::kVD_E_PROTOCOL);
  // The name is free again, and of the dead client's set nothing is to be found.
  CHECK_EQ(set->Open(nullptr, name.c_str()), hr::kE_FILE_NOT_FOUND);
}

// Nobody notices a secondary's death but its primary, who aborts; everything is released all the same.
void secondaryKilled() {
  ClientSide client(pipeConfig(2));
  ServerSide server(client.name, 2);
  CHECK_EQ(client.set->GetConfiguration(10000, &client.config), kOk);
  client.devices.emplace_back();
  CHECK_EQ(client.set->OpenDevice(client.name.c_str(), client.devices[0].put()), kOk);
  Child secondary({"secondary", narrow(client.name), "1"});
  HResult result = hr::kVD_E_PROTOCOL;
  while (result == hr::kVD_E_PROTOCOL) result = client.get(10);
  CHECK_EQ(result, hr::kVD_E_TIMEOUT);
  secondary.kill();
  secondary.wait();
  // Whoever dies while it changes what both sides share leaves it doubtful, and that does end the set.
  const HResult after = client.get(200);
  CHECK(after == hr::kVD_E_TIMEOUT || after == hr::kVD_E_ABORT);
  CHECK_EQ(client.set->SignalAbort(), kOk);
  CHECK_EQ(server.joinAgent(), hr::kVD_E_ABORT);
  CHECK_EQ(client.set->Close(), kOk);
}

#if defined(_WIN32)
struct ApcWork {
  ClientSide* client;
  VDC_Command* held;
  bool done;
};

// GetCommand waits alertably: what is queued to its thread runs there, may complete commands, and the wait goes on.
void callsFromAnApc() {
  ClientSide client;
  ServerSide server(client.name);
  client.join();
  Sent first(Command::Flush);
  Sent second(Command::Flush);
  CHECK_EQ(server.devices[0]->SendCommand(&first.command), kOk);
  ApcWork work{&client, client.next(), false};
  HANDLE thread = nullptr;
  CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &thread, 0, FALSE,
                        DUPLICATE_SAME_ACCESS));
  std::thread helper([&] {
    CHECK(QueueUserAPC(
        [](ULONG_PTR context) {
          auto* at = reinterpret_cast<ApcWork*>(context);
          CHECK_EQ(at->client->answer(at->held), kOk);
          at->done = true;
        },
        thread, reinterpret_cast<ULONG_PTR>(&work)));
    CHECK_EQ(first.wait(), 0u);
    CHECK_EQ(server.devices[0]->SendCommand(&second.command), kOk);
  });
  VDC_Command* next = client.next();
  CHECK(work.done);
  CHECK_EQ(client.answer(next), kOk);
  CHECK_EQ(second.wait(), 0u);
  helper.join();
  CloseHandle(thread);
}
#else
void callsFromAnApc() {}
#endif

void deaths() {
  std::mt19937 random(2024);
  for (unsigned round = 0; round < 30; ++round) serverKilled(random, round % 2 == 1);
  for (unsigned round = 0; round < 30; ++round) clientKilled(random, round % 2 == 1);
  secondaryKilled();
}

void measure(const char* what, unsigned devices, bool crossProcess) {
  constexpr std::uint64_t kCommands = 200000;
  ClientSide client(pipeConfig(devices));
  std::unique_ptr<Child> child;
  std::thread local;
  if (crossProcess) {
    child = std::make_unique<Child>(
        std::vector<std::string>{"server", narrow(client.name), std::to_string(devices), std::to_string(kCommands)});
  } else {
    local = std::thread([&] { serverRole(client.name, devices, kCommands); });
  }
  client.join();
  const auto start = Clock::now();
  std::vector<std::uint64_t> counts(devices, 0);
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < devices; ++index) {
    threads.emplace_back([&, index] { CHECK_EQ(drain(client.devices[index].get(), &counts[index]), hr::kVD_E_CLOSE); });
  }
  for (auto& thread : threads) thread.join();
  const double seconds = secondsSince(start);
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  std::printf("%s, %u device(s), 64 KiB, %u outstanding: %.0f commands/s, %.2f GB/s, %.2f us each\n", what, devices,
              kDepth, static_cast<double>(total) / seconds, static_cast<double>(total) * kSize / seconds / 1e9,
              seconds / static_cast<double>(total) * 1e6);
  if (local.joinable()) local.join();
  client.set->Close();
}

int role(int count, char** arguments) {
  const std::string which = arguments[1];
  if (which == "--throughput") {
    measure("one process", 1, false);
    measure("two processes", 1, true);
    measure("two processes", 4, true);
    return 0;
  }
  CHECK(count >= 4);
  const Name name = widen(arguments[2]);
  const unsigned number = static_cast<unsigned>(std::stoul(arguments[3]));
  if (which == "client") return clientRole(name, number);
  if (which == "secondary") return secondaryRole(name, number);
  if (which == "mapper") return mapperRole(name, number);
  CHECK(which == "server" && count == 5);
  return serverRole(name, number, std::stoull(arguments[4]));
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) return role(count, arguments);
  transfers();
  secondaries();
  handles();
  callsFromAnApc();
  deaths();
  checkNothingLeft();
  std::puts("embedded processes: all held");
}
