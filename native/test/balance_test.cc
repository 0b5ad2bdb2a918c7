// Counting fakes in COM's place: on every path of the pump AddRef and Release balance, nothing of a device is touched
// once Close has invalidated it, and every call is made on a thread that has entered the apartment.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "../pump/census.h"
#include "../pump/client_set.h"
#include "check.h"

namespace sqlvdi::test {
namespace {

using pump::ClientSet;
using pump::DeviceThread;

// What one scenario's fakes have seen.
struct Ledger {
  std::atomic<int> objects{0};
  std::atomic<int> scopes{0};
  std::atomic<int> closes{0};
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
      command_.commandCode = static_cast<std::uint32_t>(Command::Write);
      command_.size = sizeof(memory_);
      command_.buffer = memory_;
      *command = &command_;
      return kOk;
    }
    if (script_.closesAfter) return hr::kVD_E_CLOSE;
    std::unique_lock<std::mutex> lock(signal_->mutex);
    signal_->changed.wait_for(lock, std::chrono::milliseconds(timeoutMs), [this] { return signal_->aborted; });
    return signal_->aborted ? hr::kVD_E_ABORT : hr::kVD_E_TIMEOUT;
  }

  HResult VDI_CALL CompleteCommand(VDC_Command*, std::uint32_t, std::uint32_t, std::uint64_t) override {
    checkCall();
    const std::lock_guard<std::mutex> lock(signal_->mutex);
    return signal_->aborted ? hr::kVD_E_ABORT : kOk;
  }

 private:
  const Script& script_;
  const std::shared_ptr<Signal> signal_;
  std::deque<FakeDevice*>& open_;
  VDC_Command command_{};
  std::uint8_t memory_[512] = {};
  unsigned delivered_ = 0;
};

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
  HResult VDI_CALL GetBufferHandle(std::uint8_t*, std::uint32_t*) override { return hr::kVD_E_INVALID; }
  HResult VDI_CALL MapBufferHandle(std::uint32_t, std::uint8_t**) override { return hr::kVD_E_INVALID; }
  HResult VDI_CALL OpenInSecondaryEx(const VdiChar*, const VdiChar*) override {
    checkCall();
    open_ = true;
    return kOk;
  }

 private:
  const Script& script_;
  const std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  std::deque<FakeDevice*> devices_;
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

class FakeProvider final : public Provider {
 public:
  FakeProvider(Ledger& ledger, const Script& script) : ledger_(ledger), script_(script) {}
  HResult createSet(IClientVirtualDeviceSet2** set) override {
    CHECK(entered > 0);
    *set = script_.createSet == kOk ? new FakeSet(ledger_, script_) : nullptr;
    return script_.createSet;
  }
  bool wakesByApc() const override { return false; }
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
  std::future<HResult> get(std::vector<pump::DeliveredCommand>* commands = nullptr) {
    const auto promise = std::make_shared<std::promise<HResult>>();
    device->getCommands(kInfinite, 1, [promise, commands](HResult answer, std::vector<pump::DeliveredCommand> batch) {
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
  const std::shared_ptr<pump::ThreadGroup> threads_ = std::make_shared<pump::ThreadGroup>();
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
  std::promise<HResult> completed;
  scenario.device->complete(commands[0].id, 0, 0, 0, [&](HResult answer) { completed.set_value(answer); });
  CHECK_EQ(completed.get_future().get(), kOk);
  CHECK_EQ(scenario.get().get(), hr::kVD_E_CLOSE);
  CHECK_EQ(scenario.close(), kOk);
}

enum class End { Close, Abort, Abandon, Environment };

// With a command held, with one waited for, and with neither.
void endsInTheMidst() {
  for (const End end : {End::Close, End::Abort, End::Abandon, End::Environment}) {
    for (const unsigned held : {0u, 1u}) {
      for (const bool waits : {false, true}) {
        Scenario scenario({.commands = held});
        CHECK_EQ(scenario.active(), kOk);
        if (held != 0) CHECK_EQ(scenario.get().get(), kOk);
        std::future<HResult> waiting;
        if (waits) waiting = scenario.get();
        switch (end) {
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
        if (waits) CHECK_EQ(waiting.get(), hr::kVD_E_ABORT);
      }
    }
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
  endsInTheMidst();
  escaped();
  CHECK_EQ(sqlvdi::pump::census.threads.load(), 0);
  return 0;
}
