#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <utility>
#include <vector>

#include "dancelift/shape_model.hpp"

namespace dancelift {

/// What a frame's log likelihood counts where frames are weighed against what changes from one to the next: the
/// keypoints of neighbouring frames err together, so that each frame says less than one by itself would.
constexpr double kNeighbourTempering = 0.3;

/// The likeliest turn of a body, the yaw's index at each frame, and what turning costs at each frame, given the log
/// likelihood (Y, T) of yaws all the way round; by Viterbi's dynamic program (1967).
std::pair<std::vector<int>, std::vector<double>> LikeliestTurn(const Eigen::MatrixXd& log_likelihood, double fps);

/// @brief A clip's keypoints, cleaned for seeding.
struct CleanClip {
  std::vector<double> rays;  ///< (T, S, 2) of the seen joints
  std::vector<double> root;  ///< (T, 2) ray through the middle of the seen trunk
  double fps;

  int Frames() const { return static_cast<int>(root.size()) / 2; }
};

/// @brief What is taken for granted of a body's turn.
struct TurnAssumption {
  Eigen::Vector3d up;               ///< unit vector against gravity, camera frame
  double scale;                     ///< multiplies the depth found, and so the body's size
  std::vector<std::int64_t> avoid;  ///< (T) yaws that it keeps away from by a third of a half turn; or empty
};

/// @brief The turn of a body over a clip, and where it is; by rows of frames.
struct BodyTurn {
  std::vector<double> turn;         ///< (T, 3, 3) camera frame to view frame
  std::vector<double> rays;         ///< (T, S, 2) in the view frame
  std::vector<double> corrected;    ///< (T, S, 2) the same without the perspective that enlarges what is near
  std::vector<double> depth;        ///< (T) of the mid-hip, m
  std::vector<std::int64_t> state;  ///< (T) of the view
  std::vector<double> cost;         ///< (T) minus log likelihood
  std::vector<double> greatest;     ///< (T) log likelihood, of all yaws
};

/// The turn of the body and its depth under each of several assumptions, looking at every n-th yaw; the result does not
/// depend on n_threads.
std::vector<BodyTurn> FindTurns(ShapeModel& shape, const CleanClip& clip,
                                const std::vector<TurnAssumption>& assumptions, int every_yaw, int n_threads);

/// (T) depth of the mid-hip, m, over time, from what each frame says by itself.
std::vector<double> SmoothDepth(const std::vector<double>& depth, double fps);

}  // namespace dancelift
