// SHA-256 by the platform's own implementation: the one in the node executable (Linux), or Windows' (bcrypt.dll).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sqlvdi::pump {

class Digest {
 public:
  // Throws std::runtime_error, saying what is missing, where there is none.
  static std::unique_ptr<Digest> sha256();

  virtual ~Digest() = default;
  virtual void update(const std::uint8_t* data, std::size_t size) = 0;
  // Lower-case hexadecimal. Once.
  virtual std::string finish() = 0;
};

std::string toHex(const std::uint8_t* bytes, std::size_t size);

}  // namespace sqlvdi::pump
