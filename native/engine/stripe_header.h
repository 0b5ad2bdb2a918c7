// The first blocks of a stripe: writing our own, and recognizing whatever a device delivers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "format.h"

namespace sqlvdi::engine {

// What tells a stripe from every other.
struct StripeIdentity {
  MediaSetId mediaSetId{};
  std::uint32_t stripe = 0;
  std::uint32_t stripeCount = 0;
  std::uint32_t blockSize = 0;
  std::uint64_t setPages = 0;  // of all stripes together
};

enum class StripeFormat { Own, Tape, Compressed, Empty, Unknown };

// What a stripe's beginning says. A header of our own that is damaged or cut short has the format Own and no identity.
// Of a real SQL Server's (Tape) the identity is the media set's and the family's; its block size and pages are not
// known.
struct StripeHeader {
  StripeFormat format = StripeFormat::Unknown;
  bool cutShort = false;
  std::optional<StripeIdentity> identity;
  std::string json;
  std::uint32_t size = 0;
  std::uint32_t crc = 0;
};

// The longest JSON that fits a header.
constexpr std::size_t kMaxHeaderJson = kMaxHeaderSize - sizeof(StripeHeaderBlock);

MediaSetId makeMediaSetId();

// Lower-case hexadecimal.
std::string toHex(const MediaSetId& id);

// The header as it stands on the medium; its crc is that of StripeHeader::crc. Throws std::length_error for too long a
// JSON.
std::vector<std::uint8_t> encodeStripeHeader(const StripeIdentity& identity, const std::string& json,
                                             std::uint32_t& crc);

// How many bytes of the stream parseStripeHeader needs in all; `begin` is what was read so far.
std::size_t stripeHeaderNeeds(std::span<const std::uint8_t> begin);

StripeHeader parseStripeHeader(std::span<const std::uint8_t> begin);

}  // namespace sqlvdi::engine
