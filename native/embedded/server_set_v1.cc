// The one call of the first version that the second took apart.
#include "server_set_v1.h"

#include <algorithm>

namespace sqlvdi::embedded {
namespace {

constexpr std::uint32_t kTransfersPerDevice = 4;

}  // namespace

HResult ServerSetV1::SetConfiguration(VDConfig* config) {
  if (!config) return hr::kVD_E_INVALID;
  const HResult begun = set_.BeginConfiguration(config->features, config->blockSize, config->alignment,
                                                config->maxTransferSize, kInfinite);
  if (begun != kOk) return begun;
  VDConfig chosen{};
  HResult result = set_.GetConfiguration(&chosen);
  if (result == kOk) {
    const std::uint32_t wanted = config->bufferAreaSize / chosen.maxTransferSize;
    result = set_.RequestBuffers(chosen.maxTransferSize, chosen.alignment,
                                 std::max(wanted, kTransfersPerDevice * chosen.deviceCount));
  }
  if (result == kOk) result = set_.EndConfiguration();
  if (result == kOk) *config = chosen;
  return result;
}

}  // namespace sqlvdi::embedded
