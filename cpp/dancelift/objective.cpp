#include "dancelift/objective.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "dancelift/term_table.hpp"

namespace dancelift {
namespace {

/// Of a body: the system of a frame has the square of these as its numbers.
constexpr int kMostJoints = 2000, kMostLengths = 5000;

/// Throws "name: value, expected ..." unless the condition is met.
template <class Value>
void Require(bool condition, const std::string& name, const Value& value, const std::string& expected) {
  if (condition) return;
  std::ostringstream message;
  message << name << ": " << value << ", expected " << expected;
  throw std::invalid_argument(message.str());
}

template <class Condition>
void RequireAll(const std::vector<double>& values, const std::string& name, const std::string& expected,
                Condition meets) {
  const auto bad = std::find_if_not(values.begin(), values.end(), meets);
  if (bad != values.end()) Require(false, name + "[" + std::to_string(bad - values.begin()) + "]", *bad, expected);
}

void RequirePositive(double value, const std::string& name) { Require(value > 0, name, value, "a positive number"); }

void RequirePositiveFinite(double value, const std::string& name) {
  Require(value > 0 && std::isfinite(value), name, value, "a positive number");
}

void RequireFinite(double value, const std::string& name) {
  Require(std::isfinite(value), name, value, "a finite number");
}

/// So many numbers, all of them finite.
void RequireNumbers(const std::vector<double>& values, const std::string& name, std::size_t count) {
  Require(values.size() == count, name, std::to_string(values.size()) + " numbers", std::to_string(count));
  RequireAll(values, name, "a finite number", [](double x) { return std::isfinite(x); });
}

void RequireJoint(int joint, const std::string& name, const Skeleton& skeleton) {
  Require(joint >= 0 && joint < skeleton.n_joints, name, joint,
          "a joint from 0 to " + std::to_string(skeleton.n_joints - 1));
}

void CheckBones(const std::vector<Bone>& bones, const std::string& name, const Skeleton& skeleton) {
  for (std::size_t i = 0; i < bones.size(); ++i) {
    const Bone& bone = bones[i];
    const std::string one = name + "[" + std::to_string(i) + "]";
    RequireJoint(bone.a, one + ".a", skeleton);
    RequireJoint(bone.b, one + ".b", skeleton);
    Require(bone.a != bone.b, one + ".b", bone.b, "another joint than a");
    Require(bone.length >= 0 && bone.length < static_cast<int>(skeleton.mean_lengths.size()), one + ".length",
            bone.length, "one of the " + std::to_string(skeleton.mean_lengths.size()) + " mean_lengths");
    RequirePositive(bone.softness, one + ".softness");
  }
}

void CheckHinge(const Hinge& hinge, const std::string& name, const Skeleton& skeleton) {
  const int joints[] = {hinge.left, hinge.right, hinge.middle, hinge.distal};
  const char* names[] = {".left", ".right", ".middle", ".distal"};
  for (int i = 0; i < 4; ++i) {
    RequireJoint(joints[i], name + names[i], skeleton);
    const bool again = std::find(joints, joints + i, joints[i]) != joints + i;
    Require(!again, name + names[i], joints[i], "four different joints");
  }
  RequireFinite(hinge.sign, name + ".sign");
  RequireFinite(hinge.tolerance, name + ".tolerance");
}

void CheckSkeleton(const Skeleton& skeleton) {
  const auto require_at_most = [](int count, int least, int most, const std::string& name) {
    Require(count >= least && count <= most, name, count,
            "at least " + std::to_string(least) + " and at most " + std::to_string(most));
  };
  require_at_most(skeleton.n_joints, 1, kMostJoints, "n_joints");
  require_at_most(static_cast<int>(skeleton.mean_lengths.size()), 0, kMostLengths, "number of mean_lengths");
  CheckBones(skeleton.bones, "bones", skeleton);
  CheckBones(skeleton.head, "head", skeleton);
  RequireAll(skeleton.mean_lengths, "mean_lengths", "a positive number",
             [](double length) { return length > 0 && std::isfinite(length); });
  for (std::size_t i = 0; i < skeleton.hinges.size(); ++i) {
    CheckHinge(skeleton.hinges[i], "hinges[" + std::to_string(i) + "]", skeleton);
  }
  for (std::size_t i = 0; i < skeleton.feet.size(); ++i) {
    const Foot& foot = skeleton.feet[i];
    const std::string name = "feet[" + std::to_string(i) + "]";
    RequireJoint(foot.joint, name + ".joint", skeleton);
    for (const auto& [height, what] : {std::pair{foot.rest, ".rest"}, std::pair{foot.rise, ".rise"}}) {
      Require(height >= 0 && std::isfinite(height), name + what, height, "0 or more");
    }
  }
}

void CheckSigmas(const Sigmas& sigmas) {
  const auto check = [&](const auto& row) {
    const double value = sigmas.*row.member;
    Require(value > 0, std::string("sigmas.") + row.name, value, "a positive number or infinity");
  };
  for (const TermRow& row : kTerms) check(row);
  for (const RobustScaleRow& row : kRobustScales) check(row);
}

void CheckClip(const Clip& clip, int n_joints) {
  Require(clip.n_frames > 0, "n_frames", clip.n_frames, "at least 1");
  RequirePositiveFinite(clip.fps, "fps");
  RequirePositiveFinite(clip.person_height, "person_height");
  RequireNumbers(clip.keypoints, "keypoints", static_cast<std::size_t>(3) * clip.n_frames * n_joints);
  Require(clip.n_held >= 0, "n_held", clip.n_held, "0 or more");
  Require(!clip.takes.empty() && clip.takes[0] == 0, "takes", clip.takes.empty() ? "empty" : "another first frame",
          "the first frames of takes, from 0 on");
  for (std::size_t i = 1; i < clip.takes.size(); ++i) {
    Require(clip.takes[i] > clip.takes[i - 1] && clip.takes[i] < clip.n_frames, "takes[" + std::to_string(i) + "]",
            clip.takes[i], "a later frame than the take before has, of " + std::to_string(clip.n_frames));
  }
}

void CheckCamera(const Perspective& camera) {
  RequirePositiveFinite(camera.aspect, "aspect");
  RequireFinite(camera.skew, "skew");
  RequireFinite(camera.cx, "cx");
  RequireFinite(camera.cy, "cy");
}

void CheckSeed(const Seed& seed, const Objective& objective, const std::string& name) {
  const int n_frames = objective.clip.n_frames;
  const std::size_t n_points = static_cast<std::size_t>(n_frames) * objective.skeleton.n_joints;
  const auto positive = [](double x) { return x > 0; };
  RequireNumbers(seed.poses, name + "poses", 3 * n_points);
  RequireNumbers(seed.uncertainty, name + "uncertainty", n_points);
  RequireAll(seed.uncertainty, name + "uncertainty", "a positive number", positive);
  RequireNumbers(seed.acceleration, name + "acceleration", 3 * n_points);
  RequireNumbers(seed.imaging, name + "imaging",
                 objective.imaging.Blocks(n_frames) * objective.imaging.ParametersPerBlock());
  RequireNumbers(seed.log_lengths, name + "log_lengths", objective.skeleton.mean_lengths.size());
  RequireNumbers(seed.up, name + "up", 3);
  const double length = std::hypot(seed.up[0], seed.up[1], seed.up[2]);
  Require(std::abs(length - 1) < 1e-6, name + "up", "length " + std::to_string(length), "a unit vector");
  RequireFinite(seed.floor, name + "floor");
  const auto probability = [](double share) { return share >= 0 && share <= 1; };
  const std::size_t n_contacts = static_cast<std::size_t>(n_frames) * objective.skeleton.feet.size();
  RequireNumbers(seed.on_floor, name + "on_floor", n_contacts);
  RequireAll(seed.on_floor, name + "on_floor", "a probability", probability);
  RequireNumbers(seed.standing, name + "standing", n_contacts);
  RequireAll(seed.standing, name + "standing", "a probability", probability);
  RequireNumbers(seed.prior, name + "prior", n_frames);
  RequirePositive(seed.bone_softness, name + "bone_softness");
  RequirePositiveFinite(seed.error_scale, name + "error_scale");
}

}  // namespace

void Check(const Objective& objective, const std::vector<Seed>& seeds) {
  CheckSkeleton(objective.skeleton);
  CheckCamera(objective.imaging.perspective);
  CheckSigmas(objective.sigmas);
  CheckClip(objective.clip, objective.skeleton.n_joints);
  Require(!seeds.empty(), "seeds", 0, "at least 1");
  for (std::size_t k = 0; k < seeds.size(); ++k) CheckSeed(seeds[k], objective, "seeds[" + std::to_string(k) + "].");
}

}  // namespace dancelift
