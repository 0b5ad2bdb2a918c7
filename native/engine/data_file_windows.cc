// Files by position on Windows.
#if defined(_WIN32)

#include "../abi/win32.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "data_file.h"

namespace sqlvdi::engine {
namespace {

HANDLE handleOf(std::intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }

const std::intptr_t kClosed = reinterpret_cast<std::intptr_t>(INVALID_HANDLE_VALUE);
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

DWORD dispositionOf(DataFile::Mode mode) {
  switch (mode) {
    case DataFile::Mode::Read:
      return OPEN_EXISTING;
    case DataFile::Mode::ReadWrite:
      return OPEN_ALWAYS;
    default:
      return CREATE_NEW;
  }
}

OVERLAPPED placeOf(std::uint64_t offset) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(offset);
  place.OffsetHigh = static_cast<DWORD>(offset >> 32);
  return place;
}

}  // namespace

DataFile::DataFile(const std::filesystem::path& path, Mode mode) : path_(path), handle_(kClosed) {
  const DWORD access = mode == Mode::Read ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE;
  handle_ =
      reinterpret_cast<std::intptr_t>(::CreateFileW(path.c_str(), access, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr,
                                                    dispositionOf(mode), FILE_ATTRIBUTE_NORMAL, nullptr));
  if (handle_ == kClosed) fail("cannot open");
}

DataFile::DataFile(DataFile&& other) noexcept
    : path_(std::move(other.path_)), handle_(std::exchange(other.handle_, kClosed)) {}

DataFile::~DataFile() {
  if (handle_ != kClosed) ::CloseHandle(handleOf(handle_));
}

std::uint64_t DataFile::size() const {
  LARGE_INTEGER size;
  if (!::GetFileSizeEx(handleOf(handle_), &size)) fail("cannot look at");
  return static_cast<std::uint64_t>(size.QuadPart);
}

std::size_t DataFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    OVERLAPPED place = placeOf(offset + done);
    DWORD count = 0;
    const auto wanted = static_cast<DWORD>(std::min(into.size() - done, kMostAtOnce));
    if (!::ReadFile(handleOf(handle_), into.data() + done, wanted, &count, &place)) {
      if (::GetLastError() == ERROR_HANDLE_EOF) break;
      fail("cannot read");
    }
    if (count == 0) break;
    done += count;
  }
  return done;
}

void DataFile::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    OVERLAPPED place = placeOf(offset);
    DWORD count = 0;
    const auto wanted = static_cast<DWORD>(std::min(data.size(), kMostAtOnce));
    if (!::WriteFile(handleOf(handle_), data.data(), wanted, &count, &place)) fail("cannot write");
    data = data.subspan(count);
    offset += count;
  }
}

void DataFile::sync() {
  if (!::FlushFileBuffers(handleOf(handle_))) fail("cannot flush");
}

void DataFile::fail(const char* what) const {
  const auto error = static_cast<int>(::GetLastError());
  throw std::system_error(error, std::system_category(), std::string(what) + " '" + textOf(path_) + "'");
}

}  // namespace sqlvdi::engine

#endif
