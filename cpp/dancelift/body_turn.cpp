#include "dancelift/body_turn.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <set>

#include "dancelift/filters.hpp"
#include "dancelift/parallel.hpp"
#include "dancelift/supported_kernels.hpp"

namespace dancelift {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kTurnRate = 160 * kPi / 180;  // standard deviation of a dancer's turning, rad/s
constexpr double kDepthSmoothing = 0.3;        // s
constexpr double kLeastDepth = 0.5;            // m: nearer than that no camera sees a dancer
constexpr double kAvoided = 1e3;               // log likelihood that a yaw to be avoided loses
constexpr int kCoarse = 2;                     // the first look at a clip is for every other yaw

/// Steps between two of n yaws, either way round.
int Apart(int a, int b, int n) { return std::abs(((a - b + n / 2) % n + n) % n - n / 2); }

Eigen::Matrix3d Rotation(int axis, double angle) {
  return Eigen::AngleAxisd(angle, Eigen::Vector3d::Unit(axis)).toRotationMatrix();
}

/// @brief A clip in the view frame: the camera turned, frame by frame, towards the dancer and upright.
struct View {
  Eigen::MatrixXd rays;  ///< (2 S, T)
  std::vector<int> pitch;
  std::vector<Eigen::Matrix3d> turn;
};

View ViewOf(const CleanClip& clip, const Eigen::Vector3d& up) {
  const int n_frames = clip.Frames(), n = static_cast<int>(clip.rays.size()) / (2 * n_frames);
  View view{Eigen::MatrixXd(2 * n, n_frames), std::vector<int>(n_frames), std::vector<Eigen::Matrix3d>(n_frames)};
  for (int t = 0; t < n_frames; ++t) {
    const double x = clip.root[2 * t], y = clip.root[2 * t + 1];
    const Eigen::Matrix3d towards = Rotation(0, std::atan2(y, std::hypot(x, 1))) * Rotation(1, -std::atan(x));
    const Eigen::Vector3d upwards = towards * up;
    const Eigen::Matrix3d turn = Rotation(2, -std::atan2(upwards[0], -upwards[1])) * towards;
    const Eigen::Vector3d upright = turn * up;
    view.pitch[t] = PitchIndex(std::atan2(-upright[2], -upright[1]));
    view.turn[t] = turn;
    const double* rays = &clip.rays[static_cast<std::size_t>(t) * 2 * n];
    for (int j = 0; j < n; ++j) {
      const Eigen::Vector3d ray = turn * Eigen::Vector3d(rays[2 * j], rays[2 * j + 1], 1);
      view.rays(j, t) = ray[0] / ray[2];
      view.rays(n + j, t) = ray[1] / ray[2];
    }
  }
  return view;
}

/// @brief The likeliest turn over a clip, at the depths that it was looked at with.
struct Turned {
  std::vector<int> state;
  std::vector<double> depth, cost, greatest;
};

Turned Turn(const ShapeModel& shape, const Eigen::MatrixXd& rays, const std::vector<int>& pitch,
            const Eigen::VectorXd* depth, int every_yaw, const TurnAssumption& assumption, double fps) {
  Eigen::MatrixXd value, z;
  shape.LogLikelihood(rays, pitch, depth, every_yaw, value, z);
  const int n_frames = static_cast<int>(rays.cols());
  for (int t = 0; t < n_frames && !assumption.avoid.empty(); ++t) {
    for (int yaw = 0; yaw < value.rows(); ++yaw) {
      const int apart = Apart(every_yaw * yaw, static_cast<int>(assumption.avoid[t]), kYaws);
      if (apart * (2 * kPi / kYaws) < kPi / 3) value(yaw, t) -= kAvoided;
    }
  }
  const auto [yaw, cost] = LikeliestTurn(value, fps);
  Turned turned;
  for (int t = 0; t < n_frames; ++t) {
    turned.state.push_back(pitch[t] * kYaws + every_yaw * yaw[t]);
    turned.depth.push_back(z(yaw[t], t));
    turned.cost.push_back(cost[t] - value(yaw[t], t));
    turned.greatest.push_back(value.col(t).maxCoeff());
  }
  return turned;
}

/// (T, S, 2) of (2 S, T).
std::vector<double> Points(const Eigen::MatrixXd& vectors) {
  const int n = static_cast<int>(vectors.rows()) / 2;
  std::vector<double> points;
  points.reserve(vectors.size());
  for (int t = 0; t < vectors.cols(); ++t) {
    for (int j = 0; j < n; ++j) {
      points.push_back(vectors(j, t));
      points.push_back(vectors(n + j, t));
    }
  }
  return points;
}

BodyTurn FindTurn(const ShapeModel& shape, const View& view, double fps, const TurnAssumption& assumption,
                  int every_yaw) {
  const int n_frames = static_cast<int>(view.rays.cols()), n = static_cast<int>(view.rays.rows()) / 2;
  const auto over_time = [&](const std::vector<double>& depth) {
    Eigen::VectorXd smooth(n_frames);
    const std::vector<double> found = SmoothDepth(depth, fps);
    for (int t = 0; t < n_frames; ++t) smooth[t] = std::max(assumption.scale * found[t], kLeastDepth);
    return smooth;
  };
  const Turned first = Turn(shape, view.rays, view.pitch, nullptr, std::max(kCoarse, every_yaw), assumption, fps);
  Eigen::VectorXd depth = over_time(first.depth);
  // perspective enlarges what is near: rays are corrected for the pose that they make one expect
  const Eigen::MatrixXd body = shape.ExpectedBody(view.rays * depth.asDiagonal(), first.state);
  Eigen::MatrixXd corrected = view.rays;
  for (int t = 0; t < n_frames; ++t) {
    const Eigen::RowVector3d forward = ViewRotations()[first.state[t]].row(2);
    for (int j = 0; j < n; ++j) {
      const double nearer = 1 + forward.dot(body.col(t).segment<3>(3 * shape.Seen()[j])) / depth[t];
      corrected(j, t) *= nearer;
      corrected(n + j, t) *= nearer;
    }
  }
  const Turned last = Turn(shape, corrected, view.pitch, &depth, every_yaw, assumption, fps);
  const Eigen::VectorXd likeliest = shape.LikeliestDepth(view.rays, last.state);
  depth = over_time({likeliest.data(), likeliest.data() + n_frames});

  BodyTurn found;
  for (const Eigen::Matrix3d& turn : view.turn) {
    for (int i = 0; i < 9; ++i) found.turn.push_back(turn(i / 3, i % 3));
  }
  found.rays = Points(view.rays);
  found.corrected = Points(corrected);
  found.depth.assign(depth.data(), depth.data() + n_frames);
  found.state.assign(last.state.begin(), last.state.end());
  found.cost = last.cost;
  found.greatest = last.greatest;
  return found;
}

}  // namespace

std::pair<std::vector<int>, std::vector<double>> LikeliestTurn(const Eigen::MatrixXd& log_likelihood, double fps) {
  const int n = static_cast<int>(log_likelihood.rows()), n_frames = static_cast<int>(log_likelihood.cols());
  const ShapeKernel& kernel = SupportedKernels().front()->shape;
  std::vector<double> cost(n * n), greatest(n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const double rate = Apart(i, j, n) * 2 * kPi / n * fps / kTurnRate;
      cost[i * n + j] = 0.5 * rate * rate / kNeighbourTempering;
    }
  }
  Eigen::MatrixXd best = log_likelihood;  // of the best turn that leads to each yaw
  for (int t = 1; t < n_frames; ++t) {
    kernel.greatest_less_cost(best.col(t - 1).data(), cost.data(), n, greatest.data());
    for (int j = 0; j < n; ++j) best(j, t) += greatest[j];
  }
  std::vector<int> yaw(n_frames);
  std::vector<double> of_turning(n_frames);
  best.col(n_frames - 1).maxCoeff(&yaw[n_frames - 1]);
  for (int t = n_frames - 1; t > 0; --t) {
    const double* from = &cost[yaw[t] * n];
    int likeliest = 0;
    for (int i = 1; i < n; ++i) {
      if (best(i, t - 1) - from[i] > best(likeliest, t - 1) - from[likeliest]) likeliest = i;
    }
    yaw[t - 1] = likeliest;
    of_turning[t] = from[likeliest];
  }
  return {yaw, of_turning};
}

std::vector<double> SmoothDepth(const std::vector<double>& depth, double fps) {
  std::vector<double> smooth(depth.size());
  std::transform(depth.begin(), depth.end(), smooth.begin(), [](double z) { return std::log(z); });
  smooth = GaussianSmooth(RunningMedian(smooth, fps), kDepthSmoothing * fps);
  for (double& z : smooth) z = std::exp(z);
  return smooth;
}

std::vector<BodyTurn> FindTurns(ShapeModel& shape, const CleanClip& clip,
                                const std::vector<TurnAssumption>& assumptions, int every_yaw, int n_threads) {
  std::vector<View> views(assumptions.size());
  SideBySide(assumptions.size(), n_threads, [&](int k) { views[k] = ViewOf(clip, assumptions[k].up); });
  std::set<int> pitches;
  for (const View& view : views) pitches.insert(view.pitch.begin(), view.pitch.end());
  for (const int every : {every_yaw, std::max(kCoarse, every_yaw)}) {
    shape.KnowSides({pitches.begin(), pitches.end()}, every, n_threads);
  }
  std::vector<BodyTurn> found(assumptions.size());
  SideBySide(assumptions.size(), n_threads,
             [&](int k) { found[k] = FindTurn(shape, views[k], clip.fps, assumptions[k], every_yaw); });
  return found;
}

}  // namespace dancelift
