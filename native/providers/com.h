// The registered sqlvdi.dll as a provider: the real thing on Windows.
#pragma once

#include "provider.h"

namespace sqlvdi {

std::shared_ptr<Provider> makeComProvider();

}  // namespace sqlvdi
