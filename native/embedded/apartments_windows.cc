// The free-threaded marshaler: it hands an object's own address from one apartment to the other.
#if defined(_WIN32)

#include "apartments.h"

#include "../abi/win32.h"

#include <combaseapi.h>
#include <objidl.h>

namespace sqlvdi::embedded {

Apartments::~Apartments() {
  if (void* const made = marshaler_.load()) static_cast<::IUnknown*>(made)->Release();
}

HResult Apartments::query(IUnknown& owner, const Guid& iid, void** out) {
  if (!(reinterpret_cast<const GUID&>(iid) == IID_IMarshal)) return hr::kE_NOINTERFACE;
  void* marshaler = marshaler_.load();
  if (marshaler == nullptr) {
    ::IUnknown* made = nullptr;
    const HRESULT failed = CoCreateFreeThreadedMarshaler(reinterpret_cast<::IUnknown*>(&owner), &made);
    if (failed != S_OK) return failed;
    if (marshaler_.compare_exchange_strong(marshaler, made)) {
      marshaler = made;
    } else {
      made->Release();
    }
  }
  // What it hands out counts its references at the owner.
  return static_cast<::IUnknown*>(marshaler)->QueryInterface(IID_IMarshal, out);
}

}  // namespace sqlvdi::embedded

#endif
