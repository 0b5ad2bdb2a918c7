// What both directions share.
#include "transfer.h"

namespace sqlvdi::pump {

std::optional<std::string> Transfer::digest() {
  if (!digest_) return std::nullopt;
  return digest_->finish();
}

void Transfer::failed(const MaybeError& error) {
  if (error && !firstError_) firstError_ = error;
}

Answer Transfer::answerOther(Command command) {
  switch (command) {
    case Command::ClearError:
      return {};
    case Command::PrepareToFreeze:
    case Command::Snapshot:
    case Command::MountSnapshot:
      // This is how a client refuses a snapshot backup.
      return {completion::kERROR_OPERATION_ABORTED, 0};
    default:
      return {completion::kERROR_NOT_SUPPORTED, 0};
  }
}

void Transfer::moved(const std::uint8_t* data, std::uint32_t size) {
  if (digest_) digest_->update(data, size);
  offset_ += size;
}

}  // namespace sqlvdi::pump
