// The engine's answers for JavaScript.
#include "engine_results.h"

#include "arguments.h"

namespace sqlvdi::binding {
namespace {

const char* nameOf(engine::Stage stage) {
  using engine::Stage;
  switch (stage) {
    case Stage::Open:
      return "open";
    case Stage::Configure:
      return "configure";
    case Stage::OpenDevice:
      return "openDevice";
    case Stage::Write:
      return "write";
    case Stage::Read:
      return "read";
    case Stage::Flush:
      return "flush";
    case Stage::Complete:
      return "complete";
    case Stage::Media:
      return "media";
    case Stage::Local:
      return "local";
    case Stage::Cancelled:
      break;
  }
  return "cancelled";
}

const char* nameOf(engine::Media media) {
  using engine::Media;
  switch (media) {
    case Media::Truncated:
      return "truncated";
    case Media::Damaged:
      return "damaged";
    case Media::Swapped:
      return "swapped";
    case Media::Foreign:
      return "foreign";
    case Media::Missing:
      return "missing";
    case Media::Empty:
      return "empty";
    case Media::Unrecognized:
      return "unrecognized";
    case Media::None:
      break;
  }
  return "none";
}

const char* nameOf(engine::StripeFormat format) {
  using engine::StripeFormat;
  switch (format) {
    case StripeFormat::Own:
      return "own";
    case StripeFormat::Tape:
      return "tape";
    case StripeFormat::Compressed:
      return "compressed";
    case StripeFormat::Empty:
      return "empty";
    case StripeFormat::Unknown:
      break;
  }
  return "unknown";
}

Napi::Number number(Napi::Env env, std::uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

Napi::Object toJs(Napi::Env env, const engine::Failure& failure) {
  auto object = Napi::Object::New(env);
  object.Set("stage", nameOf(failure.stage));
  object.Set("device", failure.device);
  object.Set("hresult", number(env, static_cast<std::uint32_t>(failure.hresult)));
  object.Set("osError", number(env, failure.osError));
  object.Set("media", nameOf(failure.media));
  object.Set("detail", failure.detail);
  return object;
}

Napi::Object toJs(Napi::Env env, const engine::StripeHeader& header, std::size_t device) {
  auto object = Napi::Object::New(env);
  object.Set("format", nameOf(header.format));
  const auto& identity = header.identity;
  object.Set("header", identity ? Napi::Value(Napi::String::New(env, header.json)) : env.Null());
  object.Set("mediaSetId",
             identity ? Napi::Value(Napi::String::New(env, engine::toHex(identity->mediaSetId))) : env.Null());
  object.Set("stripe", number(env, identity ? identity->stripe : device));
  object.Set("stripeCount", number(env, identity ? identity->stripeCount : 0));
  return object;
}

}  // namespace

Napi::Object toJs(Napi::Env env, const engine::Result& result) {
  auto object = Napi::Object::New(env);
  object.Set("failure", result.failure ? Napi::Value(toJs(env, *result.failure)) : env.Null());
  auto bytes = Napi::Array::New(env, result.bytesPerDevice.size());
  for (std::uint32_t i = 0; i < result.bytesPerDevice.size(); ++i) bytes.Set(i, number(env, result.bytesPerDevice[i]));
  object.Set("bytesPerDevice", bytes);
  object.Set("pages", number(env, result.pages));
  object.Set("config", result.config ? Napi::Value(toJs(env, *result.config)) : env.Null());
  object.Set("completeEnabled", result.completeEnabled);
  return object;
}

Napi::Array toJs(Napi::Env env, const std::vector<engine::StripeHeader>& headers) {
  auto array = Napi::Array::New(env, headers.size());
  for (std::uint32_t i = 0; i < headers.size(); ++i) array.Set(i, toJs(env, headers[i], i));
  return array;
}

Napi::Object toJs(Napi::Env env, const engine::Progress& progress) {
  auto object = Napi::Object::New(env);
  object.Set("pages", number(env, progress.pages));
  object.Set("totalPages", number(env, progress.totalPages));
  object.Set("bytes", number(env, progress.bytes));
  return object;
}

}  // namespace sqlvdi::binding
