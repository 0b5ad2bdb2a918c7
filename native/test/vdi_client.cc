// A backup program as others write them: it knows the published interface and nothing of this project.
//   vdi_client backup|restore <instance> <database> <file>…
// One device for each file. It prints the T-SQL statement that somebody else is to execute; exit code 0 says that every
// device was closed by the server.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "objects.h"

namespace sqlvdi::test {
namespace {

using Name = std::basic_string<VdiChar>;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Name widen(const std::string& text) { return Name(text.begin(), text.end()); }

struct Answer {
  std::uint32_t code;
  std::uint32_t bytes;
};

Answer answer(const VDC_Command& command, std::FILE* file) {
  switch (static_cast<Command>(command.commandCode)) {
    case Command::Write: {
      const auto written = static_cast<std::uint32_t>(std::fwrite(command.buffer, 1, command.size, file));
      return {written == command.size ? completion::kERROR_SUCCESS : completion::kERROR_DISK_FULL, written};
    }
    case Command::Read: {
      const auto read = static_cast<std::uint32_t>(std::fread(command.buffer, 1, command.size, file));
      return {read == command.size ? completion::kERROR_SUCCESS : completion::kERROR_HANDLE_EOF, read};
    }
    case Command::Flush:
      return {std::fflush(file) == 0 ? completion::kERROR_SUCCESS : completion::kERROR_DISK_FULL, 0};
    case Command::ClearError:
      return {completion::kERROR_SUCCESS, 0};
    default:
      return {completion::kERROR_NOT_SUPPORTED, 0};
  }
}

void serve(IClientVirtualDevice* device, std::FILE* file) {
  VDC_Command* command = nullptr;
  HResult result = kOk;
  while ((result = device->GetCommand(kInfinite, &command)) == kOk) {
    const Answer given = answer(*command, file);
    result = device->CompleteCommand(command, given.code, given.bytes, 0);
    if (result != kOk) break;
  }
  CHECK_EQ(result, hr::kVD_E_CLOSE);
}

int run(bool isBackup, const std::string& instance, const std::string& database,
        const std::vector<std::string>& paths) {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string set = "vdi_client " + std::to_string(now);
  const auto nameOf = [&](std::size_t index) { return index == 0 ? set : set + "." + std::to_string(index); };
  std::vector<File> files;
  for (const std::string& path : paths) {
    files.emplace_back(std::fopen(path.c_str(), isBackup ? "wb" : "rb"));
    CHECK(files.back() != nullptr);
  }
  auto client = newClient();
  VDConfig config{};
  config.deviceCount = static_cast<std::uint32_t>(paths.size());
  CHECK_EQ(client->CreateEx(widen(instance).c_str(), widen(set).c_str(), &config), kOk);
  std::string statement = (isBackup ? "BACKUP DATABASE [" : "RESTORE DATABASE [") + database;
  for (std::size_t index = 0; index < paths.size(); ++index) {
    statement += (index > 0 ? ", " : isBackup ? "] TO " : "] FROM ") + ("VIRTUAL_DEVICE = '" + nameOf(index) + "'");
  }
  std::puts(statement.c_str());
  std::fflush(stdout);
  CHECK_EQ(client->GetConfiguration(60000, &config), kOk);
  // Each thread opens its own device and begins at once.
  std::vector<std::thread> threads;
  for (std::size_t index = 0; index < paths.size(); ++index) {
    threads.emplace_back([&, index] {
      ComPtr<IClientVirtualDevice> device;
      CHECK_EQ(client->OpenDevice(widen(nameOf(index)).c_str(), device.put()), kOk);
      serve(device.get(), files[index].get());
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(client->Close(), kOk);
  return 0;
}

}  // namespace
}  // namespace sqlvdi::test

int main(int count, char** arguments) {
  CHECK(count >= 5);
  const std::vector<std::string> all(arguments + 1, arguments + count);
  CHECK(all[0] == "backup" || all[0] == "restore");
  return sqlvdi::test::run(all[0] == "backup", all[1], all[2], {all.begin() + 3, all.end()});
}
