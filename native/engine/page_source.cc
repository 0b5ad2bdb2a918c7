// Deals a backup's pages, generated or from a data file.
#include "page_source.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "data_file.h"
#include "pages.h"

namespace sqlvdi::engine {
namespace {

class GeneratedPages final : public PageSource {
 public:
  GeneratedPages(const GeneratedContent& content, const std::optional<std::vector<PageRange>>& ranges)
      : PageSource(content.pageCount, ranges),
        seed_(content.seed),
        compressible_(content.compressible),
        epochs_(content.changes) {}

  void read(const PageRange& run, std::uint8_t* pages) const override {
    std::uint64_t end = 0;
    std::uint32_t epoch = 0;
    for (std::uint64_t i = 0; i < run.count; ++i) {
      const std::uint64_t page = run.first + i;
      if (page >= end) epoch = epochs_.find(page, end);
      generatePage(seed_, compressible_, page, epoch, pages + i * kPageSize);
    }
  }

 private:
  std::uint64_t seed_;
  bool compressible_;
  EpochMap epochs_;
};

class FilePages final : public PageSource {
 public:
  FilePages(const PageFileContent& content, const std::optional<std::vector<PageRange>>& ranges)
      : PageSource(content.pageCount, ranges), file_(content.path, DataFile::Mode::Read) {}

  void read(const PageRange& run, std::uint8_t* pages) const override {
    const std::size_t size = static_cast<std::size_t>(run.count) * kPageSize;
    // A page beyond the end of the file was never written.
    const std::size_t count = file_.read(run.first * kPageSize, {pages, size});
    std::fill(pages + count, pages + size, std::uint8_t{0});
    for (std::uint64_t i = 0; i < run.count; ++i) {
      if (isPageSound(run.first + i, pages + i * kPageSize)) continue;
      throw std::runtime_error("page " + std::to_string(run.first + i) + " of '" + textOf(file_.path()) +
                               "' is damaged");
    }
  }

 private:
  DataFile file_;
};

}  // namespace

EpochMap::EpochMap(const std::vector<PageChange>& changes) {
  from_[0] = 0;
  for (const PageChange& change : changes) {
    if (change.count > 0) overwrite(change);
  }
}

void EpochMap::overwrite(const PageChange& change) {
  const std::uint64_t end = change.first + change.count;
  const std::uint32_t after = std::prev(from_.upper_bound(end))->second;
  from_.erase(from_.lower_bound(change.first), from_.upper_bound(end));
  from_[change.first] = change.epoch;
  from_[end] = after;
}

std::uint32_t EpochMap::find(std::uint64_t page, std::uint64_t& end) const {
  const auto next = from_.upper_bound(page);
  end = next == from_.end() ? std::numeric_limits<std::uint64_t>::max() : next->first;
  return std::prev(next)->second;
}

PageSource::PageSource(std::uint64_t pageCount, const std::optional<std::vector<PageRange>>& ranges)
    : ranges_(ranges.value_or(std::vector<PageRange>{{0, pageCount}})) {
  for (const PageRange& range : ranges_) total_ += range.count;
}

std::optional<PageRange> PageSource::next() {
  const std::lock_guard lock(mutex_);
  while (range_ < ranges_.size() && dealt_ == ranges_[range_].count) {
    ++range_;
    dealt_ = 0;
  }
  if (range_ == ranges_.size()) return std::nullopt;
  const PageRange& range = ranges_[range_];
  const PageRange run{range.first + dealt_, std::min<std::uint64_t>(kMaxFramePages, range.count - dealt_)};
  dealt_ += run.count;
  return run;
}

std::unique_ptr<PageSource> makePageSource(const GeneratedContent& content,
                                           const std::optional<std::vector<PageRange>>& ranges) {
  return std::make_unique<GeneratedPages>(content, ranges);
}

std::unique_ptr<PageSource> makePageSource(const PageFileContent& content,
                                           const std::optional<std::vector<PageRange>>& ranges) {
  return std::make_unique<FilePages>(content, ranges);
}

}  // namespace sqlvdi::engine
