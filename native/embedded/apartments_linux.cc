// No apartments here.
#if !defined(_WIN32)

#include "apartments.h"

namespace sqlvdi::embedded {

Apartments::~Apartments() = default;
HResult Apartments::query(IUnknown&, const Guid&, void**) { return hr::kE_NOINTERFACE; }

}  // namespace sqlvdi::embedded

#endif
