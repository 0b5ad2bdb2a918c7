// What the stand-in's native tests share: checks, unique names, and a client and a server that are joined and ready.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "../abi/com_ptr.h"
#include "../abi/interfaces.h"
#include "check.h"
#include "objects.h"

namespace sqlvdi::test {

using Clock = std::chrono::steady_clock;
using Name = std::basic_string<VdiChar>;

inline Name widen(const std::string& text) { return Name(text.begin(), text.end()); }

inline Name uniqueName() {
  static std::atomic<unsigned> serial{0};
  static const auto start = Clock::now().time_since_epoch().count();
  return widen("test-" + std::to_string(start) + "-" + std::to_string(++serial));
}

inline Name deviceName(const Name& set, unsigned index) {
  return index == 0 ? set : set + widen("-" + std::to_string(index));
}

inline double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

inline VDConfig pipeConfig(unsigned devices = 1) {
  VDConfig config{};
  config.deviceCount = devices;
  return config;
}

// A command of the server and its completion, which any thread may wait for. (std::atomic's wait loses wake-ups with
// MinGW.)
struct Sent {
  VDS_Command command{};
  std::mutex mutex;
  std::condition_variable completed;
  unsigned completions = 0;

  explicit Sent(Command code, std::uint8_t* buffer = nullptr, std::uint32_t size = 0) {
    command.commandCode = static_cast<std::uint32_t>(code);
    command.size = size;
    command.buffer = buffer;
    command.completionContext = this;
    command.completionRoutine = [](VDS_Command* done) {
      auto* self = static_cast<Sent*>(done->completionContext);
      const std::lock_guard<std::mutex> hold(self->mutex);
      ++self->completions;
      self->completed.notify_all();
    };
  }

  std::uint32_t wait() {
    std::unique_lock<std::mutex> hold(mutex);
    completed.wait(hold, [this] { return completions != 0; });
    CHECK_EQ(completions, 1u);
    return command.completionCode;
  }
};

// A server through its configuration, its devices opened and its agent running.
class ServerSide {
 public:
  explicit ServerSide(const Name& set, unsigned deviceCount = 1, std::uint32_t bufferSize = 65536,
                      unsigned buffers = 8) {
    server = newServer();
    CHECK_EQ(server->Open(nullptr, set.c_str()), kOk);
    CHECK_EQ(server->BeginConfiguration(feature::kWriteMedia, 512, 0, 65536, 0), kOk);
    CHECK_EQ(server->RequestBuffers(bufferSize, 0, buffers), kOk);
    CHECK_EQ(server->EndConfiguration(), kOk);
    agent_ = std::thread([this] { agentResult = server->ExecuteCompletionAgent(); });
    for (unsigned index = 0; index < deviceCount; ++index) {
      devices.emplace_back();
      CHECK_EQ(server->OpenDevice(deviceName(set, index).c_str(), devices.back().put()), kOk);
    }
  }

  ~ServerSide() {
    if (agent_.joinable()) {
      server->SignalAbort();
      agent_.join();
    }
    devices.clear();
  }

  std::uint8_t* buffer(std::uint32_t size = 65536, std::uint32_t alignment = 0) {
    std::uint8_t* result = nullptr;
    CHECK_EQ(server->AllocateBuffer(&result, size, alignment), kOk);
    return result;
  }

  HResult joinAgent() {
    agent_.join();
    return agentResult;
  }

  void closeAll() {
    for (auto& device : devices) CHECK_EQ(device->CloseDevice(), kOk);
    CHECK_EQ(joinAgent(), kOk);
    CHECK_EQ(server->Close(), kOk);
  }

  ComPtr<IServerVirtualDeviceSet2> server;
  std::vector<ComPtr<IServerVirtualDevice>> devices;
  HResult agentResult = 1;

 private:
  std::thread agent_;
};

// A client that has its configuration and all its devices.
struct ClientSide {
  ComPtr<IClientVirtualDeviceSet2> set = newClient();
  Name name;
  VDConfig config{};
  std::vector<ComPtr<IClientVirtualDevice>> devices;

  explicit ClientSide(const VDConfig& wanted = pipeConfig(), const Name& as = uniqueName()) : name(as) {
    VDConfig copy = wanted;
    CHECK_EQ(set->CreateEx(nullptr, name.c_str(), &copy), kOk);
  }

  void join() {
    CHECK_EQ(set->GetConfiguration(10000, &config), kOk);
    for (unsigned index = 0; index < config.deviceCount; ++index) {
      devices.emplace_back();
      CHECK_EQ(set->OpenDevice(deviceName(name, index).c_str(), devices.back().put()), kOk);
    }
  }

  VDC_Command* next(unsigned device = 0, std::uint32_t timeout = 10000) {
    VDC_Command* command = nullptr;
    CHECK_EQ(devices[device]->GetCommand(timeout, &command), kOk);
    return command;
  }

  HResult get(std::uint32_t timeout = 10000, unsigned device = 0) {
    VDC_Command* command = nullptr;
    return devices[device]->GetCommand(timeout, &command);
  }

  HResult answer(VDC_Command* command, std::uint32_t code = 0, std::uint32_t bytes = 0, unsigned device = 0) {
    return devices[device]->CompleteCommand(command, code, bytes, 0);
  }
};

}  // namespace sqlvdi::test
