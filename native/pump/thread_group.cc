// Starting and joining the group's threads.
#include "thread_group.h"

#include <utility>

#include "census.h"

namespace sqlvdi::pump {

void ThreadGroup::start(std::function<void()> body, std::function<void()> after) {
  for (Member& ended : takeEnded()) ended.thread.join();
  const std::lock_guard lock(mutex_);
  Member& member = members_.emplace_back();
  try {
    member.thread = std::thread([this, &member, work = std::move(body), last = std::move(after)]() mutable {
      {
        const Counted counted(census.threads);
        // What the body owns goes before the thread counts as ended.
        std::exchange(work, nullptr)();
      }
      if (last) std::exchange(last, nullptr)();
      const std::lock_guard ending(mutex_);
      member.ended = true;
    });
  } catch (...) {
    members_.pop_back();
    throw;
  }
}

void ThreadGroup::joinAll() {
  std::list<Member> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(members_);
  }
  for (Member& member : all) member.thread.join();
}

std::list<ThreadGroup::Member> ThreadGroup::takeEnded() {
  std::list<Member> ended;
  const std::lock_guard lock(mutex_);
  for (auto member = members_.begin(); member != members_.end();) {
    const auto next = std::next(member);
    if (member->ended) ended.splice(ended.end(), members_, member);
    member = next;
  }
  return ended;
}

}  // namespace sqlvdi::pump
