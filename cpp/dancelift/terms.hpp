#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "dancelift/factors/bone_length.hpp"
#include "dancelift/factors/floor_height.hpp"
#include "dancelift/factors/gravity_prior.hpp"
#include "dancelift/factors/joint_limit.hpp"
#include "dancelift/factors/reprojection.hpp"
#include "dancelift/factors/scalar_prior.hpp"
#include "dancelift/factors/seed_consistency.hpp"
#include "dancelift/factors/smoothness.hpp"
#include "dancelift/objective.hpp"
#include "dancelift/term_table.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief Every term of one seed's objective, for whoever evaluates or solves it.
///
/// A visitor is called `visit(Term, int frame, const Factor&, double robust, Block... blocks)` for each: the cost is
/// rho(|r|^2) / 2, with Cauchy's rho of the scale `robust` or, if that is kNotRobust, rho(s) = s.
class Terms {
 public:
  /// Frame of a term of the whole clip.
  static constexpr int kWholeClip = -1;
  /// How many frames back from its own a term reaches.
  static constexpr int kReach = 2;

  Terms(const Objective& objective, const Seed& seed)
      : objective_(objective),
        seed_(seed),
        pixels_(objective.clip.person_height / kReferenceHeight),
        camera_(objective.imaging.perspective),
        frames_into_take_(FramesIntoTake(objective.clip)) {}

  /// The same terms, quicker at these unknowns.
  Terms PreparedFor(const Unknowns& unknowns) const {
    Terms terms = *this;
    if (!objective_.imaging.weak_perspective) terms.camera_ = camera_.PreparedFor(unknowns.imaging[0]);
    return terms;
  }

  /// Terms of a frame; they reach back up to kReach frames.
  template <class Visitor>
  void VisitFrame(int t, Visitor&& visit) const {
    if (objective_.imaging.weak_perspective) {
      VisitImage(WeakPerspective(), t, visit);
    } else {
      VisitImage(camera_, t, visit);
    }
    VisitMotion(t, visit);
    VisitBody(t, visit);
    if (!objective_.imaging.weak_perspective) VisitContacts(t, visit);
    VisitSeed(t, visit);
  }

  /// Terms of the whole clip: none where what all frames share is held.
  template <class Visitor>
  void VisitClip(Visitor&& visit) const {
    if (objective_.shared_held) return;
    const Sigmas& sigmas = objective_.sigmas;
    const std::vector<double>& lengths = objective_.skeleton.mean_lengths;
    for (std::size_t i = 0; i < lengths.size() && std::isfinite(sigmas.length_prior); ++i) {
      visit(kLengthPrior, kWholeClip, ScalarPrior<1>(std::log(lengths[i]), 1 / sigmas.length_prior), kNotRobust,
            LengthAt{static_cast<int>(i)});
    }
    if (!objective_.imaging.weak_perspective && !objective_.imaging.focal_known) {
      VisitCameraPrior<Perspective>(0, kWholeClip, visit);
    }
    if (std::isfinite(sigmas.gravity_prior) && !objective_.imaging.weak_perspective) {
      visit(kGravityPrior, kWholeClip, GravityPrior(seed_.up.data(), 1 / sigmas.gravity_prior), kNotRobust, UpAt{});
    }
  }

 private:
  /// (n_frames), how many frames of its take come before each frame; empty: there is one take.
  static std::vector<int> FramesIntoTake(const Clip& clip) {
    std::vector<int> frames;
    if (clip.takes.size() == 1) return frames;
    std::size_t n_begun = 0;
    for (int t = 0; t < clip.n_frames; ++t) {
      const bool begins = n_begun < clip.takes.size() && clip.takes[n_begun] == t;
      n_begun += begins ? 1 : 0;
      frames.push_back(begins ? 0 : frames.back() + 1);
    }
    return frames;
  }

  /// Whether the take reaches back n frames from frame t.
  bool Reaches(int t, int n) const { return (frames_into_take_.empty() ? t : frames_into_take_[t]) >= n; }

  /// Share below which a contact is none.
  static constexpr double kLeastContact = 0.01;
  /// Height in px of the person for whom standard deviations in px are stated, as in Sigmas and, for the scale of the
  /// noise, in python/dancelift/lifting/problem.py.
  static constexpr double kReferenceHeight = 440;

  template <class Camera, class Visitor>
  void VisitImage(const Camera& camera, int t, Visitor&& visit) const {
    const Sigmas& sigmas = objective_.sigmas;
    const int n_joints = objective_.skeleton.n_joints;
    const auto imaging = [](int frame) { return ImagingAt<Camera>{Camera::kPerFrame ? frame : 0}; };
    for (int j = 0; j < n_joints; ++j) {
      const double* keypoint = &objective_.clip.keypoints[3 * (static_cast<std::size_t>(t) * n_joints + j)];
      if (keypoint[2] > 0 && std::isfinite(sigmas.reprojection)) {
        const double weight = keypoint[2] / (sigmas.reprojection * pixels_);
        visit(kReprojection, t, Reprojection<Camera>(camera, keypoint, weight), sigmas.robust, PoseAt{t, j},
              imaging(t));
      }
    }
    if (std::isfinite(sigmas.smooth2d) && Reaches(t, 1)) {
      const Smooth2D<Camera, 1> factor(camera, objective_.clip.fps / (sigmas.smooth2d * pixels_));
      for (int j = 0; j < n_joints; ++j) {
        if constexpr (Camera::kPerFrame) {
          visit(kSmooth2D, t, factor, kNotRobust, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t - 1), imaging(t));
        } else {
          visit(kSmooth2D, t, factor, kNotRobust, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t));
        }
      }
    }
    if (std::isfinite(sigmas.acceleration2d) && Reaches(t, 2)) {
      const double fps = objective_.clip.fps;
      const Smooth2D<Camera, 2> factor(camera, fps * fps / (sigmas.acceleration2d * pixels_));
      for (int j = 0; j < n_joints; ++j) {
        if constexpr (Camera::kPerFrame) {
          visit(kAcceleration2D, t, factor, kNotRobust, PoseAt{t - 2, j}, PoseAt{t - 1, j}, PoseAt{t, j},
                imaging(t - 2), imaging(t - 1), imaging(t));
        } else {
          visit(kAcceleration2D, t, factor, kNotRobust, PoseAt{t - 2, j}, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t));
        }
      }
    }
    if (Camera::kPerFrame) VisitCameraPrior<Camera>(t, t, visit);
  }

  template <class Camera, class Visitor>
  void VisitCameraPrior(int block, int frame, Visitor&& visit) const {
    const double sigma = objective_.sigmas.camera_prior;
    if (!std::isfinite(sigma)) return;
    const double mean = seed_.imaging[static_cast<std::size_t>(block) * Camera::kParameters];
    visit(kCameraPrior, frame, ScalarPrior<Camera::kParameters>(mean, 1 / sigma), kNotRobust, ImagingAt<Camera>{block});
  }

  template <class Visitor>
  void VisitMotion(int t, Visitor&& visit) const {
    const Sigmas& sigmas = objective_.sigmas;
    const double fps = objective_.clip.fps;
    const int n_joints = objective_.skeleton.n_joints;
    for (int j = 0; j < n_joints; ++j) {
      if (std::isfinite(sigmas.smooth3d) && Reaches(t, 1)) {
        visit(kSmooth3D, t, Smooth3D<1>(fps / sigmas.smooth3d), kNotRobust, PoseAt{t - 1, j}, PoseAt{t, j});
      }
      if (std::isfinite(sigmas.acceleration3d) && Reaches(t, 2)) {
        // robust: a kick accelerates far more than what is usual
        const double* expected = &seed_.acceleration[3 * (static_cast<std::size_t>(t) * n_joints + j)];
        visit(kAcceleration3D, t, Smooth3D<2>(fps * fps / sigmas.acceleration3d, expected), sigmas.robust,
              PoseAt{t - 2, j}, PoseAt{t - 1, j}, PoseAt{t, j});
      }
    }
  }

  template <class Visitor>
  void VisitBody(int t, Visitor&& visit) const {
    const Sigmas& sigmas = objective_.sigmas;
    VisitBones(kBoneLength, t, objective_.skeleton.bones, sigmas.bone_length * seed_.bone_softness, visit);
    VisitBones(kHeadRigidity, t, objective_.skeleton.head, sigmas.head_rigidity, visit);
    if (!std::isfinite(sigmas.joint_limit)) return;
    for (const Hinge& hinge : objective_.skeleton.hinges) {
      visit(kJointLimit, t, JointLimit(hinge, 1 / sigmas.joint_limit), kNotRobust, PoseAt{t, hinge.left},
            PoseAt{t, hinge.right}, PoseAt{t, hinge.middle}, PoseAt{t, hinge.distal});
    }
  }

  template <class Visitor>
  void VisitBones(Term term, int t, const std::vector<Bone>& bones, double sigma, Visitor&& visit) const {
    if (!std::isfinite(sigma)) return;
    for (const Bone& bone : bones) {
      visit(term, t, BoneLength(1 / (sigma * bone.softness)), kNotRobust, PoseAt{t, bone.a}, PoseAt{t, bone.b},
            LengthAt{bone.length});
    }
  }

  template <class Visitor>
  void VisitContacts(int t, Visitor&& visit) const {
    const Sigmas& sigmas = objective_.sigmas;
    const std::vector<Foot>& feet = objective_.skeleton.feet;
    for (std::size_t i = 0; i < feet.size(); ++i) {
      const std::size_t at = static_cast<std::size_t>(t) * feet.size() + i;
      const double both = Reaches(t, 1) ? std::sqrt(seed_.standing[at] * seed_.standing[at - feet.size()]) : 0;
      const int joint = feet[i].joint;
      if (both > kLeastContact && std::isfinite(sigmas.foot_sliding)) {
        visit(kFootSliding, t, Smooth3D<1>(both * objective_.clip.fps / sigmas.foot_sliding), sigmas.contact_robust,
              PoseAt{t - 1, joint}, PoseAt{t, joint});
      }
      if (seed_.on_floor[at] > kLeastContact && std::isfinite(sigmas.floor)) {
        visit(kFloor, t, FloorHeight(feet[i], sigmas.floor, std::sqrt(seed_.on_floor[at])), sigmas.contact_robust,
              PoseAt{t, joint}, UpAt{}, FloorAt{});
      }
    }
  }

  template <class Visitor>
  void VisitSeed(int t, Visitor&& visit) const {
    const Sigmas& sigmas = objective_.sigmas;
    const int n_joints = objective_.skeleton.n_joints;
    if (!std::isfinite(sigmas.seed_consistency)) return;
    for (int j = 0; j < n_joints; ++j) {
      const std::size_t point = static_cast<std::size_t>(t) * n_joints + j;
      visit(kSeedConsistency, t,
            SeedConsistency(&seed_.poses[3 * point], 1 / (sigmas.seed_consistency * seed_.uncertainty[point])),
            kNotRobust, PoseAt{t, j}, DepthAt{t});
    }
    if (!objective_.imaging.weak_perspective && std::isfinite(sigmas.seed_depth)) {
      visit(kSeedDepth, t, ScalarPrior<1>(0, 1 / sigmas.seed_depth), kNotRobust, DepthAt{t});
    }
  }

  const Objective& objective_;
  const Seed& seed_;
  double pixels_;
  Perspective camera_;
  std::vector<int> frames_into_take_;  // see FramesIntoTake
};

}  // namespace dancelift
