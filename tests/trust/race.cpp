// Two threads that write one number without a lock: what ThreadSanitizer must see, or it sees nothing.

#include <atomic>

namespace {
volatile int number;
std::atomic<int> arrived;
}  // namespace

extern "C" void write_at_once() {
  ++arrived;
  while (arrived < 2) {
  }
  for (int i = 0; i < 100000; ++i) number = number + 1;
}
