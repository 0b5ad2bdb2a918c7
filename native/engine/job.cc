// A job's course from Open to Close.
#include "job.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "../embedded/embedded.h"

namespace sqlvdi::engine {
namespace {

constexpr std::uint32_t kAttachPauseMs = 10;
constexpr std::uint32_t kServerTimeoutMs = 60000;
constexpr std::uint32_t kSmallBuffersPerDevice = 2;

std::atomic<std::uint32_t> liveThreads{0};

// Counts the thread it lives on.
struct LiveThread {
  LiveThread() { ++liveThreads; }
  LiveThread(const LiveThread&) = delete;
  LiveThread& operator=(const LiveThread&) = delete;
  ~LiveThread() { --liveThreads; }
};

std::uint32_t bufferCountOf(const SetOptions& options) {
  if (options.bufferCount > 0) return options.bufferCount;
  return static_cast<std::uint32_t>(kDepth * options.deviceNames.size());
}

}  // namespace

std::uint32_t jobThreads() { return liveThreads; }

Job::Job(SetOptions options, std::unique_ptr<Task> task)
    : options_(std::move(options)),
      task_(std::move(task)),
      control_(options_.deviceNames.size()),
      faults_(control_, options_.faults, options_.deviceNames.size()) {}

Job::~Job() { control_.cancel(); }

void Job::start(std::function<void(const Result&)> done) {
  done_ = std::move(done);
  coordinator_ = std::jthread([this] {
    const LiveThread live;
    run();
  });
}

Progress Job::progress() const {
  Progress progress{task_->pages(), task_->totalPages(), 0};
  const std::lock_guard lock(channelsMutex_);
  for (const auto& channel : channels_) progress.bytes += channel->bytes();
  return progress;
}

void Job::run() {
  Result result;
  result.bytesPerDevice.resize(options_.deviceNames.size());
  if (guard(-1, [&] { task_->prepare(); }) && attach()) runSet(result);
  guard(-1, [&] { task_->finish(control_.failure().has_value()); });
  for (std::size_t i = 0; i < channels_.size(); ++i) result.bytesPerDevice[i] = channels_[i]->bytes();
  result.pages = task_->pages();
  result.failure = control_.failure();
  done_(result);
}

void Job::runSet(Result& result) {
  control_.attachSet(set_.get());
  bool active = false;
  guard(-1, [&] {
    active = faults_.reached(JobState::Attached, -1, Stage::Open) && configure(result) &&
             faults_.reached(JobState::Configured, -1, Stage::Configure) && openDevices();
  });
  if (active) {
    transfer();
  } else {
    // The client is still waiting for its configuration or its devices.
    control_.abortSet();
  }
  if (agent_.joinable()) agent_.join();
  for (const auto& channel : channels_) channel->release();
  large_.reset();
  small_.reset();
  control_.detachSet();
  set_->Close();
  set_.reset();
}

bool Job::attach() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.attachTimeoutMs);
  if (!succeeded(embedded::createServerSet(set_.put()), Stage::Open, -1, "no server set could be made")) return false;
  const VdiChar* instance = options_.instance ? options_.instance->c_str() : nullptr;
  for (;;) {
    const HResult result = set_->Open(instance, options_.deviceNames.front().c_str());
    if (result == kOk) return true;
    if (result != hr::kE_FILE_NOT_FOUND || std::chrono::steady_clock::now() >= deadline) {
      return succeeded(result, Stage::Open, -1, "the virtual device set could not be opened");
    }
    if (!control_.sleep(kAttachPauseMs)) return false;
  }
}

bool Job::configure(Result& result) {
  const auto ok = [this](HResult code, const char* what) { return succeeded(code, Stage::Configure, -1, what); };
  if (!ok(set_->GetConfiguration(&config_), "the client's configuration could not be read")) return false;
  const auto devices = static_cast<std::uint32_t>(options_.deviceNames.size());
  if (config_.deviceCount != devices) {
    return ok(hr::kVD_E_INVALID, "the statement names another number of devices than the set has");
  }
  std::uint32_t features = task_->mediaFeature();
  // A disk or a tape may be read back while it is written.
  if (config_.features & (feature::kRandomAccess | feature::kFileMarks)) features |= feature::kReadMedia;
  if (config_.features & feature::kRequestComplete) features |= feature::kCompleteEnabled;
  const std::uint32_t smallSize = std::max(kHeaderUnit, options_.blockSize);
  const bool done =
      ok(set_->BeginConfiguration(features, options_.blockSize, 0, options_.maxTransferSize, kServerTimeoutMs),
         "BeginConfiguration failed") &&
      ok(set_->RequestBuffers(options_.maxTransferSize, 0, bufferCountOf(options_)), "RequestBuffers failed") &&
      ok(set_->RequestBuffers(smallSize, 0, kSmallBuffersPerDevice * devices), "RequestBuffers failed") &&
      ok(set_->EndConfiguration(), "EndConfiguration failed") &&
      ok(set_->GetConfiguration(&config_), "the configuration could not be read");
  if (!done) return false;
  result.config = config_;
  result.completeEnabled = (config_.features & feature::kCompleteEnabled) != 0;
  large_ = std::make_unique<TransferBuffers>(set_.get(), options_.maxTransferSize);
  small_ = std::make_unique<TransferBuffers>(set_.get(), smallSize);
  return ok(large_->fill(bufferCountOf(options_)), "there is no transfer buffer") &&
         ok(small_->fill(kSmallBuffersPerDevice * devices), "there is no metadata buffer");
}

bool Job::openDevices() {
  // Before the last device is open: Active takes both.
  startAgent();
  for (std::size_t i = 0; i < options_.deviceNames.size(); ++i) {
    ComPtr<IServerVirtualDevice> device;
    const HResult result = set_->OpenDevice(options_.deviceNames[i].c_str(), device.put());
    if (!succeeded(result, Stage::OpenDevice, static_cast<int>(i), "OpenDevice failed")) return false;
    const bool positioned = (config_.features & feature::kRandomAccess) != 0;
    auto channel = std::make_unique<DeviceChannel>(control_, faults_, std::move(device), static_cast<std::uint32_t>(i),
                                                   positioned);
    const std::lock_guard lock(channelsMutex_);
    channels_.push_back(std::move(channel));
  }
  return true;
}

void Job::startAgent() {
  agent_ = std::jthread([this] {
    const LiveThread live;
    const HResult result = set_->ExecuteCompletionAgent();
    succeeded(result, task_->stage(), -1, "the completion agent failed");
    const std::lock_guard lock(channelsMutex_);
    for (const auto& channel : channels_) channel->agentEnded();
  });
}

void Job::transfer() {
  std::vector<std::jthread> threads;
  threads.reserve(channels_.size());
  try {
    for (const auto& channel : channels_) threads.emplace_back([this, &channel] { runDevice(*channel); });
  } catch (const std::system_error& error) {
    control_.fail({Stage::Local, -1, 0, 0, Media::None, error.what()});
    control_.abortSet();  // nobody will close the devices that got no thread
  }
}

void Job::runDevice(DeviceChannel& channel) {
  const LiveThread live;
  const int device = static_cast<int>(channel.index());
  Workshop shop{control_, *large_, *small_, config_};
  if (channel.reached(JobState::Active, Stage::OpenDevice)) {
    bool all = false;
    guard(device, [&] { all = task_->transfer(channel, shop); });
    // No device is asked to complete before every device has all its data.
    const bool together = control_.meet(Meeting::Flushed);
    if (together && all && (config_.features & feature::kCompleteEnabled)) channel.call(Command::Complete);
  }
  channel.reached(JobState::Close, Stage::Complete);
  channel.close();
}

bool Job::succeeded(HResult result, Stage stage, int device, const char* what) {
  if (result == kOk) return true;
  if (result == hr::kVD_E_ABORT) {
    control_.noteAbort(stage, device);
  } else {
    control_.fail({stage, device, result, 0, Media::None, what});
  }
  return false;
}

template <typename Body>
bool Job::guard(int device, Body body) {
  try {
    body();
    return !control_.stopping();
  } catch (const std::exception& error) {
    control_.fail({Stage::Local, device, 0, 0, Media::None, error.what()});
    return false;
  }
}

}  // namespace sqlvdi::engine
