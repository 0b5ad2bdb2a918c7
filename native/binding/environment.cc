// One environment's state: its end, and how failures become the JavaScript errors it was given factories for.
#include <map>
#include <utility>

#include "async.h"

namespace sqlvdi::binding {

// Shared, because registrations may be dropped after the environment is gone.
struct Environment::Hooks {
  struct Pair {
    Hook stop;
    Hook release;
  };
  std::mutex mutex;
  std::map<std::uint64_t, Pair> pairs;
  std::uint64_t next = 0;

  // The last registered first: what came later may rest on what came before.
  void runAll(Hook Pair::*which) {
    std::map<std::uint64_t, Pair> copy;
    {
      const std::lock_guard lock(mutex);
      copy = pairs;
    }
    for (auto entry = copy.rbegin(); entry != copy.rend(); ++entry) {
      if (const Hook& hook = entry->second.*which) hook();
    }
  }
};

Environment::Environment(Napi::Env env)
    : env_(env),
      queue_(std::make_shared<JsQueue>(env)),
      hooks_(std::make_shared<Hooks>()),
      threads_(std::make_shared<pump::ThreadGroup>()) {}

Environment::~Environment() = default;

void Environment::attach(Napi::Env env) {
  auto* const self = new Environment(env);
  env.SetInstanceData<Environment>(self);
  // Registered after the thread-safe function's own clean-up, so it runs before that.
  env.AddCleanupHook(
      [](Environment* environment) {
        environment->exiting_ = false;
        environment->stopAll();
        environment->releaseAll();
      },
      self);
  // process.exit() and an uncaught exception run no clean-up hook on the main thread; they do emit 'exit'.
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const auto onExit = Napi::Function::New(env, [self](const Napi::CallbackInfo&) {
    self->exiting_ = true;
    self->stopAll();
  });
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), onExit});
}

Environment& Environment::of(Napi::Env env) {
  auto* const self = env.GetInstanceData<Environment>();
  if (self == nullptr || self->ending_) throw Napi::Error::New(env, "The process or worker is ending.");
  return *self;
}

Environment::Registration Environment::onEnd(Hook stop, Hook release) {
  const std::lock_guard lock(hooks_->mutex);
  const std::uint64_t id = hooks_->next++;
  hooks_->pairs.emplace(id, Hooks::Pair{std::move(stop), std::move(release)});
  return Registration(nullptr, [hooks = hooks_, id](void*) {
    Hooks::Pair removed;
    const std::lock_guard removal(hooks->mutex);
    if (auto node = hooks->pairs.extract(id)) removed = std::move(node.mapped());
  });
}

void Environment::stopAll() {
  if (std::exchange(ending_, true)) return;
  // First the queue: a thread that waits for the JavaScript thread must not do so while this thread waits for it.
  queue_->end();
  hooks_->runAll(&Hooks::Pair::stop);
}

void Environment::releaseAll() {
  hooks_->runAll(&Hooks::Pair::release);
  threads_->joinAll();
}

Napi::Value Environment::vdiError(HResult hresult, const char* operation, const std::u16string& setName,
                                  const std::u16string* device) const {
  const auto code = Napi::Number::New(env_, static_cast<std::uint32_t>(hresult));
  const auto where = Napi::String::New(env_, operation);
  if (vdiFactory_.IsEmpty()) {
    const auto error = Napi::Error::New(env_, std::string(operation) + " failed");
    error.Set("hresult", code);
    return error.Value();
  }
  const Napi::Value name = device ? Napi::String::New(env_, *device) : env_.Null();
  return vdiFactory_.Call({code, where, Napi::String::New(env_, setName), name});
}

Napi::Value Environment::systemError(const SystemErrorInfo& failure) const {
  const auto code = Napi::String::New(env_, failure.code);
  const auto number = Napi::Number::New(env_, failure.number);
  const auto syscall = Napi::String::New(env_, failure.syscall);
  const auto path = Napi::String::New(env_, failure.path);
  if (systemFactory_.IsEmpty()) {
    const auto error = Napi::Error::New(env_, failure.code + " in " + failure.syscall);
    error.Set("code", code);
    return error.Value();
  }
  return systemFactory_.Call({code, number, syscall, path});
}

void Environment::setErrorFactories(Napi::Object factories) {
  const Napi::Value vdi = factories.Get("vdi");
  const Napi::Value system = factories.Get("system");
  if (!vdi.IsFunction() || !system.IsFunction()) {
    throw Napi::TypeError::New(env_, "setErrorFactories: vdi and system must be functions");
  }
  vdiFactory_ = Napi::Persistent(vdi.As<Napi::Function>());
  systemFactory_ = Napi::Persistent(system.As<Napi::Function>());
}

}  // namespace sqlvdi::binding
