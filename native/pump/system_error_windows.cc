// Win32 codes, and the POSIX names Node gives them.
#if defined(_WIN32)

#include "../abi/win32.h"
#include "system_error.h"

namespace sqlvdi::pump {
namespace {

// ERROR_DISK_QUOTA_EXCEEDED, which MinGW's headers lack.
constexpr DWORD kDiskQuotaExceeded = 1295;

struct Name {
  DWORD number;
  const char* code;
};

constexpr Name kNames[] = {
    {ERROR_ACCESS_DENIED, "EPERM"},
    {ERROR_ALREADY_EXISTS, "EEXIST"},
    {ERROR_BAD_NETPATH, "ENOENT"},
    {ERROR_BAD_PATHNAME, "ENOENT"},
    {ERROR_BROKEN_PIPE, "EPIPE"},
    {ERROR_CANCELLED, "ECANCELED"},
    {ERROR_DIRECTORY, "ENOENT"},
    {ERROR_DISK_FULL, "ENOSPC"},
    {kDiskQuotaExceeded, "EDQUOT"},
    {ERROR_FILE_EXISTS, "EEXIST"},
    {ERROR_FILE_NOT_FOUND, "ENOENT"},
    {ERROR_FILENAME_EXCED_RANGE, "ENAMETOOLONG"},
    {ERROR_HANDLE_DISK_FULL, "ENOSPC"},
    {ERROR_INVALID_DRIVE, "ENOENT"},
    {ERROR_INVALID_HANDLE, "EBADF"},
    {ERROR_INVALID_NAME, "ENOENT"},
    {ERROR_INVALID_PARAMETER, "EINVAL"},
    {ERROR_LOCK_VIOLATION, "EBUSY"},
    {ERROR_NETNAME_DELETED, "EIO"},
    {ERROR_NO_DATA, "EPIPE"},
    {ERROR_NOT_ENOUGH_MEMORY, "ENOMEM"},
    {ERROR_NOT_READY, "EIO"},
    {ERROR_OPERATION_ABORTED, "ECANCELED"},
    {ERROR_OUTOFMEMORY, "ENOMEM"},
    {ERROR_PATH_NOT_FOUND, "ENOENT"},
    {ERROR_PRIVILEGE_NOT_HELD, "EPERM"},
    {ERROR_SHARING_VIOLATION, "EBUSY"},
    {ERROR_TOO_MANY_OPEN_FILES, "EMFILE"},
    {ERROR_WRITE_PROTECT, "EROFS"},
};

}  // namespace

SystemError systemError(std::int32_t number, const char* syscall) {
  const auto value = static_cast<DWORD>(number);
  const bool full = value == ERROR_DISK_FULL || value == ERROR_HANDLE_DISK_FULL || value == kDiskQuotaExceeded;
  SystemError error{number, "EIO", syscall, full, false};
  for (const Name& name : kNames) {
    if (name.number == value) error.code = name.code;
  }
  return error;
}

SystemError cancelledError(const char* syscall) { return {ERROR_CANCELLED, "ECANCELED", syscall, false, true}; }

}  // namespace sqlvdi::pump

#endif
