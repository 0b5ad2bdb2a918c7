// A set's methods: arguments checked, posted to its control thread, settled as the interface answered.
#include "client_set.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../providers/factory.h"
#include "../pump/client_set.h"
#include "arguments.h"
#include "client_device.h"
#include "errors.h"
#include "object.h"
#include "views.h"

namespace sqlvdi::binding {
namespace {

// What the closures of a set, of its devices and of its pending calls share: while any of them lives the set stays
// open.
struct Set {
  std::shared_ptr<Views> views;
  std::shared_ptr<pump::ClientSet> core;
  Environment::Registration registration;
  std::u16string name;  // JavaScript thread only

  Set(Environment& environment, std::shared_ptr<Provider> provider)
      : views(std::make_shared<Views>(environment.queue())),
        core(std::make_shared<pump::ClientSet>(std::move(provider), environment.threads(), views)) {
    const Napi::Env env = environment.queue()->env();
    const auto stop = [core = core, views = views, env, &environment] {
      if (environment.exiting()) views->findMoved(env);
      core->halt();
    };
    const auto release = [core = core, views = views, env] {
      views->forget(env);
      core->release();
    };
    registration = environment.onEnd(stop, release);
  }
  ~Set() { core->abandon(); }
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

  Subject subject(const char* operation) const { return {operation, name}; }
};
using SetPtr = std::shared_ptr<Set>;

// The call answers with nothing but success. It keeps the set open until it is answered.
std::function<void(HResult)> settles(const SetPtr& set, const Deferred& deferred, const char* operation) {
  return [set, deferred, subject = set->subject(operation)](HResult result) { settle(deferred, result, subject); };
}

// So does this; the set has its name from then on.
std::function<void(HResult)> names(const SetPtr& set, const Deferred& deferred, const Subject& subject) {
  return [set, deferred, subject](HResult result) {
    if (result != kOk) return rejectVdi(deferred, result, subject);
    deferred.resolve([set, name = subject.setName](Napi::Env env) {
      set->name = name;
      return env.Undefined();
    });
  };
}

// A name that cannot cross the interface is refused as the interface refuses names.
bool refuseNul(const Deferred& deferred, const Subject& subject, const std::u16string& name,
               const std::optional<std::u16string>& instance = std::nullopt) {
  if (!hasNul(name) && !(instance && hasNul(*instance))) return false;
  rejectVdi(deferred, hr::kVD_E_INVALID, subject);
  return true;
}

std::optional<VdiString> toVdi(const std::optional<std::u16string>& text) {
  return text ? std::optional(binding::toVdi(*text)) : std::nullopt;
}

Napi::Value createEx(const Napi::CallbackInfo& info, const SetPtr& set) {
  const auto instance = nullableStringArgument(info, 0, "instance");
  const auto name = stringArgument(info, 1, "name");
  const VDConfig config = configArgument(info, 2);
  const auto deferred = Deferred::create(info.Env());
  const Subject subject{"CreateEx", name};
  if (refuseNul(deferred, subject, name, instance)) return deferred.promise();
  set->core->createEx(toVdi(instance), binding::toVdi(name), config, names(set, deferred, subject));
  return deferred.promise();
}

Napi::Value openInSecondaryEx(const Napi::CallbackInfo& info, const SetPtr& set) {
  const auto instance = nullableStringArgument(info, 0, "instance");
  const auto name = stringArgument(info, 1, "name");
  const auto deferred = Deferred::create(info.Env());
  const Subject subject{"OpenInSecondaryEx", name};
  if (refuseNul(deferred, subject, name, instance)) return deferred.promise();
  set->core->openInSecondaryEx(toVdi(instance), binding::toVdi(name), names(set, deferred, subject));
  return deferred.promise();
}

Napi::Value getConfiguration(const Napi::CallbackInfo& info, const SetPtr& set) {
  const std::uint32_t timeoutMs = u32Argument(info, 0, "timeoutMs");
  const auto deferred = Deferred::create(info.Env());
  set->core->getConfiguration(
      timeoutMs, [set, deferred, subject = set->subject("GetConfiguration")](HResult result, const VDConfig& config) {
        if (result != kOk) return rejectVdi(deferred, result, subject);
        deferred.resolve([config](Napi::Env env) { return toJs(env, config); });
      });
  return deferred.promise();
}

Napi::Value openDevice(const Napi::CallbackInfo& info, const SetPtr& set) {
  const auto name = stringArgument(info, 0, "name");
  const auto deferred = Deferred::create(info.Env());
  const Subject subject{"OpenDevice", set->name, name};
  if (refuseNul(deferred, subject, name)) return deferred.promise();
  set->core->openDevice(binding::toVdi(name), [set, deferred, subject, name](
                                                  HResult result, const std::shared_ptr<pump::DeviceThread>& device) {
    if (result != kOk) return rejectVdi(deferred, result, subject);
    deferred.resolve([set, device, name, setName = subject.setName](Napi::Env env) {
      return makeClientDevice(env, device, set->views, set, setName, name);
    });
  });
  return deferred.promise();
}

Napi::Value getBufferHandle(const Napi::CallbackInfo& info, const SetPtr& set) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(info.Env(), "buffer must be a Uint8Array");
  }
  const auto deferred = Deferred::create(info.Env());
  const Subject subject = set->subject("GetBufferHandle");
  std::uint8_t* const memory = set->views->memoryBehind(info[0].As<Napi::Uint8Array>().Data());
  if (memory == nullptr) {
    rejectVdi(deferred, hr::kVD_E_INVALID, subject);
    return deferred.promise();
  }
  set->core->getBufferHandle(memory, [set, deferred, subject](HResult result, std::uint32_t handle) {
    if (result != kOk) return rejectVdi(deferred, result, subject);
    deferred.resolve([handle](Napi::Env env) { return Napi::Number::New(env, handle); });
  });
  return deferred.promise();
}

Napi::Value mapBufferHandle(const Napi::CallbackInfo& info, const SetPtr& set) {
  const std::uint32_t handle = u32Argument(info, 0, "handle");
  const std::uint32_t size = u32Argument(info, 1, "size");
  if (size == 0) throw Napi::RangeError::New(info.Env(), "size must be at least 1");
  const auto deferred = Deferred::create(info.Env());
  const Subject subject = set->subject("MapBufferHandle");
  set->core->mapBufferHandle(handle, size, [set, deferred, subject, size](HResult result, std::uint8_t* memory) {
    if (result != kOk) return rejectVdi(deferred, result, subject);
    deferred.resolve([set, memory, size](Napi::Env env) { return set->views->showMapped(env, memory, size); });
  });
  return deferred.promise();
}

Napi::Value close(const Napi::CallbackInfo& info, const SetPtr& set) {
  const std::uint32_t graceMs = u32Argument(info, 0, "graceMs");
  const auto deferred = Deferred::create(info.Env());
  set->core->close(graceMs, settles(set, deferred, "Close"));
  return deferred.promise();
}

Napi::Value signalAbort(const Napi::CallbackInfo& info, const SetPtr& set) {
  const auto deferred = Deferred::create(info.Env());
  set->core->signalAbort(settles(set, deferred, "SignalAbort"));
  return deferred.promise();
}

Napi::Value construct(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info.IsConstructCall()) throw Napi::TypeError::New(env, "ClientSet is made with new");
  if (!info[0].IsString()) throw Napi::TypeError::New(env, "provider must be a string");
  const std::string provider = info[0].As<Napi::String>().Utf8Value();
  if (const auto reason = whyUnavailable(provider)) {
    throw Napi::Error::New(env, "The provider '" + provider + "' cannot be used: " + *reason + ".");
  }
  const SetPtr set = std::make_shared<Set>(Environment::of(env), makeProvider(provider));
  auto object = Napi::Object::New(env);
  const auto add = [&](const char* name, Napi::Value (*body)(const Napi::CallbackInfo&, const SetPtr&)) {
    method(object, name, [set, body](const Napi::CallbackInfo& call) { return body(call, set); });
  };
  add("createEx", createEx);
  add("openInSecondaryEx", openInSecondaryEx);
  add("getConfiguration", getConfiguration);
  add("openDevice", openDevice);
  add("signalAbort", signalAbort);
  add("getBufferHandle", getBufferHandle);
  add("mapBufferHandle", mapBufferHandle);
  add("close", close);
  add("cancelWait", [](const Napi::CallbackInfo& call, const SetPtr& self) {
    self->core->cancelWait();
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

Napi::Function clientSetClass(Napi::Env env) { return Napi::Function::New(env, construct, "ClientSet"); }

}  // namespace sqlvdi::binding
