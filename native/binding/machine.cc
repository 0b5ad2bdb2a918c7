// exports.machine: NativeMachine.
#include "machine.h"

#include <string>

#include "../machine/machine.h"
#include "arguments.h"
#include "object.h"

namespace sqlvdi::binding {
namespace {

machine::Hive hiveArgument(const Napi::CallbackInfo& info) {
  const std::u16string hive = stringArgument(info, 0, "hive");
  if (hive == u"HKCR") return machine::Hive::ClassesRoot;
  if (hive == u"HKLM") return machine::Hive::LocalMachine;
  throw Napi::RangeError::New(info.Env(), "hive must be HKCR or HKLM");
}

machine::View viewArgument(const Napi::CallbackInfo& info) {
  const std::uint32_t bits = u32Argument(info, 1, "bits");
  if (bits == 64) return machine::View::Bits64;
  if (bits == 32) return machine::View::Bits32;
  throw Napi::RangeError::New(info.Env(), "bits must be 64 or 32");
}

Napi::Value registryText(const Napi::CallbackInfo& info) {
  const auto key = stringArgument(info, 2, "key");
  const auto text = machine::registryText(hiveArgument(info), viewArgument(info), key, stringArgument(info, 3, "name"));
  return text ? Napi::String::New(info.Env(), *text) : info.Env().Null();
}

Napi::Value registryNames(const Napi::CallbackInfo& info) {
  const auto names = machine::registryNames(hiveArgument(info), viewArgument(info), stringArgument(info, 2, "key"));
  auto list = Napi::Array::New(info.Env(), names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) list.Set(i, Napi::String::New(info.Env(), names[i]));
  return list;
}

Napi::Value processToken(const Napi::CallbackInfo& info) {
  const auto token = machine::processToken();
  if (!token) return info.Env().Null();
  auto object = Napi::Object::New(info.Env());
  object.Set("elevated", token->elevated);
  object.Set("createGlobal", token->createGlobal);
  return object;
}

Napi::Value fileVersion(const Napi::CallbackInfo& info) {
  const auto found = machine::fileVersion(stringArgument(info, 0, "path"));
  if (!found) return info.Env().Null();
  auto object = Napi::Object::New(info.Env());
  object.Set("version", found->version);
  object.Set("company", Napi::String::New(info.Env(), found->company));
  return object;
}

}  // namespace

void registerMachine(Napi::Env env, Napi::Object exports) {
  auto object = Napi::Object::New(env);
  method(object, "registryText", registryText);
  method(object, "registryNames", registryNames);
  method(object, "processToken", processToken);
  method(object, "fileVersion", fileVersion);
  exports.Set("machine", object);
}

}  // namespace sqlvdi::binding
