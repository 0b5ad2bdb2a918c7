// ServerSet: IServerVirtualDeviceSet2 for JavaScript, method for method.
#include "server_set.h"

#include <new>
#include <system_error>
#include <utility>

#include "arguments.h"
#include "async.h"
#include "server_device.h"
#include "server_session.h"

namespace sqlvdi::binding {
namespace {

using Set = IServerVirtualDeviceSet2;

class ServerSet : public Napi::ObjectWrap<ServerSet> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit ServerSet(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ServerSet>(info) {}

 private:
  // Runs on the session's thread. What it returns but NOERROR is the rejection.
  using Work = std::function<HResult(Set&)>;

  Napi::Value open(const Napi::CallbackInfo& info);
  Napi::Value getConfiguration(const Napi::CallbackInfo& info);
  Napi::Value beginConfiguration(const Napi::CallbackInfo& info);
  Napi::Value endConfiguration(const Napi::CallbackInfo& info);
  Napi::Value requestBuffers(const Napi::CallbackInfo& info);
  Napi::Value queryAvailableBuffers(const Napi::CallbackInfo& info);
  Napi::Value executeCompletionAgent(const Napi::CallbackInfo& info);
  Napi::Value openDevice(const Napi::CallbackInfo& info);
  Napi::Value allocateBuffer(const Napi::CallbackInfo& info);
  Napi::Value freeBuffer(const Napi::CallbackInfo& info);
  Napi::Value isSharedBuffer(const Napi::CallbackInfo& info);
  Napi::Value signalAbort(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  // The session of now; the first call of a life begins one.
  std::shared_ptr<ServerSession> session(Napi::Env env);
  Napi::Value call(Napi::Env env, const char* operation, Work work, const Deferred::Make& make = undefined);
  // A promise under way; the object stays alive until `settle` has told its answer on the JavaScript thread.
  Deferred begin(Napi::Env env);
  void settle(const Deferred& deferred, HResult result, const char* operation, Deferred::Make make);
  // Undoes what begin did. The object lives on for the rest of the callback.
  void release();

  static Napi::Value undefined(Napi::Env env) { return env.Undefined(); }

  std::shared_ptr<ServerSession> session_;
  Environment::Registration atEnd_;
  std::u16string name_;
  bool open_ = false;
};

std::shared_ptr<ServerSession> ServerSet::session(Napi::Env env) {
  if (session_) return session_;
  Environment& environment = Environment::of(env);
  try {
    session_ = std::make_shared<ServerSession>();
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(env, "There is no memory for a server set");
  } catch (const std::system_error&) {
    throw Napi::Error::New(env, "There is no thread for a server set");
  }
  atEnd_ = environment.onEnd([session = session_] { session->abandon(); });
  return session_;
}

Deferred ServerSet::begin(Napi::Env env) {
  Deferred deferred = Deferred::create(env);
  Ref();
  return deferred;
}

void ServerSet::release() {
  Value();  // a handle, which the callback's scope keeps
  Unref();
}

void ServerSet::settle(const Deferred& deferred, HResult result, const char* operation, Deferred::Make make) {
  if (result == kOk) {
    deferred.resolve([this, make = std::move(make)](Napi::Env env) {
      release();
      return make(env);
    });
    return;
  }
  deferred.reject([this, result, operation](Napi::Env env) {
    release();
    return Environment::of(env).vdiError(result, operation, name_);
  });
}

Napi::Value ServerSet::call(Napi::Env env, const char* operation, Work work, const Deferred::Make& make) {
  const auto current = session(env);
  const Deferred deferred = begin(env);
  const bool posted = current->post([this, deferred, operation, work = std::move(work), make](Set& set) {
    settle(deferred, work(set), operation, make);
  });
  if (!posted) settle(deferred, hr::kVD_E_PROTOCOL, operation, nullptr);
  return deferred.promise();
}

Napi::Value ServerSet::open(const Napi::CallbackInfo& info) {
  const auto instance = nullableStringArgument(info, 0, "instance");
  const auto name = stringArgument(info, 1, "name");
  if (!open_) name_ = name;
  const auto work = [instance, name](Set& set) {
    if (hasNul(name) || (instance && hasNul(*instance))) return hr::kVD_E_INVALID;
    const VdiString setName = toVdi(name);
    const VdiString instanceName = toVdi(instance.value_or(u""));
    return set.Open(instance ? instanceName.c_str() : nullptr, setName.c_str());
  };
  return call(info.Env(), "Open", work, [this](Napi::Env env) {
    open_ = true;
    return env.Undefined();
  });
}

Napi::Value ServerSet::getConfiguration(const Napi::CallbackInfo& info) {
  const auto config = std::make_shared<VDConfig>();
  return call(
      info.Env(), "GetConfiguration", [config](Set& set) { return set.GetConfiguration(config.get()); },
      [config](Napi::Env env) { return toJs(env, *config); });
}

Napi::Value ServerSet::beginConfiguration(const Napi::CallbackInfo& info) {
  const auto features = u32Argument(info, 0, "features");
  const auto blockSize = u32Argument(info, 1, "blockSize");
  const auto alignment = u32Argument(info, 2, "alignment");
  const auto maxTransferSize = u32Argument(info, 3, "maxTransferSize");
  const auto timeoutMs = u32Argument(info, 4, "timeoutMs");
  return call(info.Env(), "BeginConfiguration", [=](Set& set) {
    return set.BeginConfiguration(features, blockSize, alignment, maxTransferSize, timeoutMs);
  });
}

Napi::Value ServerSet::endConfiguration(const Napi::CallbackInfo& info) {
  return call(info.Env(), "EndConfiguration", [](Set& set) { return set.EndConfiguration(); });
}

Napi::Value ServerSet::requestBuffers(const Napi::CallbackInfo& info) {
  const auto size = u32Argument(info, 0, "size");
  const auto alignment = u32Argument(info, 1, "alignment");
  const auto count = u32Argument(info, 2, "count");
  return call(info.Env(), "RequestBuffers", [=](Set& set) { return set.RequestBuffers(size, alignment, count); });
}

Napi::Value ServerSet::queryAvailableBuffers(const Napi::CallbackInfo& info) {
  const auto size = u32Argument(info, 0, "size");
  const auto alignment = u32Argument(info, 1, "alignment");
  const auto count = std::make_shared<std::uint32_t>(0);
  return call(
      info.Env(), "QueryAvailableBuffers",
      [=](Set& set) { return set.QueryAvailableBuffers(size, alignment, count.get()); },
      [count](Napi::Env env) { return Napi::Number::New(env, *count); });
}

Napi::Value ServerSet::executeCompletionAgent(const Napi::CallbackInfo& info) {
  const auto current = session(info.Env());
  const Deferred deferred = begin(info.Env());
  const auto tell = [this, deferred](HResult result) { settle(deferred, result, "ExecuteCompletionAgent", undefined); };
  const bool posted = current->post([session = current.get(), tell](Set&) {
    try {
      session->startAgent(tell);
    } catch (const std::system_error&) {
      tell(hr::kE_OUTOFMEMORY);
    }
  });
  if (!posted) tell(hr::kVD_E_PROTOCOL);
  return deferred.promise();
}

Napi::Value ServerSet::openDevice(const Napi::CallbackInfo& info) {
  const auto name = stringArgument(info, 0, "name");
  const auto handle = std::make_shared<ServerDeviceHandle>();
  const auto current = session(info.Env());
  const auto work = [name, handle, session = current.get()](Set& set) {
    if (hasNul(name)) return hr::kVD_E_INVALID;
    const HResult result = set.OpenDevice(toVdi(name).c_str(), handle->device.put());
    if (result == kOk) session->keep(handle);
    return result;
  };
  // Held weakly: a session is ended on the JavaScript thread, never by a task of its own thread.
  return call(info.Env(), "OpenDevice", work,
              [this, name, handle, session = std::weak_ptr<ServerSession>(current)](Napi::Env env) -> Napi::Value {
                return ServerDevice::create(env, Value(), session.lock(), handle, name_, name);
              });
}

Napi::Value ServerSet::allocateBuffer(const Napi::CallbackInfo& info) {
  const auto size = u32Argument(info, 0, "size");
  const auto alignment = u32Argument(info, 1, "alignment");
  const auto buffer = std::make_shared<std::uint8_t*>(nullptr);
  return call(
      info.Env(), "AllocateBuffer", [=](Set& set) { return set.AllocateBuffer(buffer.get(), size, alignment); },
      [buffer](Napi::Env env) {
        return Napi::BigInt::New(env, std::uint64_t{reinterpret_cast<std::uintptr_t>(*buffer)});
      });
}

// JavaScript knows a buffer by its address; the interface checks it.
std::uint8_t* asPointer(std::uintptr_t address) {
  return reinterpret_cast<std::uint8_t*>(address);  // NOLINT(performance-no-int-to-ptr)
}

Napi::Value ServerSet::freeBuffer(const Napi::CallbackInfo& info) {
  const auto address = static_cast<std::uintptr_t>(u64Argument(info, 0, "address"));
  const auto size = u32Argument(info, 1, "size");
  return call(info.Env(), "FreeBuffer", [=](Set& set) { return set.FreeBuffer(asPointer(address), size); });
}

Napi::Value ServerSet::isSharedBuffer(const Napi::CallbackInfo& info) {
  const auto address = static_cast<std::uintptr_t>(u64Argument(info, 0, "address"));
  const auto shared = std::make_shared<bool>(false);
  const auto work = [=](Set& set) {
    // 1 or 0, or a failure.
    const HResult result = set.IsSharedBuffer(asPointer(address));
    *shared = result == 1;
    return result == 1 ? kOk : result;
  };
  return call(info.Env(), "IsSharedBuffer", work, [shared](Napi::Env env) { return Napi::Boolean::New(env, *shared); });
}

Napi::Value ServerSet::signalAbort(const Napi::CallbackInfo& info) {
  return call(info.Env(), "SignalAbort", [](Set& set) { return set.SignalAbort(); });
}

Napi::Value ServerSet::close(const Napi::CallbackInfo& info) {
  const auto current = session(info.Env());
  const Deferred deferred = begin(info.Env());
  // Whatever Close says, this life of the set is over: its threads end before the promise is settled. Held weakly,
  // since a second close() may come when the next life has begun.
  const auto over = [this, life = std::weak_ptr<ServerSession>(current)] {
    const auto ending = life.lock();
    if (!ending || ending != session_) return;
    atEnd_.reset();
    session_.reset();
    open_ = false;
    ending->finish();
  };
  const bool posted = current->post([this, deferred, over](Set& set) {
    const HResult result = set.Close();
    if (result == kOk) {
      settle(deferred, result, "Close", [over](Napi::Env env) {
        over();
        return env.Undefined();
      });
      return;
    }
    deferred.reject([this, over, result](Napi::Env env) {
      release();
      over();
      return Environment::of(env).vdiError(result, "Close", name_);
    });
  });
  if (!posted) settle(deferred, hr::kVD_E_PROTOCOL, "Close", nullptr);
  return deferred.promise();
}

Napi::Function ServerSet::define(Napi::Env env) {
  return DefineClass(env, "ServerSet",
                     {
                         InstanceMethod<&ServerSet::open>("open"),
                         InstanceMethod<&ServerSet::getConfiguration>("getConfiguration"),
                         InstanceMethod<&ServerSet::beginConfiguration>("beginConfiguration"),
                         InstanceMethod<&ServerSet::endConfiguration>("endConfiguration"),
                         InstanceMethod<&ServerSet::requestBuffers>("requestBuffers"),
                         InstanceMethod<&ServerSet::queryAvailableBuffers>("queryAvailableBuffers"),
                         InstanceMethod<&ServerSet::executeCompletionAgent>("executeCompletionAgent"),
                         InstanceMethod<&ServerSet::openDevice>("openDevice"),
                         InstanceMethod<&ServerSet::allocateBuffer>("allocateBuffer"),
                         InstanceMethod<&ServerSet::freeBuffer>("freeBuffer"),
                         InstanceMethod<&ServerSet::isSharedBuffer>("isSharedBuffer"),
                         InstanceMethod<&ServerSet::signalAbort>("signalAbort"),
                         InstanceMethod<&ServerSet::close>("close"),
                     });
}

}  // namespace

void registerServer(Napi::Env env, Napi::Object exports) {
  Environment::of(env).serverDeviceClass = Napi::Persistent(ServerDevice::define(env));
  exports.Set("ServerSet", ServerSet::define(env));
}

}  // namespace sqlvdi::binding
