// Other processes for the stand-in's tests: this program once more, with arguments, on either system.
#pragma once

#include <string>
#include <vector>

#include "embedded_support.h"

#if defined(_WIN32)
#include "../abi/win32.h"
#else
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
extern char** environ;
#endif

namespace sqlvdi::test {

// Arguments are words without spaces or quotes.
class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments) {
#if defined(_WIN32)
    wchar_t self[MAX_PATH];
    GetModuleFileNameW(nullptr, self, MAX_PATH);
    std::wstring line = L"\"" + std::wstring(self) + L"\"";
    for (const std::string& argument : arguments) line += L" " + std::wstring(argument.begin(), argument.end());
    STARTUPINFOW startup{};
    startup.cb = sizeof(startup);
    PROCESS_INFORMATION made{};
    CHECK(CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &made));
    CloseHandle(made.hThread);
    process_ = made.hProcess;
#else
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), "embedded_process_test");
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    CHECK_EQ(posix_spawn(&process_, "/proc/self/exe", nullptr, nullptr, argv.data(), environ), 0);
#endif
  }

  ~Child() {
    if (!waited_) {
      kill();
      wait();
    }
#if defined(_WIN32)
    CloseHandle(process_);
#endif
  }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() {
#if defined(_WIN32)
    TerminateProcess(process_, 99);
#else
    ::kill(process_, SIGKILL);
#endif
  }

  // Its exit code; -1 where it was killed (99 on Windows).
  int wait() {
    waited_ = true;
#if defined(_WIN32)
    WaitForSingleObject(process_, INFINITE);
    DWORD code = 0;
    GetExitCodeProcess(process_, &code);
    return static_cast<int>(code);
#else
    int status = 0;
    while (waitpid(process_, &status, 0) < 0) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
#endif
  }

 private:
#if defined(_WIN32)
  HANDLE process_ = nullptr;
#else
  pid_t process_ = -1;
#endif
  bool waited_ = false;
};

}  // namespace sqlvdi::test
