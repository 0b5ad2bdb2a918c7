// The one place that knows which providers there are, and which of them this build can use.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "provider.h"

namespace sqlvdi {

constexpr std::array<std::string_view, 3> kProviderNames = {"com", "libsqlvdi", "embedded"};

// Why the provider cannot be used here; nothing where it can.
std::optional<std::string> whyUnavailable(std::string_view provider);

// nullptr where it cannot be used here.
std::shared_ptr<Provider> makeProvider(std::string_view provider);

}  // namespace sqlvdi
