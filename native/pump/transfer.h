// What a native transfer does with each command: no loop and no threads here, only the answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "../abi/interfaces.h"
#include "digest.h"
#include "file.h"

namespace sqlvdi::pump {

struct Answer {
  std::uint32_t code = completion::kERROR_SUCCESS;
  std::uint32_t bytes = 0;
};

class Transfer {
 public:
  explicit Transfer(std::unique_ptr<Digest> digest) : digest_(std::move(digest)) {}
  virtual ~Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // On the device's thread, before the first command. Its failure is the first error.
  virtual void begin() = 0;
  virtual Answer answer(const VDC_Command& command) = 0;
  // After the last command, however it ended.
  virtual void end() = 0;

  // The file system's first error: what follows an error in a transfer only follows from it.
  const MaybeError& firstError() const { return firstError_; }
  bool durable() const { return durable_; }
  std::uint64_t bytes() const { return offset_; }
  std::optional<std::string> digest();

  // Ends a wait on a pipe or a device.
  void stop() { stop_ = true; }

 protected:
  // Remembers the first.
  void failed(const MaybeError& error);
  // The answer to a command that is neither the stream's nor about its durability.
  static Answer answerOther(Command command);
  // Takes the next bytes of the stream into account.
  void moved(const std::uint8_t* data, std::uint32_t size);

  StopFlag stop_ = false;
  MaybeError firstError_;
  std::uint64_t offset_ = 0;
  bool durable_ = false;

 private:
  std::unique_ptr<Digest> digest_;
};

// Stores the stream in a new file; without a path it only counts. digest: nullptr where none is wanted.
std::unique_ptr<Transfer> makeFileWriter(std::optional<std::filesystem::path> path, std::unique_ptr<Digest> digest);

// Answers the server's reads from a file.
std::unique_ptr<Transfer> makeFileReader(std::filesystem::path path, std::unique_ptr<Digest> digest);

}  // namespace sqlvdi::pump
