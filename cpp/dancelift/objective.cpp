#include "dancelift/objective.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace dancelift {
namespace {

void Require(bool condition, const std::string& message) {
  if (!condition) throw std::invalid_argument(message);
}

/// `meets` is asked of every number, so a message is made only where it does not.
template <class Condition>
void RequireAll(const std::vector<double>& values, const char* message, Condition meets) {
  if (!std::all_of(values.begin(), values.end(), meets)) throw std::invalid_argument(message);
}

void RequireSize(const std::vector<double>& values, std::size_t expected, const std::string& name) {
  Require(values.size() == expected,
          name + " has " + std::to_string(values.size()) + " numbers, expected " + std::to_string(expected));
  RequireAll(values, (name + " has a number that is not finite").c_str(), [](double x) { return std::isfinite(x); });
}

void RequireJoint(int joint, const Skeleton& skeleton) {
  Require(joint >= 0 && joint < skeleton.n_joints,
          "joint " + std::to_string(joint) + " is not one of " + std::to_string(skeleton.n_joints));
}

void CheckSkeleton(const Skeleton& skeleton) {
  Require(skeleton.n_joints > 0, "skeleton has no joints");
  for (const auto* bones : {&skeleton.bones, &skeleton.head}) {
    for (const Bone& bone : *bones) {
      RequireJoint(bone.a, skeleton);
      RequireJoint(bone.b, skeleton);
      Require(bone.a != bone.b, "a bone joins joint " + std::to_string(bone.a) + " to itself");
      Require(bone.softness > 0, "a bone's softness is not positive");
      Require(bone.length >= 0 && bone.length < static_cast<int>(skeleton.mean_lengths.size()),
              "a bone names shared length " + std::to_string(bone.length) + " of " +
                  std::to_string(skeleton.mean_lengths.size()));
    }
  }
  for (const double length : skeleton.mean_lengths) Require(length > 0, "a mean bone length is not positive");
  for (const Hinge& hinge : skeleton.hinges) {
    const int joints[] = {hinge.left, hinge.right, hinge.middle, hinge.distal};
    for (int i = 0; i < 4; ++i) {
      RequireJoint(joints[i], skeleton);
      for (int j = 0; j < i; ++j) Require(joints[i] != joints[j], "a hinge names a joint twice");
    }
  }
  for (const Foot& foot : skeleton.feet) {
    RequireJoint(foot.joint, skeleton);
    Require(foot.rest >= 0 && foot.rise >= 0, "a foot's rest or rise is negative");
  }
}

void CheckWeights(const Weights& w) {
  for (const double sigma :
       {w.reprojection, w.robust, w.smooth2d, w.acceleration2d, w.smooth3d, w.acceleration3d, w.seed_consistency,
        w.seed_depth, w.foot_sliding, w.floor, w.contact_robust, w.gravity_prior, w.bone_length, w.head_rigidity,
        w.joint_limit, w.length_prior, w.camera_prior, w.seed_prior}) {
    Require(sigma > 0, "a weight is " + std::to_string(sigma) + ", expected a positive standard deviation");
  }
}

}  // namespace

void Check(const Objective& objective, const std::vector<Seed>& seeds) {
  const Clip& clip = objective.clip;
  CheckSkeleton(objective.skeleton);
  CheckWeights(objective.weights);
  Require(clip.n_frames > 0, "the clip has no frames");
  Require(clip.fps > 0 && std::isfinite(clip.fps), "fps is not positive");
  Require(clip.person_height > 0 && std::isfinite(clip.person_height), "person_height is not positive");
  Require(clip.n_held >= 0, "n_held is negative");
  const bool one_take = clip.since.empty();
  Require(one_take || static_cast<int>(clip.since.size()) == clip.n_frames, "since does not have one entry a frame");
  for (int t = 0; !one_take && t < clip.n_frames; ++t) {
    Require(clip.since[t] == 0 || (t > 0 && clip.since[t] == clip.since[t - 1] + 1), "since does not count frames");
  }
  Require(!seeds.empty(), "there is no seed");

  const std::size_t n_frames = clip.n_frames, n_points = n_frames * objective.skeleton.n_joints;
  RequireSize(clip.keypoints, 3 * n_points, "keypoints");
  for (const Seed& seed : seeds) {
    RequireSize(seed.poses, 3 * n_points, "seed poses");
    RequireSize(seed.uncertainty, n_points, "seed uncertainty");
    RequireAll(seed.uncertainty, "a seed's uncertainty is not positive", [](double sigma) { return sigma > 0; });
    RequireSize(seed.imaging, objective.imaging.Blocks(clip.n_frames) * objective.imaging.ParametersPerBlock(),
                "seed imaging parameters");
    RequireSize(seed.log_lengths, objective.skeleton.mean_lengths.size(), "seed bone lengths");
    RequireSize(seed.up, 3, "seed up");
    const double length = std::hypot(seed.up[0], seed.up[1], seed.up[2]);
    Require(std::abs(length - 1) < 1e-6, "a seed's up is not a unit vector");
    Require(std::isfinite(seed.floor), "a seed's floor is not finite");
    const std::size_t n_contacts = n_frames * objective.skeleton.feet.size();
    for (const std::vector<double>* contact : {&seed.on_floor, &seed.standing}) {
      RequireSize(*contact, n_contacts, "seed contact");
      RequireAll(*contact, "a contact is no probability", [](double share) { return share >= 0 && share <= 1; });
    }
    RequireSize(seed.prior, n_frames, "seed prior");
    Require(seed.bone_softness > 0, "a seed's bone softness is not positive");
    Require(seed.error_scale > 0, "a seed's error scale is not positive");
  }
}

}  // namespace dancelift
