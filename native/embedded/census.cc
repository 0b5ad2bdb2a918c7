// Reads the counters for the layer above.
#include "census.h"

#include "embedded.h"

namespace sqlvdi::embedded {

Counts counts() {
  const Census& now = census();
  return {now.objects, now.clientSets, now.serverSets, now.mappings, now.threads};
}

}  // namespace sqlvdi::embedded
