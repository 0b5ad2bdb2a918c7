// The stand-in's COM DLL, by its path in the first argument: registration, class factories, both apartments and the way
// between them, the first version of the server's interface, a program that leaves with a set open, the provider's
// order of CreateEx calls, and what COM says of a registration that is wrong. Leaves the DLL registered.
#include "../abi/win32.h"

#include <objbase.h>

#include <string>

#include "../providers/com.h"
#include "check.h"
#include "embedded_process.h"

namespace sqlvdi::test {
namespace {

const GUID& asGuid(const Guid& guid) { return reinterpret_cast<const GUID&>(guid); }

// The DLL as regsvr32 and COM see it.
class Dll {
 public:
  explicit Dll(const wchar_t* path) : module_(LoadLibraryW(path)) { CHECK(module_ != nullptr); }
  ~Dll() { FreeLibrary(module_); }
  Dll(const Dll&) = delete;
  Dll& operator=(const Dll&) = delete;

  HRESULT registerServer() const { return call("DllRegisterServer"); }
  HRESULT unregisterServer() const { return call("DllUnregisterServer"); }
  HRESULT canUnloadNow() const { return call("DllCanUnloadNow"); }
  HRESULT classObject(const GUID& clsid, const GUID& iid, void** out) const {
    using GetClassObject = HRESULT(__stdcall*)(const GUID&, const GUID&, void**);
    return reinterpret_cast<GetClassObject>(function("DllGetClassObject"))(clsid, iid, out);
  }

 private:
  using Function = void (*)();

  Function function(const char* name) const {
    const auto found = reinterpret_cast<Function>(GetProcAddress(module_, name));
    CHECK(found != nullptr);
    return found;
  }
  HRESULT call(const char* name) const { return reinterpret_cast<HRESULT(__stdcall*)()>(function(name))(); }

  const HMODULE module_;
};

class Apartment {
 public:
  explicit Apartment(DWORD kind) { CHECK(SUCCEEDED(CoInitializeEx(nullptr, kind))); }
  ~Apartment() { CoUninitialize(); }
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;
};

template <typename Interface>
HRESULT create(const Guid& clsid, const Guid& iid, ComPtr<Interface>& out) {
  void* made = nullptr;
  const HRESULT result = CoCreateInstance(asGuid(clsid), nullptr, CLSCTX_INPROC_SERVER, asGuid(iid), &made);
  out = ComPtr<Interface>::attach(static_cast<Interface*>(made));
  return result;
}

int creatorRole() {
  const Apartment apartment(COINIT_MULTITHREADED);
  ComPtr<IClientVirtualDeviceSet2> set;
  return create(kClsidClientVirtualDeviceSet, kIidClientVirtualDeviceSet2, set);
}

// In a process of its own: COM may remember in this one what it once found in the registry.
HRESULT createElsewhere() { return Child({"creator"}).wait(); }

void factories(const Dll& dll) {
  void* out = &out;
  CHECK_EQ(dll.classObject(asGuid(kIidClientVirtualDevice), IID_IClassFactory, &out), CLASS_E_CLASSNOTAVAILABLE);
  CHECK(out == nullptr);
  CHECK_EQ(dll.classObject(asGuid(kClsidClientVirtualDeviceSet), IID_IClassFactory, nullptr), E_POINTER);
  CHECK_EQ(dll.classObject(asGuid(kClsidClientVirtualDeviceSet), asGuid(kIidServerVirtualDevice), &out), E_NOINTERFACE);
  CHECK_EQ(dll.canUnloadNow(), S_OK);
  for (const Guid& clsid : {kClsidClientVirtualDeviceSet, kClsidServerVirtualDeviceSet}) {
    CHECK_EQ(dll.classObject(asGuid(clsid), IID_IClassFactory, &out), S_OK);
    auto* const factory = static_cast<::IClassFactory*>(out);
    CHECK_EQ(dll.canUnloadNow(), S_FALSE);
    CHECK_EQ(factory->CreateInstance(factory, IID_IUnknown, &out), CLASS_E_NOAGGREGATION);
    CHECK_EQ(factory->CreateInstance(nullptr, asGuid(kIidClientVirtualDevice), &out), E_NOINTERFACE);
    CHECK(out == nullptr);
    CHECK_EQ(factory->LockServer(TRUE), S_OK);
    CHECK_EQ(factory->CreateInstance(nullptr, IID_IUnknown, &out), S_OK);
    CHECK_EQ(static_cast<::IUnknown*>(out)->Release(), 0u);
    CHECK_EQ(factory->LockServer(FALSE), S_OK);
    CHECK_EQ(dll.canUnloadNow(), S_FALSE);
    CHECK_EQ(factory->Release(), 0u);
    CHECK_EQ(dll.canUnloadNow(), S_OK);
  }
}

void lifetimes(const Dll& dll) {
  for (const DWORD kind : {COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED}) {
    const Apartment apartment(kind);
    {
      ComPtr<IClientVirtualDeviceSet> client;
      CHECK_EQ(create(kClsidClientVirtualDeviceSet, kIidClientVirtualDeviceSet, client), S_OK);
      ComPtr<IClientVirtualDeviceSet2> second;
      CHECK_EQ(client->QueryInterface(kIidClientVirtualDeviceSet2, reinterpret_cast<void**>(second.put())), kOk);
      ComPtr<IServerVirtualDeviceSet2> server;
      CHECK_EQ(create(kClsidServerVirtualDeviceSet, kIidServerVirtualDeviceSet2, server), S_OK);
      CHECK_EQ(dll.canUnloadNow(), S_FALSE);
      // One object whichever face is asked.
      ComPtr<IServerVirtualDeviceSet> first;
      CHECK_EQ(server->QueryInterface(kIidServerVirtualDeviceSet, reinterpret_cast<void**>(first.put())), kOk);
      ComPtr<IUnknown> here;
      ComPtr<IUnknown> there;
      CHECK_EQ(server->QueryInterface(kIidUnknown, reinterpret_cast<void**>(here.put())), kOk);
      CHECK_EQ(first->QueryInterface(kIidUnknown, reinterpret_cast<void**>(there.put())), kOk);
      CHECK(here.get() == there.get());
    }
    CHECK_EQ(dll.canUnloadNow(), S_OK);
  }
}

// By COM's rules an interface goes to another apartment through a marshaler: any thread may use a set, so that is to
// hand over the object itself.
void handOver(const Guid& iid, IUnknown* object) {
  ::IStream* stream = nullptr;
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(asGuid(iid), reinterpret_cast<::IUnknown*>(object), &stream), S_OK);
  std::thread([&] {
    const Apartment apartment(COINIT_MULTITHREADED);
    void* received = nullptr;
    CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, asGuid(iid), &received), S_OK);
    CHECK(received == object);
    static_cast<::IUnknown*>(received)->Release();
  }).join();
}

void crossesApartments() {
  const Apartment apartment(COINIT_APARTMENTTHREADED);
  ComPtr<IClientVirtualDeviceSet2> client;
  CHECK_EQ(create(kClsidClientVirtualDeviceSet, kIidClientVirtualDeviceSet2, client), S_OK);
  handOver(kIidClientVirtualDeviceSet2, client.get());
  handOver(kIidClientVirtualDeviceSet, client.get());
  ComPtr<IServerVirtualDeviceSet> server;
  CHECK_EQ(create(kClsidServerVirtualDeviceSet, kIidServerVirtualDeviceSet, server), S_OK);
  handOver(kIidServerVirtualDeviceSet, server.get());
}

// A program that leaves COM with a set still open; the thread that watches the set's other side is still there.
int leaverRole() {
  {
    const Apartment apartment(COINIT_MULTITHREADED);
    ComPtr<IClientVirtualDeviceSet2> set;
    CHECK_EQ(create(kClsidClientVirtualDeviceSet, kIidClientVirtualDeviceSet2, set), S_OK);
    VDConfig config = pipeConfig();
    CHECK_EQ(set->CreateEx(nullptr, uniqueName().c_str(), &config), kOk);
    set.detach();
  }
  // Windows' COM has given up its DLLs by now, used or not. Wine's keeps those that are used.
  if (const HMODULE dll = GetModuleHandleW(L"sqlvdi.dll")) FreeLibrary(dll);
  CHECK(GetModuleHandleW(L"sqlvdi.dll") != nullptr);
  return 0;
}

// A client that lives in a single-threaded apartment, a server that knows only the first version of its interface.
void transfersBetweenApartments() {
  const Name name = uniqueName();
  std::thread clientThread([&] {
    const Apartment apartment(COINIT_APARTMENTTHREADED);
    ComPtr<IClientVirtualDeviceSet2> set;
    CHECK_EQ(create(kClsidClientVirtualDeviceSet, kIidClientVirtualDeviceSet2, set), S_OK);
    VDConfig config = pipeConfig();
    CHECK_EQ(set->CreateEx(nullptr, name.c_str(), &config), kOk);
    CHECK_EQ(set->GetConfiguration(10000, &config), kOk);
    CHECK_EQ(config.maxTransferSize, 65536u);
    ComPtr<IClientVirtualDevice> device;
    CHECK_EQ(set->OpenDevice(name.c_str(), device.put()), kOk);
    unsigned writes = 0;
    VDC_Command* command = nullptr;
    HResult result = kOk;
    while ((result = device->GetCommand(10000, &command)) == kOk) {
      if (command->commandCode == static_cast<std::uint32_t>(Command::Write)) ++writes;
      CHECK_EQ(device->CompleteCommand(command, 0, command->size, 0), kOk);
    }
    CHECK_EQ(result, hr::kVD_E_CLOSE);
    CHECK_EQ(writes, 3u);
    CHECK_EQ(set->Close(), kOk);
  });
  const Apartment apartment(COINIT_MULTITHREADED);
  {
    ComPtr<IServerVirtualDeviceSet> server;
    CHECK_EQ(create(kClsidServerVirtualDeviceSet, kIidServerVirtualDeviceSet, server), S_OK);
    HResult opened = hr::kE_FILE_NOT_FOUND;
    while (opened == hr::kE_FILE_NOT_FOUND) opened = server->Open(name.c_str());
    CHECK_EQ(opened, kOk);
    VDConfig config{};
    CHECK_EQ(server->GetConfiguration(&config), kOk);
    config.features |= feature::kWriteMedia;
    config.maxTransferSize = 65536;
    config.blockSize = 4096;
    CHECK_EQ(server->SetConfiguration(nullptr), hr::kVD_E_INVALID);
    CHECK_EQ(server->SetConfiguration(&config), kOk);
    CHECK_EQ(config.bufferAreaSize, 4u * 65536u);
    CHECK_EQ(server->SetConfiguration(&config), hr::kVD_E_PROTOCOL);
    HResult agentResult = 1;
    std::thread agent([&] { agentResult = server->ExecuteCompletionAgent(); });
    ComPtr<IServerVirtualDevice> device;
    CHECK_EQ(server->OpenDevice(name.c_str(), device.put()), kOk);
    std::uint8_t* buffer = nullptr;
    CHECK_EQ(server->AllocateBuffer(&buffer, 65536, 0), kOk);
    CHECK_EQ(server->IsSharedBuffer(buffer), 1);
    for (unsigned index = 0; index < 3; ++index) {
      Sent sent(Command::Write, buffer, 65536);
      CHECK_EQ(device->SendCommand(&sent.command), kOk);
      CHECK_EQ(sent.wait(), 0u);
    }
    CHECK_EQ(server->FreeBuffer(buffer, 65536), kOk);
    CHECK_EQ(device->CloseDevice(), kOk);
    agent.join();
    CHECK_EQ(agentResult, kOk);
    CHECK_EQ(server->Close(), kOk);
  }
  clientThread.join();
}

// A set that notices two callers inside CreateEx.
class OneAtATime final : public IClientVirtualDeviceSet2 {
 public:
  HResult VDI_CALL QueryInterface(const Guid&, void**) override { return hr::kE_NOINTERFACE; }
  std::uint32_t VDI_CALL AddRef() override { return 1; }
  std::uint32_t VDI_CALL Release() override { return 1; }
  HResult VDI_CALL Create(const VdiChar*, VDConfig*) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL GetConfiguration(std::uint32_t, VDConfig*) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL OpenDevice(const VdiChar*, IClientVirtualDevice**) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL Close() override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL SignalAbort() override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL OpenInSecondary(const VdiChar*) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL GetBufferHandle(std::uint8_t*, std::uint32_t*) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL MapBufferHandle(std::uint32_t, std::uint8_t**) override { return hr::kVD_E_UNEXPECTED; }
  HResult VDI_CALL OpenInSecondaryEx(const VdiChar*, const VdiChar*) override { return hr::kVD_E_UNEXPECTED; }

  HResult VDI_CALL CreateEx(const VdiChar*, const VdiChar*, VDConfig*) override {
    CHECK_EQ(++inside_, 1);
    std::this_thread::yield();
    --inside_;
    return kOk;
  }

 private:
  std::atomic<int> inside_{0};
};

// Over all providers of the process, as each set brings one.
void serialisesCreateEx() {
  OneAtATime set;
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < 4; ++index) {
    threads.emplace_back([&set] {
      const auto provider = makeComProvider();
      VDConfig config{};
      for (unsigned round = 0; round < 2000; ++round) CHECK_EQ(provider->createEx(set, nullptr, L"set", config), kOk);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

constexpr const wchar_t* kClientKey = L"CLSID\\{40700425-0080-11D2-851F-00C04FC21759}";

// Whoever registers it is told what the registry said. A key that lasts until the next start takes no lasting one.
void tellsWhyNot(const Dll& dll) {
  CHECK_EQ(dll.unregisterServer(), S_OK);
  HKEY key = nullptr;
  CHECK_EQ(RegCreateKeyExW(HKEY_CLASSES_ROOT, kClientKey, 0, nullptr, REG_OPTION_VOLATILE, KEY_ALL_ACCESS, nullptr,
                           &key, nullptr),
           ERROR_SUCCESS);
  RegCloseKey(key);
  CHECK_EQ(dll.registerServer(), HRESULT_FROM_WIN32(ERROR_CHILD_MUST_BE_VOLATILE));
  CHECK_EQ(dll.unregisterServer(), S_OK);
  CHECK_EQ(dll.registerServer(), S_OK);
}

void setText(const wchar_t* name, const std::wstring& text) {
  const std::wstring key = std::wstring(kClientKey) + L"\\InprocServer32";
  CHECK_EQ(RegSetKeyValueW(HKEY_CLASSES_ROOT, key.c_str(), name, REG_SZ, text.c_str(),
                           static_cast<DWORD>((text.size() + 1) * sizeof(wchar_t))),
           ERROR_SUCCESS);
}

// What another's set-up writes, which knows nothing of the stand-in.
void pointTo(const std::wstring& path) { setText(nullptr, path); }

// A registration that went wrong, but is the stand-in's own.
void misdirect(const std::wstring& path) {
  setText(nullptr, path);
  setText(L"sqlvdi stand-in", path);
}

// Another's registration is neither replaced nor removed.
void respectsOthers(const Dll& dll, const std::wstring& path) {
  pointTo(L"C:\\another.dll");
  CHECK_EQ(dll.registerServer(), HRESULT_FROM_WIN32(ERROR_ALREADY_REGISTERED));
  CHECK_EQ(dll.unregisterServer(), S_OK);
  pointTo(path);
  CHECK_EQ(createElsewhere(), S_OK);
  misdirect(path);
  CHECK_EQ(dll.registerServer(), S_OK);
}

// Windows says in which way a DLL could not be loaded, or COM's own word for it, as CoGetClassObject documents; Wine
// has one answer.
constexpr HRESULT kWineCannotLoad = hr::kE_ACCESSDENIED;
constexpr HRESULT kWineNoServer = hr::kCO_E_DLLNOTFOUND;

// Each has a row of its own in the status table.
void wrongRegistrations(const Dll& dll) {
  CHECK_EQ(dll.unregisterServer(), S_OK);
  CHECK_EQ(dll.unregisterServer(), S_OK);
  CHECK_EQ(createElsewhere(), hr::kREGDB_E_CLASSNOTREG);

  CHECK_EQ(dll.registerServer(), S_OK);
  wchar_t folder[MAX_PATH];
  CHECK(GetTempPathW(MAX_PATH, folder) != 0);
  const std::wstring base = std::wstring(folder) + L"sqlvdi-test-" + std::to_wstring(GetCurrentProcessId());
  misdirect(base + L"-missing.dll");
  const HRESULT missing = createElsewhere();
  std::printf("a registered file that is missing: 0x%08lx\n", missing);
  CHECK(missing == hr::kERROR_MOD_NOT_FOUND || missing == hr::kCO_E_DLLNOTFOUND || missing == kWineCannotLoad);

  const std::wstring text = base + L".dll";
  const HANDLE file = CreateFileW(text.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, 0, nullptr);
  CHECK(file != INVALID_HANDLE_VALUE);
  DWORD written = 0;
  CHECK(WriteFile(file, "not a DLL", 9, &written, nullptr));
  CloseHandle(file);
  misdirect(text);
  const HRESULT noDll = createElsewhere();
  std::printf("one that is no DLL: 0x%08lx\n", noDll);
  CHECK(noDll == hr::kERROR_BAD_EXE_FORMAT || noDll == hr::kCO_E_ERRORINDLL || noDll == kWineCannotLoad);
  DeleteFileW(text.c_str());

  // A DLL, but no COM server.
  wchar_t system[MAX_PATH];
  CHECK(GetSystemDirectoryW(system, MAX_PATH) != 0);
  misdirect(std::wstring(system) + L"\\version.dll");
  const HRESULT noServer = createElsewhere();
  std::printf("one that is no COM server: 0x%08lx\n", noServer);
  CHECK(noServer == hr::kERROR_PROC_NOT_FOUND || noServer == hr::kCO_E_ERRORINDLL || noServer == kWineNoServer);
}

}  // namespace
}  // namespace sqlvdi::test

int main(int count, char** arguments) {
  using namespace sqlvdi::test;
  CHECK(count == 2);
  if (std::string(arguments[1]) == "leaver") return leaverRole();
  if (std::string(arguments[1]) == "creator") return creatorRole();
  const std::wstring path = widen(arguments[1]);
  const Dll dll(path.c_str());
  CHECK_EQ(dll.registerServer(), S_OK);
  lifetimes(dll);
  crossesApartments();
  CHECK_EQ(Child({"leaver"}).wait(), 0);
  transfersBetweenApartments();
  serialisesCreateEx();
  CHECK_EQ(dll.canUnloadNow(), S_OK);
  tellsWhyNot(dll);
  wrongRegistrations(dll);
  CHECK_EQ(dll.registerServer(), S_OK);
  respectsOthers(dll, path);
  factories(dll);
  return 0;
}
