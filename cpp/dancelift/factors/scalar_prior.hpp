#pragma once

#include "dancelift/factors/shape.hpp"

namespace dancelift {

/// @brief Gaussian prior of the first entry of a block of N unknowns: r = (x[0] - mean) / sigma.
/// Residuals: 1.
template <int N>
class ScalarPrior {
 public:
  using Shape = FactorShape<1, N>;

  /// weight = 1 / sigma
  ScalarPrior(double mean, double weight) : mean_(mean), weight_(weight) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    r[0] = weight_ * (parameters[0][0] - mean_);
    if (jacobians && jacobians[0]) {
      for (int i = 0; i < N; ++i) jacobians[0][i] = i == 0 ? weight_ : 0;
    }
    return true;
  }

 private:
  double mean_;
  double weight_;
};

}  // namespace dancelift
