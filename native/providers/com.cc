// COM activation of the class that SQL Server registers: CLSID_MSSQL_ClientVirtualDeviceSet, in this process.
#if defined(_WIN32)

#include "com.h"

#include "../abi/win32.h"

#include <combaseapi.h>

#include <mutex>

namespace sqlvdi {
namespace {

static_assert(sizeof(Guid) == sizeof(GUID));

const GUID& asGuid(const Guid& guid) { return reinterpret_cast<const GUID&>(guid); }

// The calling thread's stay in the multithreaded apartment. All callers are threads of our own, so no host's choice of
// another apartment can stand in the way.
class Apartment final : public ThreadScope {
 public:
  Apartment() : entered_(SUCCEEDED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) {}
  ~Apartment() override {
    if (entered_) CoUninitialize();
  }
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;

 private:
  bool entered_;
};

// With the last thread of the apartment COM would unload sqlvdi.dll, whoever still looks at memory that it mapped; and
// the next set would load it again. So the apartment stays for as long as the process.
void keepApartment() {
  static std::once_flag once;
  std::call_once(once, [] {
    CO_MTA_USAGE_COOKIE cookie = nullptr;
    CoIncrementMTAUsage(&cookie);
  });
}

class ComProvider final : public Provider {
 public:
  ComProvider() { keepApartment(); }

  HResult createSet(IClientVirtualDeviceSet2** set) override {
    void* made = nullptr;
    const HRESULT result = CoCreateInstance(asGuid(kClsidClientVirtualDeviceSet), nullptr, CLSCTX_INPROC_SERVER,
                                            asGuid(kIidClientVirtualDeviceSet2), &made);
    *set = static_cast<IClientVirtualDeviceSet2*>(made);
    return result;
  }

  // CreateEx lets the server's account into this process by changing the access list of the process's own handle: two
  // at once could lose one another's change.
  HResult createEx(IClientVirtualDeviceSet2& set, const VdiChar* instance, const VdiChar* name,
                   VDConfig& config) override {
    static std::mutex oneAtATime;
    const std::lock_guard<std::mutex> hold(oneAtATime);
    return set.CreateEx(instance, name, &config);
  }

  bool wakesByApc() const override { return true; }
  std::unique_ptr<ThreadScope> enterThread() override { return std::make_unique<Apartment>(); }
};

}  // namespace

std::shared_ptr<Provider> makeComProvider() { return std::make_shared<ComProvider>(); }

}  // namespace sqlvdi

#endif
