// The stand-in as a provider.
#pragma once

#include "provider.h"

namespace sqlvdi {

std::shared_ptr<Provider> makeEmbeddedProvider(bool wakesByApc);

}  // namespace sqlvdi
