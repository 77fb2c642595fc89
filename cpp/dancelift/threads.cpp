#include "dancelift/threads.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace dancelift {
namespace {

/// Threads that have ended still count for a moment, so there must be room for as many again.
constexpr int kTimes = 2;

}  // namespace

int AvailableThreads(int wanted) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable over;
  bool is_over = false;
  try {
    for (int i = 0; i < kTimes * (wanted - 1); ++i) {
      threads.emplace_back([&] {
        std::unique_lock<std::mutex> lock(mutex);
        over.wait(lock, [&] { return is_over; });
      });
    }
  } catch (const std::system_error&) {
  }
  {
    const std::lock_guard<std::mutex> lock(mutex);
    is_over = true;
  }
  over.notify_all();
  for (std::thread& thread : threads) thread.join();
  return std::min(wanted, 1 + static_cast<int>(threads.size()) / kTimes);
}

}  // namespace dancelift
