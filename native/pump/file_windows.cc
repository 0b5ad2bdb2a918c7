// Files by overlapped ReadFile and WriteFile, one at a time: a wait for a pipe, a device or a network can then be
// ended. Regular files at an offset, pipes and devices in sequence.
#if defined(_WIN32)

#include "../abi/win32.h"

#include <algorithm>
#include <utility>

#include "file.h"

namespace sqlvdi::pump {
namespace {

constexpr std::size_t kMaxCall = 1u << 30;
constexpr DWORD kSliceMs = 50;

SystemError lastError(const char* syscall) { return systemError(static_cast<std::int32_t>(::GetLastError()), syscall); }

HANDLE handleOf(std::intptr_t value) { return reinterpret_cast<HANDLE>(value); }

// Without an event: the file itself says when its only operation is over.
OVERLAPPED at(std::uint64_t offset) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(offset);
  place.OffsetHigh = static_cast<DWORD>(offset >> 32);
  return place;
}

// The end of an operation that was `started`; false: what GetLastError says. A stop cancels it, but here too the wait
// lasts until the system has let go of the buffer, and what was moved by then counts.
bool finish(HANDLE file, BOOL started, OVERLAPPED& place, DWORD& count, const StopFlag& stop) {
  if (!started) {
    if (::GetLastError() != ERROR_IO_PENDING) return false;
    bool waiting = true;
    while (waiting && !stop) waiting = ::WaitForSingleObject(file, kSliceMs) == WAIT_TIMEOUT;
    if (waiting) ::CancelIoEx(file, &place);
  }
  return ::GetOverlappedResult(file, &place, &count, TRUE) != 0;
}

bool isCancelled(const StopFlag& stop) { return stop && ::GetLastError() == ERROR_OPERATION_ABORTED; }

std::intptr_t openFile(const std::filesystem::path& path, DWORD access, DWORD disposition) {
  const DWORD flags = FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_OVERLAPPED;
  return reinterpret_cast<std::intptr_t>(
      ::CreateFileW(path.c_str(), access, FILE_SHARE_READ, nullptr, disposition, flags, nullptr));
}

}  // namespace

File::~File() { close(); }

MaybeError File::create(const std::filesystem::path& path) {
  // Pipes and devices have their own root, and are there already.
  const bool special = path.native().starts_with(L"\\\\.\\");
  handle_ = openFile(path, GENERIC_WRITE, special ? OPEN_EXISTING : CREATE_NEW);
  if (handle_ == kNone) return lastError("open");
  regular_ = ::GetFileType(handleOf(handle_)) == FILE_TYPE_DISK;
  return std::nullopt;
}

MaybeError File::open(const std::filesystem::path& path) {
  handle_ = openFile(path, GENERIC_READ, OPEN_EXISTING);
  if (handle_ == kNone) return lastError("open");
  regular_ = ::GetFileType(handleOf(handle_)) == FILE_TYPE_DISK;
  return std::nullopt;
}

MaybeError File::write(const std::uint8_t* data, std::size_t size, std::uint64_t offset) {
  const HANDLE file = handleOf(handle_);
  while (size > 0) {
    if (stop_) return cancelledError("write");
    OVERLAPPED place = at(regular_ ? offset : 0);
    DWORD count = 0;
    const BOOL started = ::WriteFile(file, data, static_cast<DWORD>(std::min(size, kMaxCall)), nullptr, &place);
    if (!finish(file, started, place, count, stop_)) {
      return isCancelled(stop_) ? cancelledError("write") : lastError("write");
    }
    data += count;
    size -= count;
    offset += count;
  }
  return std::nullopt;
}

MaybeError File::read(std::uint8_t* into, std::size_t size, std::uint64_t offset, std::size_t& count) {
  const HANDLE file = handleOf(handle_);
  count = 0;
  while (count < size) {
    if (stop_) return cancelledError("read");
    OVERLAPPED place = at(regular_ ? offset + count : 0);
    DWORD got = 0;
    const BOOL started =
        ::ReadFile(file, into + count, static_cast<DWORD>(std::min(size - count, kMaxCall)), nullptr, &place);
    if (!finish(file, started, place, got, stop_)) {
      // The writer of a pipe has gone: its end.
      if (::GetLastError() == ERROR_HANDLE_EOF || ::GetLastError() == ERROR_BROKEN_PIPE) break;
      return isCancelled(stop_) ? cancelledError("read") : lastError("read");
    }
    if (got == 0) break;
    count += got;
  }
  return std::nullopt;
}

MaybeError File::sync() {
  if (!regular_ || ::FlushFileBuffers(handleOf(handle_))) return std::nullopt;
  return lastError("fsync");
}

MaybeError File::close() {
  const std::intptr_t handle = std::exchange(handle_, kNone);
  if (handle == kNone || ::CloseHandle(handleOf(handle))) return std::nullopt;
  return lastError("close");
}

}  // namespace sqlvdi::pump

#endif
