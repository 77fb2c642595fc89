#pragma once

#include "dancelift/camera.hpp"
#include "dancelift/factors/shape.hpp"

namespace dancelift {

/// @brief L_2D (Hu & Ahuja 2021, sec. 2.2): r = (project(P, w) - p) * score / sigma.
///
/// Parameters: P (3, m), w (imaging parameters). Residuals: 2.
template <class Camera>
class Reprojection {
 public:
  using Shape = FactorShape<2, 3, Camera::kParameters>;

  /// weight = score / sigma, 1/px
  Reprojection(const Camera& camera, const double* p, double weight)
      : camera_(camera), p_{p[0], p[1]}, weight_(weight) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    double* dP = jacobians ? jacobians[0] : nullptr;
    double* dw = jacobians ? jacobians[1] : nullptr;
    double p[2];
    if (!camera_.Project(parameters[0], parameters[1], p, dP, dw)) return false;
    for (int i = 0; i < 2; ++i) r[i] = weight_ * (p[i] - p_[i]);
    if (dP) {
      for (int i = 0; i < 6; ++i) dP[i] *= weight_;
    }
    if (dw) {
      for (int i = 0; i < 2 * Camera::kParameters; ++i) dw[i] *= weight_;
    }
    return true;
  }

 private:
  Camera camera_;
  double p_[2];
  double weight_;
};

}  // namespace dancelift
