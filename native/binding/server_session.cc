// The server set's calls, made in order on one thread; its agent's on another.
#include "server_session.h"

#include <algorithm>
#include <new>
#include <utility>

#include "../embedded/embedded.h"

namespace sqlvdi::binding {

ServerSession::ServerSession() {
  if (embedded::createServerSet(set_.put()) != kOk) throw std::bad_alloc();
  caller_.start([this] { run(); });
}

ServerSession::~ServerSession() { abandon(); }

bool ServerSession::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void ServerSession::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task(*set_.get());
    task = nullptr;
    lock.lock();
  }
}

void ServerSession::startAgent(std::function<void(HResult)> done) {
  agents_.start([this, tell = std::move(done)] { tell(set_->ExecuteCompletionAgent()); });
}

void ServerSession::send(const std::shared_ptr<ServerDeviceHandle>& device, const std::shared_ptr<SentCommand>& sent,
                         const std::vector<std::uint8_t>& data) {
  if (!device->device) return sent->done(*sent, hr::kVD_E_PROTOCOL);
  VDS_Command& command = sent->command;
  if (movesData(command.commandCode) && command.size > 0) {
    VDConfig config{};
    HResult result = set_->GetConfiguration(&config);
    if (result == kOk) result = set_->AllocateBuffer(&command.buffer, command.size, config.alignment);
    if (result != kOk) return sent->done(*sent, result);
    std::copy_n(data.begin(), std::min<std::size_t>(data.size(), command.size), command.buffer);
  }
  sent->session = this;
  command.completionRoutine = &ServerSession::completionRoutine;
  command.completionContext = sent.get();
  {
    const std::lock_guard lock(sentMutex_);
    underway_.emplace(sent.get(), sent);
  }
  settle(*sent, &SentCommand::returned, device->device->SendCommand(&command));
}

void VDI_CALL ServerSession::completionRoutine(VDS_Command* command) {
  auto& sent = *static_cast<SentCommand*>(command->completionContext);
  sent.session->settle(sent, &SentCommand::completed, kOk);
}

void ServerSession::settle(SentCommand& sent, bool SentCommand::*flag, HResult result) {
  std::shared_ptr<SentCommand> finished;
  {
    const std::lock_guard lock(sentMutex_);
    sent.*flag = true;
    // A refused command is through whether the routine ran or not.
    if (result == kOk && !(sent.returned && sent.completed)) return;
    const auto found = underway_.find(&sent);
    if (found == underway_.end()) return;
    finished = std::move(found->second);
    underway_.erase(found);
  }
  VDS_Command& command = finished->command;
  if (command.buffer) {
    const auto count = std::min(command.bytesTransferred, command.size);
    if (result == kOk && command.commandCode == static_cast<std::uint32_t>(Command::Read)) {
      finished->data.assign(command.buffer, command.buffer + count);
    }
    set_->FreeBuffer(std::exchange(command.buffer, nullptr), command.size);
  }
  finished->done(*finished, result);
}

void ServerSession::finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  end();
}

void ServerSession::abandon() {
  std::deque<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    dropped.swap(tasks_);
  }
  changed_.notify_one();
  if (set_) set_->SignalAbort();
  end();
}

void ServerSession::end() {
  if (!set_) return;
  caller_.joinAll();
  for (const auto& device : devices_) device->device.reset();
  devices_.clear();
  // Where close() was called before, this finds nothing open. It ends the agents.
  set_->Close();
  agents_.joinAll();
  std::unordered_map<SentCommand*, std::shared_ptr<SentCommand>> left;
  {
    const std::lock_guard lock(sentMutex_);
    left.swap(underway_);
  }
  for (const auto& [key, sent] : left) sent->done(*sent, hr::kVD_E_ABORT);
  // Objects of JavaScript may keep the session for longer.
  set_.reset();
}

}  // namespace sqlvdi::binding
