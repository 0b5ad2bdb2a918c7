// The pump over the stand-in, without Node: threads, completions from elsewhere, and every way a set can end.
// SQLVDI_TEST_PROVIDER chooses the provider.
#include <future>
#include <random>

#include "../providers/factory.h"
#include "../pump/census.h"
#include "../pump/client_set.h"
#include "embedded_support.h"

namespace sqlvdi::test {
namespace {

using pump::ClientSet;
using pump::DeliveredCommand;
using pump::DeviceThread;

// Nobody sees the memory here.
class NoViews final : public pump::ViewOwner {
 public:
  explicit NoViews(Answer answer = Answer::Detached) : answer_(answer) {}
  Answer detachAll() override { return answer_; }
  void whenEscapedAreGone(std::function<void()> release) override { later = std::move(release); }
  bool anyEscaped() const override { return false; }

  std::function<void()> later;

 private:
  const Answer answer_;
};

// The promise that a callback keeps.
template <typename Value>
struct Kept {
  std::promise<Value> promise;
  std::future<Value> future = promise.get_future();
};

class Client {
 public:
  explicit Client(pump::ViewOwner::Answer answer = pump::ViewOwner::Answer::Detached)
      : views(std::make_shared<NoViews>(answer)),
        set(std::make_shared<ClientSet>(makeProvider(provider()), threads, views)) {}

  static ClientSet::Done keep(Kept<HResult>& kept) {
    return [&kept](HResult result) { kept.promise.set_value(result); };
  }
  HResult create(unsigned deviceCount = 1) {
    name = uniqueName();
    Kept<HResult> kept;
    set->createEx(std::nullopt, name, pipeConfig(deviceCount), keep(kept));
    return kept.future.get();
  }
  HResult configure(std::uint32_t timeoutMs = 10000) {
    Kept<HResult> kept;
    set->getConfiguration(timeoutMs, [&](HResult result, const VDConfig&) { kept.promise.set_value(result); });
    return kept.future.get();
  }
  HResult close(std::uint32_t graceMs = 0) {
    Kept<HResult> kept;
    set->close(graceMs, keep(kept));
    return kept.future.get();
  }
  std::shared_ptr<DeviceThread> open(unsigned index = 0) {
    Kept<std::shared_ptr<DeviceThread>> kept;
    set->openDevice(deviceName(name, index), [&](HResult result, std::shared_ptr<DeviceThread> device) {
      CHECK_EQ(result, kOk);
      kept.promise.set_value(std::move(device));
    });
    return kept.future.get();
  }

  const std::shared_ptr<pump::ThreadGroup> threads = std::make_shared<pump::ThreadGroup>();
  const std::shared_ptr<NoViews> views;
  const std::shared_ptr<ClientSet> set;
  Name name;
};

using Batch = std::pair<HResult, std::vector<DeliveredCommand>>;

std::future<Batch> commands(DeviceThread& device, std::uint32_t timeoutMs = 10000, std::uint32_t max = 64) {
  const auto promise = std::make_shared<std::promise<Batch>>();
  device.getCommands(timeoutMs, max, [promise](HResult result, std::vector<DeliveredCommand> batch) {
    promise->set_value({result, std::move(batch)});
  });
  return promise->get_future();
}

std::future<HResult> complete(DeviceThread& device, const DeliveredCommand& command, std::uint32_t code = 0) {
  const auto promise = std::make_shared<std::promise<HResult>>();
  device.complete(command.id, code, command.size, 0, [promise](HResult result) { promise->set_value(result); });
  return promise->get_future();
}

std::future<pump::TransferOutcome> countAndForget(DeviceThread& device) {
  const auto promise = std::make_shared<std::promise<pump::TransferOutcome>>();
  device.transfer(pump::makeFileWriter(std::nullopt, nullptr),
                  [promise](const pump::TransferOutcome& outcome) { promise->set_value(outcome); });
  return promise->get_future();
}

// A pair that is joined: server, client, its devices.
struct Pair {
  explicit Pair(unsigned deviceCount = 1, pump::ViewOwner::Answer answer = pump::ViewOwner::Answer::Detached)
      : client(answer) {
    CHECK_EQ(client.create(deviceCount), kOk);
    std::thread joining(
        [&] { server = std::make_unique<ServerSide>(client.name, deviceCount, 65536, 8 * deviceCount); });
    CHECK_EQ(client.configure(), kOk);
    for (unsigned index = 0; index < deviceCount; ++index) devices.push_back(client.open(index));
    joining.join();
  }

  Client client;
  std::unique_ptr<ServerSide> server;
  std::vector<std::shared_ptr<DeviceThread>> devices;
};

// Several devices at once; batches completed in any order by another thread than asked for them.
void serves() {
  constexpr unsigned kDevices = 3;
  constexpr unsigned kCommands = 400;
  Pair pair(kDevices);
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < kDevices; ++index) {
    threads.emplace_back([&, index] {
      std::uint8_t* const memory = pair.server->buffer();
      for (unsigned round = 0; round < kCommands / 4; ++round) {
        Sent sent[] = {Sent(Command::Write, memory, 512), Sent(Command::Flush), Sent(Command::Write, memory, 65536),
                       Sent(Command::Complete)};
        for (Sent& command : sent) CHECK_EQ(pair.server->devices[index]->SendCommand(&command.command), kOk);
        for (Sent& command : sent) CHECK_EQ(command.wait(), 0u);
      }
      CHECK_EQ(pair.server->devices[index]->CloseDevice(), kOk);
    });
    threads.emplace_back([&, index] {
      DeviceThread& device = *pair.devices[index];
      std::mt19937 random(index);
      std::vector<DeliveredCommand> held;
      for (;;) {
        auto next = commands(device);
        // Completed while the device's thread waits for more.
        std::shuffle(held.begin(), held.end(), random);
        for (const DeliveredCommand& command : held) CHECK_EQ(complete(device, command).get(), kOk);
        auto [result, batch] = next.get();
        if (result == hr::kVD_E_CLOSE) break;
        CHECK_EQ(result, kOk);
        held = std::move(batch);
      }
      CHECK_EQ(device.counters().commands.load(), kCommands);
      CHECK_EQ(device.counters().flushes.load(), kCommands / 4);
      CHECK_EQ(device.counters().completes.load(), kCommands / 4);
      CHECK_EQ(device.held(), 0u);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(pair.client.close(), kOk);
}

void transfers() {
  Pair pair;
  auto outcome = countAndForget(*pair.devices[0]);
  std::uint8_t* const memory = pair.server->buffer();
  for (unsigned round = 0; round < 200; ++round) {
    Sent sent(Command::Write, memory, 65536);
    CHECK_EQ(pair.server->devices[0]->SendCommand(&sent.command), kOk);
    CHECK_EQ(sent.wait(), 0u);
  }
  CHECK_EQ(commands(*pair.devices[0]).get().first, hr::kVD_E_BUSY);
  Sent flush(Command::Flush);
  CHECK_EQ(pair.server->devices[0]->SendCommand(&flush.command), kOk);
  CHECK_EQ(flush.wait(), 0u);
  pair.server->closeAll();
  const pump::TransferOutcome result = outcome.get();
  CHECK_EQ(result.result, kOk);
  CHECK_EQ(result.bytes, 200u * 65536u);
  CHECK(result.durable);
  CHECK_EQ(pair.client.close(), kOk);
  CHECK_EQ(pair.client.close(), hr::kVD_E_PROTOCOL);
}

void waitsEnd() {
  Client client;
  CHECK_EQ(client.create(), kOk);
  CHECK_EQ(client.configure(20), hr::kVD_E_TIMEOUT);
  Kept<HResult> cancelled;
  client.set->getConfiguration(kInfinite,
                               [&](HResult result, const VDConfig&) { cancelled.promise.set_value(result); });
  client.set->cancelWait();
  CHECK_EQ(cancelled.future.get(), hr::kVD_E_TIMEOUT);
  Kept<HResult> closed;
  client.set->getConfiguration(kInfinite, [&](HResult result, const VDConfig&) { closed.promise.set_value(result); });
  CHECK_EQ(client.close(), kOk);
  CHECK_EQ(closed.future.get(), hr::kVD_E_ABORT);
  CHECK_EQ(client.create(), kOk);
  CHECK_EQ(client.close(), kOk);

  Pair pair;
  auto waiting = commands(*pair.devices[0], kInfinite);
  pair.devices[0]->cancelWait();
  CHECK_EQ(waiting.get().first, hr::kVD_E_TIMEOUT);
  waiting = commands(*pair.devices[0], kInfinite);
  CHECK_EQ(pair.client.close(), hr::kVD_E_OPEN);
  CHECK_EQ(waiting.get().first, hr::kVD_E_ABORT);
  CHECK_EQ(commands(*pair.devices[0]).get().first, hr::kVD_E_PROTOCOL);
}

// close() with a command held: let go in time, and not at all.
void graceIsGiven() {
  for (const bool letsGo : {true, false}) {
    Pair pair;
    Sent sent(Command::Write, pair.server->buffer(), 512);
    CHECK_EQ(pair.server->devices[0]->SendCommand(&sent.command), kOk);
    const Batch batch = commands(*pair.devices[0]).get();
    const auto start = Clock::now();
    Kept<HResult> closed;
    pair.client.set->close(letsGo ? 60000 : 50, Client::keep(closed));
    CHECK_EQ(sent.wait(), completion::kERROR_OPERATION_ABORTED);
    if (letsGo) CHECK_EQ(complete(*pair.devices[0], batch.second[0]).get(), hr::kVD_E_ABORT);
    CHECK_EQ(closed.future.get(), hr::kVD_E_OPEN);
    CHECK(secondsSince(start) < 30);
    CHECK_EQ(complete(*pair.devices[0], batch.second[0]).get(), hr::kVD_E_PROTOCOL);
  }
}

// The environment's end and an object that nobody wants any more, with everything under way.
void endsInTheMidst() {
  for (const bool environmentEnds : {true, false}) {
    Pair pair(2);
    auto outcome = countAndForget(*pair.devices[0]);
    Sent sent(Command::Write, pair.server->buffer(), 512);
    CHECK_EQ(pair.server->devices[1]->SendCommand(&sent.command), kOk);
    const Batch held = commands(*pair.devices[1]).get();
    CHECK_EQ(held.first, kOk);
    auto waiting = commands(*pair.devices[1], kInfinite);
    if (environmentEnds) {
      pair.client.set->halt();
      CHECK_EQ(outcome.get().result, hr::kVD_E_ABORT);
      CHECK_EQ(waiting.get().first, hr::kVD_E_ABORT);
      // The memory stays for as long as somebody may look at it.
      held.second[0].buffer[0] = 1;
      pair.client.set->release();
    } else {
      pair.client.set->abandon();
      CHECK_EQ(outcome.get().result, hr::kVD_E_ABORT);
      CHECK_EQ(waiting.get().first, hr::kVD_E_ABORT);
    }
    CHECK_EQ(sent.wait(), completion::kERROR_OPERATION_ABORTED);
    pair.client.threads->joinAll();
  }
}

// Memory that somebody else took away stays, and the set can be made again meanwhile.
void escapedMemoryStays() {
  Pair pair(1, pump::ViewOwner::Answer::SomeEscaped);
  Sent sent(Command::Write, pair.server->buffer(), 512);
  CHECK_EQ(pair.server->devices[0]->SendCommand(&sent.command), kOk);
  const Batch batch = commands(*pair.devices[0]).get();
  CHECK_EQ(pair.client.close(0), hr::kVD_E_OPEN);
  CHECK_EQ(sent.wait(), completion::kERROR_OPERATION_ABORTED);
  batch.second[0].buffer[0] = 1;
  CHECK_EQ(pair.client.create(), kOk);
  CHECK(pair.client.views->later != nullptr);
  const auto release = std::move(pair.client.views->later);
  release();
  pair.client.set->halt();
  pair.client.set->release();
  pair.client.threads->joinAll();
}

}  // namespace
}  // namespace sqlvdi::test

int main() {
  using namespace sqlvdi;
  using namespace sqlvdi::test;
  becomeHostile();
  for (int round = 0; round < 3; ++round) {
    serves();
    transfers();
    waitsEnd();
    graceIsGiven();
    endsInTheMidst();
    escapedMemoryStays();
  }
  checkNothingLeft();
  CHECK_EQ(pump::census.threads.load(), 0);
  CHECK_EQ(pump::census.devices.load(), 0);
  CHECK_EQ(pump::census.clientSets.load(), 0);
  return 0;
}
