// What a test asserts with: a check that fails ends the program with the place and what was found there.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::fflush(stderr);                                                           \
      std::_Exit(1);                                                                 \
    }                                                                                \
  } while (false)

#define CHECK_EQ(actual, expected) sqlvdi::test::checkEqual(actual, expected, #actual, __FILE__, __LINE__)

namespace sqlvdi::test {

template <typename A, typename E>
void checkEqual(A actual, E expected, const char* what, const char* file, int line) {
  if (actual == static_cast<A>(expected)) return;
  std::fprintf(stderr, "%s:%d: %s is 0x%llx, not 0x%llx\n", file, line, what, static_cast<unsigned long long>(actual),
               static_cast<unsigned long long>(expected));
  std::fflush(stderr);
  std::_Exit(1);
}

}  // namespace sqlvdi::test
