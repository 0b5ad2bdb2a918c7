// One device's window of outstanding commands.
#include "device_channel.h"

#include <string>
#include <utility>

namespace sqlvdi::engine {
namespace {

Stage stageOf(Command code) {
  switch (code) {
    case Command::Write:
      return Stage::Write;
    case Command::Flush:
      return Stage::Flush;
    case Command::Complete:
      return Stage::Complete;
    default:
      return Stage::Read;
  }
}

// An aborted command, or one that its device's error state has swallowed, is the consequence of something else that may
// not have been delivered yet: a refusal comes at once, completions come by way of the agent.
bool isFailureByItself(const VDS_Command& command) {
  switch (command.completionCode) {
    case completion::kERROR_SUCCESS:
    case completion::kERROR_OPERATION_ABORTED:
    case completion::kERROR_IO_DEVICE:
      return false;
    default:
      return static_cast<Command>(command.commandCode) != Command::Read || !isEndOfData(command.completionCode);
  }
}

}  // namespace

DeviceChannel::DeviceChannel(JobControl& control, FaultPlan& faults, ComPtr<IServerVirtualDevice> device,
                             std::uint32_t index, bool positioned)
    : control_(control), faults_(faults), device_(std::move(device)), index_(index), positioned_(positioned) {}

bool DeviceChannel::send(Command code, std::uint32_t size, std::uint8_t* buffer) {
  const Stage stage = stageOf(code);
  if (code == Command::Flush && !reached(JobState::Flush, stage)) return false;
  if (code == Command::Complete && !reached(JobState::Complete, stage)) return false;
  if (!faults_.beforeCommand(index_, sentCommands_, sentBytes_, size, stage)) return false;
  if (control_.stopping()) return false;
  Slot& slot = slots_.emplace_back();
  slot.channel = this;
  slot.command.commandCode = static_cast<std::uint32_t>(code);
  slot.command.size = size;
  slot.command.inPosition = positioned_ ? sentBytes_ : 0;
  slot.command.buffer = buffer;
  slot.command.completionRoutine = &DeviceChannel::onCompletion;
  slot.command.completionContext = &slot;
  ++sentCommands_;
  sentBytes_ += size;
  const HResult result = device_->SendCommand(&slot.command);
  if (result == kOk) return true;
  // A refused command has been given to the completion routine with the reason; only one that makes no sense has not.
  if (result != hr::kVD_E_INVALID) return true;
  slots_.pop_back();
  control_.fail({stage, static_cast<int>(index_), result, 0, Media::None, "SendCommand failed"});
  return false;
}

bool DeviceChannel::isOldestDone() {
  const std::lock_guard lock(mutex_);
  return slots_.front().done;
}

Finished DeviceChannel::takeOldest() {
  Slot& slot = slots_.front();
  Finished finished{};
  {
    std::unique_lock lock(mutex_);
    completed_.wait(lock, [&] { return slot.done || agentEnded_; });
    const VDS_Command& command = slot.command;
    finished = {static_cast<Command>(command.commandCode), command.size, command.buffer, command.completionCode,
                command.bytesTransferred};
    if (!slot.done) finished.error = completion::kERROR_OPERATION_ABORTED;
  }
  slots_.pop_front();
  const Stage stage = stageOf(finished.code);
  // Whatever went wrong before on this device is known by now. A read may just have been sent beyond the end.
  if (finished.error == completion::kERROR_IO_DEVICE && finished.code != Command::Read) {
    control_.fail(
        {stage, static_cast<int>(index_), 0, finished.error, Media::None, "the device is in its error state"});
  }
  if (finished.error == completion::kERROR_OPERATION_ABORTED) {
    if (control_.isSetAborted()) {
      control_.noteAbort(stage, static_cast<int>(index_));
    } else {
      control_.fail({stage, static_cast<int>(index_), 0, finished.error, Media::None, "the client gave up"});
    }
  }
  return finished;
}

bool DeviceChannel::call(Command code) {
  if (!send(code)) return false;
  return takeOldest().error == completion::kERROR_SUCCESS && !control_.stopping();
}

void DeviceChannel::close() {
  const HResult result = device_->CloseDevice();
  if (result == kOk) return;
  if (result == hr::kVD_E_ABORT) {
    control_.noteAbort(Stage::OpenDevice, static_cast<int>(index_));
  } else {
    control_.fail({Stage::OpenDevice, static_cast<int>(index_), result, 0, Media::None, "CloseDevice failed"});
  }
}

void DeviceChannel::agentEnded() {
  const std::lock_guard lock(mutex_);
  agentEnded_ = true;
  completed_.notify_all();
}

void VDI_CALL DeviceChannel::onCompletion(VDS_Command* command) {
  auto* slot = static_cast<Slot*>(command->completionContext);
  slot->channel->complete(*slot);
}

void DeviceChannel::complete(Slot& slot) {
  if (isFailureByItself(slot.command)) {
    control_.fail({stageOf(static_cast<Command>(slot.command.commandCode)), static_cast<int>(index_), 0,
                   slot.command.completionCode, Media::None, "the client answered with an error"});
  }
  const std::lock_guard lock(mutex_);
  slot.done = true;
  completed_.notify_one();
}

}  // namespace sqlvdi::engine
