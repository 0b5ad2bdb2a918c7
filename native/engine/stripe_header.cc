// Writes and recognizes the first blocks of a stripe.
#include "stripe_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "../abi/constants.h"
#include "crc32c.h"

namespace sqlvdi::engine {
namespace {

bool beginsWith(std::span<const std::uint8_t> data, std::string_view text) {
  return data.size() >= text.size() && std::memcmp(data.data(), text.data(), text.size()) == 0;
}

std::uint32_t crcOf(StripeHeaderBlock block, std::span<const std::uint8_t> header) {
  block.crc = 0;
  const std::uint32_t first = crc32c(&block, sizeof block);
  return crc32c(header.data() + sizeof block, header.size() - sizeof block, first);
}

bool isPlausible(const StripeHeaderBlock& block) {
  return block.version == kFormatVersion && block.pageSize == kPageSize && block.headerSize <= kMaxHeaderSize &&
         block.headerSize >= kHeaderUnit && block.headerSize % kHeaderUnit == 0 &&
         block.jsonSize <= block.headerSize - sizeof block && std::has_single_bit(block.blockSize) &&
         block.blockSize >= kMinBlockSize && block.blockSize <= kMaxBlockSize && block.stripeCount >= 1 &&
         block.stripeCount <= kMaxDevices && block.stripe < block.stripeCount;
}

const std::string_view kMagic(kStripeMagic, sizeof kStripeMagic);

// A real SQL Server's stripe begins with a descriptor block of Microsoft Tape Format 1.00a: a header of 52 bytes with a
// checksum over its words, and streams, each with a header of 22 bytes. SQL Server says in the stream RAID which media
// set this is and which family of how many.
constexpr std::string_view kTape = "TAPE";
constexpr std::size_t kTapeNeeds = 512;
constexpr std::size_t kTapeHeader = 52;
constexpr std::size_t kTapeStreams = 8;
constexpr std::size_t kStreamHeader = 22;
constexpr std::size_t kStreamLength = 8;
constexpr std::size_t kStreamAlignment = 4;
constexpr std::size_t kFamilyCount = 20;
constexpr std::size_t kFamilyNumber = 24;
constexpr std::size_t kRaidLength = 32;

template <typename T>
T numberAt(std::span<const std::uint8_t> data, std::size_t offset) {
  T value{};
  std::memcpy(&value, data.data() + offset, sizeof value);
  return value;
}

bool isTapeHeader(std::span<const std::uint8_t> begin) {
  if (!beginsWith(begin, kTape) || begin.size() < kTapeNeeds) return false;
  std::uint16_t sum = 0;
  for (std::size_t at = 0; at < kTapeHeader; at += sizeof sum) sum ^= numberAt<std::uint16_t>(begin, at);
  return sum == 0;  // the checksum is the last of them
}

std::optional<StripeIdentity> tapeIdentity(std::span<const std::uint8_t> begin) {
  std::size_t at = numberAt<std::uint16_t>(begin, kTapeStreams);
  while (at + kStreamHeader <= begin.size()) {
    const std::span<const std::uint8_t> stream = begin.subspan(at);
    const auto length = numberAt<std::uint64_t>(stream, kStreamLength);
    if (length > stream.size() - kStreamHeader) break;
    const std::span<const std::uint8_t> data = stream.subspan(kStreamHeader, static_cast<std::size_t>(length));
    if (beginsWith(stream, "RAID") && data.size() >= kRaidLength) {
      StripeIdentity identity;
      std::copy_n(data.begin(), identity.mediaSetId.size(), identity.mediaSetId.begin());
      identity.stripeCount = numberAt<std::uint16_t>(data, kFamilyCount);
      identity.stripe = numberAt<std::uint16_t>(data, kFamilyNumber) - 1U;
      if (identity.stripe >= identity.stripeCount) break;
      return identity;
    }
    at += (kStreamHeader + data.size() + kStreamAlignment - 1) / kStreamAlignment * kStreamAlignment;
  }
  return std::nullopt;
}

}  // namespace

std::string toHex(const MediaSetId& id) {
  std::string text;
  for (const std::uint8_t byte : id) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::vector<std::uint8_t> encodeStripeHeader(const StripeIdentity& identity, const std::string& json,
                                             std::uint32_t& crc) {
  if (json.size() > kMaxHeaderJson) throw std::length_error("the header's JSON is too long for a stripe header");
  const std::size_t unit = std::max(kHeaderUnit, identity.blockSize);
  const std::size_t size = (sizeof(StripeHeaderBlock) + json.size() + unit - 1) / unit * unit;
  StripeHeaderBlock block{};
  std::copy(std::begin(kStripeMagic), std::end(kStripeMagic), block.magic);
  block.version = kFormatVersion;
  block.headerSize = static_cast<std::uint32_t>(size);
  block.mediaSetId = identity.mediaSetId;
  block.stripe = identity.stripe;
  block.stripeCount = identity.stripeCount;
  block.blockSize = identity.blockSize;
  block.jsonSize = static_cast<std::uint32_t>(json.size());
  block.setPages = identity.setPages;
  block.pageSize = kPageSize;
  std::vector<std::uint8_t> header(size);
  std::copy(json.begin(), json.end(), header.begin() + sizeof block);
  crc = block.crc = crcOf(block, header);
  std::memcpy(header.data(), &block, sizeof block);
  return header;
}

std::size_t stripeHeaderNeeds(std::span<const std::uint8_t> begin) {
  if (beginsWith(begin, kTape)) return kTapeNeeds;
  if (!beginsWith(begin, kMagic) || begin.size() < sizeof(StripeHeaderBlock)) return sizeof(StripeHeaderBlock);
  StripeHeaderBlock block;
  std::memcpy(&block, begin.data(), sizeof block);
  return isPlausible(block) ? block.headerSize : sizeof block;
}

StripeHeader parseStripeHeader(std::span<const std::uint8_t> begin) {
  StripeHeader header;
  if (begin.empty()) {
    header.format = StripeFormat::Empty;
  } else if (isTapeHeader(begin)) {
    header.format = StripeFormat::Tape;
    header.identity = tapeIdentity(begin);
  } else if (beginsWith(begin, "MSSQLBAK")) {
    header.format = StripeFormat::Compressed;
  } else if (beginsWith(begin, kMagic)) {
    header.format = StripeFormat::Own;
    header.cutShort = begin.size() < stripeHeaderNeeds(begin);
    if (header.cutShort) return header;
    StripeHeaderBlock block;
    std::memcpy(&block, begin.data(), sizeof block);
    if (!isPlausible(block) || crcOf(block, begin.first(block.headerSize)) != block.crc) return header;
    header.identity =
        StripeIdentity{block.mediaSetId, block.stripe, block.stripeCount, block.blockSize, block.setPages};
    header.json.assign(reinterpret_cast<const char*>(begin.data()) + sizeof block, block.jsonSize);
    header.size = block.headerSize;
    header.crc = block.crc;
  }
  return header;
}

}  // namespace sqlvdi::engine
