// Names of sets, devices and instances: which are legal, and how they lie in shared memory.
#pragma once

#include "platform.h"

namespace sqlvdi::embedded {

// A set's or a device's: 1 to 259 UTF-16 units, no backslash.
bool validName(const VdiChar* name);

// Checks both names and brings the instance's into its one form. VD_E_INVALID, VD_E_INSTANCE_NAME.
HResult identify(const VdiChar* instance, const VdiChar* name, Identity& out);

void storeName(NameField& field, const VdiChar* name);
bool sameName(const NameField& field, const VdiChar* name);

}  // namespace sqlvdi::embedded
