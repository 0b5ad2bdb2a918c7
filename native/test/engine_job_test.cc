// The engine's jobs against the stand-in's client side in the same process. Ends with 0 when all held.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <thread>

#include "../abi/com_ptr.h"
#include "../embedded/embedded.h"
#include "../engine/backup_task.h"
#include "../engine/job.h"
#include "../engine/pages.h"
#include "../engine/restore_task.h"
#include "check.h"

namespace {

using namespace sqlvdi;
using namespace sqlvdi::engine;
using Bytes = std::vector<std::uint8_t>;
namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 99;
const fs::path kFolder = fs::temp_directory_path() / ("engine-job-test-" + toHex(makeMediaSetId()));

VdiString vdiString(const std::string& text) { return {text.begin(), text.end()}; }

// How the client behaves where it does not simply do what it is told.
struct Behaviour {
  std::uint32_t features = feature::kRequestComplete;
  std::size_t held = 1;                         // commands it collects before it completes them, the newest first
  std::uint64_t fullAfter = ~std::uint64_t{0};  // bytes after which a write is answered with ERROR_DISK_FULL
  bool shortReads = false;                      // the last read is answered with SUCCESS and a short count
  std::uint64_t abortAfter = ~std::uint64_t{0};
};

// A virtual device set whose streams are in memory.
class Client {
 public:
  Client(std::vector<Bytes> streams, Behaviour behaviour = {})
      : name("engine-" + toHex(makeMediaSetId())),
        streams_(std::move(streams)),
        behaviour_(behaviour),
        commands_(streams_.size()) {
    CHECK(embedded::createClientSet(set_.put()) == kOk);
    VDConfig config{};
    config.deviceCount = static_cast<std::uint32_t>(streams_.size());
    config.features = behaviour.features;
    CHECK(set_->CreateEx(nullptr, vdiString(name).c_str(), &config) == kOk);
    main_ = std::jthread([this] { run(); });
  }

  // Waits for the end of all devices; the streams as they are then.
  std::vector<Bytes>& finish() {
    main_.join();
    return streams_;
  }

  SetOptions options(std::uint32_t maxTransferSize = kMinTransferSize) const {
    SetOptions options;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      options.deviceNames.push_back(vdiString(i == 0 ? name : name + "-" + std::to_string(i)));
    }
    options.maxTransferSize = maxTransferSize;
    options.attachTimeoutMs = 5000;
    return options;
  }

  const std::vector<Command>& commands(std::size_t device) const { return commands_[device]; }
  bool sawAbort() const { return aborted_; }

  const std::string name;

 private:
  void run() {
    VDConfig config{};
    if (set_->GetConfiguration(20000, &config) == kOk) {
      const SetOptions names = options();
      std::vector<ComPtr<IClientVirtualDevice>> devices(streams_.size());
      std::vector<std::jthread> threads;  // joined before their devices go
      bool open = true;
      for (std::size_t i = 0; i < devices.size() && open; ++i) {
        open = set_->OpenDevice(names.deviceNames[i].c_str(), devices[i].put()) == kOk;
      }
      if (!open) aborted_ = true;
      for (std::size_t i = 0; i < devices.size() && open; ++i) {
        threads.emplace_back([this, i, device = devices[i].get()] { serve(i, device); });
      }
    } else {
      aborted_ = true;
    }
    set_->Close();
  }

  void serve(std::size_t index, IClientVirtualDevice* device) {
    Bytes& stream = streams_[index];
    std::size_t readAt = 0;
    std::uint64_t moved = 0;
    struct Answer {
      VDC_Command* command;
      std::uint32_t code;
      std::uint32_t bytes;
    };
    std::vector<Answer> held;
    const auto answerAll = [&] {
      for (; !held.empty(); held.pop_back()) {
        device->CompleteCommand(held.back().command, held.back().code, held.back().bytes, 0);
      }
    };
    for (;;) {
      VDC_Command* command = nullptr;
      HResult result = device->GetCommand(held.empty() ? 20000 : 20, &command);
      if (result == hr::kVD_E_TIMEOUT && !held.empty()) {
        answerAll();
        continue;
      }
      if (result != kOk) {
        if (result != hr::kVD_E_CLOSE) aborted_ = true;
        return;
      }
      const auto code = static_cast<Command>(command->commandCode);
      commands_[index].push_back(code);
      Answer answer{command, 0, 0};
      moved += command->size;
      if (moved > behaviour_.abortAfter) {
        set_->SignalAbort();
      } else if (code == Command::Write && moved > behaviour_.fullAfter) {
        answer.code = completion::kERROR_DISK_FULL;
      } else if (code == Command::Write) {
        stream.insert(stream.end(), command->buffer, command->buffer + command->size);
        answer.bytes = command->size;
      } else if (code == Command::Read) {
        const std::size_t count = std::min<std::size_t>(command->size, stream.size() - readAt);
        std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(readAt), count, command->buffer);
        readAt += count;
        answer.bytes = static_cast<std::uint32_t>(count);
        const bool lie = behaviour_.shortReads && count > 0;
        if (count < command->size && !lie) answer.code = completion::kERROR_HANDLE_EOF;
      }
      held.push_back(answer);
      if (held.size() >= behaviour_.held) answerAll();
    }
  }

  ComPtr<IClientVirtualDeviceSet2> set_;
  std::vector<Bytes> streams_;
  Behaviour behaviour_;
  std::vector<std::vector<Command>> commands_;
  std::atomic<bool> aborted_ = false;
  std::jthread main_;
};

struct Running {
  std::promise<Result> promise;
  std::unique_ptr<Job> job;

  Running(SetOptions options, std::unique_ptr<Task> task)
      : job(std::make_unique<Job>(std::move(options), std::move(task))) {
    job->start([this](const Result& result) { promise.set_value(result); });
  }
  Result result() {
    std::future<Result> future = promise.get_future();
    CHECK(future.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    Result result = future.get();
    job.reset();
    return result;
  }
};

Result backup(const SetOptions& options, const BackupOptions& content) {
  return Running(options, makeBackupTask(content, options.deviceNames.size(), options.blockSize)).result();
}

BackupOptions generated(std::uint64_t pages, bool compressible = false) {
  BackupOptions options;
  options.content = GeneratedContent{kSeed, compressible, pages, {{10, 5, 1}, {12, 1, 2}}};
  options.header = "{\"database\":\"test\"}";
  options.compression = compressible;
  return options;
}

Result restore(const SetOptions& options, const RestoreTarget& target, std::vector<StripeHeader>* headers = nullptr) {
  RestoreTask* restoring = nullptr;
  auto task = std::make_unique<RestoreTask>(options.deviceNames.size(), [&](const std::vector<StripeHeader>& seen) {
    if (headers) *headers = seen;
    restoring->proceed(target);
  });
  restoring = task.get();
  return Running(options, std::move(task)).result();
}

Result restoreFrom(std::vector<Bytes> streams, const RestoreTarget& target, Behaviour behaviour = {}) {
  Client client(std::move(streams), behaviour);
  Result result = restore(client.options(), target);
  client.finish();
  return result;
}

std::vector<Bytes> makeBackup(std::size_t devices, std::uint64_t pages, bool compressible = false) {
  Client client(std::vector<Bytes>(devices), {});
  const Result result = backup(client.options(), generated(pages, compressible));
  CHECK(!result.failure && result.pages == pages);
  return client.finish();
}

Bytes readFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void checkDatabase(const fs::path& path, std::uint64_t pages, bool compressible) {
  const Bytes data = readFile(path);
  CHECK(data.size() == pages * kPageSize);
  Bytes page(kPageSize);
  for (std::uint64_t i = 0; i < pages; ++i) {
    const std::uint32_t epoch = i == 12 ? 2 : i >= 10 && i < 15 ? 1 : 0;
    generatePage(kSeed, compressible, i, epoch, page.data());
    CHECK(std::equal(page.begin(), page.end(), data.begin() + static_cast<std::ptrdiff_t>(i * kPageSize)));
  }
}

void testRoundTrips() {
  for (const std::size_t devices : {1u, 2u, 5u, 64u}) {
    for (const std::uint32_t transfer : {kMinTransferSize, 16 * kMinTransferSize}) {
      for (const std::uint32_t blockSize : {512u, 65536u}) {
        for (const std::size_t held : {1u, 3u}) {
          // As many devices as there may be take longest, and tell nothing new for each of the other combinations.
          if (devices == 64 && (transfer != kMinTransferSize || blockSize != 512)) continue;
          Client writing(std::vector<Bytes>(devices), {.held = held});
          SetOptions options = writing.options(transfer);
          options.blockSize = blockSize;
          const Result backedUp = backup(options, generated(1000, held == 3));
          CHECK(!backedUp.failure && backedUp.pages == 1000 && backedUp.completeEnabled);
          const std::vector<Bytes> streams = writing.finish();
          for (std::size_t i = 0; i < devices; ++i) {
            CHECK(backedUp.bytesPerDevice[i] == streams[i].size() && streams[i].size() % blockSize == 0);
            const std::vector<Command>& commands = writing.commands(i);
            CHECK(commands.back() == Command::Complete && commands[commands.size() - 2] == Command::Flush);
          }
          Client reading(streams, {.held = held});
          options = reading.options(transfer);
          options.blockSize = blockSize;
          options.bufferCount = devices == 5 ? 1 : 0;
          const fs::path file = kFolder / "restored";
          std::vector<StripeHeader> headers;
          const Result restored = restore(options, RestorePages{file}, &headers);
          CHECK(!restored.failure && restored.pages == 1000);
          CHECK(headers[0].json == "{\"database\":\"test\"}");
          reading.finish();
          checkDatabase(file, 1000, held == 3);
          // And from the file again, a part of it.
          Client again(std::vector<Bytes>(devices), {});
          BackupOptions part = generated(0);
          part.content = PageFileContent{file, 1000};
          part.ranges = {{0, 20}, {990, 10}, {500, 1}};
          CHECK(!backup(again.options(), part).failure);
          CHECK(restoreFrom(again.finish(), Verify{}).pages == 31);
          fs::remove(file);
        }
      }
    }
  }
}

void testBadMedia() {
  const std::vector<Bytes> set = makeBackup(2, 100);
  const auto mediaOf = [](std::vector<Bytes> streams, Behaviour behaviour = {}) {
    const Result result = restoreFrom(std::move(streams), Verify{}, behaviour);
    if (!result.failure) return Media::None;
    CHECK(result.failure->stage == Stage::Media && !result.failure->detail.empty());
    return result.failure->media;
  };
  CHECK(mediaOf(set) == Media::None);
  CHECK(mediaOf({set[1], set[0]}) == Media::Swapped);
  CHECK(mediaOf({set[0]}) == Media::Missing);
  CHECK(mediaOf({set[0], Bytes{}}) == Media::Empty);
  CHECK(mediaOf({set[0], Bytes(700, 'x')}) == Media::Unrecognized);
  CHECK(mediaOf({set[0], makeBackup(2, 10)[1]}) == Media::Foreign);
  // Data goes to whichever device has room, so only the longer stripe is known to hold half of it.
  const std::size_t longer = set[0].size() < set[1].size() ? 1 : 0;
  for (const std::size_t size : {100u, 512u, 4000u, 4096u, 70000u, 70001u}) {
    std::vector<Bytes> cut = set;
    cut[longer].resize(size);
    CHECK(mediaOf(cut) == Media::Truncated);
  }
  std::vector<Bytes> flipped = set;
  flipped[longer][100000] ^= 4;
  CHECK(mediaOf(flipped) == Media::Damaged);
  // Nothing is asked for beyond the end. Where the data ends too soon, a client that says so by a short success gets
  // its stale buffer taken for data.
  CHECK(mediaOf(set, {.shortReads = true}) == Media::None);
  std::vector<Bytes> cut = set;
  cut[longer].resize(70000);
  CHECK(mediaOf(cut, {.shortReads = true}) != Media::None);
  CHECK(!restoreFrom({set[1], set[0]}, Stop{}).failure);
}

void testFailures() {
  for (const std::size_t held : {1u, 4u}) {
    Client full({{}, {}}, {.held = held, .fullAfter = 300000});
    const Result result = backup(full.options(), generated(1000));
    CHECK(result.failure && result.failure->stage == Stage::Write);
    CHECK(result.failure->osError == completion::kERROR_DISK_FULL);
    full.finish();
    CHECK(!full.sawAbort());
    Client aborting({{}, {}}, {.held = held, .abortAfter = 300000});
    const Result aborted = backup(aborting.options(), generated(1000));
    CHECK(aborted.failure && aborted.failure->hresult == hr::kVD_E_ABORT);
    aborting.finish();
  }
  SetOptions nobody;
  nobody.deviceNames = {vdiString("engine-nobody-made-this")};
  nobody.attachTimeoutMs = 50;
  CHECK(backup(nobody, generated(1)).failure->hresult == hr::kE_FILE_NOT_FOUND);
  nobody.attachTimeoutMs = 60000;
  Running waiting(nobody, makeBackupTask(generated(1), 1, 512));
  waiting.job->cancel();
  CHECK(waiting.result().failure->stage == Stage::Cancelled);

  Client three({{}, {}, {}}, {});
  SetOptions two = three.options();
  two.deviceNames.pop_back();
  CHECK(backup(two, generated(1)).failure->stage == Stage::Configure);
  three.finish();
  CHECK(three.sawAbort());

  BackupOptions lost = generated(1);
  lost.content = PageFileContent{kFolder / "missing", 1};
  CHECK(backup(nobody, lost).failure->stage == Stage::Local);

  // Dropping a job in the middle ends everything.
  Client dropped({{}, {}}, {});
  {
    Running running(dropped.options(), makeBackupTask(generated(1u << 30), 2, 512));
    while (running.job->progress().bytes == 0) std::this_thread::yield();
  }
  dropped.finish();
}

void testFaults() {
  // The first byte after the header, which every stripe has: pages go to whichever has room.
  const std::vector<decltype(Fault::at)> places = {AtByte{0},          AtByte{4096},         AtCommand{3},
                                                   JobState::Attached, JobState::Configured, JobState::Active,
                                                   JobState::Flush,    JobState::Complete,   JobState::Close};
  for (const auto& place : places) {
    for (const FaultAction action : {FaultAction::Abort, FaultAction::Error, FaultAction::Hang, FaultAction::Slow}) {
      Client client({{}, {}}, {});
      SetOptions options = client.options();
      options.faults = {{action, 1, place, action == FaultAction::Error ? 1117u : 1u}};
      Running running(options, makeBackupTask(generated(200), 2, 512));
      if (action == FaultAction::Hang) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        running.job->cancel();
      }
      const Result result = running.result();
      CHECK(result.failure.has_value() == (action != FaultAction::Slow));
      if (action == FaultAction::Abort) CHECK(result.failure->hresult == hr::kVD_E_ABORT);
      if (action == FaultAction::Error) CHECK(result.failure->osError == 1117);
      client.finish();
      if (action == FaultAction::Abort) CHECK(client.sawAbort());
    }
  }
}

// Streams that a real server wrote, where there are any: kept, sent again, and refused when cut short.
void testRealBackups() {
  const fs::path data = fs::path(__FILE__).parent_path() / "../../../shared/data";
  if (!fs::exists(data)) {
    std::puts("engine jobs: skipped real backups: ../shared/data is absent");
    return;
  }
  const std::vector<std::vector<std::string>> sets = {
      {"full.bak"}, {"differential.bak"}, {"log.trn"}, {"full-compressed.bak"}, {"stripe1of2.bak", "stripe2of2.bak"}};
  for (const auto& names : sets) {
    std::vector<Bytes> streams;
    KeepRaw target;
    for (const std::string& name : names) {
      streams.push_back(readFile(data / name));
      target.paths.push_back(kFolder / name);
    }
    CHECK(!restoreFrom(streams, Verify{}).failure);
    CHECK(!restoreFrom(streams, target).failure);
    Client client(std::vector<Bytes>(names.size()), {});
    BackupOptions raw;
    raw.content = RawContent{target.paths};
    CHECK(!backup(client.options(), raw).failure);
    CHECK(client.finish() == streams);
    for (const fs::path& path : target.paths) fs::remove(path);
    for (std::size_t size = streams[0].size() - 4096; size < streams[0].size(); size += 512) {
      std::vector<Bytes> cut = streams;
      cut[0].resize(size);
      const Result result = restoreFrom(cut, target);
      CHECK(result.failure && result.failure->media == Media::Truncated);
      CHECK(!fs::exists(target.paths[0]));
    }
  }
}

}  // namespace

// An exception that escapes is a failed test.
int main() {  // NOLINT(bugprone-exception-escape)
  fs::create_directories(kFolder);
  testRoundTrips();
  testBadMedia();
  testFailures();
  testFaults();
  testRealBackups();
  fs::remove_all(kFolder);
  const embedded::Counts counts = embedded::counts();
  CHECK(counts.clientSets == 0 && counts.serverSets == 0 && counts.mappings == 0 && counts.threads == 0);
  std::puts("engine jobs: ok");
  return 0;
}
