// One life of a server set object, from its first call to close(): the object, the thread that calls it, its devices,
// and the commands under way.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "../abi/com_ptr.h"
#include "../pump/thread_group.h"

namespace sqlvdi::binding {

// The interface pointer of a device. Only the session's thread touches it.
struct ServerDeviceHandle {
  ComPtr<IServerVirtualDevice> device;
};

// A command that the server sent, until its completion routine has run.
struct SentCommand {
  VDS_Command command{};
  std::vector<std::uint8_t> data;  // what a Read brought
  std::function<void(SentCommand&, HResult)> done;

  // The session's own.
  class ServerSession* session = nullptr;
  bool returned = false;   // SendCommand has: only then may the answer be told
  bool completed = false;  // the routine has run
};

class ServerSession {
 public:
  using Task = std::function<void(IServerVirtualDeviceSet2& set)>;

  // Throws std::bad_alloc or std::system_error where there is no object or no thread.
  ServerSession();
  ~ServerSession();
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  // Runs the task on the session's thread, after those before it. False: the session has ended and the task will not
  // run.
  bool post(Task task);

  // On the session's thread: runs the completion agent on a thread of its own; `done` is called there.
  void startAgent(std::function<void(HResult)> done);

  // On the session's thread: sends what `sent->command` says, with data copied into a shared buffer of the command's
  // size where it moves any. `done` is called once, with the completion or with what SendCommand refused it with.
  void send(const std::shared_ptr<ServerDeviceHandle>& device, const std::shared_ptr<SentCommand>& sent,
            const std::vector<std::uint8_t>& data);

  void keep(const std::shared_ptr<ServerDeviceHandle>& device) { devices_.push_back(device); }

  // Lets the queued tasks run, then ends the threads and closes and releases everything. Not from one of the threads.
  void finish();
  // The same, in a hurry: queued tasks are dropped, and the set is aborted first.
  void abandon();

 private:
  void run();
  void end();
  static void VDI_CALL completionRoutine(VDS_Command* command);
  // Tells the answer once both SendCommand and the routine are through, or the one that is left never comes.
  void settle(SentCommand& sent, bool SentCommand::*flag, HResult result);

  ComPtr<IServerVirtualDeviceSet2> set_;
  std::vector<std::shared_ptr<ServerDeviceHandle>> devices_;  // session's thread only

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // guarded
  bool ending_ = false;     // guarded

  std::mutex sentMutex_;
  std::unordered_map<SentCommand*, std::shared_ptr<SentCommand>> underway_;  // guarded, and the flags of each

  pump::ThreadGroup agents_;
  pump::ThreadGroup caller_;
};

}  // namespace sqlvdi::binding
