// Shared memory, lock, wake-ups and word of a death on Linux: a memfd handed over a Unix socket, a robust mutex,
// futexes, and the socket's hang-up. Nothing of it has a name in a file system, so nothing outlives the processes.
#if defined(__linux__)

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "census.h"
#include "platform.h"

namespace sqlvdi::embedded {
namespace {

constexpr int kHandshakeSeconds = 5;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// What the primary sends first to whoever connects; the memfd comes with it.
struct Hello {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t peer;
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

// The abstract socket address of a set: 128 bits of hash over user, instance and name.
socklen_t rendezvous(const Identity& identity, sockaddr_un& address) {
  std::uint64_t halves[2] = {0x5144564C53514C01u, 0x9C2E57A1D3B8F046u};
  for (std::uint64_t& half : halves) {
    half = mix(half, geteuid());
    for (const VdiChar unit : identity.instance) half = mix(half, unit);
    half = mix(half, '\\');
    for (const VdiChar unit : identity.name) half = mix(half, unit);
    half = mix(half, identity.name.size());
  }
  address = {};
  address.sun_family = AF_UNIX;
  const int length =
      std::snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "sqlvdi-%016llx%016llx",
                    static_cast<unsigned long long>(halves[0]), static_cast<unsigned long long>(halves[1]));
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<std::size_t>(length));
}

bool isOurs(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

union FdMessage {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

bool sendHello(int socket, const Hello& hello, int fd) {
  FdMessage control{};
  iovec data{const_cast<Hello*>(&hello), sizeof(hello)};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof(hello));
}

Fd receiveHello(int socket, Hello& hello) {
  FdMessage control{};
  iovec data{&hello, sizeof(hello)};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t count;
  do {
    count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  } while (count < 0 && errno == EINTR);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (count < 0 || !header || header->cmsg_type != SCM_RIGHTS) return Fd();
  int fd;
  std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  Fd result(fd);
  const bool whole =
      count == static_cast<ssize_t>(sizeof(hello)) && hello.magic == kMagic && hello.version == kLayoutVersion;
  return whole ? std::move(result) : Fd();
}

// Memory that is there for the asking. Pages of a memfd are never refused: the kernel ends processes instead.
std::uint64_t availableMemory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::uint64_t kibibytes = 0;
  std::string unit;
  while (file >> key >> kibibytes) {
    if (key == "MemAvailable:") return kibibytes * 1024;
    std::getline(file, unit);
  }
  return ~std::uint64_t{0};
}

class LinuxSharedSet final : public SharedSet {
 public:
  LinuxSharedSet(Identity identity, Fd memory, Fd socket, std::uint32_t self)
      : identity_(std::move(identity)), memory_(std::move(memory)), socket_(std::move(socket)), self_(self) {}

  ~LinuxSharedSet() override {
    if (area_) munmap(area_, areaSize_);
    if (block_) munmap(block_, kControlSize);
  }

  bool mapControl() {
    void* address = mmap(nullptr, kControlSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
    if (address == MAP_FAILED) return false;
    block_ = static_cast<ControlBlock*>(address);
    return true;
  }

  bool initializeLock() {
    pthread_mutexattr_t attributes;
    if (pthread_mutexattr_init(&attributes) != 0) return false;
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    const bool done = pthread_mutex_init(mutex(), &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    return done;
  }

  HResult publish() override {
    sockaddr_un address;
    const socklen_t length = rendezvous(identity_, address);
    Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener) return hr::kE_OUTOFMEMORY;
    if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
      return errno == EADDRINUSE ? hr::kVD_E_BUSY : hr::kVD_E_UNEXPECTED;
    }
    if (listen(listener.get(), SOMAXCONN) != 0) return hr::kVD_E_UNEXPECTED;
    socket_ = std::move(listener);
    return kOk;
  }

  bool lock() override {
    if (pthread_mutex_lock(mutex()) != EOWNERDEAD) return true;
    pthread_mutex_consistent(mutex());
    return false;
  }

  void unlock() override { pthread_mutex_unlock(mutex()); }

  void sleep(std::uint32_t bell, std::uint32_t ticket, Clock::time_point until, bool) override {
    timespec left{};
    timespec* limit = nullptr;
    if (until != Clock::time_point::max()) {
      const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now()).count();
      if (rest <= 0) return;
      left.tv_sec = static_cast<time_t>(rest / 1'000'000'000);
      left.tv_nsec = static_cast<long>(rest % 1'000'000'000);
      limit = &left;
    }
    syscall(SYS_futex, &block_->bells[bell].sequence, FUTEX_WAIT, ticket, limit, nullptr, 0);
  }

  void wake(std::uint32_t bell, std::uint32_t) override {
    syscall(SYS_futex, &block_->bells[bell].sequence, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

  HResult makeArea(std::uint64_t bytes) override {
    if (bytes > availableMemory()) return hr::kVD_E_MEMORY;
    const auto size = static_cast<off_t>(kControlSize + bytes);
    struct stat now {};
    if (fstat(memory_.get(), &now) != 0) return hr::kVD_E_MEMORY;
    // A first try that failed may have left the file longer than this one needs it.
    if (now.st_size < size && ftruncate(memory_.get(), size) != 0) return hr::kVD_E_MEMORY;
    if (fallocate(memory_.get(), 0, 0, size) != 0) return hr::kVD_E_MEMORY;
    const HResult mapped = mapArea(bytes);
    if (mapped == kOk) fcntl(memory_.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL);
    return mapped;
  }

  HResult mapArea(std::uint64_t bytes) override {
    // Room for an address on the boundary, of which the rest is given back.
    const std::uint64_t room = bytes + kAreaAlignment;
    void* reserved = mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return hr::kVD_E_MEMORY;
    auto* begin = static_cast<std::uint8_t*>(reserved);
    const std::uint64_t skip =
        roundUp(reinterpret_cast<std::uintptr_t>(begin), kAreaAlignment) - reinterpret_cast<std::uintptr_t>(begin);
    void* address = mmap(begin + skip, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory_.get(),
                         static_cast<off_t>(kControlSize));
    if (address == MAP_FAILED) {
      munmap(begin, room);
      return hr::kVD_E_MEMORY;
    }
    if (skip) munmap(begin, skip);
    munmap(begin + skip + bytes, kAreaAlignment - skip);
    area_ = static_cast<std::uint8_t*>(address);
    areaSize_ = bytes;
    return kOk;
  }

  std::uint32_t self() const override { return self_; }
  void announce() override {}

  HResult watch(std::function<void(std::uint32_t)> gone) override {
    gone_ = std::move(gone);
    stop_ = Fd(eventfd(0, EFD_CLOEXEC));
    if (!stop_) return hr::kE_OUTOFMEMORY;
    // The host's signal handlers must not run on this thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    HResult result = kOk;
    try {
      watcher_ = std::thread([this] {
        const Tally tally(census().threads);
        if (self_ == kPrimary) {
          watchPeers();
        } else {
          watchPrimary();
        }
      });
    } catch (const std::system_error&) {
      result = hr::kE_OUTOFMEMORY;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return result;
  }

  void unwatch() override {
    if (!watcher_.joinable()) return;
    const std::uint64_t one = 1;
    // An eventfd takes eight bytes whole unless its counter is full.
    while (write(stop_.get(), &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    watcher_.join();
  }

 private:
  struct Connection {
    Fd socket;
    std::uint32_t peer;
  };

  pthread_mutex_t* mutex() { return reinterpret_cast<pthread_mutex_t*>(block_->lockStorage); }

  void watchPrimary() {
    pollfd events[2] = {{stop_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
    for (;;) {
      if (poll(events, 2, -1) < 0) continue;
      if (events[0].revents) return;
      // Nothing but the end ever comes from there.
      if (events[1].revents) {
        gone_(kPrimary);
        events[1].fd = -1;
      }
    }
  }

  void watchPeers() {
    std::vector<Connection> connections;
    std::vector<pollfd> events;
    bool accepting = true;
    for (;;) {
      events.clear();
      events.push_back({stop_.get(), POLLIN, 0});
      events.push_back({accepting ? socket_.get() : -1, POLLIN, 0});
      for (const Connection& connection : connections) events.push_back({connection.socket.get(), POLLIN, 0});
      if (poll(events.data(), events.size(), accepting ? -1 : 100) < 0) continue;
      if (events[0].revents) return;
      for (std::size_t index = connections.size(); index-- > 0;) {
        if (!events[index + 2].revents) continue;
        gone_(connections[index].peer);
        connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(index));
      }
      accepting = !events[1].revents || acceptPeer(connections);
    }
  }

  // False where no descriptor is to be had: whoever knocks has to wait a little.
  bool acceptPeer(std::vector<Connection>& connections) {
    Fd socket(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
    const std::uint32_t peer = ++lastPeer_;
    if (isOurs(socket.get()) && sendHello(socket.get(), {kMagic, kLayoutVersion, peer}, memory_.get())) {
      connections.push_back({std::move(socket), peer});
    }
    return true;
  }

  const Tally tally_{census().mappings};
  const Identity identity_;
  const Fd memory_;
  Fd socket_;  // the primary's listens; the others' leads to the primary
  const std::uint32_t self_;
  std::uint32_t lastPeer_ = kPrimary;
  Fd stop_;
  std::function<void(std::uint32_t)> gone_;
  std::thread watcher_;
};

}  // namespace

HResult SharedSet::create(const Identity& identity, std::unique_ptr<SharedSet>& out) {
  Fd memory(memfd_create("sqlvdi", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ftruncate(memory.get(), static_cast<off_t>(kControlSize)) != 0) return hr::kE_OUTOFMEMORY;
  // Who maps a file that another process shrinks dies of it.
  fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  auto set = std::make_unique<LinuxSharedSet>(identity, std::move(memory), Fd(), kPrimary);
  if (!set->mapControl() || !set->initializeLock()) return hr::kE_OUTOFMEMORY;
  out = std::move(set);
  return kOk;
}

HResult SharedSet::open(const Identity& identity, std::unique_ptr<SharedSet>& out) {
  sockaddr_un address;
  const socklen_t length = rendezvous(identity, address);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return hr::kE_OUTOFMEMORY;
  const timeval patience{kHandshakeSeconds, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) return hr::kE_FILE_NOT_FOUND;
  if (!isOurs(socket.get())) return hr::kE_ACCESSDENIED;
  Hello hello{};
  Fd memory = receiveHello(socket.get(), hello);
  struct stat file {};
  if (!memory || fstat(memory.get(), &file) != 0 || file.st_size < static_cast<off_t>(kControlSize)) {
    return hr::kE_FILE_NOT_FOUND;
  }
  auto set = std::make_unique<LinuxSharedSet>(identity, std::move(memory), std::move(socket), hello.peer);
  if (!set->mapControl()) return hr::kE_OUTOFMEMORY;
  out = std::move(set);
  return kOk;
}

}  // namespace sqlvdi::embedded

#endif
