#pragma once

#include <vector>

#include "dancelift/camera.hpp"
#include "dancelift/objective.hpp"

namespace dancelift {

/// @name Blocks of unknowns, each with the number of its entries.
/// @{
struct PoseAt {
  static constexpr int kSize = 3;
  int frame;
  int joint;
};
template <class Camera>
struct ImagingAt {
  static constexpr int kSize = Camera::kParameters;
  int block;  ///< the frame, or 0 where the clip has one block
};
struct LengthAt {
  static constexpr int kSize = 1;
  int index;
};
struct UpAt {
  static constexpr int kSize = 3;
};
struct FloorAt {
  static constexpr int kSize = 1;
};
struct DepthAt {
  static constexpr int kSize = 1;
  int frame;
};
/// @}

/// @brief All that one seed's optimisation finds.
struct Unknowns {
  std::vector<double> poses;        ///< (n_frames, n_joints, 3), m, camera frame
  std::vector<double> imaging;      ///< (1) log focal length, or (n_frames, 3) log scale and shift
  std::vector<double> log_lengths;  ///< one a shared length, log m
  std::vector<double> up;           ///< (3), unit vector against gravity
  double floor = 0;                 ///< height of the floor along `up`, m
  std::vector<double> depth;        ///< (n_frames), log of each frame's depth relative to the seed's
  int n_joints = 0;

  Unknowns() = default;
  /// Where a seed starts.
  Unknowns(const Objective& objective, const Seed& seed)
      : poses(seed.poses),
        imaging(seed.imaging),
        log_lengths(seed.log_lengths),
        up(seed.up),
        floor(seed.floor),
        depth(objective.clip.n_frames, 0.0),
        n_joints(objective.skeleton.n_joints) {}

  double* At(PoseAt at) { return &poses[3 * (static_cast<std::size_t>(at.frame) * n_joints + at.joint)]; }
  template <class Camera>
  double* At(ImagingAt<Camera> at) {
    return &imaging[static_cast<std::size_t>(at.block) * Camera::kParameters];
  }
  double* At(LengthAt at) { return &log_lengths[at.index]; }
  double* At(UpAt) { return up.data(); }
  double* At(FloorAt) { return &floor; }
  double* At(DepthAt at) { return &depth[at.frame]; }

  template <class Block>
  const double* At(Block at) const {
    return const_cast<Unknowns*>(this)->At(at);
  }
};

}  // namespace dancelift
