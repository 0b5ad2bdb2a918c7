// The rules for a set's configuration: what a client may ask for, and what the server makes of it.
#pragma once

#include "../abi/interfaces.h"

namespace sqlvdi::embedded {

// VD_E_NOTSUPPORTED for a number out of its range, or a combination of features that is not legal.
HResult checkClientConfig(const VDConfig& config);

// Fills in the server's half of `config`, which holds the client's. Zeros stand for the defaults.
HResult resolveConfig(VDConfig& config, std::uint32_t features, std::uint32_t blockSize, std::uint32_t alignment,
                      std::uint32_t maxTransferSize);

}  // namespace sqlvdi::embedded
