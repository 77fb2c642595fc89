#pragma once

#include <algorithm>
#include <cmath>

#include "dancelift/factors/shape.hpp"

namespace dancelift {

/// @brief L_3D (Hu & Ahuja 2021, sec. 2.2): r = (P - exp(s) P*) / sigma, consistency with the seed's initial pose.
///
/// Seen from the camera, exp(s) P* looks like P*: a frame's pose may be nearer or further than the seed had it, which
/// one image does not tell, without being another pose.
/// Parameters: P (3, m), s (1, log of the frame's relative depth). Residuals: 3.
class SeedConsistency {
 public:
  using Shape = FactorShape<3, 3, 1>;

  /// weight = 1 / sigma, 1/m
  SeedConsistency(const double* seed, double weight) : seed_{seed[0], seed[1], seed[2]}, weight_(weight) {}

  /// dr / dP is this times the identity.
  double Slope(int) const { return weight_; }

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    const double scale = std::exp(parameters[1][0]);
    for (int i = 0; i < 3; ++i) r[i] = weight_ * (parameters[0][i] - scale * seed_[i]);
    if (jacobians && jacobians[0]) {
      std::fill_n(jacobians[0], 9, 0.0);
      for (int i = 0; i < 3; ++i) jacobians[0][4 * i] = Slope(0);
    }
    if (jacobians && jacobians[1]) {
      for (int i = 0; i < 3; ++i) jacobians[1][i] = -weight_ * scale * seed_[i];
    }
    return true;
  }

 private:
  double seed_[3];
  double weight_;
};

}  // namespace dancelift
