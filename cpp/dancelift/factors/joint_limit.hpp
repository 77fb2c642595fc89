#pragma once

#include <Eigen/Geometry>
#include <algorithm>

#include "dancelift/factors/shape.hpp"
#include "dancelift/skeleton.hpp"

namespace dancelift {

/// @brief One-sided joint limit of a knee or elbow: r = max(0, -sign * c - tolerance) / sigma.
///
/// c = (u x v) . n / (|u| |v| |n|) is the sine of the bend about the body's left axis n = left - right, with
/// u the upper and v the lower limb. A knee bends with c > 0, an elbow with c < 0. Parameters: left, right,
/// middle, distal (3 each, m). Residuals: 1.
class JointLimit {
 public:
  using Shape = FactorShape<1, 3, 3, 3, 3>;

  /// weight = 1 / sigma, 1/rad
  JointLimit(const Hinge& hinge, double weight)
      : on_left_(hinge.on_left), sign_(hinge.sign), tolerance_(hinge.tolerance), weight_(weight) {}

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const {
    using Vector = Eigen::Map<const Eigen::Vector3d>;
    const Vector left(parameters[0]), right(parameters[1]), middle(parameters[2]), distal(parameters[3]);
    Eigen::Vector3d n = left - right, u = middle - (on_left_ ? left : right), v = distal - middle;
    const double n_norm = Normalise(n), u_norm = Normalise(u), v_norm = Normalise(v);
    const double c = u.cross(v).dot(n), excess = -sign_ * c - tolerance_;
    r[0] = weight_ * std::max(0.0, excess);
    if (!jacobians) return true;

    const double k = excess > 0 ? -sign_ * weight_ : 0;
    const Eigen::Vector3d dn = k / n_norm * (u.cross(v) - c * n);
    const Eigen::Vector3d du = k / u_norm * (v.cross(n) - c * u);
    const Eigen::Vector3d dv = k / v_norm * (n.cross(u) - c * v);
    const Eigen::Vector3d zero = Eigen::Vector3d::Zero();
    const Eigen::Vector3d d[4] = {dn - (on_left_ ? du : zero), -dn - (on_left_ ? zero : du), du - dv, dv};
    for (int i = 0; i < 4; ++i) {
      if (jacobians[i]) std::copy_n(d[i].data(), 3, jacobians[i]);
    }
    return true;
  }

 private:
  static double Normalise(Eigen::Vector3d& x) {
    const double norm = std::max(x.norm(), 1e-9);
    x /= norm;
    return norm;
  }

  bool on_left_;
  double sign_;
  double tolerance_;
  double weight_;
};

}  // namespace dancelift
