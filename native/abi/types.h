// The handful of Windows types the Virtual Device Interface is written in, on every platform.
// Nothing here needs a system header, so the same declarations describe the real DLL on Windows and the stand-in
// elsewhere.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#if defined(_WIN32)
#define VDI_CALL __stdcall
#else
#define VDI_CALL
#endif

namespace sqlvdi {

using HResult = std::int32_t;

// Names cross the interface as UTF-16. wchar_t is UTF-16 on Windows only.
#if defined(_WIN32)
using VdiChar = wchar_t;
#else
using VdiChar = char16_t;
#endif
using VdiString = std::basic_string<VdiChar>;

constexpr std::uint32_t kInfinite = 0xFFFFFFFFu;

struct Guid {
  std::uint32_t data1;
  std::uint16_t data2;
  std::uint16_t data3;
  std::uint8_t data4[8];
};
static_assert(sizeof(Guid) == 16);

inline bool operator==(const Guid& a, const Guid& b) { return std::memcmp(&a, &b, sizeof(Guid)) == 0; }

}  // namespace sqlvdi
