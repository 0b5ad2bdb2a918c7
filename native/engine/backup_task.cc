// The two kinds of backup: database pages in the engine's own format, and streams of a real server as they were kept.
#include "backup_task.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "frame_writer.h"
#include "stream_sender.h"

namespace sqlvdi::engine {
namespace {

class PagesBackup final : public Task {
 public:
  PagesBackup(const BackupOptions& options, std::size_t devices, std::uint32_t blockSize)
      : options_(options), identity_{makeMediaSetId(), 0, static_cast<std::uint32_t>(devices), blockSize, 0} {
    if (options.header.size() > kMaxHeaderJson) throw std::length_error("the header's JSON is too long");
  }

  std::uint32_t mediaFeature() const override { return feature::kWriteMedia; }
  Stage stage() const override { return Stage::Write; }

  void prepare() override {
    if (const auto* generated = std::get_if<GeneratedContent>(&options_.content)) {
      source_ = makePageSource(*generated, options_.ranges);
    } else {
      source_ = makePageSource(std::get<PageFileContent>(options_.content), options_.ranges);
    }
    totalPages_ = identity_.setPages = source_->total();
  }

  bool transfer(DeviceChannel& channel, Workshop& shop) override {
    StripeIdentity identity = identity_;
    identity.stripe = channel.index();
    FrameWriter writer(identity, options_.header, options_.compression);
    StreamSender sender(channel, shop);
    if (!sender.writeMetadata(writer.header()) || !sender.flush()) return false;
    while (const std::optional<PageRange> run = source_->next()) {
      source_->read(*run, writer.pages());
      const auto count = static_cast<std::uint32_t>(run->count);
      if (!sender.write(writer.frame(run->first, count))) return false;
      pages_.fetch_add(count, std::memory_order_relaxed);
    }
    // A real server flushes more than once, and ends with a short write.
    return sender.flush() && sender.write(writer.end()) && sender.end();
  }

  void finish(bool) override { source_.reset(); }

 private:
  const BackupOptions options_;
  StripeIdentity identity_;
  std::unique_ptr<PageSource> source_;
};

class RawBackup final : public Task {
 public:
  RawBackup(const RawContent& content, std::uint32_t blockSize) : paths_(content.paths), blockSize_(blockSize) {}

  std::uint32_t mediaFeature() const override { return feature::kWriteMedia; }
  Stage stage() const override { return Stage::Write; }

  void prepare() override {
    for (const std::filesystem::path& path : paths_) {
      const DataFile& file = files_.emplace_back(path, DataFile::Mode::Read);
      if (file.size() % blockSize_ == 0) continue;
      throw std::runtime_error("'" + textOf(path) + "' has " + std::to_string(file.size()) +
                               " bytes, which is no multiple of the block size " + std::to_string(blockSize_));
    }
  }

  bool transfer(DeviceChannel& channel, Workshop& shop) override {
    const DataFile& file = files_[channel.index()];
    StreamSender sender(channel, shop);
    std::vector<std::uint8_t> part(std::max(kHeaderUnit, blockSize_));
    std::uint64_t offset = 0;
    const auto next = [&] {
      const std::size_t count = file.read(offset, part);
      offset += count;
      return std::span<const std::uint8_t>(part.data(), count / blockSize_ * blockSize_);
    };
    if (!sender.writeMetadata(next()) || !sender.flush()) return false;
    part.resize(shop.config.maxTransferSize);
    for (auto data = next(); !data.empty(); data = next()) {
      if (!sender.write(data)) return false;
    }
    return sender.end();
  }

  void finish(bool) override { files_.clear(); }

 private:
  const std::vector<std::filesystem::path> paths_;
  const std::uint32_t blockSize_;
  std::vector<DataFile> files_;
};

}  // namespace

std::unique_ptr<Task> makeBackupTask(const BackupOptions& options, std::size_t devices, std::uint32_t blockSize) {
  if (const auto* raw = std::get_if<RawContent>(&options.content)) {
    return std::make_unique<RawBackup>(*raw, blockSize);
  }
  return std::make_unique<PagesBackup>(options, devices, blockSize);
}

}  // namespace sqlvdi::engine
