// exports.machine: NativeMachine.
#pragma once

#include <napi.h>

namespace sqlvdi::binding {

void registerMachine(Napi::Env env, Napi::Object exports);

}  // namespace sqlvdi::binding
