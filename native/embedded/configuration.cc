// The rules for a set's configuration.
#include "configuration.h"

#include <algorithm>
#include <bit>

namespace sqlvdi::embedded {
namespace {

constexpr std::uint32_t kIoDepth = 4;
constexpr std::uint32_t kAdditions = feature::kDiscard | feature::kSnapshotPrepare | feature::kRequestComplete;
constexpr std::uint32_t kServerBits = feature::kWriteMedia | feature::kReadMedia | feature::kCompleteEnabled;

bool legalFeatures(std::uint32_t features) {
  switch (features & ~kAdditions) {
    case feature::kLikePipe:
    case feature::kLikePipe | feature::kRemovable:
    case feature::kLikeTape:
    case feature::kLikeDisk:
    case feature::kLikeDisk | feature::kRemovable:
      return true;
    default:
      return false;
  }
}

bool legalAlignment(std::uint32_t alignment, std::uint32_t blockSize) {
  return alignment == 0 || (std::has_single_bit(alignment) && alignment >= blockSize && alignment <= kMaxAlignment);
}

}  // namespace

HResult checkClientConfig(const VDConfig& config) {
  const bool legalCount = config.deviceCount >= 1 && config.deviceCount <= kMaxDevices;
  // The block size is the server's to choose: the client's alignment is raised to it where it is smaller.
  const bool legal = legalCount && legalAlignment(config.alignment, kMinBlockSize) && legalFeatures(config.features);
  return legal ? kOk : hr::kVD_E_NOTSUPPORTED;
}

HResult resolveConfig(VDConfig& config, std::uint32_t features, std::uint32_t blockSize, std::uint32_t alignment,
                      std::uint32_t maxTransferSize) {
  if (blockSize == 0) blockSize = kMinBlockSize;
  if (maxTransferSize == 0) maxTransferSize = kMinTransferSize;
  if (!std::has_single_bit(blockSize) || blockSize < kMinBlockSize || blockSize > kMaxBlockSize)
    return hr::kVD_E_INVALID;
  if (!legalAlignment(alignment, blockSize)) return hr::kVD_E_INVALID;
  if (maxTransferSize % kMinTransferSize != 0 || maxTransferSize > kMaxTransferSize) return hr::kVD_E_INVALID;
  if (features & ~(config.features | kServerBits)) return hr::kVD_E_NOTSUPPORTED;
  if ((features & feature::kCompleteEnabled) && !(config.features & feature::kRequestComplete)) {
    return hr::kVD_E_NOTSUPPORTED;
  }
  config.features |= features;
  config.blockSize = blockSize;
  config.alignment = std::max({config.alignment, alignment, blockSize});
  config.maxTransferSize = maxTransferSize;
  config.maxIODepth = kIoDepth;
  config.bufferAreaSize = maxTransferSize * kIoDepth * config.deviceCount;
  return kOk;
}

}  // namespace sqlvdi::embedded
