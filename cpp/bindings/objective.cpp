#include "bindings/objective.hpp"

namespace dancelift::bindings {
namespace {

std::vector<Bone> Bones(const std::vector<BoneTuple>& tuples) {
  std::vector<Bone> bones;
  for (const auto& [a, b, length, softness] : tuples) bones.push_back({a, b, length, softness});
  return bones;
}

}  // namespace

Skeleton MakeSkeleton(int n_joints, const std::vector<BoneTuple>& bones, const std::vector<BoneTuple>& head,
                      const std::vector<HingeTuple>& hinges, const std::vector<FootTuple>& feet,
                      const std::vector<double>& mean_lengths) {
  Skeleton skeleton;
  skeleton.n_joints = n_joints;
  skeleton.bones = Bones(bones);
  skeleton.head = Bones(head);
  for (const auto& [left, right, middle, distal, on_left, sign, tolerance] : hinges) {
    skeleton.hinges.push_back({left, right, middle, distal, on_left, sign, tolerance});
  }
  for (const auto& [joint, rest, rise] : feet) skeleton.feet.push_back({joint, rest, rise});
  skeleton.mean_lengths = mean_lengths;
  return skeleton;
}

Objective MakeObjective(const Skeleton& skeleton, const Sigmas& sigmas, double fps, double person_height,
                        const std::tuple<double, double, double, double>& intrinsics, bool focal_known,
                        bool weak_perspective, bool shared_held, int n_held, const std::vector<int>& takes) {
  Objective objective;
  objective.skeleton = skeleton;
  objective.sigmas = sigmas;
  objective.clip.fps = fps;
  objective.clip.person_height = person_height;
  objective.clip.n_held = n_held;
  objective.clip.takes = takes;
  Perspective& camera = objective.imaging.perspective;
  std::tie(camera.aspect, camera.skew, camera.cx, camera.cy) = intrinsics;
  objective.imaging.focal_known = focal_known;
  objective.imaging.weak_perspective = weak_perspective;
  objective.shared_held = shared_held;
  return objective;
}

}  // namespace dancelift::bindings
