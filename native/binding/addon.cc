// The addon's exports, as lib/vdi/native.ts states them.
#include <napi.h>

#include <string>

#include "../embedded/embedded.h"
#include "../engine/job.h"
#include "../machine/machine.h"
#include "../providers/factory.h"
#include "../pump/census.h"
#include "async.h"
#include "client_set.h"
#include "engine.h"
#include "machine.h"
#include "object.h"
#include "server_set.h"

namespace sqlvdi::binding {
namespace {

Napi::Value providers(const Napi::CallbackInfo& info) {
  auto object = Napi::Object::New(info.Env());
  for (const std::string_view name : kProviderNames) {
    const auto reason = whyUnavailable(name);
    object.Set(std::string(name), reason ? Napi::String::New(info.Env(), *reason) : info.Env().Null());
  }
  return object;
}

Napi::Value census(const Napi::CallbackInfo& info) {
  const pump::Census& pumped = pump::census;
  const embedded::Counts standIn = embedded::counts();
  auto object = Napi::Object::New(info.Env());
  const auto set = [&](const char* name, std::int64_t count) {
    object.Set(name, Napi::Number::New(info.Env(), static_cast<double>(count)));
  };
  set("clientSets", pumped.clientSets);
  set("serverSets", standIn.serverSets);
  set("devices", pumped.devices);
  set("threads", pumped.threads + standIn.threads + engine::jobThreads());
  set("mappings", standIn.mappings);
  set("views", pumped.views);
  return object;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  Environment::attach(env);
  exports.Set("ClientSet", clientSetClass(env));
  registerServer(env, exports);
  registerEngine(env, exports);
  registerMachine(env, exports);
  method(exports, "providers", providers);
  method(exports, "census", census);
  method(exports, "openHandles",
         [](const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), machine::openHandles()); });
  method(exports, "setErrorFactories", [](const Napi::CallbackInfo& info) {
    if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "setErrorFactories: an object is needed");
    Environment::of(info.Env()).setErrorFactories(info[0].As<Napi::Object>());
    return info.Env().Undefined();
  });
  return exports;
}

}  // namespace
}  // namespace sqlvdi::binding

// The macro wants a plain name.
static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  return sqlvdi::binding::initialize(env, exports);
}
NODE_API_MODULE(sqlvdi, initialize)
