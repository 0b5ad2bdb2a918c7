// What the system knows and Node does not tell: registry, access token and version resources, which only Windows has
// (elsewhere every such answer is empty), and how many handles this process has open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sqlvdi::machine {

enum class Hive { ClassesRoot, LocalMachine };

// Programs of either bitness see a part of the registry of their own.
enum class View { Bits64, Bits32 };

// A key's text value; the empty name is the key's default value. Environment variables in it are expanded.
// Nothing where the key or the value is missing. Throws std::system_error where it may not be read, or is no text.
std::optional<std::u16string> registryText(Hive hive, View view, const std::u16string& key, const std::u16string& name);

// The names of a key's values; none where the key is missing. Throws std::system_error where it may not be read.
std::vector<std::u16string> registryNames(Hive hive, View view, const std::u16string& key);

struct Token {
  bool elevated;
  bool createGlobal;  // SeCreateGlobalPrivilege is held and switched on
};

// This process's. Nothing where the system has no tokens. Throws std::system_error where it may not be read.
std::optional<Token> processToken();

struct FileVersion {
  std::string version;     // '2022.160.1000.6'
  std::u16string company;  // empty where the file does not say
};

// Nothing where the file is missing or carries no version.
std::optional<FileVersion> fileVersion(const std::u16string& path);

// Open handles, or file descriptors; 0 where the system does not say.
std::uint32_t openHandles();

}  // namespace sqlvdi::machine
