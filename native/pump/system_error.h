// An error of the operating system, as it was when a call failed.
#pragma once

#include <cstdint>
#include <optional>

namespace sqlvdi::pump {

struct SystemError {
  std::int32_t number = 0;   // errno or Win32 code
  const char* code = "";     // its POSIX name, on every platform
  const char* syscall = "";  // the call in Node's words: open, write, read, fsync, close
  bool diskFull = false;
  bool cancelled = false;  // not the system's doing: a stop flag ended the call
};

SystemError systemError(std::int32_t number, const char* syscall);
SystemError cancelledError(const char* syscall);

}  // namespace sqlvdi::pump
