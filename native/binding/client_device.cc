// A device's commands as JavaScript sees them, its native transfers, its counters.
#include "client_device.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "arguments.h"
#include "errors.h"
#include "object.h"

namespace sqlvdi::binding {
namespace {

struct Device {
  std::shared_ptr<pump::DeviceThread> thread;
  std::shared_ptr<Views> views;
  std::shared_ptr<void> owner;
  std::u16string setName;
  std::u16string name;

  Subject subject(const char* operation) const { return {operation, setName, name}; }
};
using DevicePtr = std::shared_ptr<const Device>;

Napi::Value toJs(Napi::Env env, const Device& device, const pump::DeliveredCommand& command) {
  auto object = Napi::Object::New(env);
  object.Set("id", Napi::Number::New(env, command.id));
  object.Set("code", Napi::Number::New(env, command.code));
  object.Set("size", Napi::Number::New(env, command.size));
  object.Set("position", Napi::BigInt::New(env, command.position));
  // One that has been completed meanwhile has no memory any more.
  const bool shows = movesData(command.code) && command.buffer != nullptr && command.size > 0 &&
                     device.thread->find(command.id).has_value();
  object.Set("buffer", shows ? device.views->show(env, device.thread.get(), command.id, command.buffer, command.size)
                             : env.Null());
  return object;
}

Napi::Value getCommands(const Napi::CallbackInfo& info, const DevicePtr& device) {
  const std::uint32_t timeoutMs = u32Argument(info, 0, "timeoutMs");
  const std::uint32_t max = u32Argument(info, 1, "max");
  if (max == 0) throw Napi::RangeError::New(info.Env(), "max must be at least 1");
  const auto deferred = Deferred::create(info.Env());
  device->thread->getCommands(timeoutMs, max,
                              [device, deferred](HResult result, std::vector<pump::DeliveredCommand> commands) {
                                if (result == hr::kVD_E_CLOSE) {
                                  deferred.resolve([](Napi::Env env) { return env.Null(); });
                                } else if (result != kOk) {
                                  rejectVdi(deferred, result, device->subject("GetCommand"));
                                } else {
                                  deferred.resolve([device, commands = std::move(commands)](Napi::Env env) {
                                    auto array = Napi::Array::New(env, commands.size());
                                    for (std::uint32_t index = 0; index < commands.size(); ++index) {
                                      array.Set(index, toJs(env, *device, commands[index]));
                                    }
                                    return array;
                                  });
                                }
                              });
  return deferred.promise();
}

Napi::Value completeCommand(const Napi::CallbackInfo& info, const DevicePtr& device) {
  const std::uint32_t id = u32Argument(info, 0, "id");
  std::uint32_t code = u32Argument(info, 1, "code");
  std::uint32_t bytes = u32Argument(info, 2, "bytes");
  const std::uint64_t position = u64Argument(info, 3, "position");
  const auto deferred = Deferred::create(info.Env());
  const auto command = device->thread->find(id);
  const bool reads = command && command->code == static_cast<std::uint32_t>(Command::Read);
  const bool moved =
      command && device->views->take(info.Env(), device->thread.get(), id, reads ? bytes : 0) == Views::Taken::Moved;
  if (moved) {
    // Whoever has the memory now goes on using it while the server does: the data is worth nothing.
    if (code == completion::kERROR_SUCCESS)
      code = reads ? completion::kERROR_READ_FAULT : completion::kERROR_WRITE_FAULT;
    bytes = 0;
  }
  device->thread->complete(id, code, bytes, position, [device, deferred, moved](HResult result) {
    if (result == kOk && moved) {
      deferred.reject([](Napi::Env env) {
        return Napi::TypeError::New(env,
                                    "The command's buffer was transferred away, so the command was answered with an "
                                    "error. Give a copy to whatever transfers it (structuredClone, postMessage, "
                                    "ArrayBuffer.prototype.transfer, byte streams).")
            .Value();
      });
    } else {
      settle(deferred, result, device->subject("CompleteCommand"));
    }
  });
  return deferred.promise();
}

struct TransferOptions {
  bool toFile;
  std::filesystem::path path;
  std::u16string pathAsGiven;
  bool sha256;
};

TransferOptions transferOptions(const Napi::CallbackInfo& info, bool mayBeNull) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) throw Napi::TypeError::New(env, "options must be an object");
  const auto options = info[0].As<Napi::Object>();
  const Napi::Value kind = options.Get("kind");
  const Napi::Value path = options.Get("path");
  const Napi::Value sha256 = options.Get("sha256");
  const std::string kindText = kind.IsString() ? kind.As<Napi::String>().Utf8Value() : "";
  if (kindText != "file" && !(mayBeNull && kindText == "null")) {
    throw Napi::TypeError::New(env, mayBeNull ? "kind must be 'file' or 'null'" : "kind must be 'file'");
  }
  if (!sha256.IsBoolean()) throw Napi::TypeError::New(env, "sha256 must be a boolean");
  const bool toFile = kindText == "file";
  if (toFile && !path.IsString()) throw Napi::TypeError::New(env, "path must be a string");
  if (!toFile) return {false, {}, {}, sha256.As<Napi::Boolean>()};
  const std::string utf8 = path.As<Napi::String>().Utf8Value();
  if (utf8.empty() || utf8.find('\0') != std::string::npos) {
    throw Napi::TypeError::New(env, "path must be a non-empty string without NUL");
  }
  return {true, std::filesystem::path(std::u8string(utf8.begin(), utf8.end())), path.As<Napi::String>().Utf16Value(),
          sha256.As<Napi::Boolean>()};
}

Napi::Value toJs(Napi::Env env, const pump::TransferOutcome& outcome) {
  auto object = Napi::Object::New(env);
  object.Set("bytes", Napi::Number::New(env, static_cast<double>(outcome.bytes)));
  object.Set("sha256", outcome.sha256 ? Napi::String::New(env, *outcome.sha256) : env.Null());
  object.Set("durable", Napi::Boolean::New(env, outcome.durable));
  return object;
}

Napi::Value transfer(const Napi::CallbackInfo& info, const DevicePtr& device, bool reads) {
  const TransferOptions options = transferOptions(info, !reads);
  auto digest = options.sha256 ? pump::Digest::sha256() : nullptr;
  const auto path = options.toFile ? std::optional(options.path) : std::nullopt;
  auto work =
      reads ? pump::makeFileReader(options.path, std::move(digest)) : pump::makeFileWriter(path, std::move(digest));
  const auto deferred = Deferred::create(info.Env());
  device->thread->transfer(
      std::move(work), [device, deferred, given = options.pathAsGiven](const pump::TransferOutcome& outcome) {
        if (const auto& error = outcome.error) {
          deferred.reject([error = SystemErrorInfo{error->code, error->number, error->syscall, given}](Napi::Env env) {
            return Environment::of(env).systemError(error);
          });
        } else if (outcome.result != kOk) {
          rejectVdi(deferred, outcome.result, device->subject("GetCommand"));
        } else {
          deferred.resolve([outcome](Napi::Env env) { return toJs(env, outcome); });
        }
      });
  return deferred.promise();
}

Napi::Value counters(const Napi::CallbackInfo& info, const DevicePtr& device) {
  const pump::Counters& counts = device->thread->counters();
  auto object = Napi::Object::New(info.Env());
  object.Set("bytes", Napi::Number::New(info.Env(), static_cast<double>(counts.bytes)));
  object.Set("commands", Napi::Number::New(info.Env(), static_cast<double>(counts.commands)));
  object.Set("flushes", Napi::Number::New(info.Env(), static_cast<double>(counts.flushes)));
  object.Set("completes", Napi::Number::New(info.Env(), static_cast<double>(counts.completes)));
  return object;
}

}  // namespace

Napi::Object makeClientDevice(Napi::Env env, std::shared_ptr<pump::DeviceThread> thread, std::shared_ptr<Views> views,
                              std::shared_ptr<void> owner, std::u16string setName, std::u16string name) {
  const DevicePtr device = std::make_shared<Device>(
      Device{std::move(thread), std::move(views), std::move(owner), std::move(setName), std::move(name)});
  auto object = Napi::Object::New(env);
  method(object, "getCommands", [device](const Napi::CallbackInfo& info) { return getCommands(info, device); });
  method(object, "completeCommand", [device](const Napi::CallbackInfo& info) { return completeCommand(info, device); });
  method(object, "transferTo", [device](const Napi::CallbackInfo& info) { return transfer(info, device, false); });
  method(object, "transferFrom", [device](const Napi::CallbackInfo& info) { return transfer(info, device, true); });
  method(object, "cancelWait", [device](const Napi::CallbackInfo& info) {
    device->thread->cancelWait();
    return info.Env().Undefined();
  });
  method(object, "counters", [device](const Napi::CallbackInfo& info) { return counters(info, device); });
  method(object, "held",
         [device](const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), device->thread->held()); });
  return object;
}

}  // namespace sqlvdi::binding
