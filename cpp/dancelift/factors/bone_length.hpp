#pragma once

#include <Eigen/Core>
#include <cmath>

#include "dancelift/factors/shape.hpp"

namespace dancelift {

/// @brief Constant bone length: r = (|A - B| - exp(l)) / sigma, with the log length l shared by clip and
/// sides.
///
/// Parameters: A (3, m), B (3, m), l (1). Residuals: 1.
class BoneLength {
 public:
  using Shape = FactorShape<1, 3, 3, 1>;

  /// weight = 1 / sigma, 1/m
  explicit BoneLength(double weight) : weight_(weight) {}

  double Weight() const { return weight_; }

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    using Vector = Eigen::Map<const Eigen::Vector3d>;
    const Eigen::Vector3d d = Vector(parameters[0]) - Vector(parameters[1]);
    const double distance = d.norm(), length = std::exp(parameters[2][0]);
    r[0] = weight_ * (distance - length);
    if (jacobians) {
      const double scale = distance > 1e-12 ? weight_ / distance : 0;
      for (int i = 0; i < 3; ++i) {
        if (jacobians[0]) jacobians[0][i] = scale * d[i];
        if (jacobians[1]) jacobians[1][i] = -scale * d[i];
      }
      if (jacobians[2]) jacobians[2][0] = -weight_ * length;
    }
    return true;
  }

 private:
  double weight_;
};

}  // namespace dancelift
