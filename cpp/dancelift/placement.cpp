#include "dancelift/placement.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "dancelift/filters.hpp"

namespace dancelift {
namespace {

constexpr double kOutlier = 0.08;                  // m off, beyond which a keypoint counts little in placing the body
constexpr int kPlacings = 3;                       // iterations of reweighted least squares
constexpr int kPlacingJoints = 4;                  // seen at least in a frame that places a body by itself
constexpr double kNearest = 0.8, kFurthest = 100;  // m, of a body
constexpr double kDepthSmoothing = 0.25;           // s
constexpr double kLeast = 1e-9;                    // of a sum of weights

}  // namespace

// With pose P and root R the ray r sees r (P_z + R_z) = P_xy + R_xy: R_xy - r R_z = r P_z - P_xy, which is linear in R.
std::vector<double> Place(const std::vector<double>& relative, const std::vector<double>& rays,
                          const std::vector<double>& weights, int n_joints, double fps) {
  const int n_frames = static_cast<int>(weights.size()) / n_joints;
  std::vector<double> y(rays.size());
  std::vector<int> n_seen(n_frames), enough;
  for (int t = 0; t < n_frames; ++t) {
    for (int j = 0; j < n_joints; ++j) {
      const std::size_t at = static_cast<std::size_t>(t) * n_joints + j;
      for (int axis = 0; axis < 2; ++axis) {
        y[2 * at + axis] = rays[2 * at + axis] * relative[3 * at + 2] - relative[3 * at + axis];
      }
      n_seen[t] += weights[at] > 0;
    }
  }
  const int least_seen = std::min(kPlacingJoints, *std::max_element(n_seen.begin(), n_seen.end()));
  for (int t = 0; t < n_frames; ++t) {
    if (n_seen[t] >= least_seen) enough.push_back(t);
  }

  std::vector<double> robust = weights, depth(n_frames), xy[2];
  for (std::vector<double>& of_axis : xy) of_axis.resize(n_frames);
  for (int i = 0; i < kPlacings; ++i) {
    for (int t = 0; t < n_frames; ++t) {
      double total = kLeast, square = kLeast, right_z = 0, across[2] = {}, right[2] = {};
      for (std::size_t at = static_cast<std::size_t>(t) * n_joints; at < (t + std::size_t{1}) * n_joints; ++at) {
        total += robust[at];
        for (int axis = 0; axis < 2; ++axis) {
          const double slope = -rays[2 * at + axis];
          across[axis] += robust[at] * slope;
          right[axis] += robust[at] * y[2 * at + axis];
          square += robust[at] * slope * slope;
          right_z += robust[at] * slope * y[2 * at + axis];
        }
      }
      const double spread = square - (across[0] * across[0] + across[1] * across[1]) / total;
      const double found = (right_z - (across[0] * right[0] + across[1] * right[1]) / total) / std::max(spread, 1e-15);
      depth[t] = std::clamp(found, kNearest, kFurthest);
    }
    depth = Interpolated(depth, enough);
    for (double& z : depth) z = std::log(z);
    depth = GaussianSmooth(depth, kDepthSmoothing * fps);
    for (double& z : depth) z = std::exp(z);
    for (int t = 0; t < n_frames; ++t) {
      double total = 0, sum[2] = {};
      const std::size_t first = static_cast<std::size_t>(t) * n_joints, last = first + n_joints;
      for (std::size_t at = first; at < last; ++at) {
        total += robust[at];
        for (int axis = 0; axis < 2; ++axis) {
          sum[axis] += robust[at] * (y[2 * at + axis] + rays[2 * at + axis] * depth[t]);
        }
      }
      for (int axis = 0; axis < 2; ++axis) xy[axis][t] = sum[axis] / std::max(total, kLeast);
      for (std::size_t at = first; at < last; ++at) {
        double off = 0;
        for (int axis = 0; axis < 2; ++axis) {
          const double aside = y[2 * at + axis] + rays[2 * at + axis] * depth[t] - xy[axis][t];
          off += aside * aside;
        }
        robust[at] = weights[at] / (1 + off / (kOutlier * kOutlier));
      }
    }
  }
  std::vector<double> root;
  for (std::vector<double>& of_axis : xy) of_axis = Interpolated(of_axis, enough);
  for (int t = 0; t < n_frames; ++t) root.insert(root.end(), {xy[0][t], xy[1][t], depth[t]});
  return root;
}

}  // namespace dancelift
