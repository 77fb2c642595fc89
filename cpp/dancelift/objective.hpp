#pragma once

#include <array>
#include <limits>
#include <vector>

#include "dancelift/camera.hpp"
#include "dancelift/skeleton.hpp"

namespace dancelift {

/// Terms of the objective, in the order in which they are reported.
enum Term : int {
  kReprojection,     // L_2D
  kSmooth2D,         // L_smooth2D
  kAcceleration2D,   // L_smooth2D of second order
  kSmooth3D,         // L_smooth3D
  kAcceleration3D,   // L_smooth3D of second order
  kSeedConsistency,  // L_3D
  kSeedDepth,
  kBoneLength,
  kHeadRigidity,
  kJointLimit,
  kFootSliding,
  kFloor,
  kGravityPrior,
  kLengthPrior,
  kCameraPrior,
  kSeedPrior,
  kTermCount
};

constexpr std::array<const char*, kTermCount> kTermNames = {
    "reprojection",  "smooth2d",     "acceleration2d", "smooth3d",    "acceleration3d", "seed_consistency",
    "seed_depth",    "bone_length",  "head_rigidity",  "joint_limit", "foot_sliding",   "floor",
    "gravity_prior", "length_prior", "camera_prior",   "seed_prior"};

/// Standard deviation of a term that is left out.
constexpr double kLeftOut = std::numeric_limits<double>::infinity();

/// @brief Standard deviation of every term's residual; infinity leaves the term out.
///
/// Pixels are those of a person who is 440 px tall in the image; they scale with the person.
struct Weights {
  double reprojection = 8;           ///< px, at detector score 1
  double robust = 2;                 ///< sigmas beyond which a reprojection counts as an outlier (Cauchy)
  double smooth2d = 1500;            ///< px/s
  double acceleration2d = kLeftOut;  ///< px/s^2
  double smooth3d = 20;              ///< m/s
  double acceleration3d = 20;        ///< m/s^2
  double seed_consistency = 1;       ///< times the seed's own uncertainty
  double seed_depth = 0.1;           ///< relative, of each frame's depth
  double bone_length = 0.04;         ///< m, times the seed's own softness
  double head_rigidity = 0.005;      ///< m
  double joint_limit = 0.1;          ///< rad
  double foot_sliding = 0.1;         ///< m/s, of a foot that stands
  double floor = 0.02;               ///< m, of the height of a foot on the floor
  double contact_robust = 2;         ///< sigmas beyond which a contact counts as mistaken (Cauchy)
  double gravity_prior = 0.01;       ///< rad
  double length_prior = 0.12;        ///< relative
  double camera_prior = 0.2;         ///< relative, of the focal length or of the scale
  double seed_prior = 0.6;           ///< its square divides the cost of choosing a seed
};

/// @brief The 2D keypoints of one dancer, in one take or in several that follow on each other.
struct Clip {
  int n_frames = 0;
  double fps = 30;
  double person_height = 440;     ///< of the dancer in the image, px
  std::vector<double> keypoints;  ///< (n_frames, n_joints, 3): x, y in px and score; score 0 is not seen
  int n_held = 0;                 ///< first frames, which stay where each seed starts
  std::vector<int> since;         ///< (n_frames), frames since the take began; empty: one take

  /// Whether the take reaches back n frames from frame t.
  bool Reaches(int t, int n) const { return (since.empty() ? t : since[t]) >= n; }
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
  Weights weights;
  bool shared_held = false;  ///< whether all that frames share stays where each seed starts
};

/// @brief Where a solve starts: initial poses P*, imaging parameters and bone lengths.
struct Seed {
  std::vector<double> poses;        ///< P*, (n_frames, n_joints, 3), m, camera frame
  std::vector<double> uncertainty;  ///< (n_frames, n_joints), of each joint, m
  std::vector<double> imaging;      ///< (1) log focal length, or (n_frames, 3) log scale and shift
  std::vector<double> log_lengths;  ///< one a shared length, log m
  std::vector<double> up;           ///< (3), unit vector against gravity
  double floor = 0;                 ///< height of the floor along `up`, m
  std::vector<double> on_floor;     ///< (n_frames, n_feet), probability that a joint of the foot is on the floor
  std::vector<double> standing;     ///< (n_frames, n_feet), probability that it is there and does not move
  std::vector<double> prior;        ///< (n_frames), cost of choosing this seed's hypothesis
  double bone_softness = 1;         ///< multiplies the standard deviation of every bone's length
  double error_scale = 1;           ///< multiplies every error, to compare hypotheses of other standard deviations
};

/// Throws std::invalid_argument where sizes disagree or a number is not finite.
void Check(const Objective& objective, const std::vector<Seed>& seeds);

}  // namespace dancelift
