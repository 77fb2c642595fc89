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
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief Every term of one seed's objective, for whoever evaluates or solves it.
///
/// A visitor is called `visit(Term, int frame, const Factor&, double robust, Block... blocks)` for each: the cost is
/// rho(|r|^2) / 2, with Cauchy's rho of the scale `robust` or, if that is infinite, rho(s) = s.
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
        camera_(objective.imaging.perspective) {}

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
    const Weights& weights = objective_.weights;
    const std::vector<double>& lengths = objective_.skeleton.mean_lengths;
    for (std::size_t i = 0; i < lengths.size() && std::isfinite(weights.length_prior); ++i) {
      visit(kLengthPrior, kWholeClip, ScalarPrior<1>(std::log(lengths[i]), 1 / weights.length_prior), kLeftOut,
            LengthAt{static_cast<int>(i)});
    }
    if (!objective_.imaging.weak_perspective && !objective_.imaging.focal_known) {
      VisitCameraPrior<Perspective>(0, kWholeClip, visit);
    }
    if (std::isfinite(weights.gravity_prior) && !objective_.imaging.weak_perspective) {
      visit(kGravityPrior, kWholeClip, GravityPrior(seed_.up.data(), 1 / weights.gravity_prior), kLeftOut, UpAt{});
    }
  }

 private:
  /// Share below which a contact is none.
  static constexpr double kLeastContact = 0.01;
  /// Height in px of the person for whom the pixel weights are stated.
  static constexpr double kReferenceHeight = 440;

  template <class Camera, class Visitor>
  void VisitImage(const Camera& camera, int t, Visitor&& visit) const {
    const Weights& weights = objective_.weights;
    const int n_joints = objective_.skeleton.n_joints;
    const auto imaging = [](int frame) { return ImagingAt<Camera>{Camera::kPerFrame ? frame : 0}; };
    for (int j = 0; j < n_joints; ++j) {
      const double* keypoint = &objective_.clip.keypoints[3 * (static_cast<std::size_t>(t) * n_joints + j)];
      if (keypoint[2] > 0 && std::isfinite(weights.reprojection)) {
        const double weight = keypoint[2] / (weights.reprojection * pixels_);
        visit(kReprojection, t, Reprojection<Camera>(camera, keypoint, weight), weights.robust, PoseAt{t, j},
              imaging(t));
      }
    }
    if (std::isfinite(weights.smooth2d) && objective_.clip.Reaches(t, 1)) {
      const Smooth2D<Camera, 1> factor(camera, objective_.clip.fps / (weights.smooth2d * pixels_));
      for (int j = 0; j < n_joints; ++j) {
        if constexpr (Camera::kPerFrame) {
          visit(kSmooth2D, t, factor, kLeftOut, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t - 1), imaging(t));
        } else {
          visit(kSmooth2D, t, factor, kLeftOut, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t));
        }
      }
    }
    if (std::isfinite(weights.acceleration2d) && objective_.clip.Reaches(t, 2)) {
      const double fps = objective_.clip.fps;
      const Smooth2D<Camera, 2> factor(camera, fps * fps / (weights.acceleration2d * pixels_));
      for (int j = 0; j < n_joints; ++j) {
        if constexpr (Camera::kPerFrame) {
          visit(kAcceleration2D, t, factor, kLeftOut, PoseAt{t - 2, j}, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t - 2),
                imaging(t - 1), imaging(t));
        } else {
          visit(kAcceleration2D, t, factor, kLeftOut, PoseAt{t - 2, j}, PoseAt{t - 1, j}, PoseAt{t, j}, imaging(t));
        }
      }
    }
    if (Camera::kPerFrame) VisitCameraPrior<Camera>(t, t, visit);
  }

  template <class Camera, class Visitor>
  void VisitCameraPrior(int block, int frame, Visitor&& visit) const {
    const double sigma = objective_.weights.camera_prior;
    if (!std::isfinite(sigma)) return;
    const double mean = seed_.imaging[static_cast<std::size_t>(block) * Camera::kParameters];
    visit(kCameraPrior, frame, ScalarPrior<Camera::kParameters>(mean, 1 / sigma), kLeftOut, ImagingAt<Camera>{block});
  }

  template <class Visitor>
  void VisitMotion(int t, Visitor&& visit) const {
    const Weights& weights = objective_.weights;
    const double fps = objective_.clip.fps;
    for (int j = 0; j < objective_.skeleton.n_joints; ++j) {
      if (std::isfinite(weights.smooth3d) && objective_.clip.Reaches(t, 1)) {
        visit(kSmooth3D, t, Smooth3D<1>(fps / weights.smooth3d), kLeftOut, PoseAt{t - 1, j}, PoseAt{t, j});
      }
      if (std::isfinite(weights.acceleration3d) && objective_.clip.Reaches(t, 2)) {
        visit(kAcceleration3D, t, Smooth3D<2>(fps * fps / weights.acceleration3d), kLeftOut, PoseAt{t - 2, j},
              PoseAt{t - 1, j}, PoseAt{t, j});
      }
    }
  }

  template <class Visitor>
  void VisitBody(int t, Visitor&& visit) const {
    const Weights& weights = objective_.weights;
    VisitBones(kBoneLength, t, objective_.skeleton.bones, weights.bone_length * seed_.bone_softness, visit);
    VisitBones(kHeadRigidity, t, objective_.skeleton.head, weights.head_rigidity, visit);
    if (!std::isfinite(weights.joint_limit)) return;
    for (const Hinge& hinge : objective_.skeleton.hinges) {
      visit(kJointLimit, t, JointLimit(hinge, 1 / weights.joint_limit), kLeftOut, PoseAt{t, hinge.left},
            PoseAt{t, hinge.right}, PoseAt{t, hinge.middle}, PoseAt{t, hinge.distal});
    }
  }

  template <class Visitor>
  void VisitBones(Term term, int t, const std::vector<Bone>& bones, double sigma, Visitor&& visit) const {
    if (!std::isfinite(sigma)) return;
    for (const Bone& bone : bones) {
      visit(term, t, BoneLength(1 / (sigma * bone.softness)), kLeftOut, PoseAt{t, bone.a}, PoseAt{t, bone.b},
            LengthAt{bone.length});
    }
  }

  template <class Visitor>
  void VisitContacts(int t, Visitor&& visit) const {
    const Weights& weights = objective_.weights;
    const std::vector<Foot>& feet = objective_.skeleton.feet;
    for (std::size_t i = 0; i < feet.size(); ++i) {
      const std::size_t at = static_cast<std::size_t>(t) * feet.size() + i;
      const double both =
          objective_.clip.Reaches(t, 1) ? std::sqrt(seed_.standing[at] * seed_.standing[at - feet.size()]) : 0;
      const int joint = feet[i].joint;
      if (both > kLeastContact && std::isfinite(weights.foot_sliding)) {
        visit(kFootSliding, t, Smooth3D<1>(both * objective_.clip.fps / weights.foot_sliding), weights.contact_robust,
              PoseAt{t - 1, joint}, PoseAt{t, joint});
      }
      if (seed_.on_floor[at] > kLeastContact && std::isfinite(weights.floor)) {
        visit(kFloor, t, FloorHeight(feet[i], weights.floor, std::sqrt(seed_.on_floor[at])), weights.contact_robust,
              PoseAt{t, joint}, UpAt{}, FloorAt{});
      }
    }
  }

  template <class Visitor>
  void VisitSeed(int t, Visitor&& visit) const {
    const Weights& weights = objective_.weights;
    const int n_joints = objective_.skeleton.n_joints;
    if (!std::isfinite(weights.seed_consistency)) return;
    for (int j = 0; j < n_joints; ++j) {
      const std::size_t point = static_cast<std::size_t>(t) * n_joints + j;
      visit(kSeedConsistency, t,
            SeedConsistency(&seed_.poses[3 * point], 1 / (weights.seed_consistency * seed_.uncertainty[point])),
            kLeftOut, PoseAt{t, j}, DepthAt{t});
    }
    if (!objective_.imaging.weak_perspective && std::isfinite(weights.seed_depth)) {
      visit(kSeedDepth, t, ScalarPrior<1>(0, 1 / weights.seed_depth), kLeftOut, DepthAt{t});
    }
  }

  const Objective& objective_;
  const Seed& seed_;
  double pixels_;
  Perspective camera_;
};

}  // namespace dancelift
