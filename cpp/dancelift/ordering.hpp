#pragma once

#include "dancelift/camera.hpp"
#include "dancelift/objective.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief Where a block of unknowns lies in the system.
struct Place {
  int frame;  ///< or Ordering::kShared
  int row;    ///< its first, among the unknowns of the frame or among the shared ones
  int size;   ///< its unknowns; 0: the block is held constant
};

/// @brief The order in which unknowns are eliminated: a permutation of the system that fills it in hardly at all.
///
/// Frames come first and what they share comes last, or the shared unknowns would couple all frames to each other.
/// Among the frames the order is twisted: from both ends of the clip towards two frames in the middle, so that two
/// threads can work on one system. A clip too short for that is eliminated in the order of time.
class Ordering {
 public:
  static constexpr int kShared = -1;

  explicit Ordering(const Objective& objective);

  int Frames() const { return n_frames_; }
  int Joints() const { return n_joints_; }
  bool Weak() const { return weak_; }
  /// Unknowns of a frame.
  int FrameSize() const;
  /// Unknowns that all frames share.
  int SharedSize() const { return n_shared_; }
  /// See PanelLayout::slack.
  int Slack() const { return slack_; }

  /// The frames from MiddleBegin() up to MiddleEnd() are eliminated after all others.
  int MiddleBegin() const { return middle_begin_; }
  int MiddleEnd() const { return middle_end_; }
  bool InMiddle(int t) const { return t >= middle_begin_ && t < middle_end_; }
  /// Whether frames are eliminated from the end of the clip too.
  bool Twisted() const { return middle_end_ < n_frames_; }

  Place At(PoseAt at) const { return {at.frame, 3 * at.joint, 3}; }
  Place At(DepthAt at) const { return {at.frame, 3 * n_joints_, weak_ ? 0 : 1}; }
  Place At(ImagingAt<WeakPerspective> at) const { return {at.block, 3 * n_joints_, WeakPerspective::kParameters}; }
  Place At(ImagingAt<Perspective>) const { return {kShared, focal_, lengths_ - focal_}; }
  Place At(LengthAt at) const { return {kShared, lengths_ + at.index, up_ > lengths_ ? 1 : 0}; }
  Place At(UpAt) const { return {kShared, up_, floor_ - up_}; }
  Place At(FloorAt) const { return {kShared, floor_, n_shared_ - floor_}; }

 private:
  int n_frames_;
  int n_joints_;
  bool weak_;
  int middle_begin_, middle_end_;
  int focal_, lengths_, up_, floor_;  // first rows of the shared unknowns
  int n_shared_;
  int slack_;
};

}  // namespace dancelift
