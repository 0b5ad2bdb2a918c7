// Makes and checks generated pages, in rows of four words whose computations overlap.
#include "pages.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace sqlvdi::engine {
namespace {

constexpr std::uint32_t kPageMagic = 0x45474150;  // "PAGE"
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15u;

struct PageHeader {
  std::uint32_t magic;
  std::uint32_t epoch;
  std::uint64_t number;
  std::uint64_t checksum;  // over the whole page, this member taken as 0
};
static_assert(sizeof(PageHeader) == 24);

constexpr std::size_t kLanes = 4;
using Row = std::array<std::uint64_t, kLanes>;
constexpr std::uint32_t kRows = kPageSize / sizeof(Row);

// The finalizer of SplitMix64.
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

// Four linear congruential generators side by side; the multiplications overlap.
struct Random {
  std::uint64_t a;
  std::uint64_t b;
  std::uint64_t c;
  std::uint64_t d;

  explicit Random(std::uint64_t seed) : a(mix(seed)), b(mix(seed + 1)), c(mix(seed + 2)), d(mix(seed + 3)) {}

  static std::uint64_t step(std::uint64_t& state) {
    state = state * 0xD1342543DE82EF95u + kGolden;
    return state ^ (state >> 32);  // the low bits of such a generator repeat early
  }
};

// Fletcher's two sums, in four lanes: sensitive to every changed, moved or swapped word.
struct Checksum {
  std::uint64_t a1 = 0, a2 = 0;
  std::uint64_t b1 = 0, b2 = 0;
  std::uint64_t c1 = 0, c2 = 0;
  std::uint64_t d1 = 0, d2 = 0;

  void add(const Row& row) {
    a2 += a1 += row[0];
    b2 += b1 += row[1];
    c2 += c1 += row[2];
    d2 += d1 += row[3];
  }

  std::uint64_t value() const {
    const std::uint64_t left = mix(a1 + mix(a2 + mix(b1 + mix(b2))));
    const std::uint64_t right = mix(c1 + mix(c2 + mix(d1 + mix(d2 + kGolden))));
    return mix(left + kGolden * right);
  }
};

// Word by word: a row put together on the stack first would be read back before it is there.
void storeRow(std::uint64_t* row, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
  row[0] = a;
  row[1] = b;
  row[2] = c;
  row[3] = d;
}

void fillRandom(Random& random, std::uint64_t* row, const std::uint64_t* end) {
  Random local = random;  // in registers: the stores below might change `random` for all the compiler knows
  for (; row < end; row += kLanes) {
    storeRow(row, Random::step(local.a), Random::step(local.b), Random::step(local.c), Random::step(local.d));
  }
  random = local;
}

// A few rows of random words between longer runs of one word: about a third of the page is information.
void fillRuns(Random& random, std::uint64_t* row, const std::uint64_t* end) {
  while (row < end) {
    const std::uint64_t choice = Random::step(random.a);
    const std::uint64_t word = Random::step(random.b);
    const auto left = static_cast<std::size_t>(end - row);
    const std::size_t literals = std::min<std::size_t>(left, (2 + (choice & 3)) * kLanes);
    fillRandom(random, row, row + literals);
    row += literals;
    const std::size_t run = std::min<std::size_t>(left - literals, (5 + ((choice >> 2) & 7)) * kLanes);
    std::fill_n(row, run, word);
    row += run;
  }
}

std::uint64_t checksumOf(const PageHeader& header, const std::uint8_t* page) {
  Checksum checksum;
  Row row;
  std::memcpy(row.data(), page, sizeof row);
  const PageHeader bare{header.magic, header.epoch, header.number, 0};
  std::memcpy(row.data(), &bare, sizeof bare);
  checksum.add(row);
  for (std::uint32_t i = 1; i < kRows; ++i) {
    std::memcpy(row.data(), page + i * sizeof row, sizeof row);
    checksum.add(row);
  }
  return checksum.value();
}

}  // namespace

void generatePage(std::uint64_t seed, bool compressible, std::uint64_t number, std::uint32_t epoch,
                  std::uint8_t* page) {
  Random random(mix(mix(mix(seed + kGolden) ^ number) + epoch * kGolden + (compressible ? 1 : 0)));
  auto* words = reinterpret_cast<std::uint64_t*>(page);
  const std::uint64_t* end = words + kPageSize / 8;
  if (compressible) {
    fillRuns(random, words, end);
  } else {
    fillRandom(random, words, end);
  }
  PageHeader header{kPageMagic, epoch, number, 0};
  header.checksum = checksumOf(header, page);
  std::memcpy(page, &header, sizeof header);
}

bool isPageSound(std::uint64_t number, const std::uint8_t* page) {
  PageHeader header;
  std::memcpy(&header, page, sizeof header);
  if (header.magic == 0) {
    return std::all_of(page, page + kPageSize, [](std::uint8_t byte) { return byte == 0; });
  }
  return header.magic == kPageMagic && header.number == number && header.checksum == checksumOf(header, page);
}

}  // namespace sqlvdi::engine
