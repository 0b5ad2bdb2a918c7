// BACKUP into a file: writes in the order of delivery, durable before Flush and Complete are answered.
#include <utility>

#include "transfer.h"

namespace sqlvdi::pump {
namespace {

class FileWriter final : public Transfer {
 public:
  FileWriter(std::optional<std::filesystem::path> path, std::unique_ptr<Digest> digest)
      : Transfer(std::move(digest)), path_(std::move(path)) {}

  void begin() override {
    if (path_) failed(file_.create(*path_));
  }

  Answer answer(const VDC_Command& command) override {
    const auto code = static_cast<Command>(command.commandCode);
    switch (code) {
      case Command::Write:
        return write(command);
      case Command::Flush:
      case Command::Complete:
        return flush();
      case Command::Discard:
        // The server gives the backup set up: whatever is there, nobody may take it for a backup.
        durable_ = false;
        return {};
      default:
        return answerOther(code);
    }
  }

  void end() override {
    if (!path_) return;
    const MaybeError error = file_.close();
    if (error) durable_ = false;
    failed(error);
  }

 private:
  Answer write(const VDC_Command& command) {
    durable_ = false;
    if (!firstError_ && path_) failed(file_.write(command.buffer, command.size, offset_));
    if (firstError_) return refusal();
    moved(command.buffer, command.size);
    return {completion::kERROR_SUCCESS, command.size};
  }

  Answer flush() {
    if (!firstError_ && path_) failed(file_.sync());
    if (firstError_) return refusal();
    durable_ = true;
    return {};
  }

  // A stream with a hole in it is none: after the first error nothing succeeds any more.
  Answer refusal() const {
    return {firstError_->diskFull ? completion::kERROR_DISK_FULL : completion::kERROR_WRITE_FAULT, 0};
  }

  const std::optional<std::filesystem::path> path_;
  File file_{stop_};
};

}  // namespace

std::unique_ptr<Transfer> makeFileWriter(std::optional<std::filesystem::path> path, std::unique_ptr<Digest> digest) {
  return std::make_unique<FileWriter>(std::move(path), std::move(digest));
}

}  // namespace sqlvdi::pump
