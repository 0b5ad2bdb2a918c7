// Wake-ups by user APC.
#if defined(_WIN32)

#include "../abi/win32.h"
#include "waker.h"

namespace sqlvdi::pump {

Waker::~Waker() {
  if (thread_ != 0) CloseHandle(reinterpret_cast<HANDLE>(thread_.load()));
}

void Waker::bind() {
  HANDLE thread = nullptr;
  const HANDLE process = GetCurrentProcess();
  if (DuplicateHandle(process, GetCurrentThread(), process, &thread, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
    thread_ = reinterpret_cast<std::intptr_t>(thread);
  }
}

void Waker::wake() {
  const auto run = [](ULONG_PTR waker) { reinterpret_cast<Waker*>(waker)->run(); };
  // One queued when its thread ends is discarded by the system.
  if (thread_ != 0) QueueUserAPC(run, reinterpret_cast<HANDLE>(thread_.load()), reinterpret_cast<ULONG_PTR>(this));
}

}  // namespace sqlvdi::pump

#endif
