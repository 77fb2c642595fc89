#pragma once

#include <cmath>
#include <vector>

namespace dancelift {

/// Smallest depth in metres at which a point can be projected.
constexpr double kMinDepth = 0.05;

/// @brief Pinhole camera; the logarithm of the focal length is the one unknown, shared by the clip.
///
/// x = f (X + s Y) / Z + cx,   y = f a Y / Z + cy   with f = exp(w[0])
struct Perspective {
  static constexpr int kParameters = 1;
  static constexpr bool kPerFrame = false;

  double aspect = 1;  ///< a, ratio of vertical to horizontal focal length
  double skew = 0;    ///< s, as a fraction of the focal length
  double cx = 0;      ///< principal point, px
  double cy = 0;      ///< principal point, px
  double at = 0;      ///< a log focal length whose exponential is known
  double focal = 1;   ///< that exponential

  /// The same camera, quicker where the log focal length is w.
  Perspective PreparedFor(double w) const { return {aspect, skew, cx, cy, w, std::exp(w)}; }

  /// Projects P (3) with imaging parameters w; jacobians are row-major (2x3, 2x1) or null.
  bool Project(const double* P, const double* w, double* p, double* dP, double* dw) const {
    if (!(P[2] > kMinDepth)) return false;
    const double f = w[0] == at ? focal : std::exp(w[0]), iz = 1 / P[2];
    const double x = (P[0] + skew * P[1]) * iz, y = aspect * P[1] * iz;
    p[0] = f * x + cx;
    p[1] = f * y + cy;
    if (dP) {
      dP[0] = f * iz, dP[1] = f * skew * iz, dP[2] = -f * x * iz;
      dP[3] = 0, dP[4] = f * aspect * iz, dP[5] = -f * y * iz;
    }
    if (dw) dw[0] = f * x, dw[1] = f * y;
    return true;
  }
};

/// @brief Scaled orthography; log scale and shift of every frame are unknown.
///
/// p = exp(w[0]) (X, Y) + (w[1], w[2])
struct WeakPerspective {
  static constexpr int kParameters = 3;
  static constexpr bool kPerFrame = true;

  bool Project(const double* P, const double* w, double* p, double* dP, double* dw) const {
    const double s = std::exp(w[0]);
    p[0] = s * P[0] + w[1];
    p[1] = s * P[1] + w[2];
    if (dP) {
      dP[0] = s, dP[1] = 0, dP[2] = 0;
      dP[3] = 0, dP[4] = s, dP[5] = 0;
    }
    if (dw) {
      dw[0] = s * P[0], dw[1] = 1, dw[2] = 0;
      dw[3] = s * P[1], dw[4] = 0, dw[5] = 1;
    }
    return true;
  }
};

}  // namespace dancelift
