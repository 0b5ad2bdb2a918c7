// Where the tests get their sets from: from the stand-in's own functions, or with SQLVDI_TEST_PROVIDER=com on Windows
// from the registered COM DLL.
#pragma once

#include "../abi/com_ptr.h"

namespace sqlvdi::test {

// embedded or com.
const char* provider();

// Puts the calling thread into a single-threaded apartment, as hosts with a user interface do, where the provider is
// com: the pump must not care.
void becomeHostile();

ComPtr<IClientVirtualDeviceSet2> newClient();
ComPtr<IServerVirtualDeviceSet2> newServer();

// Sets, devices, mappings and threads of the stand-in are all gone, but for so many objects that the test still holds.
void checkNothingLeft(std::uint32_t held = 0);

}  // namespace sqlvdi::test
