// Reads, checks and keeps what the devices deliver.
#include "restore_task.h"

#include <system_error>
#include <utility>

#include "raw_end.h"

namespace sqlvdi::engine {
namespace {

bool failMedia(JobControl& control, int device, const MediaFault& fault) {
  control.fail({Stage::Media, device, 0, 0, fault.kind, fault.detail});
  return false;
}

}  // namespace

RestoreTask::RestoreTask(std::size_t devices, HeadersReady headers)
    : ready_(std::move(headers)), headers_(devices), begins_(devices) {}

void RestoreTask::proceed(RestoreTarget target) {
  const std::lock_guard lock(mutex_);
  if (!target_) target_ = std::move(target);
  decided_.notify_all();
}

bool RestoreTask::transfer(DeviceChannel& channel, Workshop& shop) {
  StreamReceiver receiver(channel, shop);
  const bool read = readHeader(receiver, channel.index());
  if (!read || !shop.control.meet(Meeting::Headers)) return false;
  std::call_once(announced_, [this] { ready_(headers_); });
  if (!awaitTarget(shop.control)) return false;
  std::call_once(opened_, [&] { openTarget(shop.control); });
  if (std::holds_alternative<Stop>(*target_)) {
    receiver.clearError();
    return false;
  }
  return !shop.control.stopping() && receive(receiver, channel, shop) && receiver.clearError();
}

bool RestoreTask::readHeader(StreamReceiver& receiver, std::size_t device) {
  std::vector<std::uint8_t>& begin = begins_[device];
  std::size_t needed = 1;
  do {
    if (!receiver.readBegin(needed, begin)) return false;
    needed = stripeHeaderNeeds(begin);
  } while (begin.size() < needed && !receiver.ended());
  headers_[device] = parseStripeHeader(begin);
  return true;
}

bool RestoreTask::awaitTarget(JobControl& control) {
  std::unique_lock lock(mutex_);
  return decided_.wait(lock, control.stopToken(), [this] { return target_.has_value(); }) && !control.stopping();
}

void RestoreTask::openTarget(JobControl& control) {
  if (control.stopping() || std::holds_alternative<Stop>(*target_)) return;
  int device = -1;
  if (const MediaFault fault = checkStripes(headers_, device)) {
    failMedia(control, device, fault);
    return;
  }
  if (headers_.front().identity) totalPages_ = headers_.front().identity->setPages;
  if (const auto* raw = std::get_if<KeepRaw>(&*target_)) {
    for (const std::filesystem::path& path : raw->paths) files_.emplace_back(path, DataFile::Mode::Create);
  } else if (const auto* pages = std::get_if<RestorePages>(&*target_)) {
    if (headers_.front().format == StripeFormat::Own) {
      files_.emplace_back(pages->path, DataFile::Mode::ReadWrite);
    } else {
      failMedia(control, -1, {Media::Unrecognized, "the backup holds no pages in the engine's own format"});
    }
  }
}

bool RestoreTask::receive(StreamReceiver& receiver, DeviceChannel& channel, Workshop& shop) {
  const bool pages = headers_.front().format == StripeFormat::Own && !std::holds_alternative<KeepRaw>(*target_);
  return pages ? receivePages(receiver, channel.index(), shop.control)
               : receiveRaw(receiver, channel.index(), shop.control);
}

bool RestoreTask::receivePages(StreamReceiver& receiver, std::size_t device, JobControl& control) {
  const StripeHeader& header = headers_[device];
  FrameReader reader(header, [this](std::uint64_t first, std::uint32_t count, const std::uint8_t* data) {
    if (!files_.empty()) files_.front().write(first * kPageSize, {data, std::size_t{count} * kPageSize});
    pages_.fetch_add(count, std::memory_order_relaxed);
  });
  const auto push = [&](std::span<const std::uint8_t> data) {
    if (const MediaFault& fault = reader.push(data)) failMedia(control, static_cast<int>(device), fault);
  };
  push(std::span(begins_[device]).subspan(header.size));
  if (!receiver.readAll(push, [&] { return reader.knownEnd(); })) return false;
  const MediaFault& fault = reader.finish();
  return !fault || failMedia(control, static_cast<int>(device), fault);
}

bool RestoreTask::receiveRaw(StreamReceiver& receiver, std::size_t device, JobControl& control) {
  RawEnd end;
  std::uint64_t size = 0;
  const auto push = [&](std::span<const std::uint8_t> data) {
    if (!files_.empty()) files_[device].write(size, data);
    size += data.size();
    end.push(data);
  };
  push(begins_[device]);
  if (!receiver.readAll(push)) return false;
  if (headers_[device].format == StripeFormat::Own) return true;
  const MediaFault fault = end.check(static_cast<std::uint32_t>(device));
  return !fault || failMedia(control, static_cast<int>(device), fault);
}

void RestoreTask::finish(bool failed) {
  const bool raw = target_ && std::holds_alternative<KeepRaw>(*target_);
  if (!failed) {
    for (DataFile& file : files_) file.sync();
  }
  std::vector<std::filesystem::path> paths;
  for (const DataFile& file : files_) paths.push_back(file.path());
  files_.clear();
  if (!failed || !raw) return;
  for (const std::filesystem::path& path : paths) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace sqlvdi::engine
