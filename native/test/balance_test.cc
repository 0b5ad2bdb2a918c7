// Counting fakes in COM's place: on every path of the pump AddRef and Release balance, nothing of a device is touched
// once Close has invalidated it, and every call is made on a thread that has entered the apartment.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>

#include "../pump/census.h"
#include "../pump/client_set.h"
#include "check.h"
#if defined(_WIN32)
#include "../abi/win32.h"
#endif

namespace sqlvdi::test {
namespace {

using pump::ClientSet;
using pump::DeviceThread;

// What one scenario's fakes have seen.
struct Ledger {
  std::atomic<int> objects{0};
  std::atomic<int> scopes{0};
  std::atomic<int> closes{0};
  std::atomic<bool> waiting{false};    // in GetCommand
  std::atomic<int> inTheMidst{0};      // completions that were made there
  std::atomic<bool> noThreads{false};  // the system has no more threads
};

thread_local int entered = 0;

// How the fakes behave.
struct Script {
  HResult createSet = kOk;
  HResult createEx = kOk;
  HResult openDevice = kOk;
  unsigned commands = 0;     // each device delivers so many
  bool closesAfter = false;  // and then reports CLOSE, where it otherwise waits for an abort
};

template <typename Interface>
class Fake : public Interface {
 public:
  explicit Fake(Ledger& ledger) : ledger_(ledger) { ++ledger_.objects; }
  Fake(const Fake&) = delete;
  Fake& operator=(const Fake&) = delete;

  HResult VDI_CALL QueryInterface(const Guid&, void** out) override {
    *out = nullptr;
    return hr::kE_NOINTERFACE;
  }
  std::uint32_t VDI_CALL AddRef() override {
    checkCall();
    return ++references_;
  }
  std::uint32_t VDI_CALL Release() override {
    checkCall();
    const std::uint32_t left = --references_;
    if (left == 0) delete this;
    return left;
  }

 protected:
  virtual ~Fake() { --ledger_.objects; }

  void checkCall() const {
    CHECK(entered > 0);
    CHECK(valid);
  }

  Ledger& ledger_;

 public:
  std::atomic<bool> valid{true};

 private:
  std::atomic<std::uint32_t> references_{1};
};

// What a set shares with its devices.
struct Signal {
  std::mutex mutex;
  std::condition_variable changed;
  bool aborted = false;

  // As the interface waits: on Windows alertably. Whether it is aborted by then.
  bool wait(std::uint32_t timeoutMs) {
    const auto until = pump::deadlineIn(timeoutMs);
    std::unique_lock<std::mutex> lock(mutex);
#if defined(_WIN32)
    while (!aborted && pump::Clock::now() < until) {
      lock.unlock();
      SleepEx(1, TRUE);
      lock.lock();
    }
#else
    changed.wait_until(lock, until, [this] { return aborted; });
#endif
    return aborted;
  }
};

class FakeDevice final : public Fake<IClientVirtualDevice> {
 public:
  FakeDevice(Ledger& ledger, const Script& script, std::shared_ptr<Signal> signal, std::deque<FakeDevice*>& open)
      : Fake(ledger), script_(script), signal_(std::move(signal)), open_(open) {
    open_.push_back(this);
  }
  ~FakeDevice() override {
    const auto at = std::find(open_.begin(), open_.end(), this);
    if (at != open_.end()) open_.erase(at);
  }

  HResult VDI_CALL GetCommand(std::uint32_t timeoutMs, VDC_Command** command) override {
    checkCall();
    *command = nullptr;
    if (delivered_ < script_.commands) {
      ++delivered_;
      VDC_Command& next = commands_.emplace_back();
      next.commandCode = static_cast<std::uint32_t>(Command::Write);
      next.size = sizeof(memory_);
      next.buffer = memory_;
      *command = &next;
      return kOk;
    }
    if (script_.closesAfter) return hr::kVD_E_CLOSE;
    ledger_.waiting = true;
    const bool aborted = signal_->wait(timeoutMs);
    ledger_.waiting = false;
    return aborted ? hr::kVD_E_ABORT : hr::kVD_E_TIMEOUT;
  }

  HResult VDI_CALL CompleteCommand(VDC_Command*, std::uint32_t, std::uint32_t, std::uint64_t) override {
    checkCall();
    // It is the same thread that waits.
    if (ledger_.waiting) ++ledger_.inTheMidst;
    const std::lock_guard<std::mutex> lock(signal_->mutex);
    return signal_->aborted ? hr::kVD_E_ABORT : kOk;
  }

 private:
  const Script& script_;
  const std::shared_ptr<Signal> signal_;
  std::deque<FakeDevice*>& open_;
  std::deque<VDC_Command> commands_;
  std::uint8_t memory_[512] = {};
  unsigned delivered_ = 0;
};

constexpr std::uint32_t kHandle = 7;  // of the one buffer that a set has

class FakeSet final : public Fake<IClientVirtualDeviceSet2> {
 public:
  FakeSet(Ledger& ledger, const Script& script) : Fake(ledger), script_(script) {}
  // A set that is let go of without Close leaves its shared objects behind.
  ~FakeSet() override { CHECK(!open_); }

  HResult VDI_CALL Create(const VdiChar*, VDConfig*) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL CreateEx(const VdiChar*, const VdiChar*, VDConfig*) override {
    checkCall();
    if (script_.createEx == kOk) open_ = true;
    return script_.createEx;
  }
  HResult VDI_CALL GetConfiguration(std::uint32_t, VDConfig* config) override {
    checkCall();
    *config = {};
    config->deviceCount = 1;
    config->maxTransferSize = 65536;
    const std::lock_guard<std::mutex> lock(signal_->mutex);
    return signal_->aborted ? hr::kVD_E_ABORT : kOk;
  }
  HResult VDI_CALL OpenDevice(const VdiChar*, IClientVirtualDevice** device) override {
    checkCall();
    *device = script_.openDevice == kOk ? new FakeDevice(ledger_, script_, signal_, devices_) : nullptr;
    return script_.openDevice;
  }
  HResult VDI_CALL Close() override {
    checkCall();
    if (!open_) return hr::kVD_E_PROTOCOL;
    // Whoever still held a device would hold a dead pointer from here on.
    CHECK(devices_.empty());
    open_ = false;
    ++ledger_.closes;
    return kOk;
  }
  HResult VDI_CALL SignalAbort() override {
    checkCall();
    const std::lock_guard<std::mutex> lock(signal_->mutex);
    signal_->aborted = true;
    signal_->changed.notify_all();
    return kOk;
  }
  HResult VDI_CALL OpenInSecondary(const VdiChar*) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL GetBufferHandle(std::uint8_t* buffer, std::uint32_t* handle) override {
    checkCall();
    *handle = kHandle;
    return buffer == memory_ ? kOk : hr::kVD_E_INVALID;
  }
  HResult VDI_CALL MapBufferHandle(std::uint32_t handle, std::uint8_t** buffer) override {
    checkCall();
    *buffer = handle == kHandle ? memory_ : nullptr;
    return handle == kHandle ? kOk : hr::kVD_E_INVALID;
  }
  HResult VDI_CALL OpenInSecondaryEx(const VdiChar*, const VdiChar*) override {
    checkCall();
    open_ = true;
    return kOk;
  }

 private:
  const Script& script_;
  const std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  std::deque<FakeDevice*> devices_;
  std::uint8_t memory_[512] = {};
  bool open_ = false;
};

class CountingScope final : public ThreadScope {
 public:
  explicit CountingScope(Ledger& ledger) : ledger_(ledger) {
    ++ledger_.scopes;
    ++entered;
  }
  ~CountingScope() override {
    --ledger_.scopes;
    --entered;
  }
  CountingScope(const CountingScope&) = delete;
  CountingScope& operator=(const CountingScope&) = delete;

 private:
  Ledger& ledger_;
};

#if defined(_WIN32)
constexpr bool kHasApcs = true;
#else
constexpr bool kHasApcs = false;
#endif

class FakeProvider final : public Provider {
 public:
  FakeProvider(Ledger& ledger, const Script& script) : ledger_(ledger), script_(script) {}
  HResult createSet(IClientVirtualDeviceSet2** set) override {
    CHECK(entered > 0);
    *set = script_.createSet == kOk ? new FakeSet(ledger_, script_) : nullptr;
    return script_.createSet;
  }
  bool wakesByApc() const override { return kHasApcs; }
  std::unique_ptr<ThreadScope> enterThread() override { return std::make_unique<CountingScope>(ledger_); }

 private:
  Ledger& ledger_;
  const Script& script_;
};

class Views final : public pump::ViewOwner {
 public:
  explicit Views(Answer answer) : answer_(answer) {}
  Answer detachAll() override { return answer_; }
  void whenEscapedAreGone(std::function<void()> release) override { release_ = std::move(release); }
  bool anyEscaped() const override { return false; }
  void letGo() {
    if (release_) std::exchange(release_, nullptr)();
  }

 private:
  const Answer answer_;
  std::function<void()> release_;
};

class Threads final : public pump::ThreadGroup {
 public:
  explicit Threads(const Ledger& ledger) : ledger_(ledger) {}
  void start(std::function<void()> body, std::function<void()> after) override {
    if (ledger_.noThreads) throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    ThreadGroup::start(std::move(body), std::move(after));
  }

 private:
  const Ledger& ledger_;
};

// One set over the fakes; its calls wait for their answers.
class Scenario {
 public:
  explicit Scenario(Script script, pump::ViewOwner::Answer views = pump::ViewOwner::Answer::Detached)
      : script_(script),
        views_(std::make_shared<Views>(views)),
        set(std::make_shared<ClientSet>(std::make_shared<FakeProvider>(ledger, script_), threads_, views_)) {}

  ~Scenario() {
    views_->letGo();
    set.reset();
    threads_->joinAll();
    CHECK_EQ(ledger.objects.load(), 0);
    CHECK_EQ(ledger.scopes.load(), 0);
  }
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  HResult create() {
    return result([this](ClientSet::Done done) { set->createEx(std::nullopt, name(), {}, std::move(done)); });
  }
  HResult openInSecondary() {
    return result([this](ClientSet::Done done) { set->openInSecondaryEx(std::nullopt, name(), std::move(done)); });
  }
  HResult configure() {
    return result([this](ClientSet::Done done) {
      set->getConfiguration(1000, [done](HResult answer, const VDConfig&) { done(answer); });
    });
  }
  HResult open() {
    return result([this](ClientSet::Done done) {
      set->openDevice(name(), [this, done](HResult answer, std::shared_ptr<DeviceThread> opened) {
        device = std::move(opened);
        done(answer);
      });
    });
  }
  HResult active() {
    const HResult created = create();
    if (created != kOk) return created;
    CHECK_EQ(configure(), kOk);
    return open();
  }
  HResult close(std::uint32_t graceMs = 0) {
    return result([this, graceMs](ClientSet::Done done) { set->close(graceMs, std::move(done)); });
  }
  HResult abort() {
    return result([this](ClientSet::Done done) { set->signalAbort(std::move(done)); });
  }
  HResult getBufferHandle(std::uint8_t* buffer, std::uint32_t& handle) {
    return result([&](ClientSet::Done done) {
      set->getBufferHandle(buffer, [&handle, done](HResult answer, std::uint32_t made) {
        handle = made;
        done(answer);
      });
    });
  }
  HResult mapBufferHandle(std::uint32_t handle, std::uint8_t*& buffer) {
    return result([&](ClientSet::Done done) {
      set->mapBufferHandle(handle, 512, [&buffer, done](HResult answer, std::uint8_t* mapped) {
        buffer = mapped;
        done(answer);
      });
    });
  }
  std::future<HResult> transfer() {
    const auto promise = std::make_shared<std::promise<HResult>>();
    device->transfer(pump::makeFileWriter(std::nullopt, nullptr),
                     [promise](const pump::TransferOutcome& outcome) { promise->set_value(outcome.result); });
    return promise->get_future();
  }
  std::future<HResult> complete(const pump::DeliveredCommand& command) {
    const auto promise = std::make_shared<std::promise<HResult>>();
    device->complete(command.id, 0, 0, 0, [promise](HResult answer) { promise->set_value(answer); });
    return promise->get_future();
  }
  std::future<HResult> get(std::vector<pump::DeliveredCommand>* commands = nullptr, std::uint32_t max = 1) {
    const auto promise = std::make_shared<std::promise<HResult>>();
    device->getCommands(kInfinite, max, [promise, commands](HResult answer, std::vector<pump::DeliveredCommand> batch) {
      if (commands) *commands = std::move(batch);
      promise->set_value(answer);
    });
    return promise->get_future();
  }

  Ledger ledger;

 private:
  static VdiString name() {
    const char text[] = "set";
    return VdiString(text, text + 3);
  }

  static HResult result(const std::function<void(ClientSet::Done)>& call) {
    const auto promise = std::make_shared<std::promise<HResult>>();
    call([promise](HResult answer) { promise->set_value(answer); });
    return promise->get_future().get();
  }

  const Script script_;
  const std::shared_ptr<pump::ThreadGroup> threads_ = std::make_shared<Threads>(ledger);
  const std::shared_ptr<Views> views_;

 public:
  std::shared_ptr<ClientSet> set;
  std::shared_ptr<DeviceThread> device;
};

void failures() {
  {
    Scenario scenario({});  // never used
  }
  {
    Scenario scenario({.createSet = hr::kREGDB_E_CLASSNOTREG});
    CHECK_EQ(scenario.create(), hr::kREGDB_E_CLASSNOTREG);
    CHECK_EQ(scenario.openInSecondary(), hr::kREGDB_E_CLASSNOTREG);
    CHECK_EQ(scenario.close(), hr::kREGDB_E_CLASSNOTREG);
  }
  {
    Scenario scenario({.createEx = hr::kE_ACCESSDENIED});
    CHECK_EQ(scenario.create(), hr::kE_ACCESSDENIED);
    CHECK_EQ(scenario.close(), hr::kVD_E_PROTOCOL);
    CHECK_EQ(scenario.ledger.closes.load(), 0);
  }
  {
    Scenario scenario({.openDevice = hr::kVD_E_INVALID});
    CHECK_EQ(scenario.active(), hr::kVD_E_INVALID);
    CHECK_EQ(scenario.close(), kOk);
    CHECK_EQ(scenario.ledger.closes.load(), 1);
  }
  {
    // The device is open, but no thread is to be had for it.
    Scenario scenario({});
    CHECK_EQ(scenario.create(), kOk);
    CHECK_EQ(scenario.configure(), kOk);
    scenario.ledger.noThreads = true;
    CHECK_EQ(scenario.open(), hr::kE_OUTOFMEMORY);
    CHECK(scenario.device == nullptr);
    scenario.ledger.noThreads = false;
    CHECK_EQ(scenario.close(), kOk);
    CHECK_EQ(scenario.ledger.closes.load(), 1);
  }
}

void orderlyEnds() {
  for (const bool secondary : {false, true}) {
    Scenario scenario({});
    CHECK_EQ(secondary ? scenario.openInSecondary() : scenario.create(), kOk);
    CHECK_EQ(scenario.close(), kOk);
    // The same set once more.
    CHECK_EQ(scenario.create(), kOk);
    CHECK_EQ(scenario.configure(), kOk);
    CHECK_EQ(scenario.close(), kOk);
    CHECK_EQ(scenario.ledger.closes.load(), 2);
  }
  Scenario scenario({.commands = 1, .closesAfter = true});
  CHECK_EQ(scenario.active(), kOk);
  std::vector<pump::DeliveredCommand> commands;
  CHECK_EQ(scenario.get(&commands).get(), kOk);
  CHECK_EQ(scenario.complete(commands[0]).get(), kOk);
  CHECK_EQ(scenario.get().get(), hr::kVD_E_CLOSE);
  CHECK_EQ(scenario.close(), kOk);
}

void bufferHandles() {
  Scenario scenario({});
  std::uint32_t handle = 0;
  std::uint8_t* buffer = nullptr;
  CHECK_EQ(scenario.active(), kOk);
  CHECK_EQ(scenario.mapBufferHandle(kHandle + 1, buffer), hr::kVD_E_INVALID);
  CHECK_EQ(scenario.getBufferHandle(nullptr, handle), hr::kVD_E_INVALID);
  CHECK_EQ(scenario.mapBufferHandle(kHandle, buffer), kOk);
  CHECK_EQ(scenario.getBufferHandle(buffer, handle), kOk);
  CHECK_EQ(handle, kHandle);
  scenario.close();
}

// Completed in another order while the device's thread waits for more: on Windows in the midst of its wait.
void completionsWhileWaiting() {
  Scenario scenario({.commands = 4});
  CHECK_EQ(scenario.active(), kOk);
  std::vector<pump::DeliveredCommand> commands;
  CHECK_EQ(scenario.get(&commands, 8).get(), kOk);
  CHECK_EQ(commands.size(), 4u);
  auto waiting = scenario.get();
  for (auto command = commands.rbegin(); command != commands.rend(); ++command) {
    while (kHasApcs && !scenario.ledger.waiting) std::this_thread::yield();
    CHECK_EQ(scenario.complete(*command).get(), kOk);
  }
  CHECK_EQ(scenario.device->held(), 0u);
  if (kHasApcs) CHECK(scenario.ledger.inTheMidst > 0);
  CHECK_EQ(scenario.abort(), kOk);
  CHECK_EQ(waiting.get(), hr::kVD_E_ABORT);
  scenario.close();
}

enum class End { Close, Abort, Abandon, Environment };
constexpr End kEnds[] = {End::Close, End::Abort, End::Abandon, End::Environment};

void end(Scenario& scenario, End how) {
  switch (how) {
    case End::Close:
      scenario.close();
      break;
    case End::Abort:
      CHECK_EQ(scenario.abort(), kOk);
      scenario.close();
      break;
    case End::Abandon:
      scenario.set->abandon();
      break;
    case End::Environment:
      scenario.set->halt();
      scenario.set->release();
      break;
  }
}

// With a command held, with one waited for, and with neither.
void endsInTheMidst() {
  for (const End how : kEnds) {
    for (const unsigned held : {0u, 1u}) {
      for (const bool waits : {false, true}) {
        Scenario scenario({.commands = held});
        CHECK_EQ(scenario.active(), kOk);
        if (held != 0) CHECK_EQ(scenario.get().get(), kOk);
        std::future<HResult> waiting;
        if (waits) waiting = scenario.get();
        end(scenario, how);
        if (waits) CHECK_EQ(waiting.get(), hr::kVD_E_ABORT);
      }
    }
  }
}

void endsInTheMidstOfATransfer() {
  for (const End how : kEnds) {
    Scenario scenario({.commands = 3});
    CHECK_EQ(scenario.active(), kOk);
    auto outcome = scenario.transfer();
    while (scenario.device->counters().commands < 3) std::this_thread::yield();
    end(scenario, how);
    CHECK_EQ(outcome.get(), hr::kVD_E_ABORT);
    CHECK_EQ(scenario.device->counters().bytes.load(), 3u * 512u);
  }
}

// Memory that somebody still sees: the set is closed when it is let go of, on a thread that has entered too.
void escaped() {
  Scenario scenario({.commands = 1}, pump::ViewOwner::Answer::SomeEscaped);
  CHECK_EQ(scenario.active(), kOk);
  CHECK_EQ(scenario.get().get(), kOk);
  scenario.close();
  CHECK_EQ(scenario.ledger.closes.load(), 0);
  CHECK_EQ(scenario.ledger.objects.load() > 0, true);
}

}  // namespace
}  // namespace sqlvdi::test

int main() {
  using namespace sqlvdi::test;
  failures();
  orderlyEnds();
  bufferHandles();
  completionsWhileWaiting();
  endsInTheMidst();
  endsInTheMidstOfATransfer();
  escaped();
  CHECK_EQ(sqlvdi::pump::census.threads.load(), 0);
  return 0;
}
