#include "dancelift/ordering.hpp"

#include <algorithm>
#include <cmath>

#include "dancelift/terms.hpp"

namespace dancelift {
namespace {

/// Frames from which a clip is eliminated from both ends.
constexpr int kLeastFrames = 8;
constexpr int kMiddleFrames = Terms::kReach;  // two ends that far apart are not coupled

}  // namespace

Ordering::Ordering(const Objective& objective)
    : n_frames_(objective.clip.n_frames),
      n_joints_(objective.skeleton.n_joints),
      weak_(objective.imaging.weak_perspective),
      middle_begin_(n_frames_ / 2),
      middle_end_(middle_begin_ + kMiddleFrames),
      focal_(0),
      lengths_(weak_ || objective.imaging.focal_known || objective.shared_held ? 0 : 1),
      up_(lengths_ + (objective.shared_held ? 0 : static_cast<int>(objective.skeleton.mean_lengths.size()))),
      floor_(up_ + (objective.shared_held ? 0 : 2)),
      n_shared_(floor_ + (objective.shared_held ? 0 : 1)),
      slack_(0) {
  if (n_frames_ < kLeastFrames) {
    middle_end_ = n_frames_;
    middle_begin_ = std::max(0, n_frames_ - kMiddleFrames);
  }
  // only accelerations in the image couple a frame's coordinates to others of the frame after the next
  if (std::isfinite(objective.sigmas.acceleration2d)) slack_ = weak_ ? FrameSize() : PoseAt::kSize - 1;
}

int Ordering::FrameSize() const {
  return PoseAt::kSize * n_joints_ + (weak_ ? WeakPerspective::kParameters : DepthAt::kSize);
}

}  // namespace dancelift
