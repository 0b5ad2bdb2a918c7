// The engine's options as JavaScript passes them, checked member by member: a wrong type is a TypeError, a value out of
// its range a RangeError, and both say which member it is.
#pragma once

#include <napi.h>

#include "../engine/engine.h"

namespace sqlvdi::binding {

engine::SetOptions setOptionsFrom(const Napi::Value& options);

// The rest of a backup's options; `devices` as in its set options.
engine::BackupOptions backupOptionsFrom(const Napi::Value& options, std::size_t devices);

engine::RestoreTarget restoreTargetFrom(const Napi::Value& target, std::size_t devices);

// A whole number from 0 to `most`.
std::uint64_t wholeNumberFrom(const Napi::Value& value, const std::string& name, std::uint64_t most);

// What the largest number is that JavaScript counts exactly to.
constexpr std::uint64_t kMaxSafeInteger = (std::uint64_t{1} << 53) - 1;

}  // namespace sqlvdi::binding
