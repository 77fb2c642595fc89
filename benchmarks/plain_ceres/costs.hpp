#pragma once

#include <ceres/jet.h>

#include <cmath>

/// Residuals as Ceres' automatic differentiation takes them, each with its weight. Points P are (3), m.

/// p = f (stretch * ray + shear * ray_y), ray = (X, Y) / Z; px, relative to the principal point.
struct Lens {
  double stretch[2], shear[2];

  template <class T>
  void Project(const T* P, const T* log_focal, T* p) const {
    using std::exp;
    const T focal = exp(log_focal[0]), x = P[0] / P[2], y = P[1] / P[2];
    p[0] = focal * (x * stretch[0] + y * shear[0]);
    p[1] = focal * (y * stretch[1] + y * shear[1]);
  }
};

struct Reprojection {
  Lens lens;
  double x, y, weight;

  template <class T>
  bool operator()(const T* P, const T* log_focal, T* r) const {
    if (!(P[2] > 0.05)) return false;
    lens.Project(P, log_focal, r);
    r[0] = weight * (r[0] - x);
    r[1] = weight * (r[1] - y);
    return true;
  }
};

struct Smooth2D {
  Lens lens;
  double weight;

  template <class T>
  bool operator()(const T* before, const T* P, const T* log_focal, T* r) const {
    if (!(before[2] > 0.05) || !(P[2] > 0.05)) return false;
    T p[2];
    lens.Project(before, log_focal, p);
    lens.Project(P, log_focal, r);
    for (int i = 0; i < 2; ++i) r[i] = weight * (r[i] - p[i]);
    return true;
  }
};

struct Velocity {
  double weight;

  template <class T>
  bool operator()(const T* before, const T* P, T* r) const {
    for (int i = 0; i < 3; ++i) r[i] = weight * (P[i] - before[i]);
    return true;
  }
};

struct Acceleration {
  double weight;

  template <class T>
  bool operator()(const T* first, const T* before, const T* P, T* r) const {
    for (int i = 0; i < 3; ++i) r[i] = weight * (P[i] - 2.0 * before[i] + first[i]);
    return true;
  }
};

struct SeedConsistency {
  const double* seed;
  double weight;

  template <class T>
  bool operator()(const T* P, const T* depth, T* r) const {
    using std::exp;
    for (int i = 0; i < 3; ++i) r[i] = weight * (P[i] - exp(depth[0]) * seed[i]);
    return true;
  }
};

struct Prior {
  double mean, weight;

  template <class T>
  bool operator()(const T* x, T* r) const {
    r[0] = weight * (x[0] - mean);
    return true;
  }
};

struct BoneLength {
  double weight;

  template <class T>
  bool operator()(const T* a, const T* b, const T* log_length, T* r) const {
    using std::exp;
    using std::sqrt;
    const T d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    r[0] = weight * (sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) - exp(log_length[0]));
    return true;
  }
};

struct JointLimit {
  bool on_left;
  double sign, tolerance, weight;

  template <class T>
  bool operator()(const T* left, const T* right, const T* middle, const T* distal, T* r) const {
    T n[3], u[3], v[3];
    Direction(left, right, n);
    Direction(middle, on_left ? left : right, u);
    Direction(distal, middle, v);
    const T bend =
        (u[1] * v[2] - u[2] * v[1]) * n[0] + (u[2] * v[0] - u[0] * v[2]) * n[1] + (u[0] * v[1] - u[1] * v[0]) * n[2];
    const T excess = -sign * bend - tolerance;
    r[0] = excess > 0.0 ? weight * excess : T(0.0);
    return true;
  }

 private:
  template <class T>
  static void Direction(const T* to, const T* from, T* d) {
    using std::sqrt;
    for (int i = 0; i < 3; ++i) d[i] = to[i] - from[i];
    const T norm = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    for (int i = 0; i < 3; ++i) d[i] /= norm;
  }
};

struct Floor {
  double rest, below, above;

  template <class T>
  bool operator()(const T* P, const T* up, const T* floor, T* r) const {
    const T height = up[0] * P[0] + up[1] * P[1] + up[2] * P[2] - floor[0] - rest;
    r[0] = (height < 0.0 ? below : above) * height;
    return true;
  }
};

struct Gravity {
  const double* up;
  double weight;

  template <class T>
  bool operator()(const T* x, T* r) const {
    for (int i = 0; i < 3; ++i) r[i] = weight * (x[i] - up[i]);
    return true;
  }
};
