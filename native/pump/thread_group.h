// Threads that are never detached: the group joins every one, those that have ended when the next one starts.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace sqlvdi::pump {

class ThreadGroup {
 public:
  ThreadGroup() = default;
  virtual ~ThreadGroup() { joinAll(); }
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  // `after` is the thread's last act, when it is no longer counted: who is told of its end there finds nothing left of
  // it. Throws std::system_error where the system has no more threads.
  virtual void start(std::function<void()> body, std::function<void()> after = {});

  // Waits for all of them. Not from one of them.
  void joinAll();

 private:
  struct Member {
    std::thread thread;
    bool ended = false;
  };

  std::list<Member> takeEnded();

  std::mutex mutex_;
  std::list<Member> members_;
};

}  // namespace sqlvdi::pump
