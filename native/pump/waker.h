// Runs a function on a device's thread in the midst of an alertable wait. Where there are no APCs it does nothing, and
// the thread looks for itself.
#pragma once

#include <atomic>
#include <cstdint>

namespace sqlvdi::pump {

class Waker {
 public:
  using Function = void (*)(void* context);

  // `context` must live as long as the thread that binds.
  Waker(Function function, void* context) : function_(function), context_(context) {}
  ~Waker();  // NOLINT(performance-trivially-destructible): Windows has a handle to close
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void bind();  // on the thread that is to be woken
  void wake();  // any thread
  void run() const { function_(context_); }

 private:
  const Function function_;
  void* const context_;
  std::atomic<std::intptr_t> thread_ = 0;
};

}  // namespace sqlvdi::pump
