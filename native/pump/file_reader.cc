// RESTORE from a file: every Read is filled, or answered as the end of the data with what was left.
#include <utility>

#include "transfer.h"

namespace sqlvdi::pump {
namespace {

class FileReader final : public Transfer {
 public:
  FileReader(std::filesystem::path path, std::unique_ptr<Digest> digest)
      : Transfer(std::move(digest)), path_(std::move(path)) {}

  void begin() override { failed(file_.open(path_)); }

  Answer answer(const VDC_Command& command) override {
    const auto code = static_cast<Command>(command.commandCode);
    switch (code) {
      case Command::Read:
        return read(command);
      case Command::Flush:
      case Command::Complete:
        durable_ = true;  // nothing was written
        return {};
      default:
        return answerOther(code);
    }
  }

  void end() override { file_.close(); }

 private:
  Answer read(const VDC_Command& command) {
    std::size_t count = 0;
    if (!firstError_) failed(file_.read(command.buffer, command.size, offset_, count));
    if (firstError_) return {completion::kERROR_READ_FAULT, 0};
    const auto got = static_cast<std::uint32_t>(count);
    moved(command.buffer, got);
    return {got == command.size ? completion::kERROR_SUCCESS : completion::kERROR_HANDLE_EOF, got};
  }

  const std::filesystem::path path_;
  File file_{stop_};
};

}  // namespace

std::unique_ptr<Transfer> makeFileReader(std::filesystem::path path, std::unique_ptr<Digest> digest) {
  return std::make_unique<FileReader>(std::move(path), std::move(digest));
}

}  // namespace sqlvdi::pump
