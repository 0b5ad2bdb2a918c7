// Checks the engine's options.
#include "engine_options.h"

#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "arguments.h"

namespace sqlvdi::binding {
namespace {

using engine::JobState;

constexpr std::uint64_t kMaxPages = std::uint64_t{1} << 40;
constexpr std::uint32_t kMaxBuffers = 65536;

// A value and what it is called in messages.
struct Field {
  Napi::Value value;
  std::string name;

  Napi::Env env() const { return value.Env(); }
  [[noreturn]] void failType(const std::string& what) const {
    throw Napi::TypeError::New(env(), name + " must be " + what);
  }
  [[noreturn]] void failRange(const std::string& what) const {
    throw Napi::RangeError::New(env(), name + " must be " + what);
  }

  Field member(const char* key) const {
    if (!value.IsObject()) failType("an object");
    return {value.As<Napi::Object>().Get(key), name.empty() ? std::string(key) : name + "." + key};
  }
  bool has(const char* key) const { return value.IsObject() && value.As<Napi::Object>().Has(key); }

  template <typename Item>
  auto list(Item item) const -> std::vector<decltype(item(*this))> {
    if (!value.IsArray()) failType("an array");
    const auto array = value.As<Napi::Array>();
    std::vector<decltype(item(*this))> items;
    items.reserve(array.Length());
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      const Napi::HandleScope scope(env());
      items.push_back(item(Field{array.Get(i), name + "[" + std::to_string(i) + "]"}));
    }
    return items;
  }

  std::uint64_t whole(std::uint64_t most = kMaxSafeInteger) const { return wholeNumberFrom(value, name, most); }
  std::uint32_t u32(std::uint32_t most = kInfinite) const { return static_cast<std::uint32_t>(whole(most)); }

  bool boolean() const {
    if (!value.IsBoolean()) failType("a boolean");
    return value.As<Napi::Boolean>().Value();
  }
  std::string text() const {
    if (!value.IsString()) failType("a string");
    return value.As<Napi::String>().Utf8Value();
  }
  std::u16string name16() const {
    if (!value.IsString()) failType("a string");
    std::u16string result = value.As<Napi::String>().Utf16Value();
    if (hasNul(result)) failRange("a string without NUL");
    return result;
  }
  std::filesystem::path path() const {
    const std::u16string text16 = name16();
    if (text16.empty()) failRange("a path");
    try {
      return std::filesystem::path(text16);
    } catch (const std::exception&) {
      failRange("a path of valid Unicode");
    }
  }
};

template <std::size_t N, typename Value>
Value oneOf(const Field& field, const std::array<std::pair<const char*, Value>, N>& choices) {
  const std::string text = field.text();
  std::string names;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    names += (names.empty() ? "'" : ", '") + std::string(name) + "'";
  }
  field.failRange("one of " + names);
}

engine::PageRange rangeFrom(const Field& field, std::uint64_t pageCount) {
  const engine::PageRange range{field.member("first").whole(pageCount), field.member("count").whole(pageCount)};
  if (range.count > pageCount - range.first) field.failRange("within the pages of the database");
  return range;
}

engine::PageChange changeFrom(const Field& field) {
  return {field.member("first").whole(kMaxPages), field.member("count").whole(kMaxPages), field.member("epoch").u32()};
}

engine::Fault faultFrom(const Field& field) {
  using engine::FaultAction;
  constexpr std::array<std::pair<const char*, FaultAction>, 5> kActions = {{{"abort", FaultAction::Abort},
                                                                            {"error", FaultAction::Error},
                                                                            {"hang", FaultAction::Hang},
                                                                            {"die", FaultAction::Die},
                                                                            {"slow", FaultAction::Slow}}};
  constexpr std::array<std::pair<const char*, JobState>, 6> kStates = {{{"attached", JobState::Attached},
                                                                        {"configured", JobState::Configured},
                                                                        {"active", JobState::Active},
                                                                        {"flush", JobState::Flush},
                                                                        {"complete", JobState::Complete},
                                                                        {"close", JobState::Close}}};
  engine::Fault fault{};
  fault.action = oneOf(field.member("action"), kActions);
  fault.device = field.member("device").u32(kMaxDevices - 1);
  const Field at = field.member("at");
  if (at.has("byte")) {
    fault.at = engine::AtByte{at.member("byte").whole()};
  } else if (at.has("command")) {
    fault.at = engine::AtCommand{at.member("command").whole()};
  } else {
    fault.at = oneOf(at.member("state"), kStates);
  }
  const Field value = field.member("value");
  const bool given = !value.value.IsUndefined();
  fault.value = given ? value.u32() : fault.action == FaultAction::Error ? completion::kERROR_IO_DEVICE : 0;
  return fault;
}

engine::RawContent rawFrom(const Field& paths, std::size_t devices) {
  engine::RawContent raw{paths.list([](const Field& path) { return path.path(); })};
  if (raw.paths.size() != devices) paths.failRange("one path for each device");
  return raw;
}

}  // namespace

std::uint64_t wholeNumberFrom(const Napi::Value& value, const std::string& name, std::uint64_t most) {
  const Field field{value, name};
  const std::string what = "a whole number from 0 to " + std::to_string(most);
  if (!value.IsNumber()) field.failType(what);
  const double number = value.As<Napi::Number>().DoubleValue();
  // The comparison is false for NaN too.
  if (!(number >= 0 && number <= static_cast<double>(most)) || number != std::floor(number)) field.failRange(what);
  return static_cast<std::uint64_t>(number);
}

engine::SetOptions setOptionsFrom(const Napi::Value& value) {
  const Field options{value, ""};
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "the options must be an object");
  engine::SetOptions set;
  if (const Field instance = options.member("instance"); !instance.value.IsNull())
    set.instance = toVdi(instance.name16());
  const Field names = options.member("deviceNames");
  set.deviceNames = names.list([](const Field& name) { return toVdi(name.name16()); });
  if (set.deviceNames.empty() || set.deviceNames.size() > kMaxDevices) names.failRange("1 to 64 names");
  const Field blockSize = options.member("blockSize");
  set.blockSize = blockSize.u32();
  if (set.blockSize < kMinBlockSize || set.blockSize > kMaxBlockSize || !std::has_single_bit(set.blockSize)) {
    blockSize.failRange("a power of two from 512 to 65536");
  }
  const Field transfer = options.member("maxTransferSize");
  set.maxTransferSize = transfer.u32();
  if (set.maxTransferSize < kMinTransferSize || set.maxTransferSize > kMaxTransferSize ||
      set.maxTransferSize % kMinTransferSize != 0) {
    transfer.failRange("a multiple of 65536 from 65536 to 4194304");
  }
  set.bufferCount = options.member("bufferCount").u32(kMaxBuffers);
  set.attachTimeoutMs = options.member("attachTimeoutMs").u32();
  set.faults = options.member("faults").list(faultFrom);
  return set;
}

engine::BackupOptions backupOptionsFrom(const Napi::Value& value, std::size_t devices) {
  const Field options{value, ""};
  const Field content = options.member("content");
  const Field kind = content.member("kind");
  const std::string what = kind.text();
  engine::BackupOptions backup;
  if (what == "raw") {
    backup.content = rawFrom(content.member("paths"), devices);
    return backup;
  }
  if (what != "generated" && what != "pages") kind.failRange("one of 'generated', 'pages', 'raw'");
  const std::uint64_t pageCount = content.member("pageCount").whole(kMaxPages);
  if (what == "generated") {
    backup.content = engine::GeneratedContent{content.member("seed").whole(), content.member("compressible").boolean(),
                                              pageCount, content.member("changes").list(changeFrom)};
  } else {
    backup.content = engine::PageFileContent{content.member("path").path(), pageCount};
  }
  if (const Field ranges = options.member("ranges"); !ranges.value.IsNull()) {
    backup.ranges = ranges.list([&](const Field& range) { return rangeFrom(range, pageCount); });
  }
  const Field header = options.member("header");
  backup.header = header.text();
  if (backup.header.size() > engine::kMaxHeaderJson) {
    header.failRange("at most " + std::to_string(engine::kMaxHeaderJson) + " bytes long");
  }
  backup.compression = options.member("compression").boolean();
  return backup;
}

engine::RestoreTarget restoreTargetFrom(const Napi::Value& value, std::size_t devices) {
  const Field target{value, "target"};
  const Field kind = target.member("kind");
  const std::string what = kind.text();
  if (what == "verify") return engine::Verify{};
  if (what == "stop") return engine::Stop{};
  if (what == "pages") return engine::RestorePages{target.member("path").path()};
  if (what == "raw") return engine::KeepRaw{rawFrom(target.member("paths"), devices).paths};
  kind.failRange("one of 'verify', 'pages', 'raw', 'stop'");
}

}  // namespace sqlvdi::binding
