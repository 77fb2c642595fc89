#pragma once

#include <Eigen/Core>
#include <cmath>

#include "dancelift/factors/shape.hpp"
#include "dancelift/skeleton.hpp"

namespace dancelift {

/// @brief A standing foot is on the floor: r = e / sigma below it, r = e / sqrt(sigma^2 + rise^2) above it.
///
/// e = up . P - floor - rest is how far the joint is above where it is when the foot is flat on the floor; a foot
/// does not sink in, but its heel rises. Parameters: P (3, m), up (3, unit vector), floor (1, m along up).
/// Residuals: 1.
class FloorHeight {
 public:
  using Shape = FactorShape<1, 3, 3, 1>;

  /// sigma in m; share in 0..1 multiplies the residual
  FloorHeight(const Foot& foot, double sigma, double share)
      : rest_(foot.rest), below_(share / sigma), above_(share / std::hypot(sigma, foot.rise)) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    using Vector = Eigen::Map<const Eigen::Vector3d>;
    const Vector P(parameters[0]), up(parameters[1]);
    const double e = up.dot(P) - parameters[2][0] - rest_;
    const double weight = e < 0 ? below_ : above_;
    r[0] = weight * e;
    if (jacobians) {
      for (int i = 0; i < 3; ++i) {
        if (jacobians[0]) jacobians[0][i] = weight * up[i];
        if (jacobians[1]) jacobians[1][i] = weight * P[i];
      }
      if (jacobians[2]) jacobians[2][0] = -weight;
    }
    return true;
  }

 private:
  double rest_;
  double below_;
  double above_;
};

}  // namespace dancelift
