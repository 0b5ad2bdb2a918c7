// errno and its names.
#if !defined(_WIN32)

#include <cerrno>
#include <iterator>

#include "system_error.h"

namespace sqlvdi::pump {
namespace {

struct Name {
  int number;
  const char* code;
};

constexpr Name kNames[] = {
    {EACCES, "EACCES"},       {EAGAIN, "EAGAIN"},
    {EBADF, "EBADF"},         {EBUSY, "EBUSY"},
    {EDQUOT, "EDQUOT"},       {EEXIST, "EEXIST"},
    {EFAULT, "EFAULT"},       {EFBIG, "EFBIG"},
    {EINVAL, "EINVAL"},       {EIO, "EIO"},
    {EISDIR, "EISDIR"},       {ELOOP, "ELOOP"},
    {EMFILE, "EMFILE"},       {ENODEV, "ENODEV"},
    {ENFILE, "ENFILE"},       {ENOENT, "ENOENT"},
    {ENOMEM, "ENOMEM"},       {ENOSPC, "ENOSPC"},
    {ENXIO, "ENXIO"},         {ENOTDIR, "ENOTDIR"},
    {EPERM, "EPERM"},         {EPIPE, "EPIPE"},
    {EROFS, "EROFS"},         {ESPIPE, "ESPIPE"},
    {ESTALE, "ESTALE"},       {ETIMEDOUT, "ETIMEDOUT"},
    {ETXTBSY, "ETXTBSY"},     {ENAMETOOLONG, "ENAMETOOLONG"},
    {ECANCELED, "ECANCELED"},
};

}  // namespace

SystemError systemError(std::int32_t number, const char* syscall) {
  SystemError error{number, "EIO", syscall, number == ENOSPC || number == EDQUOT, false};
  for (const Name& name : kNames) {
    if (name.number == number) error.code = name.code;
  }
  return error;
}

SystemError cancelledError(const char* syscall) { return {ECANCELED, "ECANCELED", syscall, false, true}; }

}  // namespace sqlvdi::pump

#endif
