// The stand-in as a provider: needs nothing of the machine.
#include "embedded.h"

#include "../embedded/embedded.h"

namespace sqlvdi {
namespace {

class EmbeddedProvider final : public Provider {
 public:
  explicit EmbeddedProvider(bool wakesByApc) : wakesByApc_(wakesByApc) {}

  HResult createSet(IClientVirtualDeviceSet2** set) override { return embedded::createClientSet(set); }
  bool wakesByApc() const override { return wakesByApc_; }

 private:
  bool wakesByApc_;
};

}  // namespace

std::shared_ptr<Provider> makeEmbeddedProvider(bool wakesByApc) {
  return std::make_shared<EmbeddedProvider>(wakesByApc);
}

}  // namespace sqlvdi
