// The backup engine's part of the addon's exports.
#pragma once

#include <napi.h>

namespace sqlvdi::binding {

// Sets exports.engine. After Environment::attach.
void registerEngine(Napi::Env env, Napi::Object exports);

}  // namespace sqlvdi::binding
