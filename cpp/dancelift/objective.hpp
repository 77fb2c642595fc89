#pragma once

#include <vector>

#include "dancelift/camera.hpp"
#include "dancelift/sigmas.hpp"
#include "dancelift/skeleton.hpp"

namespace dancelift {

/// @brief The 2D keypoints of one dancer, in one take or in several that follow on each other: motion in one take tells
/// nothing of that in another.
struct Clip {
  int n_frames = 0;
  double fps = 30;
  double person_height = 440;     ///< of the dancer in the image, px
  std::vector<double> keypoints;  ///< (n_frames, n_joints, 3): x, y in px and score; score 0 is not seen
  int n_held = 0;                 ///< first frames, which stay where each seed starts
  std::vector<int> takes = {0};   ///< the first frame of each, from 0 on
};

/// @brief How the camera images the dancer.
struct Imaging {
  bool weak_perspective = false;
  bool focal_known = false;
  Perspective perspective;

  int ParametersPerBlock() const { return weak_perspective ? WeakPerspective::kParameters : Perspective::kParameters; }
  int Blocks(int n_frames) const { return weak_perspective ? n_frames : 1; }
};

/// @brief What is solved, the same for every seed.
struct Objective {
  Skeleton skeleton;
  Clip clip;
  Imaging imaging;
  Sigmas sigmas;
  bool shared_held = false;  ///< whether all that frames share stays where each seed starts
};

/// @brief Where a solve starts: initial poses P*, imaging parameters and bone lengths.
struct Seed {
  std::vector<double> poses;         ///< P*, (n_frames, n_joints, 3), m, camera frame
  std::vector<double> uncertainty;   ///< (n_frames, n_joints), of each joint, m
  std::vector<double> acceleration;  ///< (n_frames, n_joints, 3), expected P_t - 2 P_{t-1} + P_{t-2} of a joint, m
  std::vector<double> imaging;       ///< (1) log focal length, or (n_frames, 3) log scale and shift
  std::vector<double> log_lengths;   ///< one a shared length, log m
  std::vector<double> up;            ///< (3), unit vector against gravity
  double floor = 0;                  ///< height of the floor along `up`, m
  std::vector<double> on_floor;      ///< (n_frames, n_feet), probability that a joint of the foot is on the floor
  std::vector<double> standing;      ///< (n_frames, n_feet), probability that it is there and does not move
  std::vector<double> prior;         ///< (n_frames), cost of choosing this seed's hypothesis
  double bone_softness = 1;          ///< multiplies the standard deviation of every bone's length
  double error_scale = 1;            ///< multiplies every error, to compare hypotheses of other standard deviations
};

/// Throws std::invalid_argument where sizes disagree or a number cannot be used; the message has its name, the value
/// and what was expected.
void Check(const Objective& objective, const std::vector<Seed>& seeds);

}  // namespace dancelift
