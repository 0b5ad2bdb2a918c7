// Files by position on POSIX systems.
#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "data_file.h"

namespace sqlvdi::engine {
namespace {

constexpr std::intptr_t kClosed = -1;

int flagsOf(DataFile::Mode mode) {
  switch (mode) {
    case DataFile::Mode::Read:
      return O_RDONLY;
    case DataFile::Mode::ReadWrite:
      return O_RDWR | O_CREAT;
    default:
      return O_RDWR | O_CREAT | O_EXCL;
  }
}

}  // namespace

DataFile::DataFile(const std::filesystem::path& path, Mode mode) : path_(path), handle_(kClosed) {
  handle_ = ::open(path.c_str(), flagsOf(mode) | O_CLOEXEC, 0666);
  if (handle_ == kClosed) fail("cannot open");
}

DataFile::DataFile(DataFile&& other) noexcept
    : path_(std::move(other.path_)), handle_(std::exchange(other.handle_, kClosed)) {}

DataFile::~DataFile() {
  if (handle_ != kClosed) ::close(static_cast<int>(handle_));
}

std::uint64_t DataFile::size() const {
  struct stat status {};
  if (::fstat(static_cast<int>(handle_), &status) != 0) fail("cannot look at");
  return static_cast<std::uint64_t>(status.st_size);
}

std::size_t DataFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count =
        ::pread(static_cast<int>(handle_), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void DataFile::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    const ssize_t count = ::pwrite(static_cast<int>(handle_), data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write");
    data = data.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void DataFile::sync() {
  if (::fsync(static_cast<int>(handle_)) != 0) fail("cannot flush");
}

void DataFile::fail(const char* what) const {
  throw std::system_error(errno, std::generic_category(), std::string(what) + " '" + textOf(path_) + "'");
}

}  // namespace sqlvdi::engine

#endif
