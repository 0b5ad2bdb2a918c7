// Counters of everything that must not leak, kept by members that count themselves.
#pragma once

#include <atomic>
#include <cstdint>

namespace sqlvdi::embedded {

using Counter = std::atomic<std::uint32_t>;

struct Census {
  Counter objects{0};
  Counter clientSets{0};
  Counter serverSets{0};
  Counter mappings{0};
  Counter threads{0};
};

inline Census& census() {
  static Census instance;
  return instance;
}

class Tally {
 public:
  explicit Tally(Counter& counter) : counter_(counter) { ++counter_; }
  ~Tally() { --counter_; }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

 private:
  Counter& counter_;
};

}  // namespace sqlvdi::embedded
