// BACKUP: makes the stripes' bytes, from pages or from kept streams, and writes them to the devices.
#pragma once

#include <memory>

#include "data_file.h"
#include "page_source.h"
#include "task.h"

namespace sqlvdi::engine {

// `devices` and `blockSize` are those of the set. Throws std::length_error for a header that is too long.
std::unique_ptr<Task> makeBackupTask(const BackupOptions& options, std::size_t devices, std::uint32_t blockSize);

}  // namespace sqlvdi::engine
