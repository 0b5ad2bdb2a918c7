// SHA-256 by Windows' own cryptography (CNG).
#if defined(_WIN32)

#include "../abi/win32.h"
// After windows.h, whose types it uses.
#include <bcrypt.h>

#include <algorithm>
#include <stdexcept>

#include "digest.h"

namespace sqlvdi::pump {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 30;

class CngDigest final : public Digest {
 public:
  CngDigest() {
    if (BCryptOpenAlgorithmProvider(&algorithm_, BCRYPT_SHA256_ALGORITHM, nullptr, 0) < 0 ||
        BCryptCreateHash(algorithm_, &hash_, nullptr, 0, nullptr, 0, 0) < 0) {
      if (algorithm_) BCryptCloseAlgorithmProvider(algorithm_, 0);
      throw std::runtime_error("SHA-256 is not available: bcrypt.dll refused to begin");
    }
  }
  ~CngDigest() override {
    BCryptDestroyHash(hash_);
    BCryptCloseAlgorithmProvider(algorithm_, 0);
  }
  CngDigest(const CngDigest&) = delete;
  CngDigest& operator=(const CngDigest&) = delete;

  void update(const std::uint8_t* data, std::size_t size) override {
    while (size > 0) {
      const std::size_t part = std::min(size, kLargest);
      BCryptHashData(hash_, const_cast<PUCHAR>(data), static_cast<ULONG>(part), 0);
      data += part;
      size -= part;
    }
  }

  std::string finish() override {
    std::uint8_t digest[32] = {};
    BCryptFinishHash(hash_, digest, sizeof(digest), 0);
    return toHex(digest, sizeof(digest));
  }

 private:
  BCRYPT_ALG_HANDLE algorithm_ = nullptr;
  BCRYPT_HASH_HANDLE hash_ = nullptr;
};

}  // namespace

std::unique_ptr<Digest> Digest::sha256() { return std::make_unique<CngDigest>(); }

}  // namespace sqlvdi::pump

#endif
