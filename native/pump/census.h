// How many of everything that must not leak are alive in this process.
#pragma once

#include <atomic>
#include <cstdint>

namespace sqlvdi::pump {

using Count = std::atomic<std::int64_t>;

struct Census {
  Count clientSets = 0;
  Count devices = 0;
  Count threads = 0;
  Count views = 0;
};

// Constant-initialised and trivially destroyed: threads may still run while the process exits.
inline constinit Census census;

// Counts for as long as it lives.
class Counted {
 public:
  explicit Counted(Count& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  Count& count_;
};

}  // namespace sqlvdi::pump
