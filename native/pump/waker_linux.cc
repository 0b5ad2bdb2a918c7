// No APCs here.
#if !defined(_WIN32)

#include "waker.h"

namespace sqlvdi::pump {

Waker::~Waker() = default;
void Waker::bind() {}
void Waker::wake() {}

}  // namespace sqlvdi::pump

#endif
