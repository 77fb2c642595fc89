#include "dancelift/shape_model.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "dancelift/parallel.hpp"
#include "dancelift/supported_kernels.hpp"

namespace dancelift {
namespace {

constexpr double kDegree = 0.017453292519943295;
constexpr int kFramesAtOnce = 48;         // of a likelihood, to stay in the cache
constexpr double kLeastQuadratic = 1e-9;  // 1/m^2, below which all keypoints lie in one point

/// (9, 4): the Kronecker square of the first two rows, which takes covariances of joints to those of keypoints.
Eigen::Matrix<double, 9, 4> Both(const Eigen::Matrix3d& view) {
  Eigen::Matrix<double, 9, 4> square;
  for (int i = 0; i < 4; ++i) {
    for (int a = 0; a < 9; ++a) square(a, i) = view(i / 2, a / 3) * view(i % 2, a % 3);
  }
  return square;
}

/// The depth z of the mid-hip, m, at which rays are likeliest.
///
/// Keypoints y = z rays are normal about mean2d with some precision, and the Jacobian of y is a power n of z, so that
/// log p(rays) = -z^2 q / 2 + z l + n log z + constant, with q = rays' precision rays and l = rays' precision mean2d.
/// Its derivative -z q + l + n / z is 0 where q z^2 - l z - n = 0: once for z > 0, at the greater root.
double LikeliestDepthOf(double q, double l, double n) {
  q = std::max(q, kLeastQuadratic);
  return (l + std::sqrt(l * l + 4 * n * q)) / (2 * q);
}

}  // namespace

const std::vector<Eigen::Matrix3d>& ViewRotations() {
  static const std::vector<Eigen::Matrix3d> rotations = [] {
    const Eigen::Matrix3d facing_camera = Eigen::Vector3d(1, -1, -1).asDiagonal();
    std::vector<Eigen::Matrix3d> all;
    for (int state = 0; state < kPitches * kYaws; ++state) {
      const double pitch = (kFirstPitch + kPitchStep * (state / kYaws)) * kDegree;
      const double yaw = state % kYaws * 360.0 / kYaws * kDegree;
      all.push_back(Eigen::AngleAxisd(pitch, Eigen::Vector3d::UnitX()).toRotationMatrix() * facing_camera *
                    Eigen::AngleAxisd(yaw, Eigen::Vector3d::UnitY()).toRotationMatrix());
    }
    return all;
  }();
  return rotations;
}

int PitchIndex(double pitch) {
  const double steps = std::nearbyint((pitch / kDegree - kFirstPitch) / kPitchStep);
  return static_cast<int>(std::clamp(steps, 0.0, kPitches - 1.0));
}

ShapeModel::ShapeModel(Vector mean, Matrix covariance, std::vector<int> seen)
    : kernels_(*SupportedKernels().front()),
      mean_(std::move(mean)),
      covariance_(std::move(covariance)),
      seen_(std::move(seen)),
      views_(kPitches * kYaws) {
  const int n = static_cast<int>(seen_.size());
  with_seen_.resize(3 * n, mean_.size());
  within_seen_.resize(n * n, 9);
  for (int i = 0; i < n; ++i) {
    for (int a = 0; a < 3; ++a) {
      with_seen_.row(a * n + i) = covariance_.row(3 * seen_[i] + a);
      for (int j = 0; j < n; ++j) {
        for (int b = 0; b < 3; ++b)
          within_seen_(i * n + j, 3 * a + b) = covariance_(3 * seen_[i] + a, 3 * seen_[j] + b);
      }
    }
  }
}

void ShapeModel::Know(std::vector<int> states, int n_threads) {
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
  states.erase(std::remove_if(states.begin(), states.end(), [&](int state) { return views_[state] != nullptr; }),
               states.end());
  const int n = static_cast<int>(states.size()), lanes = kernels_.shape.lanes;
  if (n == 0) return;
  SideBySide((n + lanes - 1) / lanes, n_threads,
             [&](int i) { MakeViews(&states[i * lanes], std::min(lanes, n - i * lanes)); });
}

void ShapeModel::MakeViews(const int* states, int n_states) {
  const int n = static_cast<int>(seen_.size()), size = 2 * n, lanes = kernels_.shape.lanes;
  AlignedVector<double> matrices(static_cast<std::size_t>(size) * size * lanes), pivots(size * lanes);
  for (int lane = 0; lane < lanes; ++lane) {
    const Matrix spread = within_seen_ * Both(ViewRotations()[states[std::min(lane, n_states - 1)]]);
    for (int axis = 0; axis < 4; ++axis) {
      const bool same_axis = axis % 3 == 0;
      for (int i = 0; i < n; ++i) {
        double* row = &matrices[((axis / 2 * n + i) * size + axis % 2 * n) * lanes + lane];
        for (int j = 0; j < n; ++j) {
          const double noise = kSidewaysNoise * kSidewaysNoise + (i == j ? kKeypointNoise * kKeypointNoise : 0);
          row[j * lanes] = spread(i * n + j, axis) + (same_axis ? noise : 0);
        }
      }
    }
  }
  kernels_.shape.invert(matrices.data(), size, pivots.data());

  for (int lane = 0; lane < n_states; ++lane) {
    auto view = std::make_unique<View>();
    view->precision.resize(size, size);
    for (int j = 0; j < size; ++j) {
      for (int i = 0; i < size; ++i) view->precision(i, j) = matrices[(j * size + i) * lanes + lane];
    }
    double log_determinant = 0;
    for (int i = 0; i < size; ++i) log_determinant += std::log(pivots[i * lanes + lane]);
    const Eigen::Matrix3d& rotation = ViewRotations()[states[lane]];
    view->mean2d.resize(size);
    for (int i = 0; i < n; ++i) {
      const Eigen::Vector3d seen = rotation * mean_.segment<3>(3 * seen_[i]);
      view->mean2d[i] = seen[0];
      view->mean2d[n + i] = seen[1];
    }
    view->weighted_mean = view->precision * view->mean2d;
    view->constant = view->weighted_mean.dot(view->mean2d) + log_determinant;
    const double within_axes =
        view->precision.topLeftCorner(n, n).sum() + view->precision.bottomRightCorner(n, n).sum();
    view->degrees_of_freedom = size - kKeypointNoise * kKeypointNoise * view->precision.trace() -
                               kSidewaysNoise * kSidewaysNoise * within_axes;
    views_[states[lane]] = std::move(view);
  }
}

void ShapeModel::KnowSides(const std::vector<int>& pitches, int every_yaw, int n_threads) {
  std::vector<int> states, new_pitches;
  for (const int pitch : pitches) {
    const std::pair<int, int> key(pitch, every_yaw);
    if (sides_.count(key)) continue;
    sides_[key] = nullptr;
    new_pitches.push_back(pitch);
    for (int yaw = 0; yaw < kYaws; yaw += every_yaw) states.push_back(pitch * kYaws + yaw);
  }
  Know(states, n_threads);
  for (const int pitch : new_pitches) sides_[{pitch, every_yaw}] = MakeSide(pitch, every_yaw);
}

std::unique_ptr<ShapeModel::Side> ShapeModel::MakeSide(int pitch, int every_yaw) const {
  const int n_yaws = kYaws / every_yaw, size = 2 * static_cast<int>(seen_.size());
  const int width = kernels_.network.panel_columns, n_panels = (n_yaws + width - 1) / width;
  auto side = std::make_unique<Side>();
  side->precision.resize(static_cast<std::size_t>(Pairs()) * n_panels * width);
  side->weighted_mean.resize(n_yaws, size);
  side->constant.resize(n_yaws);
  side->degrees_of_freedom.resize(n_yaws);
  for (int yaw = 0; yaw < n_yaws; ++yaw) {
    const View& view = *views_[pitch * kYaws + every_yaw * yaw];
    float* to = &side->precision[static_cast<std::size_t>(yaw / width) * Pairs() * width + yaw % width];
    for (int j = 0; j < size; ++j) {
      for (int i = 0; i <= j; ++i, to += width) *to = static_cast<float>((i == j ? 1 : 2) * view.precision(i, j));
    }
    side->weighted_mean.row(yaw) = view.weighted_mean;
    side->constant[yaw] = view.constant;
    side->degrees_of_freedom[yaw] = view.degrees_of_freedom;
  }
  return side;
}

void ShapeModel::LogLikelihood(const Matrix& rays, const std::vector<int>& pitch, const Vector* depth, int every_yaw,
                               Matrix& value, Matrix& z) const {
  const int n_frames = static_cast<int>(rays.cols()), size = static_cast<int>(rays.rows());
  const int n_yaws = kYaws / every_yaw, width = kernels_.network.panel_columns;
  const int n_panels = (n_yaws + width - 1) / width, stride = n_panels * width;
  value.resize(n_yaws, n_frames);
  z.resize(n_yaws, n_frames);
  std::vector<int> order(n_frames);
  for (int t = 0; t < n_frames; ++t) order[t] = t;
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return pitch[a] < pitch[b]; });
  AlignedVector<float> pairs(static_cast<std::size_t>(kFramesAtOnce) * Pairs()), quadratic(kFramesAtOnce * stride);
  for (int start = 0; start < n_frames;) {
    const int of_pitch = pitch[order[start]];
    int n = 0;
    for (; n < kFramesAtOnce && start + n < n_frames && pitch[order[start + n]] == of_pitch; ++n) {
      const Eigen::VectorXf y = rays.col(order[start + n]).cast<float>();
      float* to = &pairs[static_cast<std::size_t>(n) * Pairs()];
      for (int j = 0; j < size; ++j, to += j) {
        for (int i = 0; i <= j; ++i) to[i] = y[i] * y[j];
      }
    }
    const Side& side = *sides_.at({of_pitch, every_yaw});
    const int multiple = kernels_.network.row_multiple, n_rows = (n + multiple - 1) / multiple * multiple;
    kernels_.network.multiply(pairs.data(), Pairs(), n_rows, Pairs(), side.precision.data(), n_panels, quadratic.data(),
                              stride);
    for (int i = 0; i < n; ++i) {
      const int t = order[start + i];
      const Vector linear = side.weighted_mean * rays.col(t);
      const double log_depth = depth ? std::log((*depth)[t]) : 0;
      for (int yaw = 0; yaw < n_yaws; ++yaw) {
        const double q = quadratic[i * stride + yaw], l = linear[yaw], freedom = side.degrees_of_freedom[yaw];
        const double of = depth ? (*depth)[t] : LikeliestDepthOf(q, l, freedom);
        z(yaw, t) = of;
        value(yaw, t) =
            freedom * (depth ? log_depth : std::log(of)) - 0.5 * (of * (of * q - 2 * l) + side.constant[yaw]);
      }
    }
    start += n;
  }
}

ShapeModel::Vector ShapeModel::LikeliestDepth(const Matrix& rays, const std::vector<int>& state) const {
  Vector depth(rays.cols());
  for (int t = 0; t < rays.cols(); ++t) {
    const View& view = *views_[state[t]];
    const auto y = rays.col(t);
    depth[t] = LikeliestDepthOf(y.dot(view.precision * y), y.dot(view.weighted_mean), view.degrees_of_freedom);
  }
  return depth;
}

ShapeModel::Matrix ShapeModel::ExpectedBody(const Matrix& y, const std::vector<int>& state) const {
  Matrix away(y.rows(), y.cols());
  for (int t = 0; t < y.cols(); ++t) away.col(t) = y.col(t) - views_[state[t]]->mean2d;
  return Explained(away, state).colwise() + mean_;
}

ShapeModel::Matrix ShapeModel::Explained(const Matrix& away, const std::vector<int>& state) const {
  const int n = static_cast<int>(seen_.size());
  Matrix lifted(3 * n, away.cols());
  for (int t = 0; t < away.cols(); ++t) {
    const Vector weighted = views_[state[t]]->precision * away.col(t);
    const Eigen::Matrix3d& rotation = ViewRotations()[state[t]];
    for (int a = 0; a < 3; ++a) {
      lifted.col(t).segment(a * n, n) = rotation(0, a) * weighted.head(n) + rotation(1, a) * weighted.tail(n);
    }
  }
  return with_seen_.transpose() * lifted;
}

ShapeModel::Matrix ShapeModel::PosteriorSum(const std::vector<int>& state) const {
  const int n = static_cast<int>(seen_.size());
  std::vector<int> count(views_.size());
  for (const int s : state) ++count[s];
  Matrix lifted = Matrix::Zero(3 * n, 3 * n);
  for (std::size_t s = 0; s < count.size(); ++s) {
    if (count[s] == 0) continue;
    const Eigen::Matrix3d& rotation = ViewRotations()[s];
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b) {
        for (int axis = 0; axis < 4; ++axis) {
          const double share = count[s] * rotation(axis / 2, a) * rotation(axis % 2, b);
          lifted.block(a * n, b * n, n, n) += share * views_[s]->precision.block(axis / 2 * n, axis % 2 * n, n, n);
        }
      }
    }
  }
  return static_cast<double>(state.size()) * covariance_ - with_seen_.transpose() * (lifted * with_seen_);
}

ShapeModel::Matrix ShapeModel::DepthDeviation(const std::vector<int>& state) const {
  const int n = static_cast<int>(seen_.size()), n_joints = Joints();
  std::vector<Vector> known(views_.size());
  Matrix deviation(n_joints, state.size());
  for (std::size_t t = 0; t < state.size(); ++t) {
    Vector& of_state = known[state[t]];
    if (of_state.size() == 0) {
      const Eigen::Matrix3d& rotation = ViewRotations()[state[t]];
      const Eigen::Vector3d forward = rotation.row(2);
      Matrix deep(3 * n, n_joints);  // covariance of the joints' depth with the seen joints
      of_state.resize(n_joints);
      for (int j = 0; j < n_joints; ++j) {
        deep.col(j) = with_seen_.middleCols(3 * j, 3) * forward;
        of_state[j] = forward.dot(covariance_.block<3, 3>(3 * j, 3 * j) * forward);
      }
      Matrix towards = Matrix::Zero(2 * n, n_joints);
      for (int a = 0; a < 3; ++a) {
        towards.topRows(n) += rotation(0, a) * deep.middleRows(a * n, n);
        towards.bottomRows(n) += rotation(1, a) * deep.middleRows(a * n, n);
      }
      of_state -= (views_[state[t]]->precision * towards).cwiseProduct(towards).colwise().sum().transpose();
      of_state = of_state.cwiseMax(0).cwiseSqrt();
    }
    deviation.col(t) = of_state;
  }
  return deviation;
}

}  // namespace dancelift
