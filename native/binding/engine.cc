// exports.engine: NativeEngine.
#include "engine.h"

#include "../engine/pages.h"
#include "engine_job.h"
#include "engine_options.h"
#include "object.h"

namespace sqlvdi::binding {
namespace {

Napi::Value startBackup(const Napi::CallbackInfo& info) {
  engine::SetOptions set = setOptionsFrom(info[0]);
  const engine::BackupOptions backup = backupOptionsFrom(info[0], set.deviceNames.size());
  return EngineJob::startBackup(info.Env(), std::move(set), backup);
}

Napi::Value startRestore(const Napi::CallbackInfo& info) {
  return EngineJob::startRestore(info.Env(), setOptionsFrom(info[0]));
}

Napi::Value generatePage(const Napi::CallbackInfo& info) {
  const std::uint64_t seed = wholeNumberFrom(info[0], "seed", kMaxSafeInteger);
  if (!info[1].IsBoolean()) throw Napi::TypeError::New(info.Env(), "compressible must be a boolean");
  const std::uint64_t page = wholeNumberFrom(info[2], "page", kMaxSafeInteger);
  const auto epoch = static_cast<std::uint32_t>(wholeNumberFrom(info[3], "epoch", kInfinite));
  alignas(8) std::uint8_t content[engine::kPageSize];
  engine::generatePage(seed, info[1].As<Napi::Boolean>().Value(), page, epoch, content);
  return Napi::Buffer<std::uint8_t>::Copy(info.Env(), content, sizeof content);
}

}  // namespace

void registerEngine(Napi::Env env, Napi::Object exports) {
  auto object = Napi::Object::New(env);
  method(object, "startBackup", startBackup);
  method(object, "startRestore", startRestore);
  method(object, "generatePage", generatePage);
  exports.Set("engine", object);
}

}  // namespace sqlvdi::binding
