// Names of sets, devices and instances.
#include "names.h"

#include <algorithm>
#include <cstring>

namespace sqlvdi::embedded {
namespace {

std::size_t boundedLength(const VdiChar* text, std::size_t limit) {
  std::size_t length = 0;
  while (length < limit && text[length]) ++length;
  return length;
}

bool isLetter(VdiChar unit) { return (unit >= 'A' && unit <= 'Z') || (unit >= 'a' && unit <= 'z'); }

// What the default instance's service is called; some clients give it as the instance's name.
constexpr const char* kDefaultService = "MSSQLSERVER";

// Up to 16 letters, digits and _ $ #, starting with a letter, _ or #. Upper and lower case are the same.
bool readInstance(const VdiChar* instance, VdiString& out) {
  const std::size_t length = boundedLength(instance, kMaxInstanceLength + 1);
  if (length > kMaxInstanceLength) return false;
  for (std::size_t index = 0; index < length; ++index) {
    const VdiChar unit = instance[index];
    const bool first = isLetter(unit) || unit == '_' || unit == '#';
    const bool later = (unit >= '0' && unit <= '9') || unit == '$';
    if (!first && (index == 0 || !later)) return false;
    out.push_back(unit >= 'a' && unit <= 'z' ? static_cast<VdiChar>(unit - 'a' + 'A') : unit);
  }
  if (std::equal(out.begin(), out.end(), kDefaultService, kDefaultService + std::strlen(kDefaultService))) out.clear();
  return true;
}

}  // namespace

bool validName(const VdiChar* name) {
  if (!name) return false;
  const std::size_t length = boundedLength(name, kMaxNameLength + 1);
  if (length == 0 || length > kMaxNameLength) return false;
  for (std::size_t index = 0; index < length; ++index) {
    if (name[index] == '\\') return false;
  }
  return true;
}

HResult identify(const VdiChar* instance, const VdiChar* name, Identity& out) {
  if (!validName(name)) return hr::kVD_E_INVALID;
  out = {};
  if (instance && !readInstance(instance, out.instance)) return hr::kVD_E_INSTANCE_NAME;
  out.name = name;
  return kOk;
}

void storeName(NameField& field, const VdiChar* name) {
  const std::size_t length = boundedLength(name, kMaxNameLength);
  for (std::size_t index = 0; index < length; ++index) field.units[index] = static_cast<std::uint16_t>(name[index]);
  field.length = static_cast<std::uint32_t>(length);
}

bool sameName(const NameField& field, const VdiChar* name) {
  for (std::uint32_t index = 0; index < field.length; ++index) {
    if (field.units[index] != static_cast<std::uint16_t>(name[index])) return false;
  }
  return name[field.length] == 0;
}

}  // namespace sqlvdi::embedded
