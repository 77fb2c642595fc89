#pragma once

#include <ceres/sized_cost_function.h>

#include <algorithm>

namespace dancelift {

/// @brief L_3D (Hu & Ahuja 2021, sec. 2.2): r = (P - P*) / sigma, consistency with the seed's initial pose.
///
/// Parameters: P (3, m). Residuals: 3.
class SeedConsistency final : public ceres::SizedCostFunction<3, 3> {
 public:
  /// weight = 1 / sigma, 1/m
  SeedConsistency(const double* seed, double weight) : seed_{seed[0], seed[1], seed[2]}, weight_(weight) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const override {
    for (int i = 0; i < 3; ++i) r[i] = weight_ * (parameters[0][i] - seed_[i]);
    if (jacobians && jacobians[0]) {
      std::fill_n(jacobians[0], 9, 0.0);
      for (int i = 0; i < 3; ++i) jacobians[0][4 * i] = weight_;
    }
    return true;
  }

 private:
  double seed_[3];
  double weight_;
};

}  // namespace dancelift
