// The queue to the JavaScript thread, and promises settled through it.
#include "async.h"

#include <utility>

namespace sqlvdi::binding {

JsQueue::JsQueue(Napi::Env env) : env_(env) {
  const auto run = [](napi_env callEnv, napi_value, void* context, void*) {
    // No environment: Node is emptying the function's own queue at the end.
    if (callEnv != nullptr) static_cast<JsQueue*>(context)->runAll(callEnv);
  };
  const auto name = Napi::String::New(env, "sqlvdi");
  const napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, run, &function_);
  if (status == napi_ok) napi_unref_threadsafe_function(env, function_);
  NAPI_THROW_IF_FAILED_VOID(env, status);
}

bool JsQueue::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  tasks_.push_back(std::move(task));
  // One call for everything that gathers until the JavaScript thread comes. Under the lock, so that end() waits for it.
  if (tasks_.size() == 1) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  return true;
}

void JsQueue::addPending() {
  if (pending_++ == 0 && !ended_) napi_ref_threadsafe_function(env_, function_);
}

void JsQueue::removePending() {
  if (--pending_ == 0 && !ended_) napi_unref_threadsafe_function(env_, function_);
}

void JsQueue::end() {
  std::vector<Task> dropped;
  const std::lock_guard lock(mutex_);
  if (ended_.exchange(true)) return;
  dropped.swap(tasks_);
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
}

void JsQueue::runAll(Napi::Env env) {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const Task& task : tasks) {
    try {
      const Napi::HandleScope scope(env);
      task(env);
    } catch (const Napi::Error&) {
      // Settling cannot fail, but for a worker that is being terminated: nothing can be told to it any more.
    }
  }
}

struct Deferred::State {
  std::shared_ptr<JsQueue> queue;
  napi_deferred handle = nullptr;
  napi_value promise = nullptr;
  std::atomic<bool> settled = false;

  ~State() {
    settle(false, [](Napi::Env env) -> Napi::Value {
      return Napi::Error::New(env, "The operation was given up before it ended.").Value();
    });
  }

  void settle(bool success, Make make) {
    if (settled.exchange(true)) return;
    queue->post([owner = queue, deferred = handle, success, make = std::move(make)](Napi::Env env) {
      owner->removePending();
      bool resolves = success;
      napi_value value = nullptr;
      try {
        value = make(env);
      } catch (const Napi::Error& error) {
        resolves = false;
        value = error.Value();
      } catch (const std::exception& error) {
        resolves = false;
        value = Napi::Error::New(env, error.what()).Value();
      }
      if (value == nullptr) value = env.Undefined();
      if (resolves) {
        napi_resolve_deferred(env, deferred, value);
      } else {
        napi_reject_deferred(env, deferred, value);
      }
    });
  }
};

Deferred::Deferred(std::shared_ptr<State> state) : state_(std::move(state)) {}

Deferred Deferred::create(Napi::Env env) {
  auto state = std::make_shared<State>();
  state->queue = Environment::of(env).queue();
  state->settled = true;
  const napi_status status = napi_create_promise(env, &state->handle, &state->promise);
  NAPI_THROW_IF_FAILED(env, status, Deferred(state));
  state->settled = false;
  state->queue->addPending();
  return Deferred(std::move(state));
}

Napi::Promise Deferred::promise() const { return Napi::Promise(state_->queue->env(), state_->promise); }

void Deferred::resolve(Make make) const { state_->settle(true, std::move(make)); }

void Deferred::resolve() const {
  resolve([](Napi::Env env) { return env.Undefined(); });
}

void Deferred::reject(Make make) const { state_->settle(false, std::move(make)); }

}  // namespace sqlvdi::binding
