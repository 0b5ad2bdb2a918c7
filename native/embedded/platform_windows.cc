// Shared memory, lock, wake-ups and word of a death on Windows: named mappings, a named mutex, named semaphores, and
// waits on the other process's handle. All of it is the user's alone, and vanishes with the last handle.
#if defined(_WIN32)

#include "../abi/win32.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "census.h"
#include "platform.h"

namespace sqlvdi::embedded {
namespace {

// Two threads in GetCommand of one device could take each other's wake-up: none of them sleeps longer than this at a
// time.
constexpr std::int64_t kLongestSleepMs = 1000;

class Handle {
 public:
  explicit Handle(HANDLE handle = nullptr) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() {
    if (handle_) CloseHandle(handle_);
  }
  HANDLE get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  HANDLE handle_;
};

HResult lastError() {
  switch (GetLastError()) {
    case ERROR_ACCESS_DENIED:
      return hr::kE_ACCESSDENIED;
    case ERROR_FILE_NOT_FOUND:
      return hr::kE_FILE_NOT_FOUND;
    case ERROR_ALREADY_EXISTS:
    case ERROR_INVALID_HANDLE:  // the name belongs to an object of another kind
      return hr::kVD_E_BUSY;
    default:
      return hr::kE_OUTOFMEMORY;
  }
}

// A descriptor that lets in this process's user and nobody else.
class OwnerOnly {
 public:
  OwnerOnly() {
    HANDLE raw = nullptr;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw)) return;
    const Handle token(raw);
    DWORD size = 0;
    GetTokenInformation(token.get(), TokenUser, nullptr, 0, &size);
    user_.resize(size);
    if (!GetTokenInformation(token.get(), TokenUser, user_.data(), size, &size)) return;
    PSID sid = reinterpret_cast<TOKEN_USER*>(user_.data())->User.Sid;
    acl_.resize(sizeof(ACL) + sizeof(ACCESS_ALLOWED_ACE) + GetLengthSid(sid));
    auto* acl = reinterpret_cast<ACL*>(acl_.data());
    valid_ = InitializeAcl(acl, static_cast<DWORD>(acl_.size()), ACL_REVISION) &&
             AddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, sid) &&
             InitializeSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION) &&
             SetSecurityDescriptorDacl(&descriptor_, TRUE, acl, FALSE);
    attributes_ = {sizeof(attributes_), &descriptor_, FALSE};
  }

  explicit operator bool() const { return valid_; }
  SECURITY_ATTRIBUTES* get() { return &attributes_; }

 private:
  std::vector<std::uint8_t> user_;
  std::vector<std::uint8_t> acl_;
  SECURITY_DESCRIPTOR descriptor_{};
  SECURITY_ATTRIBUTES attributes_{};
  bool valid_ = false;
};

// The set's one public name. What follows it names the instance; no two pairs give the same whole.
VdiString mappingName(const Identity& identity) {
  VdiString name = L"Global\\" + identity.name + L"_SQLVDIMemoryName_0";
  if (!identity.instance.empty()) name += L"_" + identity.instance;
  return name;
}

std::uint64_t newGeneration() {
  static std::atomic<std::uint32_t> serial{0};
  LARGE_INTEGER now;
  QueryPerformanceCounter(&now);
  const std::uint64_t process = GetCurrentProcessId();
  return (static_cast<std::uint64_t>(now.QuadPart) << 20) ^ (process << 40) ^ (process << 8) ^ ++serial;
}

class WindowsSharedSet final : public SharedSet {
 public:
  explicit WindowsSharedSet(bool primary) : primary_(primary), self_(primary ? kPrimary : GetCurrentProcessId()) {}

  ~WindowsSharedSet() override {
    if (area_) UnmapViewOfFile(area_);
    if (block_) UnmapViewOfFile(block_);
  }

  HResult create(const Identity& identity) {
    if (!owner_) return hr::kVD_E_SECURITY;
    const VdiString name = mappingName(identity);
    mapping_ = Handle(CreateFileMappingW(INVALID_HANDLE_VALUE, owner_.get(), PAGE_READWRITE, 0,
                                         static_cast<DWORD>(kControlSize), name.c_str()));
    if (!mapping_ || GetLastError() == ERROR_ALREADY_EXISTS) return lastError();
    if (!mapControl(mapping_)) return hr::kE_OUTOFMEMORY;
    block_->generation = newGeneration();
    block_->primaryPeer = GetCurrentProcessId();
    return kOk;
  }

  // Nobody finds a set whose magic is missing. All its other objects are named after its generation.
  HResult publish() override {
    lock_ = Handle(CreateMutexW(owner_.get(), FALSE, objectName(L"Lock").c_str()));
    if (!lock_) return lastError();
    attached_ = Handle(CreateEventW(owner_.get(), FALSE, FALSE, objectName(L"Attached").c_str()));
    if (!attached_) return lastError();
    for (std::uint32_t index = 0; index < bellCount(); ++index) {
      bells_[index] = Handle(CreateSemaphoreW(owner_.get(), 0, LONG_MAX, bellName(index).c_str()));
      if (!bells_[index]) return lastError();
    }
    std::atomic_thread_fence(std::memory_order_release);
    block_->magic = kMagic;
    return kOk;
  }

  HResult open(const Identity& identity) {
    if (!owner_) return hr::kVD_E_SECURITY;
    // The mapping's handle is not kept: only the primary's keeps the name alive.
    const Handle mapping(OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, mappingName(identity).c_str()));
    if (!mapping) return lastError();
    if (!mapControl(mapping)) return hr::kE_OUTOFMEMORY;
    if (block_->magic != kMagic || block_->version != kLayoutVersion) return hr::kE_FILE_NOT_FOUND;
    std::atomic_thread_fence(std::memory_order_acquire);
    primaryProcess_ = Handle(OpenProcess(SYNCHRONIZE, FALSE, block_->primaryPeer));
    lock_ = Handle(OpenMutexW(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, objectName(L"Lock").c_str()));
    attached_ = Handle(OpenEventW(EVENT_MODIFY_STATE, FALSE, objectName(L"Attached").c_str()));
    if (!primaryProcess_ || !lock_ || !attached_) return hr::kE_FILE_NOT_FOUND;
    for (std::uint32_t index = 0; index < bellCount(); ++index) {
      bells_[index] = Handle(OpenSemaphoreW(SYNCHRONIZE | SEMAPHORE_MODIFY_STATE, FALSE, bellName(index).c_str()));
      if (!bells_[index]) return hr::kE_FILE_NOT_FOUND;
    }
    return kOk;
  }

  bool lock() override { return WaitForSingleObject(lock_.get(), INFINITE) != WAIT_ABANDONED; }
  void unlock() override { ReleaseMutex(lock_.get()); }

  void sleep(std::uint32_t bell, std::uint32_t, Clock::time_point until, bool alertable) override {
    std::int64_t milliseconds = kLongestSleepMs;
    if (until != Clock::time_point::max()) {
      // Rounded up: waking early would only mean to come back here for the rest.
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
      milliseconds = std::clamp<std::int64_t>(left, 0, kLongestSleepMs);
    }
    WaitForSingleObjectEx(bells_[bell].get(), static_cast<DWORD>(milliseconds), alertable ? TRUE : FALSE);
  }

  void wake(std::uint32_t bell, std::uint32_t sleepers) override {
    ReleaseSemaphore(bells_[bell].get(), static_cast<LONG>(sleepers), nullptr);
  }

  HResult makeArea(std::uint64_t bytes) override {
    areaMapping_ = Handle(CreateFileMappingW(INVALID_HANDLE_VALUE, owner_.get(), PAGE_READWRITE | SEC_COMMIT,
                                             static_cast<DWORD>(bytes >> 32), static_cast<DWORD>(bytes),
                                             objectName(L"Area").c_str()));
    return areaMapping_ && mapView(areaMapping_, bytes) ? kOk : hr::kVD_E_MEMORY;
  }

  HResult mapArea(std::uint64_t bytes) override {
    const Handle mapping(OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, objectName(L"Area").c_str()));
    // Until a client maps it the server alone holds the area: it goes with a server that dies.
    if (!mapping && GetLastError() == ERROR_FILE_NOT_FOUND) return hr::kVD_E_ABORT;
    return mapping && mapView(mapping, bytes) ? kOk : hr::kVD_E_MEMORY;
  }

  std::uint32_t self() const override { return self_; }
  void announce() override { SetEvent(attached_.get()); }

  HResult watch(std::function<void(std::uint32_t)> gone) override {
    gone_ = std::move(gone);
    stop_ = Handle(CreateEventW(nullptr, TRUE, FALSE, nullptr));
    if (!stop_) return hr::kE_OUTOFMEMORY;
    try {
      watcher_ = std::thread([this] {
        const Tally tally(census().threads);
        if (primary_) {
          watchServer();
        } else {
          watchProcess(primaryProcess_, kPrimary);
        }
      });
    } catch (const std::system_error&) {
      return hr::kE_OUTOFMEMORY;
    }
    return kOk;
  }

  void unwatch() override {
    if (!watcher_.joinable()) return;
    SetEvent(stop_.get());
    watcher_.join();
  }

 private:
  std::uint32_t bellCount() const { return bell::kFirstDevice + std::min(block_->config.deviceCount, kMaxDevices); }

  VdiString objectName(const VdiChar* what) const {
    VdiChar digits[17];
    for (int index = 0; index < 16; ++index) {
      digits[index] = L"0123456789ABCDEF"[(block_->generation >> (60 - 4 * index)) & 15];
    }
    digits[16] = 0;
    return VdiString(L"Global\\SQLVDI_") + digits + L"_" + what;
  }

  VdiString bellName(std::uint32_t index) const { return objectName(L"Bell") + std::to_wstring(index); }

  bool mapControl(const Handle& mapping) {
    block_ =
        static_cast<ControlBlock*>(MapViewOfFile(mapping.get(), FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, kControlSize));
    return block_ != nullptr;
  }

  // Views begin on the allocation granularity, which is 64 KiB.
  bool mapView(const Handle& mapping, std::uint64_t bytes) {
    area_ = static_cast<std::uint8_t*>(
        MapViewOfFile(mapping.get(), FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, static_cast<SIZE_T>(bytes)));
    areaSize_ = area_ ? bytes : 0;
    return area_ != nullptr;
  }

  void watchServer() {
    const HANDLE events[2] = {stop_.get(), attached_.get()};
    if (WaitForMultipleObjects(2, events, FALSE, INFINITE) != WAIT_OBJECT_0 + 1) return;
    // A server is announced with the lock held, and never replaced by another.
    lock();
    const std::uint32_t peer = block_->serverPeer;
    unlock();
    watchProcess(Handle(OpenProcess(SYNCHRONIZE, FALSE, peer)), peer);
  }

  void watchProcess(const Handle& process, std::uint32_t peer) {
    // A process that cannot be opened any more has ended.
    const HANDLE events[2] = {stop_.get(), process.get()};
    if (!process || WaitForMultipleObjects(2, events, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) gone_(peer);
  }

  const Tally tally_{census().mappings};
  const bool primary_;
  const std::uint32_t self_;
  OwnerOnly owner_;
  Handle mapping_;
  Handle areaMapping_;
  Handle lock_;
  Handle attached_;
  Handle primaryProcess_;
  Handle bells_[bell::kCount];
  Handle stop_;
  std::function<void(std::uint32_t)> gone_;
  std::thread watcher_;
};

template <typename Step>
HResult build(bool primary, std::unique_ptr<SharedSet>& out, Step step) {
  auto set = std::make_unique<WindowsSharedSet>(primary);
  const HResult result = step(*set);
  if (result == kOk) out = std::move(set);
  return result;
}

}  // namespace

HResult SharedSet::create(const Identity& identity, std::unique_ptr<SharedSet>& out) {
  return build(true, out, [&](WindowsSharedSet& set) { return set.create(identity); });
}

HResult SharedSet::open(const Identity& identity, std::unique_ptr<SharedSet>& out) {
  return build(false, out, [&](WindowsSharedSet& set) { return set.open(identity); });
}

}  // namespace sqlvdi::embedded

#endif
