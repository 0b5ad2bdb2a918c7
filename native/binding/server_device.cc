// The raw server device: commands sent from JavaScript, and their completions.
#include "server_device.h"

#include <utility>

#include "arguments.h"
#include "errors.h"

namespace sqlvdi::binding {
namespace {

struct Made {
  std::shared_ptr<ServerSession> session;
  std::shared_ptr<ServerDeviceHandle> handle;
  std::u16string setName;
  std::u16string name;
};

Napi::Object toJs(Napi::Env env, const SentCommand& sent) {
  auto object = Napi::Object::New(env);
  object.Set("completionCode", Napi::Number::New(env, sent.command.completionCode));
  object.Set("bytesTransferred", Napi::Number::New(env, sent.command.bytesTransferred));
  object.Set("outPosition", Napi::BigInt::New(env, sent.command.outPosition));
  const bool read = sent.command.commandCode == static_cast<std::uint32_t>(Command::Read);
  object.Set("data", read ? Napi::Value(Napi::Buffer<std::uint8_t>::Copy(env, sent.data.data(), sent.data.size()))
                          : env.Null());
  return object;
}

std::vector<std::uint8_t> dataArgument(const Napi::CallbackInfo& info, std::size_t index, std::uint32_t size) {
  if (info[index].IsNull()) return {};
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(info.Env(), "data must be a Uint8Array or null");
  }
  const auto bytes = info[index].As<Napi::Uint8Array>();
  if (bytes.ByteLength() > size) throw Napi::RangeError::New(info.Env(), "data must not be longer than size");
  return {bytes.Data(), bytes.Data() + bytes.ByteLength()};
}

}  // namespace

Napi::Function ServerDevice::define(Napi::Env env) {
  return DefineClass(env, "ServerDevice",
                     {InstanceMethod<&ServerDevice::sendCommand>("sendCommand"),
                      InstanceMethod<&ServerDevice::closeDevice>("closeDevice")});
}

Napi::Object ServerDevice::create(Napi::Env env, Napi::Object set, std::shared_ptr<ServerSession> session,
                                  std::shared_ptr<ServerDeviceHandle> handle, std::u16string setName,
                                  std::u16string name) {
  Made made{std::move(session), std::move(handle), std::move(setName), std::move(name)};
  const Napi::Object object = Environment::of(env).serverDeviceClass.New({Napi::External<Made>::New(env, &made)});
  Unwrap(object)->set_ = Napi::Persistent(set);
  return object;
}

ServerDevice::ServerDevice(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ServerDevice>(info) {
  if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "A ServerDevice comes from openDevice()");
  Made& made = *info[0].As<Napi::External<Made>>().Data();
  session_ = std::move(made.session);
  handle_ = std::move(made.handle);
  setName_ = std::move(made.setName);
  name_ = std::move(made.name);
}

Napi::Value ServerDevice::sendCommand(const Napi::CallbackInfo& info) {
  const auto sent = std::make_shared<SentCommand>();
  sent->command.commandCode = u32Argument(info, 0, "code");
  sent->command.size = u32Argument(info, 1, "size");
  sent->command.inPosition = u64Argument(info, 2, "position");
  std::vector<std::uint8_t> data = dataArgument(info, 3, sent->command.size);
  const Deferred deferred = Deferred::create(info.Env());
  const Subject subject{"SendCommand", setName_, name_};
  sent->done = [deferred, subject](SentCommand& done, HResult result) {
    if (result != kOk) return rejectVdi(deferred, result, subject);
    const auto answer = std::make_shared<SentCommand>(std::move(done));
    deferred.resolve([answer](Napi::Env env) { return toJs(env, *answer); });
  };
  const bool posted =
      session_ && session_->post([session = session_.get(), handle = handle_, sent, data = std::move(data)](
                                     IServerVirtualDeviceSet2&) { session->send(handle, sent, data); });
  if (!posted) rejectVdi(deferred, hr::kVD_E_PROTOCOL, subject);
  return deferred.promise();
}

Napi::Value ServerDevice::closeDevice(const Napi::CallbackInfo& info) {
  const Deferred deferred = Deferred::create(info.Env());
  const Subject subject{"CloseDevice", setName_, name_};
  const bool posted = session_ && session_->post([handle = handle_, subject, deferred](IServerVirtualDeviceSet2&) {
    settle(deferred, handle->device ? handle->device->CloseDevice() : hr::kVD_E_PROTOCOL, subject);
  });
  if (!posted) rejectVdi(deferred, hr::kVD_E_PROTOCOL, subject);
  return deferred.promise();
}

}  // namespace sqlvdi::binding
