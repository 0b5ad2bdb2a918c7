// A local file read and written by position: a database's pages, or a kept stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace sqlvdi::engine {

// For messages: UTF-8 on every platform.
inline std::string textOf(const std::filesystem::path& path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

// All calls may be made from several threads at once. Failures are std::system_error with the path in the message.
class DataFile {
 public:
  enum class Mode {
    Read,       // an existing file
    ReadWrite,  // an existing or a new file
    Create,     // a file that must not exist yet
  };

  DataFile(const std::filesystem::path& path, Mode mode);
  DataFile(DataFile&& other) noexcept;
  DataFile& operator=(DataFile&&) = delete;
  ~DataFile();

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const;

  // A short count means the end of the file.
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> into) const;
  void write(std::uint64_t offset, std::span<const std::uint8_t> data);

  // Durable when it returns.
  void sync();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::intptr_t handle_;
};

}  // namespace sqlvdi::engine
