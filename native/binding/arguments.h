// What JavaScript passes, checked: a wrong type is a TypeError, a number out of range a RangeError. Never anything
// worse.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "../abi/interfaces.h"

namespace sqlvdi::binding {

// The argument at a place of a call; `name` says in the error which it is.
std::uint32_t u32Argument(const Napi::CallbackInfo& info, std::size_t index, const char* name);
std::u16string stringArgument(const Napi::CallbackInfo& info, std::size_t index, const char* name);
std::optional<std::u16string> nullableStringArgument(const Napi::CallbackInfo& info, std::size_t index,
                                                     const char* name);
// A bigint from 0 to 2^64 - 1.
std::uint64_t u64Argument(const Napi::CallbackInfo& info, std::size_t index, const char* name);
VDConfig configArgument(const Napi::CallbackInfo& info, std::size_t index);

// The members of VDConfig under the names JavaScript knows them by.
Napi::Object toJs(Napi::Env env, const VDConfig& config);

// Names cross the interface as zero-terminated UTF-16: one that contains a NUL cannot be passed, and is VD_E_INVALID.
inline bool hasNul(const std::u16string& name) { return name.find(u'\0') != std::u16string::npos; }
inline VdiString toVdi(const std::u16string& name) { return VdiString(name.begin(), name.end()); }

}  // namespace sqlvdi::binding
