// Checking arguments, and VDConfig in both directions.
#include "arguments.h"

#include <array>
#include <cmath>

namespace sqlvdi::binding {
namespace {

struct Member {
  const char* name;
  std::uint32_t VDConfig::*place;
};

constexpr std::array<Member, 11> kMembers = {{
    {"deviceCount", &VDConfig::deviceCount},
    {"features", &VDConfig::features},
    {"prefixZoneSize", &VDConfig::prefixZoneSize},
    {"alignment", &VDConfig::alignment},
    {"softFileMarkBlockSize", &VDConfig::softFileMarkBlockSize},
    {"eomWarningSize", &VDConfig::EOMWarningSize},
    {"serverTimeOut", &VDConfig::serverTimeOut},
    {"blockSize", &VDConfig::blockSize},
    {"maxIoDepth", &VDConfig::maxIODepth},
    {"maxTransferSize", &VDConfig::maxTransferSize},
    {"bufferAreaSize", &VDConfig::bufferAreaSize},
}};

[[noreturn]] void failType(Napi::Env env, const char* name, const char* what) {
  throw Napi::TypeError::New(env, std::string(name) + " must be " + what);
}

std::uint32_t toU32(Napi::Env env, const Napi::Value& value, const char* name) {
  constexpr char kWhat[] = "a whole number from 0 to 4294967295";
  if (!value.IsNumber()) failType(env, name, kWhat);
  const double number = value.As<Napi::Number>().DoubleValue();
  // The comparison is false for NaN too.
  if (!(number >= 0 && number <= 4294967295.0) || number != std::floor(number)) {
    throw Napi::RangeError::New(env, std::string(name) + " must be " + kWhat);
  }
  return static_cast<std::uint32_t>(number);
}

}  // namespace

std::uint32_t u32Argument(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  return toU32(info.Env(), info[index], name);
}

std::u16string stringArgument(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  if (!info[index].IsString()) failType(info.Env(), name, "a string");
  return info[index].As<Napi::String>().Utf16Value();
}

std::optional<std::u16string> nullableStringArgument(const Napi::CallbackInfo& info, std::size_t index,
                                                     const char* name) {
  if (info[index].IsNull()) return std::nullopt;
  if (!info[index].IsString()) failType(info.Env(), name, "a string or null");
  return info[index].As<Napi::String>().Utf16Value();
}

std::uint64_t u64Argument(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  constexpr char kWhat[] = "a bigint from 0 to 2^64 - 1";
  if (!info[index].IsBigInt()) failType(info.Env(), name, kWhat);
  bool lossless = false;
  const std::uint64_t value = info[index].As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) throw Napi::RangeError::New(info.Env(), std::string(name) + " must be " + kWhat);
  return value;
}

VDConfig configArgument(const Napi::CallbackInfo& info, std::size_t index) {
  if (!info[index].IsObject()) failType(info.Env(), "config", "an object");
  const auto object = info[index].As<Napi::Object>();
  VDConfig config{};
  for (const auto& [name, place] : kMembers) config.*place = toU32(info.Env(), object.Get(name), name);
  return config;
}

Napi::Object toJs(Napi::Env env, const VDConfig& config) {
  auto object = Napi::Object::New(env);
  for (const auto& [name, place] : kMembers) object.Set(name, Napi::Number::New(env, config.*place));
  return object;
}

}  // namespace sqlvdi::binding
