// Where a backup's pages come from, dealt out in short runs to whichever stripe asks next.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine.h"

namespace sqlvdi::engine {

// Which pages were changed when, made for looking up: later changes have overwritten earlier ones.
class EpochMap {
 public:
  explicit EpochMap(const std::vector<PageChange>& changes);

  // The page's epoch, 0 where it was never changed; `end` is the first page after it that may have another.
  std::uint32_t find(std::uint64_t page, std::uint64_t& end) const;

 private:
  void overwrite(const PageChange& change);

  // From this page on, up to the next entry, the epoch is that.
  std::map<std::uint64_t, std::uint32_t> from_;
};

class PageSource {
 public:
  virtual ~PageSource() = default;

  // Fills in the pages of a run; may be called from several threads. Throws std::runtime_error where that is
  // impossible.
  virtual void read(const PageRange& run, std::uint8_t* pages) const = 0;

  // The next run of at most kMaxFramePages pages, or nothing when all were dealt.
  std::optional<PageRange> next();

  std::uint64_t total() const { return total_; }

 protected:
  // `ranges` must lie within pageCount, as the caller has checked.
  PageSource(std::uint64_t pageCount, const std::optional<std::vector<PageRange>>& ranges);

 private:
  std::mutex mutex_;
  std::vector<PageRange> ranges_;
  std::size_t range_ = 0;
  std::uint64_t dealt_ = 0;  // of the current range
  std::uint64_t total_ = 0;
};

std::unique_ptr<PageSource> makePageSource(const GeneratedContent& content,
                                           const std::optional<std::vector<PageRange>>& ranges);
std::unique_ptr<PageSource> makePageSource(const PageFileContent& content,
                                           const std::optional<std::vector<PageRange>>& ranges);

}  // namespace sqlvdi::engine
