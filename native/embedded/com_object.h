// The reference counting and QueryInterface that every object of the stand-in shares.
#pragma once

#include <atomic>

#include "../abi/interfaces.h"
#include "apartments.h"
#include "census.h"

namespace sqlvdi::embedded {

// Self says with a static implements(iid) which interfaces besides IUnknown it answers to; they are all bases of
// Interface in one line, so that one address serves them all.
template <typename Self, typename Interface>
class ComObject : public Interface {
 public:
  ComObject(const ComObject&) = delete;
  ComObject& operator=(const ComObject&) = delete;

  HResult VDI_CALL QueryInterface(const Guid& iid, void** out) override {
    if (!out) return hr::kE_POINTER;
    *out = nullptr;
    if (!(iid == kIidUnknown) && !Self::implements(iid)) return apartments_.query(*this, iid, out);
    AddRef();
    *out = static_cast<Interface*>(this);
    return kOk;
  }

  std::uint32_t VDI_CALL AddRef() override { return references_.fetch_add(1, std::memory_order_relaxed) + 1; }

  std::uint32_t VDI_CALL Release() override {
    const std::uint32_t left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) delete static_cast<Self*>(this);
    return left;
  }

 protected:
  ComObject() = default;
  ~ComObject() = default;

 private:
  const Tally tally_{census().objects};
  Apartments apartments_;
  std::atomic<std::uint32_t> references_{1};
};

}  // namespace sqlvdi::embedded
