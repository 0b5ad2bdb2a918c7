// RESTORE: reads the stripes' headers, lets the caller decide, then reads, checks and keeps the rest.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "data_file.h"
#include "stream_receiver.h"
#include "task.h"

namespace sqlvdi::engine {

class RestoreTask final : public Task {
 public:
  // `headers` is called once, on one of the job's threads, when every stripe's first block has been read.
  using HeadersReady = std::function<void(const std::vector<StripeHeader>&)>;

  RestoreTask(std::size_t devices, HeadersReady headers);

  // Once, from any thread, after `headers` was called.
  void proceed(RestoreTarget target);

  std::uint32_t mediaFeature() const override { return feature::kReadMedia; }
  Stage stage() const override { return Stage::Read; }
  void prepare() override {}
  bool transfer(DeviceChannel& channel, Workshop& shop) override;
  void finish(bool failed) override;

 private:
  bool readHeader(StreamReceiver& receiver, std::size_t device);
  bool awaitTarget(JobControl& control);
  void openTarget(JobControl& control);
  bool receive(StreamReceiver& receiver, DeviceChannel& channel, Workshop& shop);
  bool receivePages(StreamReceiver& receiver, std::size_t device, JobControl& control);
  bool receiveRaw(StreamReceiver& receiver, std::size_t device, JobControl& control);

  HeadersReady ready_;
  std::vector<StripeHeader> headers_;
  std::vector<std::vector<std::uint8_t>> begins_;
  std::once_flag announced_;
  std::once_flag opened_;
  std::mutex mutex_;
  std::condition_variable_any decided_;
  std::optional<RestoreTarget> target_;
  std::vector<DataFile> files_;  // the data file, or one for each stream
};

}  // namespace sqlvdi::engine
