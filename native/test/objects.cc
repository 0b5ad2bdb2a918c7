// Objects of the stand-in, made directly or by COM.
#include "objects.h"

#include <cstdlib>
#include <string_view>

#include "../embedded/embedded.h"
#include "check.h"
#if defined(_WIN32)
#include "../abi/win32.h"

#include <combaseapi.h>
#endif

namespace sqlvdi::test {
namespace {

bool throughCom() { return std::string_view(provider()) == "com"; }

#if defined(_WIN32)
template <typename Interface>
ComPtr<Interface> activate(const Guid& clsid, const Guid& iid) {
  // All threads of the process are in the multithreaded apartment from here on.
  static CO_MTA_USAGE_COOKIE cookie = nullptr;
  if (cookie == nullptr) CHECK_EQ(CoIncrementMTAUsage(&cookie), S_OK);
  void* made = nullptr;
  CHECK_EQ(CoCreateInstance(reinterpret_cast<const GUID&>(clsid), nullptr, CLSCTX_INPROC_SERVER,
                            reinterpret_cast<const GUID&>(iid), &made),
           S_OK);
  return ComPtr<Interface>::attach(static_cast<Interface*>(made));
}

void checkDll(std::uint32_t held) {
  const HMODULE dll = GetModuleHandleW(L"sqlvdi.dll");
  CHECK(dll != nullptr);
  using CanUnloadNow = HRESULT(__stdcall*)();
  const auto canUnloadNow =
      reinterpret_cast<CanUnloadNow>(reinterpret_cast<void (*)()>(GetProcAddress(dll, "DllCanUnloadNow")));
  CHECK(canUnloadNow != nullptr);
  CHECK_EQ(canUnloadNow(), held == 0 ? S_OK : S_FALSE);
}
#else
template <typename Interface>
ComPtr<Interface> activate(const Guid&, const Guid&) {
  CHECK(!"COM exists on Windows only");
  return nullptr;
}

void checkDll(std::uint32_t) {}
#endif

}  // namespace

const char* provider() {
  const char* const chosen = std::getenv("SQLVDI_TEST_PROVIDER");
  return chosen == nullptr ? "embedded" : chosen;
}

void becomeHostile() {
#if defined(_WIN32)
  if (throughCom()) CHECK_EQ(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED), S_OK);
#endif
}

ComPtr<IClientVirtualDeviceSet2> newClient() {
  if (throughCom()) {
    return activate<IClientVirtualDeviceSet2>(kClsidClientVirtualDeviceSet, kIidClientVirtualDeviceSet2);
  }
  ComPtr<IClientVirtualDeviceSet2> set;
  CHECK_EQ(embedded::createClientSet(set.put()), kOk);
  return set;
}

ComPtr<IServerVirtualDeviceSet2> newServer() {
  if (throughCom()) {
    return activate<IServerVirtualDeviceSet2>(kClsidServerVirtualDeviceSet, kIidServerVirtualDeviceSet2);
  }
  ComPtr<IServerVirtualDeviceSet2> set;
  CHECK_EQ(embedded::createServerSet(set.put()), kOk);
  return set;
}

void checkNothingLeft(std::uint32_t held) {
  const embedded::Counts left = embedded::counts();
  if (!throughCom()) CHECK_EQ(left.objects, held);
  CHECK_EQ(left.clientSets, 0u);
  CHECK_EQ(left.serverSets, 0u);
  CHECK_EQ(left.mappings, 0u);
  CHECK_EQ(left.threads, 0u);
  if (throughCom()) checkDll(held);
}

}  // namespace sqlvdi::test
