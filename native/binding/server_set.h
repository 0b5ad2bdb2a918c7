// The raw server side of the stand-in, for tests and for people who study the protocol.
#pragma once

#include <napi.h>

namespace sqlvdi::binding {

// Defines exports.ServerSet. After Environment::attach.
void registerServer(Napi::Env env, Napi::Object exports);

}  // namespace sqlvdi::binding
