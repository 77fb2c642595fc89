#pragma once

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <vector>

namespace dancelift {

/// Calls `work(i)` for 0..n-1, side by side, and throws what the first of them throws. The work on a single thing may
/// use threads itself: it is not called from a parallel region, within which they would be made anew each time.
template <class Work>
void SideBySide(std::size_t n, int n_threads, Work work) {
  if (n == 0) return;
  if (n == 1) return work(0);
  std::vector<std::exception_ptr> failures(n);
  n_threads = std::min(n_threads, static_cast<int>(n));
#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
  for (int i = 0; i < static_cast<int>(n); ++i) {
    try {
      work(i);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace dancelift
