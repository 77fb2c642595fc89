// What one core can do, and what the elimination makes of it; see benchmarks/speed_limit.py.
//
// limit FRAMES UNKNOWNS SHARED SLACK prints, as JSON: flops a second at most, bytes a second copied from and to memory,
// and the seconds in which a clip of so many frames is eliminated and substituted.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/elimination_kernel.hpp"
#include "dancelift/supported_kernels.hpp"

namespace {

using dancelift::AlignedVector;
using dancelift::PanelLayout;
using dancelift::Real;

constexpr int kRepeats = 7;

/// The least time that `work` takes, s.
template <class Work>
double Seconds(Work work) {
  double least = 1e9;
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

/// Multiply-adds in as many registers as keep the processor busy.
double PeakFlops() {
#if defined(__AVX512F__)
  constexpr int kWidth = 16;
#elif defined(__AVX__)
  constexpr int kWidth = 8;
#else
  constexpr int kWidth = 4;
#endif
  typedef Real Pack __attribute__((vector_size(sizeof(Real) * kWidth)));
  constexpr int kPacks = 12, kTimes = 20000000;
  Pack factor = {};
  for (int i = 0; i < kWidth; ++i) factor[i] = 0.999f;
  const double seconds = Seconds([factor] {
    Pack sums[kPacks];
#pragma GCC unroll 12
    for (int p = 0; p < kPacks; ++p) sums[p] = factor * static_cast<Real>(p);
    for (int i = 0; i < kTimes; ++i) {
#pragma GCC unroll 12
      for (int p = 0; p < kPacks; ++p) sums[p] = sums[p] * factor + factor;
    }
    Pack total = sums[0];
    for (int p = 1; p < kPacks; ++p) total += sums[p];
    volatile Real used = total[0];  // else nothing of it would be done
    static_cast<void>(used);
  });
  return 2.0 * kWidth * kPacks * kTimes / seconds;
}

/// Of arrays that no cache holds, read and written.
double CopiedBytes() {
  std::vector<char> from(256 << 20, 1), to(from.size());
  return 2.0 * from.size() / Seconds([&] {
           std::memcpy(to.data(), from.data(), from.size());
           asm volatile("" : : "r"(to.data()) : "memory");
         });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int n_frames = std::atoi(argv[1]);
  const dancelift::Kernels& kernels = *dancelift::SupportedKernels().front();
  const dancelift::EliminationKernel& kernel = kernels.elimination;
  const PanelLayout layout(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]), kernel.row_multiple,
                           kernel.column_multiple);
  const std::size_t size = layout.Size();
  AlignedVector<Real> panel(size), panels(size * n_frames), taken(layout.shared_rows * layout.shared_rows),
      shared(layout.shared_rows), x(static_cast<std::size_t>(layout.rows) * n_frames);
  std::mt19937 generator(1);
  for (Real& value : panel) value = generator() / 4294967296.0f - 0.5f;
  for (int j = 0; j < layout.columns; ++j) panel[j * layout.Stride() + j] = 4e3f;
  const auto at = [&](int t) { return t >= 0 ? panels.data() + t * size : nullptr; };
  const auto of = [&](int t) { return t < n_frames ? x.data() + t * layout.rows : nullptr; };

  const double copying = Seconds([&] {
    for (int t = 0; t < n_frames; ++t) std::copy(panel.begin(), panel.end(), at(t));
  });
  bool solved = true;
  const double eliminating = Seconds([&] {
    for (int t = 0; t < n_frames; ++t) {
      std::copy(panel.begin(), panel.end(), at(t));
      solved &= kernel.eliminate(layout, at(t), at(t - 1), at(t - 2), taken.data());
    }
  });
  const double substituting = Seconds([&] {
    for (int t = n_frames - 1; t >= 0; --t) {
      kernel.substitute(layout, at(t), of(t + 1), of(t + 2), shared.data(), of(t));
    }
  });
  std::printf("{\"kernel\": \"%s\", \"peak_flops\": %.4g, \"copied_bytes\": %.4g, \"eliminate\": %.4g, ", kernels.name,
              PeakFlops(), CopiedBytes(), eliminating - copying);
  std::printf("\"substitute\": %.4g, \"panel_bytes\": %zu}\n", substituting, size * sizeof(Real));
  return solved ? 0 : 1;
}
