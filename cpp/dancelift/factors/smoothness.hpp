#pragma once

#include <algorithm>
#include <type_traits>

#include "dancelift/camera.hpp"
#include "dancelift/factors/shape.hpp"

namespace dancelift {

/// Coefficients of the finite difference of the given order, oldest frame first.
inline const double* DifferenceCoefficients(int order) {
  static constexpr double kFirst[] = {-1, 1};
  static constexpr double kSecond[] = {1, -2, 1};
  return order == 1 ? kFirst : kSecond;
}

/// @brief L_smooth3D (sec. 2.2): r = (D^n P_t - d) * weight, the n-th difference over time of one joint.
///
/// n = 1 is the paper's P_t - P_{t-1}; n = 2 is P_t - 2 P_{t-1} + P_{t-2}. What is expected of it, d, is 0 in the
/// paper. Parameters: P of n + 1 frames (3 each, m), oldest first. Residuals: 3.
template <int Order>
class Smooth3D {
 public:
  using Shape = std::conditional_t<Order == 1, FactorShape<3, 3, 3>, FactorShape<3, 3, 3, 3>>;

  /// weight = fps^n / sigma
  /// @param expected d (3), m, which must outlive the factor; null: 0.
  explicit Smooth3D(double weight, const double* expected = nullptr) : weight_(weight), expected_(expected) {}

  /// dr / dP of the n-th frame is this times the identity.
  double Slope(int n) const { return weight_ * DifferenceCoefficients(Order)[n]; }

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    for (int i = 0; i < 3; ++i) {
      r[i] = expected_ ? -weight_ * expected_[i] : 0;
      for (int n = 0; n <= Order; ++n) r[i] += Slope(n) * parameters[n][i];
    }
    for (int n = 0; jacobians && n <= Order; ++n) {
      if (!jacobians[n]) continue;
      std::fill_n(jacobians[n], 9, 0.0);
      for (int i = 0; i < 3; ++i) jacobians[n][4 * i] = Slope(n);
    }
    return true;
  }

 private:
  double weight_;
  const double* expected_;
};

/// @brief L_smooth2D (sec. 2.2): r = D^n project(P_t, w_t) * weight, the n-th difference of a projected
/// joint.
///
/// Parameters: P of n + 1 frames (3 each), then w (one block if shared by the clip, else one a frame), oldest first.
/// Residuals: 2.
template <class Camera, int Order>
class Smooth2D {
  static constexpr int kW = Camera::kParameters;

 public:
  using Shape = std::conditional_t<
      Order == 1, std::conditional_t<Camera::kPerFrame, FactorShape<2, 3, 3, kW, kW>, FactorShape<2, 3, 3, kW>>,
      std::conditional_t<Camera::kPerFrame, FactorShape<2, 3, 3, 3, kW, kW, kW>, FactorShape<2, 3, 3, 3, kW>>>;

  /// weight = fps^n / sigma
  Smooth2D(const Camera& camera, double weight) : camera_(camera), weight_(weight) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    const double* c = DifferenceCoefficients(Order);
    r[0] = r[1] = 0;
    constexpr int kFirst = Order + 1;
    if (jacobians && !Camera::kPerFrame && jacobians[kFirst]) std::fill_n(jacobians[kFirst], 2 * kW, 0.0);
    for (int n = 0; n <= Order; ++n) {
      const int block = kFirst + (Camera::kPerFrame ? n : 0);
      double p[2], dP[6], dw[2 * kW];
      if (!camera_.Project(parameters[n], parameters[block], p, dP, dw)) return false;
      const double k = weight_ * c[n];
      for (int i = 0; i < 2; ++i) r[i] += k * p[i];
      if (!jacobians) continue;
      if (jacobians[n]) {
        for (int i = 0; i < 6; ++i) jacobians[n][i] = k * dP[i];
      }
      if (jacobians[block]) {
        for (int i = 0; i < 2 * kW; ++i) {
          jacobians[block][i] = (Camera::kPerFrame ? 0.0 : jacobians[block][i]) + k * dw[i];
        }
      }
    }
    return true;
  }

 private:
  Camera camera_;
  double weight_;
};

}  // namespace dancelift
