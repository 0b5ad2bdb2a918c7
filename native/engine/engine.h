// What the engine is asked to do and what it answers. native.ts states the same for JavaScript.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "../abi/interfaces.h"
#include "frame_reader.h"
#include "stripe_header.h"

namespace sqlvdi::engine {

enum class FaultAction { Abort, Error, Hang, Die, Slow };
enum class JobState { Attached, Configured, Active, Flush, Complete, Close };

struct AtByte {
  std::uint64_t byte;
};
struct AtCommand {
  std::uint64_t command;
};

// Happens once, when its place is reached. Error: fails with the Win32 code `value`; Slow: `value` ms per command from
// then on; Hang: until the job is cancelled; Die: ends this process at once, as if it had crashed.
struct Fault {
  FaultAction action;
  std::uint32_t device;
  std::variant<AtByte, AtCommand, JobState> at;
  std::uint32_t value;
};

struct SetOptions {
  std::optional<VdiString> instance;
  std::vector<VdiString> deviceNames;  // the first is the set's name
  std::uint32_t blockSize = kMinBlockSize;
  std::uint32_t maxTransferSize = kMinTransferSize;
  std::uint32_t bufferCount = 0;  // of maxTransferSize, over all devices; 0: kDepth for each device
  std::uint32_t attachTimeoutMs = 0;
  std::vector<Fault> faults;
};

struct PageRange {
  std::uint64_t first;
  std::uint64_t count;
};

// Pages [first, first + count) have the content of this epoch. Later changes win.
struct PageChange {
  std::uint64_t first;
  std::uint64_t count;
  std::uint32_t epoch;
};

struct GeneratedContent {
  std::uint64_t seed;
  bool compressible;
  std::uint64_t pageCount;
  std::vector<PageChange> changes;
};
struct PageFileContent {
  std::filesystem::path path;
  std::uint64_t pageCount;
};
struct RawContent {
  std::vector<std::filesystem::path> paths;
};

struct BackupOptions {
  std::variant<GeneratedContent, PageFileContent, RawContent> content;
  std::optional<std::vector<PageRange>> ranges;
  std::string header;
  bool compression = false;
};

struct Verify {};
struct RestorePages {
  std::filesystem::path path;
};
struct KeepRaw {
  std::vector<std::filesystem::path> paths;
};
struct Stop {};
using RestoreTarget = std::variant<Verify, RestorePages, KeepRaw, Stop>;

enum class Stage { Open, Configure, OpenDevice, Write, Read, Flush, Complete, Media, Local, Cancelled };

struct Failure {
  Stage stage = Stage::Local;
  int device = -1;
  HResult hresult = 0;
  std::uint32_t osError = 0;
  Media media = Media::None;
  std::string detail;
};

struct Progress {
  std::uint64_t pages;
  std::uint64_t totalPages;
  std::uint64_t bytes;
};

struct Result {
  std::optional<Failure> failure;
  std::vector<std::uint64_t> bytesPerDevice;
  std::uint64_t pages = 0;
  std::optional<VDConfig> config;
  bool completeEnabled = false;
};

}  // namespace sqlvdi::engine
