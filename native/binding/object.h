// Objects whose methods are closures over native state: they need no `this`, so nobody can call one on a wrong object.
#pragma once

#include <napi.h>

#include <exception>
#include <utility>

namespace sqlvdi::binding {

// body(const Napi::CallbackInfo&) -> Napi::Value. What it owns goes when JavaScript has let go of all the methods.
template <typename Body>
void method(Napi::Object object, const char* name, Body body) {
  const Napi::Env env = object.Env();
  const auto call = [body = std::move(body)](const Napi::CallbackInfo& info) -> Napi::Value {
    try {
      return body(info);
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
  };
  object.Set(name, Napi::Function::New(env, call, name));
}

}  // namespace sqlvdi::binding
