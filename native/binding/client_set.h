// The JavaScript class of a virtual device set's client side.
#pragma once

#include <napi.h>

namespace sqlvdi::binding {

Napi::Function clientSetClass(Napi::Env env);

}  // namespace sqlvdi::binding
