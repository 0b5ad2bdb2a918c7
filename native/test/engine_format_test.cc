// The engine's media format: round trips, and every kind of damage noticed. Ends with 0 when all held.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "../engine/crc32c.h"
#include "../engine/frame_reader.h"
#include "../engine/frame_writer.h"
#include "../engine/pages.h"
#include "../engine/word_runs.h"
#include "check.h"

namespace {

using namespace sqlvdi::engine;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kSeed = 42;

Bytes page(std::uint64_t number, bool compressible = false, std::uint32_t epoch = 0, std::uint64_t seed = kSeed) {
  Bytes bytes(kPageSize);
  generatePage(seed, compressible, number, epoch, bytes.data());
  return bytes;
}

struct SetOptions {
  std::uint32_t stripes = 1;
  std::uint32_t blockSize = 512;
  std::uint64_t pages = 100;
  bool compressible = false;
  bool compression = false;
};

std::vector<Bytes> writeSet(const SetOptions& options) {
  const MediaSetId id = makeMediaSetId();
  std::vector<FrameWriter> writers;
  std::vector<Bytes> streams(options.stripes);
  const auto append = [&](std::size_t stripe, std::span<const std::uint8_t> data) {
    streams[stripe].insert(streams[stripe].end(), data.begin(), data.end());
  };
  for (std::uint32_t i = 0; i < options.stripes; ++i) {
    writers.emplace_back(StripeIdentity{id, i, options.stripes, options.blockSize, options.pages}, "{\"name\":\"t\"}",
                         options.compression);
    append(i, writers[i].header());
  }
  std::mt19937 random(7);
  for (std::uint64_t at = 0; at < options.pages;) {
    const std::size_t stripe = random() % options.stripes;
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(1 + random() % kMaxFramePages, options.pages - at));
    for (std::uint32_t i = 0; i < count; ++i) {
      generatePage(kSeed, options.compressible, at + i, 0, writers[stripe].pages() + std::size_t{i} * kPageSize);
    }
    append(stripe, writers[stripe].frame(at, count));
    at += count;
  }
  for (std::uint32_t i = 0; i < options.stripes; ++i) append(i, writers[i].end());
  return streams;
}

struct ReadResult {
  MediaFault fault;
  std::set<std::uint64_t> pages;
  bool right = true;
};

void readStripe(const Bytes& stream, bool compressible, std::mt19937& random, ReadResult& result) {
  const StripeHeader header = parseStripeHeader(stream);
  FrameReader reader(header, [&](std::uint64_t first, std::uint32_t count, const std::uint8_t* data) {
    for (std::uint32_t i = 0; i < count; ++i) {
      result.pages.insert(first + i);
      const Bytes expected = page(first + i, compressible);
      if (std::memcmp(expected.data(), data + std::size_t{i} * kPageSize, kPageSize) != 0) result.right = false;
    }
  });
  std::size_t at = header.size;
  while (at < stream.size() && !result.fault) {
    const std::size_t part = std::min<std::size_t>(1 + random() % 100000, stream.size() - at);
    result.fault = reader.push(std::span(stream).subspan(at, part));
    at += part;
  }
  if (!result.fault) result.fault = reader.finish();
}

ReadResult readSet(const std::vector<Bytes>& streams, bool compressible = false) {
  ReadResult result;
  std::vector<StripeHeader> headers;
  headers.reserve(streams.size());
  for (const Bytes& stream : streams) headers.push_back(parseStripeHeader(stream));
  int device = -1;
  result.fault = checkStripes(headers, device);
  std::mt19937 random(9);
  for (std::size_t i = 0; i < streams.size() && !result.fault; ++i) {
    readStripe(streams[i], compressible, random, result);
  }
  return result;
}

void testPages() {
  CHECK(page(5) == page(5));
  CHECK(page(5) != page(6));
  CHECK(page(5, true) != page(5, false));
  CHECK(page(5, false, 1) != page(5, false, 2));
  CHECK(page(5, false, 0, 1) != page(5, false, 0, 2));
  // The content is part of the promise: a restored database of an older version must still compare equal.
  CHECK(crc32c(page(5).data(), kPageSize) == 0x184F1283u);
  CHECK(crc32c(page(5, true, 3).data(), kPageSize) == 0x2BDBA5AAu);
  CHECK(isPageSound(5, page(5).data()));
  CHECK(!isPageSound(6, page(5).data()));
  CHECK(isPageSound(6, Bytes(kPageSize).data()));
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    Bytes damaged = page(5, i % 2 == 0);
    damaged[random() % kPageSize] ^= static_cast<std::uint8_t>(1u << (random() % 8));
    CHECK(!isPageSound(5, damaged.data()));
  }
}

void testChecksum() {
  CHECK(crc32c("123456789", 9) == 0xE3069283u);
  CHECK(crc32cByTable("123456789", 9) == 0xE3069283u);
  const Bytes data = page(1);
  for (std::size_t size = 0; size < 200; ++size) {
    CHECK(crc32c(data.data() + size % 8, size) == crc32cByTable(data.data() + size % 8, size));
    CHECK(crc32c(data.data() + 50, 150, crc32c(data.data(), 50)) == crc32c(data.data(), 200));
  }
}

void testWordRuns() {
  std::mt19937_64 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::uint64_t> words(random() % 300);
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.size(), at + 1 + random() % 20);
      const std::uint64_t value = random();
      const bool run = random() % 2 == 0;
      for (; at < end; ++at) words[at] = run ? value : random();
    }
    const std::size_t size = words.size() * 8;
    const auto* raw = reinterpret_cast<const std::uint8_t*>(words.data());
    Bytes packed(size + 8, 0xAB);
    const std::size_t used = compressWords(raw, size, packed.data());
    CHECK(used == 0 || used < size);
    CHECK(std::all_of(packed.begin() + static_cast<std::ptrdiff_t>(size), packed.end(),
                      [](auto b) { return b == 0xAB; }));
    if (used == 0) continue;
    Bytes unpacked(size);
    CHECK(expandWords(packed.data(), used, unpacked.data(), size));
    CHECK(std::equal(unpacked.begin(), unpacked.end(), raw));
    CHECK(!expandWords(packed.data(), used - 8, unpacked.data(), size));
    CHECK(!expandWords(packed.data(), used, unpacked.data(), size - 8));
    // Nonsense must never leave the two ranges (run under a sanitizer to be sure).
    packed[random() % used] ^= static_cast<std::uint8_t>(1u << (random() % 8));
    expandWords(packed.data(), used, unpacked.data(), size);
  }
}

void testRoundTrips() {
  for (const std::uint32_t stripes : {1u, 2u, 3u, 7u, 16u, 64u}) {
    for (const std::uint32_t blockSize : {512u, 4096u, 65536u}) {
      for (const bool compression : {false, true}) {
        const bool compressible = compression && stripes != 2;
        const SetOptions options{stripes, blockSize, 333, compressible, compression};
        const std::vector<Bytes> streams = writeSet(options);
        std::size_t total = 0;
        for (const Bytes& stream : streams) {
          CHECK(stream.size() % blockSize == 0);
          total += stream.size();
        }
        if (blockSize == 512 && compression && stripes == 1) CHECK(total < 333 * kPageSize / 2);
        const ReadResult result = readSet(streams, compressible);
        CHECK(!result.fault);
        CHECK(result.right && result.pages.size() == 333);
      }
    }
  }
  CHECK(!readSet(writeSet({.stripes = 3, .pages = 0})).fault);
}

void testDamage() {
  std::mt19937 random(11);
  for (const bool compression : {false, true}) {
    const std::vector<Bytes> original =
        writeSet({.stripes = 2, .pages = 40, .compressible = compression, .compression = compression});
    for (int round = 0; round < 3000; ++round) {
      std::vector<Bytes> damaged = original;
      Bytes& stream = damaged[random() % 2];
      stream[random() % stream.size()] ^= static_cast<std::uint8_t>(1u << (random() % 8));
      CHECK(readSet(damaged, compression).fault);
    }
    for (std::size_t stripe = 0; stripe < 2; ++stripe) {
      for (std::size_t size = 0; size < original[stripe].size(); size += 512) {
        std::vector<Bytes> damaged = original;
        damaged[stripe].resize(size);
        CHECK(readSet(damaged, compression).fault.kind == (size == 0 ? Media::Empty : Media::Truncated));
      }
      std::vector<Bytes> longer = original;
      longer[stripe].resize(longer[stripe].size() + 512);
      CHECK(readSet(longer, compression).fault.kind == Media::Damaged);
    }
  }
}

// The first block of a real SQL Server's stripe, as far as it says what it is.
Bytes tapeBlock(std::uint8_t mediaSet, std::uint8_t families, std::uint8_t family) {
  Bytes block(512);
  std::memcpy(block.data(), "TAPE", 4);
  block[8] = 0x8c;
  const std::size_t streams[2] = {0x8c, 0x8c + 24};
  std::memcpy(&block[streams[0]], "NONE", 4);
  block[streams[0] + 8] = 2;
  std::memcpy(&block[streams[1]], "RAID", 4);
  block[streams[1] + 8] = 32;
  std::fill_n(&block[streams[1] + 22], 16, mediaSet);
  block[streams[1] + 22 + 20] = families;
  block[streams[1] + 22 + 24] = family;
  for (std::size_t i = 0; i < 50; ++i) block[50 + i % 2] ^= block[i];
  return block;
}

void testTapeStripes() {
  CHECK(stripeHeaderNeeds(Bytes{'T', 'A', 'P', 'E'}) == 512);
  const StripeHeader header = parseStripeHeader(tapeBlock('a', 2, 2));
  CHECK(header.format == StripeFormat::Tape && header.identity);
  CHECK(header.identity->mediaSetId.front() == 'a' && header.identity->stripeCount == 2 &&
        header.identity->stripe == 1);
  CHECK(!parseStripeHeader(tapeBlock('a', 2, 3)).identity);
  CHECK(!parseStripeHeader(tapeBlock('a', 2, 0)).identity);

  const auto check = [](const std::vector<Bytes>& stripes) {
    std::vector<StripeHeader> headers;
    for (const Bytes& stripe : stripes) headers.push_back(parseStripeHeader(stripe));
    int device = 0;
    return checkStripes(headers, device).kind;
  };
  const Bytes first = tapeBlock('a', 2, 1);
  const Bytes second = tapeBlock('a', 2, 2);
  CHECK(check({first, second}) == Media::None);
  CHECK(check({second, first}) == Media::Swapped);
  CHECK(check({second}) == Media::Missing);
  CHECK(check({first, tapeBlock('b', 2, 2)}) == Media::Foreign);
  // Whatever is wrong with it is no memory to be read.
  for (std::size_t at = 0; at < 512; ++at) {
    Bytes damaged = first;
    damaged[at] ^= 0xff;
    CHECK(at >= 52 || parseStripeHeader(damaged).format != StripeFormat::Tape);
    CHECK(parseStripeHeader(std::span(first).first(at)).format != StripeFormat::Tape);
  }
}

void testWrongStripes() {
  const std::vector<Bytes> set = writeSet({.stripes = 3});
  const std::vector<Bytes> other = writeSet({.stripes = 3});
  CHECK(readSet({set[1], set[0], set[2]}).fault.kind == Media::Swapped);
  CHECK(readSet({set[0], set[0], set[2]}).fault.kind == Media::Swapped);
  CHECK(readSet({set[0], other[1], set[2]}).fault.kind == Media::Foreign);
  CHECK(readSet({set[0], set[1]}).fault.kind == Media::Missing);
  CHECK(readSet({set[0], set[1], set[2], set[2]}).fault.kind == Media::Missing);
  CHECK(readSet({set[0], Bytes{}, set[2]}).fault.kind == Media::Empty);
  CHECK(readSet({set[0], Bytes(5000, 'x'), set[2]}).fault.kind == Media::Unrecognized);
  CHECK(readSet({set[0], tapeBlock('a', 3, 2), set[2]}).fault.kind == Media::Foreign);
  // A frame of one set inside another's stripe.
  Bytes mixed = set[0];
  std::copy_n(other[0].begin() + 4096, mixed.size() - 4096, mixed.begin() + 4096);
  CHECK(readSet({mixed, set[1], set[2]}).fault.kind == Media::Foreign);
  std::copy_n(set[1].begin() + 4096, std::min(set[1].size(), mixed.size()) - 4096, mixed.begin() + 4096);
  CHECK(readSet({mixed, set[1], set[2]}).fault.kind == Media::Swapped);
}

}  // namespace

int main() {
  testPages();
  testChecksum();
  testWordRuns();
  testRoundTrips();
  testDamage();
  testTapeStripes();
  testWrongStripes();
  std::puts("engine format: ok");
  return 0;
}
