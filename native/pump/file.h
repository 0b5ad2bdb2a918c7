// The file at one end of a native transfer: regular files by offset, pipes and devices in sequence. One call at a time.
// Waiting on a pipe or a device ends when the stop flag is set (ECANCELED).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "system_error.h"

namespace sqlvdi::pump {

using StopFlag = std::atomic<bool>;
using MaybeError = std::optional<SystemError>;

class File {
 public:
  explicit File(const StopFlag& stop) : stop_(stop) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // A new file, which must not exist (EEXIST), for the owner to read and write and the group to read, less the umask
  // (Windows: as the folder says; others may read it meanwhile). A pipe or device that exists is opened instead.
  MaybeError create(const std::filesystem::path& path);
  MaybeError open(const std::filesystem::path& path);

  // All of it, at that offset of the stream.
  MaybeError write(const std::uint8_t* data, std::size_t size, std::uint64_t offset);
  // As much as there is: less than `size` is the end of the file.
  MaybeError read(std::uint8_t* into, std::size_t size, std::uint64_t offset, std::size_t& count);
  // Everything written is durable, with the size of the file. Pipes and devices have nothing to make durable.
  MaybeError sync();
  // The last word of the file system: some report a failed write only here.
  MaybeError close();

 private:
  static constexpr std::intptr_t kNone = -1;

  std::intptr_t handle_ = kNone;  // descriptor or HANDLE
  bool regular_ = false;
  const StopFlag& stop_;
};

}  // namespace sqlvdi::pump
