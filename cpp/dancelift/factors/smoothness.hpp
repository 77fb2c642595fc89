#pragma once

#include <ceres/cost_function.h>

#include <algorithm>

#include "dancelift/camera.hpp"

namespace dancelift {

/// Coefficients of the finite difference of the given order, oldest frame first.
inline const double* DifferenceCoefficients(int order) {
  static constexpr double kFirst[] = {-1, 1};
  static constexpr double kSecond[] = {1, -2, 1};
  return order == 1 ? kFirst : kSecond;
}

/// @brief L_smooth3D (sec. 2.2): r = D^n P_t * weight, the n-th difference over time of one joint.
///
/// n = 1 is the paper's P_t - P_{t-1}; n = 2 is P_t - 2 P_{t-1} + P_{t-2}.
/// Parameters: P of n + 1 frames (3 each, m), oldest first. Residuals: 3.
class Smooth3D final : public ceres::CostFunction {
 public:
  /// weight = fps^n / sigma
  Smooth3D(int order, double weight) : order_(order), weight_(weight) {
    set_num_residuals(3);
    mutable_parameter_block_sizes()->assign(order + 1, 3);
  }

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const override {
    const double* c = DifferenceCoefficients(order_);
    for (int i = 0; i < 3; ++i) {
      r[i] = 0;
      for (int n = 0; n <= order_; ++n) r[i] += weight_ * c[n] * parameters[n][i];
    }
    for (int n = 0; jacobians && n <= order_; ++n) {
      if (!jacobians[n]) continue;
      std::fill_n(jacobians[n], 9, 0.0);
      for (int i = 0; i < 3; ++i) jacobians[n][4 * i] = weight_ * c[n];
    }
    return true;
  }

 private:
  int order_;
  double weight_;
};

/// @brief L_smooth2D (sec. 2.2): r = D^n project(P_t, w_t) * weight, the n-th difference of a projected
/// joint.
///
/// Parameters: P of n + 1 frames (3 each), then w (one block if shared by the clip, else one a frame).
/// Residuals: 2.
template <class Camera>
class Smooth2D final : public ceres::CostFunction {
 public:
  /// weight = fps^n / sigma
  Smooth2D(const Camera& camera, int order, double weight) : camera_(camera), order_(order), weight_(weight) {
    set_num_residuals(2);
    mutable_parameter_block_sizes()->assign(order + 1, 3);
    mutable_parameter_block_sizes()->insert(mutable_parameter_block_sizes()->end(), Camera::kPerFrame ? order + 1 : 1,
                                            Camera::kParameters);
  }

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const override {
    const double* c = DifferenceCoefficients(order_);
    r[0] = r[1] = 0;
    const int first_w = order_ + 1;
    if (jacobians && !Camera::kPerFrame && jacobians[first_w]) {
      std::fill_n(jacobians[first_w], 2 * Camera::kParameters, 0.0);
    }
    for (int n = 0; n <= order_; ++n) {
      const int block = first_w + (Camera::kPerFrame ? n : 0);
      double p[2], dP[6], dw[2 * Camera::kParameters];
      if (!camera_.Project(parameters[n], parameters[block], p, dP, dw)) return false;
      const double k = weight_ * c[n];
      for (int i = 0; i < 2; ++i) r[i] += k * p[i];
      if (!jacobians) continue;
      if (jacobians[n]) {
        for (int i = 0; i < 6; ++i) jacobians[n][i] = k * dP[i];
      }
      if (jacobians[block]) {
        for (int i = 0; i < 2 * Camera::kParameters; ++i) {
          jacobians[block][i] = (Camera::kPerFrame ? 0.0 : jacobians[block][i]) + k * dw[i];
        }
      }
    }
    return true;
  }

 private:
  Camera camera_;
  int order_;
  double weight_;
};

}  // namespace dancelift
