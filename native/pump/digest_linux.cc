// SHA-256 by the OpenSSL that node is linked with, whose functions it exports to its addons.
#if !defined(_WIN32)

#include <dlfcn.h>

#include <stdexcept>

#include "digest.h"

namespace sqlvdi::pump {
namespace {

struct OpenSsl {
  using Context = void*;
  Context (*newContext)();
  void (*freeContext)(Context);
  const void* (*sha256)();
  int (*init)(Context, const void* type, void* engine);
  int (*update)(Context, const void* data, std::size_t size);
  int (*finish)(Context, unsigned char* digest, unsigned int* size);

  OpenSsl() {
    find(newContext, "EVP_MD_CTX_new");
    find(freeContext, "EVP_MD_CTX_free");
    find(sha256, "EVP_sha256");
    find(init, "EVP_DigestInit_ex");
    find(update, "EVP_DigestUpdate");
    find(finish, "EVP_DigestFinal_ex");
  }

 private:
  template <typename Function>
  static void find(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
    if (!function) {
      throw std::runtime_error(std::string("SHA-256 is not available: this Node.js does not export OpenSSL's ") + name);
    }
  }
};

class OpenSslDigest final : public Digest {
 public:
  OpenSslDigest() : context_(openSsl_.newContext()) {
    if (!context_ || openSsl_.init(context_, openSsl_.sha256(), nullptr) != 1) {
      openSsl_.freeContext(context_);
      throw std::runtime_error("SHA-256 is not available: OpenSSL refused to begin (FIPS mode?)");
    }
  }
  ~OpenSslDigest() override { openSsl_.freeContext(context_); }
  OpenSslDigest(const OpenSslDigest&) = delete;
  OpenSslDigest& operator=(const OpenSslDigest&) = delete;

  void update(const std::uint8_t* data, std::size_t size) override { openSsl_.update(context_, data, size); }

  std::string finish() override {
    unsigned char digest[64];
    unsigned int size = 0;
    openSsl_.finish(context_, digest, &size);
    return toHex(digest, size);
  }

 private:
  const OpenSsl openSsl_;
  OpenSsl::Context context_;
};

}  // namespace

std::unique_ptr<Digest> Digest::sha256() { return std::make_unique<OpenSslDigest>(); }

}  // namespace sqlvdi::pump

#endif
