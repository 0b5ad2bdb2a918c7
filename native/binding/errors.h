// The one conversion of failed interface calls into rejections.
#pragma once

#include <optional>
#include <string>

#include "async.h"

namespace sqlvdi::binding {

// What a call was about, for its error. The device's name where the call was a device's.
struct Subject {
  const char* operation;
  std::u16string setName;
  std::optional<std::u16string> device = std::nullopt;
};

// Any thread.
inline void rejectVdi(const Deferred& deferred, HResult hresult, const Subject& subject) {
  deferred.reject([hresult, subject](Napi::Env env) {
    return Environment::of(env).vdiError(hresult, subject.operation, subject.setName,
                                         subject.device ? &*subject.device : nullptr);
  });
}

// Any thread: resolves with undefined, or rejects.
inline void settle(const Deferred& deferred, HResult hresult, const Subject& subject) {
  if (hresult == kOk) {
    deferred.resolve();
  } else {
    rejectVdi(deferred, hresult, subject);
  }
}

}  // namespace sqlvdi::binding
