// Files by pread and pwrite; pipes and devices without blocking, so that a stop is noticed.
#if !defined(_WIN32)

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "file.h"

namespace sqlvdi::pump {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR | S_IRGRP;
constexpr int kSliceMs = 50;

SystemError lastError(const char* syscall) { return systemError(errno, syscall); }

// False: stopped.
bool waitUntilReady(int descriptor, short events, const StopFlag& stop) {
  pollfd entry{descriptor, events, 0};
  while (!stop) {
    if (::poll(&entry, 1, kSliceMs) > 0) return true;
  }
  return false;
}

}  // namespace

File::~File() { close(); }

MaybeError File::create(const std::filesystem::path& path) {
  struct stat status {};
  const bool special = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
  for (;;) {
    const int flags = special ? O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY : O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    handle_ = ::open(path.c_str(), flags, kMode);
    if (handle_ != kNone) break;
    if (errno == EINTR) continue;
    // A named pipe that nobody reads yet.
    if (!special || errno != ENXIO || !S_ISFIFO(status.st_mode)) return lastError("open");
    if (stop_) return cancelledError("open");
    std::this_thread::sleep_for(std::chrono::milliseconds(kSliceMs));
  }
  regular_ = !special;
  return std::nullopt;
}

MaybeError File::open(const std::filesystem::path& path) {
  do {
    handle_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (handle_ == kNone && errno == EINTR);
  if (handle_ == kNone) return lastError("open");
  struct stat status {};
  if (::fstat(static_cast<int>(handle_), &status) != 0) return lastError("fstat");
  if (S_ISDIR(status.st_mode)) return systemError(EISDIR, "read");
  regular_ = S_ISREG(status.st_mode);
  if (regular_) ::posix_fadvise(static_cast<int>(handle_), 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::nullopt;
}

MaybeError File::write(const std::uint8_t* data, std::size_t size, std::uint64_t offset) {
  const int descriptor = static_cast<int>(handle_);
  while (size > 0) {
    const ssize_t written =
        regular_ ? ::pwrite(descriptor, data, size, static_cast<off_t>(offset)) : ::write(descriptor, data, size);
    if (written >= 0) {
      const auto count = static_cast<std::size_t>(written);
      data += count;
      size -= count;
      offset += count;
    } else if (errno == EAGAIN) {
      if (!waitUntilReady(descriptor, POLLOUT, stop_)) return cancelledError("write");
    } else if (errno != EINTR) {
      return lastError("write");
    }
  }
  return std::nullopt;
}

MaybeError File::read(std::uint8_t* into, std::size_t size, std::uint64_t offset, std::size_t& count) {
  const int descriptor = static_cast<int>(handle_);
  count = 0;
  while (count < size) {
    // A pipe whose writer has not come yet reads as ended, but does not poll as ready.
    if (!regular_ && !waitUntilReady(descriptor, POLLIN, stop_)) return cancelledError("read");
    const ssize_t got = regular_ ? ::pread(descriptor, into + count, size - count, static_cast<off_t>(offset + count))
                                 : ::read(descriptor, into + count, size - count);
    if (got == 0) break;
    if (got > 0) {
      count += static_cast<std::size_t>(got);
    } else if (errno != EINTR && errno != EAGAIN) {
      return lastError("read");
    }
  }
  return std::nullopt;
}

MaybeError File::sync() {
  if (!regular_) return std::nullopt;
  while (::fsync(static_cast<int>(handle_)) != 0) {
    if (errno != EINTR) return lastError("fsync");
  }
  return std::nullopt;
}

MaybeError File::close() {
  const std::intptr_t handle = std::exchange(handle_, kNone);
  // Never repeated: the descriptor is gone even where the call was interrupted.
  if (handle == kNone || ::close(static_cast<int>(handle)) == 0 || errno == EINTR) return std::nullopt;
  return lastError("close");
}

}  // namespace sqlvdi::pump

#endif
