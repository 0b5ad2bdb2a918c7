// How native threads reach JavaScript: promises that any thread settles, and what belongs to one environment.
// An environment is the main thread or one worker thread; each loads the addon for itself.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../abi/interfaces.h"
#include "../pump/thread_group.h"

namespace sqlvdi::binding {

// The way to the JavaScript thread: one thread-safe function per environment. Everything queued at the time runs in one
// turn. Outlives the environment (it is shared), after whose end posting does nothing.
class JsQueue {
 public:
  using Task = std::function<void(Napi::Env)>;

  explicit JsQueue(Napi::Env env);
  JsQueue(const JsQueue&) = delete;
  JsQueue& operator=(const JsQueue&) = delete;

  // Any thread. False: the environment has ended and the task will not run. A task may not own anything of Node-API.
  bool post(Task task);

  // JavaScript thread only: while anything is pending the process stays alive for it.
  void addPending();
  void removePending();

  // JavaScript thread only: drops what is queued, and all that comes later. Whoever waits for a task sees it destroyed.
  void end();

  bool ended() const { return ended_; }
  napi_env env() const { return env_; }

 private:
  void runAll(Napi::Env env);

  std::mutex mutex_;
  std::vector<Task> tasks_;
  std::atomic<bool> ended_ = false;  // written under the lock
  std::uint32_t pending_ = 0;
  napi_env env_;
  napi_threadsafe_function function_ = nullptr;
};

// Settles a promise from any thread. A handle: copies settle the same promise. Settling twice, or after the
// environment's end, is harmless; dropping the last copy unsettled rejects, so that nobody waits for ever.
class Deferred {
 public:
  using Make = std::function<Napi::Value(Napi::Env)>;

  static Deferred create(Napi::Env env);  // JavaScript thread only
  Napi::Promise promise() const;          // JavaScript thread only, in the call that created it

  // Any thread; `make` runs on the JavaScript thread and owns nothing of Node-API. What it throws is the rejection.
  void resolve(Make make) const;
  void resolve() const;  // with undefined
  void reject(Make make) const;

 private:
  struct State;
  explicit Deferred(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// An error of the operating system. `code` is its POSIX name on every platform.
struct SystemErrorInfo {
  std::string code;
  std::int32_t number = 0;
  std::string syscall;
  std::u16string path;
};

// Napi's instance data: the queue, the injected error factories, and what has to stop when the environment ends.
class Environment {
 public:
  using Hook = std::function<void()>;
  // Whoever registered hooks keeps this; dropping it, on any thread, takes them back.
  using Registration = std::shared_ptr<void>;

  // Once, when the addon is loaded into the environment.
  static void attach(Napi::Env env);
  // Throws a JavaScript Error once the environment is ending: nothing new may start then.
  static Environment& of(Napi::Env env);

  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const std::shared_ptr<JsQueue>& queue() const { return queue_; }

  // For the threads of this environment: joined after every `release` hook.
  const std::shared_ptr<pump::ThreadGroup>& threads() const { return threads_; }

  // `stop` runs on the JavaScript thread when the environment's end begins: on the process's 'exit' event,
  // or, where there is none (a terminated worker), in the clean-up hook. It ends threads and waits for them.
  // `release` runs in the clean-up hook only, when no JavaScript can run any more and no request of libuv is under way;
  // after process.exit() it does not run at all and the operating system releases. Views' memory may go only there.
  // Hooks run in the reverse order of their registration.
  [[nodiscard]] Registration onEnd(Hook stop, Hook release = {});

  // True from 'exit' on until the clean-up hook: listeners may still run, and Buffers are what they were.
  bool exiting() const { return exiting_; }

  // JavaScript thread only. device: nullptr where the failure is the set's.
  Napi::Value vdiError(HResult hresult, const char* operation, const std::u16string& setName,
                       const std::u16string* device = nullptr) const;
  Napi::Value systemError(const SystemErrorInfo& error) const;
  void setErrorFactories(Napi::Object factories);

  // The class whose instances only openDevice makes.
  Napi::FunctionReference serverDeviceClass;

 private:
  explicit Environment(Napi::Env env);
  void stopAll();
  void releaseAll();

  struct Hooks;  // The registered ones

  Napi::Env env_;
  std::shared_ptr<JsQueue> queue_;
  std::shared_ptr<Hooks> hooks_;
  std::shared_ptr<pump::ThreadGroup> threads_;
  bool ending_ = false;
  bool exiting_ = false;
  Napi::FunctionReference vdiFactory_;
  Napi::FunctionReference systemFactory_;
};

}  // namespace sqlvdi::binding
