// The registry, this process's access token and files' version resources, each handle closed by its owner.
#if defined(_WIN32)

#include "../abi/win32.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>
#include <type_traits>

#include "machine.h"

namespace sqlvdi::machine {
namespace {

struct CloseKey {
  void operator()(HKEY key) const { ::RegCloseKey(key); }
};
using Key = std::unique_ptr<std::remove_pointer_t<HKEY>, CloseKey>;

struct CloseToken {
  void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using TokenHandle = std::unique_ptr<void, CloseToken>;

std::wstring wide(const std::u16string& text) { return std::wstring(text.begin(), text.end()); }

std::u16string utf16(const wchar_t* text, std::size_t length) { return std::u16string(text, text + length); }

[[noreturn]] void fail(LONG error, const char* call) {
  throw std::system_error(static_cast<int>(error), std::system_category(), call);
}

// Null where there is no such key.
Key openKey(Hive hive, View view, const std::u16string& path) {
  const HKEY root = hive == Hive::ClassesRoot ? HKEY_CLASSES_ROOT : HKEY_LOCAL_MACHINE;
  const REGSAM access = KEY_QUERY_VALUE | (view == View::Bits64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY);
  HKEY key = nullptr;
  const LONG error = ::RegOpenKeyExW(root, wide(path).c_str(), 0, access, &key);
  if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) return nullptr;
  if (error != ERROR_SUCCESS) fail(error, "RegOpenKeyEx");
  return Key(key);
}

bool privilegeEnabled(HANDLE token, const wchar_t* name) {
  PRIVILEGE_SET wanted{};
  wanted.PrivilegeCount = 1;
  wanted.Control = PRIVILEGE_SET_ALL_NECESSARY;
  wanted.Privilege[0].Attributes = SE_PRIVILEGE_ENABLED;
  if (!::LookupPrivilegeValueW(nullptr, name, &wanted.Privilege[0].Luid)) return false;
  BOOL held = FALSE;
  if (!::PrivilegeCheck(token, &wanted, &held)) fail(static_cast<LONG>(::GetLastError()), "PrivilegeCheck");
  return held != FALSE;
}

// The text of a version resource in the first of its languages; empty where it has none of that name.
std::u16string versionText(const void* resource, const std::wstring& name) {
  struct Language {
    WORD language;
    WORD codePage;
  };
  void* found = nullptr;
  UINT size = 0;
  if (!::VerQueryValueW(resource, L"\\VarFileInfo\\Translation", &found, &size) || size < sizeof(Language)) return {};
  const auto* const first = static_cast<const Language*>(found);
  const auto hex = [](WORD word) {
    std::wstring text;
    for (int shift = 12; shift >= 0; shift -= 4) text += L"0123456789abcdef"[(word >> shift) & 15];
    return text;
  };
  const std::wstring path = L"\\StringFileInfo\\" + hex(first->language) + hex(first->codePage) + L"\\" + name;
  if (!::VerQueryValueW(resource, path.c_str(), &found, &size) || size == 0) return {};
  return utf16(static_cast<const wchar_t*>(found), size - 1);  // its zero is counted
}

// The system's table of all handles, of which Wine knows more than of a process's count.
std::uint32_t countInSystemTable() {
  struct Entry {
    ULONG owner;
    UCHAR type;
    UCHAR flags;
    USHORT value;
    void* object;
    ULONG access;
  };
  constexpr ULONG kSystemHandleInformation = 16;
  constexpr std::size_t kHeader = alignof(Entry) > sizeof(ULONG) ? alignof(Entry) : sizeof(ULONG);
  using Query = LONG(__stdcall*)(ULONG, void*, ULONG, ULONG*);
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  const auto query = reinterpret_cast<Query>(
      reinterpret_cast<void (*)()>(ntdll ? ::GetProcAddress(ntdll, "NtQuerySystemInformation") : nullptr));
  if (query == nullptr) return 0;
  // The table grows while it is asked for.
  std::vector<std::uint8_t> table(1 << 16);
  LONG status = 0;
  ULONG needed = 0;
  while ((status = query(kSystemHandleInformation, table.data(), static_cast<ULONG>(table.size()), &needed)) < 0) {
    if (table.size() > (1u << 26)) return 0;
    table.resize(table.size() * 2);
  }
  ULONG entries = 0;
  std::memcpy(&entries, table.data(), sizeof(entries));
  std::uint32_t own = 0;
  for (std::size_t index = 0; index < entries; ++index) {
    Entry entry;
    std::memcpy(&entry, table.data() + kHeader + index * sizeof(Entry), sizeof(entry));
    if (entry.owner == ::GetCurrentProcessId()) ++own;
  }
  return own;
}

}  // namespace

std::optional<std::u16string> registryText(Hive hive, View view, const std::u16string& key,
                                           const std::u16string& name) {
  const Key opened = openKey(hive, view, key);
  if (!opened) return {};
  std::vector<wchar_t> text(256);
  for (;;) {
    auto size = static_cast<DWORD>(text.size() * sizeof(wchar_t));
    const LONG error =
        ::RegGetValueW(opened.get(), nullptr, wide(name).c_str(), RRF_RT_REG_SZ, nullptr, text.data(), &size);
    if (error == ERROR_FILE_NOT_FOUND) return {};
    if (error == ERROR_SUCCESS) return utf16(text.data(), size / sizeof(wchar_t) - 1);  // always ends with a zero
    if (error != ERROR_MORE_DATA) fail(error, "RegGetValue");
    text.resize(text.size() * 2);
  }
}

std::vector<std::u16string> registryNames(Hive hive, View view, const std::u16string& key) {
  std::vector<std::u16string> names;
  const Key opened = openKey(hive, view, key);
  if (!opened) return names;
  std::vector<wchar_t> name(16384);  // no value's name is longer
  for (DWORD index = 0;; ++index) {
    auto length = static_cast<DWORD>(name.size());
    const LONG error = ::RegEnumValueW(opened.get(), index, name.data(), &length, nullptr, nullptr, nullptr, nullptr);
    if (error == ERROR_NO_MORE_ITEMS) return names;
    if (error != ERROR_SUCCESS) fail(error, "RegEnumValue");
    names.push_back(utf16(name.data(), length));
  }
}

std::optional<Token> processToken() {
  HANDLE opened = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened)) {
    fail(static_cast<LONG>(::GetLastError()), "OpenProcessToken");
  }
  const TokenHandle token(opened);
  TOKEN_ELEVATION elevation{};
  DWORD size = 0;
  if (!::GetTokenInformation(token.get(), TokenElevation, &elevation, sizeof elevation, &size)) {
    fail(static_cast<LONG>(::GetLastError()), "GetTokenInformation");
  }
  return Token{elevation.TokenIsElevated != 0, privilegeEnabled(token.get(), L"SeCreateGlobalPrivilege")};
}

std::optional<FileVersion> fileVersion(const std::u16string& path) {
  const std::wstring file = wide(path);
  DWORD ignored = 0;
  const DWORD size = ::GetFileVersionInfoSizeW(file.c_str(), &ignored);
  if (size == 0) return {};
  std::vector<std::uint8_t> resource(size);
  if (!::GetFileVersionInfoW(file.c_str(), 0, size, resource.data())) return {};
  void* found = nullptr;
  UINT length = 0;
  if (!::VerQueryValueW(resource.data(), L"\\", &found, &length) || length < sizeof(VS_FIXEDFILEINFO)) return {};
  const auto* const fixed = static_cast<const VS_FIXEDFILEINFO*>(found);
  const DWORD parts[] = {HIWORD(fixed->dwFileVersionMS), LOWORD(fixed->dwFileVersionMS), HIWORD(fixed->dwFileVersionLS),
                         LOWORD(fixed->dwFileVersionLS)};
  std::string version;
  for (const DWORD part : parts) version += (version.empty() ? "" : ".") + std::to_string(part);
  return FileVersion{version, versionText(resource.data(), L"CompanyName")};
}

std::uint32_t openHandles() {
  DWORD count = 0;
  if (::GetProcessHandleCount(::GetCurrentProcess(), &count) && count != 0) return count;
  return countInSystemTable();
}

}  // namespace sqlvdi::machine

#endif
