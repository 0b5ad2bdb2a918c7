// The stand-in as an in-process COM server: class factories for the client's and the server's class, and
// self-registration. Programs written against Microsoft's headers load it as they load SQL Server's own sqlvdi.dll.
#include "../abi/win32.h"

#include <objbase.h>

#include <atomic>
#include <new>
#include <string>

#include "../embedded/embedded.h"

namespace sqlvdi::dll {
namespace {

HINSTANCE moduleHandle = nullptr;

// What keeps the DLL loaded besides its objects: LockServer calls and live factories.
std::atomic<long> locks{0};

using MakeObject = HResult (*)(void** object);

HResult makeClientSet(void** object) {
  IClientVirtualDeviceSet2* set = nullptr;
  const HResult result = embedded::createClientSet(&set);
  *object = set;
  return result;
}

HResult makeServerSet(void** object) {
  IServerVirtualDeviceSet2* set = nullptr;
  const HResult result = embedded::createServerSet(&set);
  *object = set;
  return result;
}

struct ClassEntry {
  const Guid& clsid;
  MakeObject make;
  const wchar_t* clsidText;
  const wchar_t* description;
};

const ClassEntry kClasses[] = {
    {kClsidClientVirtualDeviceSet, makeClientSet, L"{40700425-0080-11D2-851F-00C04FC21759}",
     L"sqlvdi stand-in: client virtual device set"},
    {kClsidServerVirtualDeviceSet, makeServerSet, L"{B5E7A132-A7BD-11D1-84C2-00C04FC21759}",
     L"sqlvdi stand-in: server virtual device set"},
};

const Guid& asGuid(REFGUID guid) { return reinterpret_cast<const Guid&>(guid); }

// An open set has a thread that watches the other side. COM unloads its DLLs when a program leaves it, whether that
// closed its sets or not: the thread's code must not go while the process lives.
void stayLoaded() {
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&moduleHandle), &self);
}

class ClassFactory final : public ::IClassFactory {
 public:
  explicit ClassFactory(MakeObject make) : make_(make) { ++locks; }
  ClassFactory(const ClassFactory&) = delete;
  ClassFactory& operator=(const ClassFactory&) = delete;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) override {
    if (out == nullptr) return E_POINTER;
    if (iid == IID_IUnknown || iid == IID_IClassFactory) {
      *out = static_cast<::IClassFactory*>(this);
      AddRef();
      return S_OK;
    }
    *out = nullptr;
    return E_NOINTERFACE;
  }

  ULONG STDMETHODCALLTYPE AddRef() override { return static_cast<ULONG>(++references_); }

  ULONG STDMETHODCALLTYPE Release() override {
    const long left = --references_;
    if (left == 0) delete this;
    return static_cast<ULONG>(left);
  }

  HRESULT STDMETHODCALLTYPE CreateInstance(::IUnknown* outer, REFIID iid, void** out) override {
    if (out == nullptr) return E_POINTER;
    *out = nullptr;
    if (outer != nullptr) return CLASS_E_NOAGGREGATION;
    void* object = nullptr;
    const HResult made = make_(&object);
    if (made != kOk) return made;
    auto* unknown = static_cast<sqlvdi::IUnknown*>(object);
    const HResult result = unknown->QueryInterface(asGuid(iid), out);
    unknown->Release();
    stayLoaded();
    return result;
  }

  HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override {
    locks += lock ? 1 : -1;
    return S_OK;
  }

 private:
  ~ClassFactory() { --locks; }

  MakeObject make_;
  std::atomic<long> references_{1};
};

std::wstring modulePath() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD length = GetModuleFileNameW(moduleHandle, path.data(), static_cast<DWORD>(path.size()));
    if (length == 0) return {};
    if (length < path.size()) {
      path.resize(length);
      return path;
    }
    path.resize(path.size() * 2);
  }
}

std::wstring keyOf(const ClassEntry& entry) { return std::wstring(L"CLSID\\") + entry.clsidText; }

std::wstring serverKeyOf(const ClassEntry& entry) { return keyOf(entry) + L"\\InprocServer32"; }

// Beside the DLL's path the stand-in leaves the same path under this name. Whoever registers over it does not know
// that.
constexpr const wchar_t* kMark = L"sqlvdi stand-in";

// Empty where there is no such text.
std::wstring textAt(const std::wstring& key, const wchar_t* name) {
  DWORD size = 0;
  if (RegGetValueW(HKEY_CLASSES_ROOT, key.c_str(), name, RRF_RT_REG_SZ, nullptr, nullptr, &size) != ERROR_SUCCESS) {
    return {};
  }
  std::wstring text(size / sizeof(wchar_t), L'\0');
  if (RegGetValueW(HKEY_CLASSES_ROOT, key.c_str(), name, RRF_RT_REG_SZ, nullptr, text.data(), &size) != ERROR_SUCCESS) {
    return {};
  }
  return text.c_str();
}

enum class Owner { Nobody, StandIn, Another };

Owner ownerOf(const ClassEntry& entry) {
  const std::wstring path = textAt(serverKeyOf(entry), nullptr);
  if (path.empty()) return Owner::Nobody;
  return path == textAt(serverKeyOf(entry), kMark) ? Owner::StandIn : Owner::Another;
}

LSTATUS setValue(const std::wstring& key, const wchar_t* name, const std::wstring& value) {
  return RegSetKeyValueW(HKEY_CLASSES_ROOT, key.c_str(), name, REG_SZ, value.c_str(),
                         static_cast<DWORD>((value.size() + 1) * sizeof(wchar_t)));
}

LSTATUS write(const ClassEntry& entry, const std::wstring& path) {
  const std::wstring key = keyOf(entry);
  const std::wstring server = serverKeyOf(entry);
  LSTATUS status = setValue(key, nullptr, entry.description);
  if (status == ERROR_SUCCESS) status = setValue(server, nullptr, path);
  if (status == ERROR_SUCCESS) status = setValue(server, kMark, path);
  if (status == ERROR_SUCCESS) status = setValue(server, L"ThreadingModel", L"Both");
  return status;
}

// regsvr32 shows it: E_ACCESSDENIED tells who is not elevated what is wrong, and SELFREG_E_CLASS nobody anything.
HRESULT resultOf(LSTATUS status) { return HRESULT_FROM_WIN32(static_cast<DWORD>(status)); }

}  // namespace
}  // namespace sqlvdi::dll

using namespace sqlvdi;

extern "C" BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_ATTACH) {
    dll::moduleHandle = module;
    DisableThreadLibraryCalls(module);
  }
  return TRUE;
}

STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID* out) {
  if (out == nullptr) return E_POINTER;
  *out = nullptr;
  for (const dll::ClassEntry& entry : dll::kClasses) {
    if (!(entry.clsid == dll::asGuid(clsid))) continue;
    auto* factory = new (std::nothrow) dll::ClassFactory(entry.make);
    if (factory == nullptr) return E_OUTOFMEMORY;
    const HRESULT result = factory->QueryInterface(iid, out);
    factory->Release();
    return result;
  }
  return CLASS_E_CLASSNOTAVAILABLE;
}

STDAPI DllCanUnloadNow() { return dll::locks == 0 && embedded::counts().objects == 0 ? S_OK : S_FALSE; }

// Refuses with ERROR_ALREADY_REGISTERED where SQL Server's own DLL, or anybody else's, is registered: a stand-in must
// not take its place unnoticed.
STDAPI DllRegisterServer() {
  const std::wstring path = dll::modulePath();
  if (path.empty()) return HRESULT_FROM_WIN32(GetLastError());
  for (const dll::ClassEntry& entry : dll::kClasses) {
    if (dll::ownerOf(entry) == dll::Owner::Another) return HRESULT_FROM_WIN32(ERROR_ALREADY_REGISTERED);
  }
  for (const dll::ClassEntry& entry : dll::kClasses) {
    const LSTATUS status = dll::write(entry, path);
    if (status != ERROR_SUCCESS) return dll::resultOf(status);
  }
  return S_OK;
}

STDAPI DllUnregisterServer() {
  HRESULT result = S_OK;
  for (const dll::ClassEntry& entry : dll::kClasses) {
    if (dll::ownerOf(entry) == dll::Owner::Another) continue;
    const LSTATUS status = RegDeleteTreeW(HKEY_CLASSES_ROOT, dll::keyOf(entry).c_str());
    if (status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND) result = dll::resultOf(status);
  }
  return result;
}
