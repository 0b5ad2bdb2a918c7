// ServerDevice: IServerVirtualDevice for JavaScript.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "async.h"
#include "server_session.h"

namespace sqlvdi::binding {

class ServerDevice : public Napi::ObjectWrap<ServerDevice> {
 public:
  static Napi::Function define(Napi::Env env);

  // `set` stays alive with its device.
  static Napi::Object create(Napi::Env env, Napi::Object set, std::shared_ptr<ServerSession> session,
                             std::shared_ptr<ServerDeviceHandle> handle, std::u16string setName, std::u16string name);

  explicit ServerDevice(const Napi::CallbackInfo& info);

 private:
  Napi::Value sendCommand(const Napi::CallbackInfo& info);
  Napi::Value closeDevice(const Napi::CallbackInfo& info);
  Napi::ObjectReference set_;
  std::shared_ptr<ServerSession> session_;
  std::shared_ptr<ServerDeviceHandle> handle_;
  std::u16string setName_;
  std::u16string name_;
};

}  // namespace sqlvdi::binding
