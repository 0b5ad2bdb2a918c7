// The JavaScript object of one open device.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "../pump/device_thread.h"
#include "views.h"

namespace sqlvdi::binding {

// `owner` keeps the set open for as long as its device can be used.
Napi::Object makeClientDevice(Napi::Env env, std::shared_ptr<pump::DeviceThread> device, std::shared_ptr<Views> views,
                              std::shared_ptr<void> owner, std::u16string setName, std::u16string name);

}  // namespace sqlvdi::binding
