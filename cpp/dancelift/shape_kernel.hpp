#pragma once

namespace dancelift {

/// @brief The inner loops of finding a body's turn, for one kind of processor.
struct ShapeKernel {
  int lanes;  ///< matrices that are inverted side by side

  /// Inverts symmetric positive definite matrices (n, n) in place, one in each lane: entry (i, j) of the first is at
  /// (i n + j) lanes. A determinant is the product of a lane's pivots (n, lanes).
  void (*invert)(double* matrices, int n, double* pivots);

  /// greatest[j] = max_i values[i] - cost[i n + j]
  void (*greatest_less_cost)(const double* values, const double* cost, int n, double* greatest);
};

}  // namespace dancelift
