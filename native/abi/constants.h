// Feature flags, command codes and limits of the Virtual Device Interface.
#pragma once

#include "types.h"

namespace sqlvdi {

namespace feature {
constexpr std::uint32_t kLikePipe = 0;
constexpr std::uint32_t kRemovable = 0x1;
constexpr std::uint32_t kRewind = 0x2;
constexpr std::uint32_t kPosition = 0x10;
constexpr std::uint32_t kSkipBlocks = 0x20;
constexpr std::uint32_t kReversePosition = 0x40;
constexpr std::uint32_t kDiscard = 0x80;
constexpr std::uint32_t kFileMarks = 0x100;
constexpr std::uint32_t kRandomAccess = 0x200;
constexpr std::uint32_t kSnapshotPrepare = 0x400;
constexpr std::uint32_t kEnumFrozenFiles = 0x800;
constexpr std::uint32_t kVssWriter = 0x1000;
constexpr std::uint32_t kRequestComplete = 0x2000;
constexpr std::uint32_t kWriteMedia = 0x10000;
constexpr std::uint32_t kReadMedia = 0x20000;
constexpr std::uint32_t kCompleteEnabled = 0x40000;
constexpr std::uint32_t kLatchStats = 0x80000000u;
constexpr std::uint32_t kLikeTape = kFileMarks | kRemovable | kRewind | kPosition | kSkipBlocks | kReversePosition;
constexpr std::uint32_t kLikeDisk = kRandomAccess;
}  // namespace feature

enum class Command : std::uint32_t {
  Read = 1,
  Write = 2,
  ClearError = 3,
  Rewind = 4,
  WriteMark = 5,
  SkipMarks = 6,
  SkipBlocks = 7,
  Load = 8,
  GetPosition = 9,
  SetPosition = 10,
  Discard = 11,
  Flush = 12,
  Snapshot = 13,
  MountSnapshot = 14,
  PrepareToFreeze = 15,
  FileInfoBegin = 16,
  FileInfoEnd = 17,
  GetError = 18,
  Complete = 19,
};

// Read and Write: their size is that of a buffer; other commands carry counts in it, or nothing.
constexpr bool movesData(std::uint32_t commandCode) {
  const auto command = static_cast<Command>(commandCode);
  return command == Command::Read || command == Command::Write;
}

constexpr std::uint32_t kMaxDevices = 64;
constexpr std::uint32_t kMinBlockSize = 512;
constexpr std::uint32_t kMaxBlockSize = 64 * 1024;
constexpr std::uint32_t kMaxAlignment = 64 * 1024;
constexpr std::uint32_t kMinTransferSize = 64 * 1024;
constexpr std::uint32_t kMaxTransferSize = 4 * 1024 * 1024;
// The system tables that record a backup's devices hold this many UTF-16 units of a name.
constexpr std::uint32_t kMaxNameLength = 259;

}  // namespace sqlvdi
