// What the engine answers, as JavaScript objects.
#pragma once

#include <napi.h>

#include <vector>

#include "../engine/engine.h"

namespace sqlvdi::binding {

Napi::Object toJs(Napi::Env env, const engine::Result& result);
Napi::Array toJs(Napi::Env env, const std::vector<engine::StripeHeader>& headers);
Napi::Object toJs(Napi::Env env, const engine::Progress& progress);

}  // namespace sqlvdi::binding
