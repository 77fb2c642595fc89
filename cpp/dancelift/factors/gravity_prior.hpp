#pragma once

#include <algorithm>

#include "dancelift/factors/shape.hpp"

namespace dancelift {

/// @brief r = (up - up*) / sigma: the direction of gravity stays near where the seed has it.
///
/// Parameters: up (3, unit vector). Residuals: 3, about the angle between the two in units of sigma.
class GravityPrior {
 public:
  using Shape = FactorShape<3, 3>;

  /// weight = 1 / sigma, 1/rad
  GravityPrior(const double* up, double weight) : up_{up[0], up[1], up[2]}, weight_(weight) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    for (int i = 0; i < 3; ++i) r[i] = weight_ * (parameters[0][i] - up_[i]);
    if (jacobians && jacobians[0]) {
      std::fill_n(jacobians[0], 9, 0.0);
      for (int i = 0; i < 3; ++i) jacobians[0][4 * i] = weight_;
    }
    return true;
  }

 private:
  double up_[3];
  double weight_;
};

}  // namespace dancelift
