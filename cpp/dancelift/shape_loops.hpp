// The kernel of body turns, compiled once for each kind of processor, see pack.hpp.

#include "dancelift/pack.hpp"
#include "dancelift/shape_kernel.hpp"

namespace dancelift {
namespace {

constexpr int kLanesOfDoubles = kWidth / 2;

/// By Gauss and Jordan's elimination, which needs no pivoting where matrices are positive definite.
void Invert(double* matrices, int n, double* pivots) {
  constexpr int kLanesEach = kLanesOfDoubles;
  const int row_size = n * kLanesEach;
  for (int k = 0; k < n; ++k) {
    double* __restrict pivot_row = matrices + k * row_size;
    double scale[kLanesEach];
    for (int lane = 0; lane < kLanesEach; ++lane) {
      const double pivot = pivot_row[k * kLanesEach + lane];
      pivots[k * kLanesEach + lane] = pivot;
      scale[lane] = 1 / pivot;
      pivot_row[k * kLanesEach + lane] = 1;
    }
    for (int j = 0; j < n; ++j) {
      for (int lane = 0; lane < kLanesEach; ++lane) pivot_row[j * kLanesEach + lane] *= scale[lane];
    }
    for (int i = 0; i < n; ++i) {
      if (i == k) continue;
      double* __restrict row = matrices + i * row_size;
      double factor[kLanesEach];
      for (int lane = 0; lane < kLanesEach; ++lane) {
        factor[lane] = row[k * kLanesEach + lane];
        row[k * kLanesEach + lane] = 0;
      }
      for (int j = 0; j < n; ++j) {
        for (int lane = 0; lane < kLanesEach; ++lane) {
          row[j * kLanesEach + lane] -= factor[lane] * pivot_row[j * kLanesEach + lane];
        }
      }
    }
  }
}

void GreatestLessCost(const double* values, const double* cost, int n, double* greatest) {
  for (int j = 0; j < n; ++j) greatest[j] = values[0] - cost[j];
  for (int i = 1; i < n; ++i) {
    const double value = values[i];
    const double* __restrict row = cost + i * n;
    double* __restrict found = greatest;
    for (int j = 0; j < n; ++j) {
      const double less = value - row[j];
      found[j] = less > found[j] ? less : found[j];
    }
  }
}

constexpr ShapeKernel kShape = {kLanesOfDoubles, &Invert, &GreatestLessCost};

}  // namespace
}  // namespace dancelift
