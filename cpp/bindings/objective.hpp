#pragma once

#include <tuple>
#include <vector>

#include "dancelift/objective.hpp"

namespace dancelift::bindings {

/// @name What Python gives, such as named tuples: the members of Bone, Hinge and Foot in their order.
/// @{
using BoneTuple = std::tuple<int, int, int, double>;
using HingeTuple = std::tuple<int, int, int, int, bool, double, double>;
using FootTuple = std::tuple<int, double, double>;
/// @}

Skeleton MakeSkeleton(int n_joints, const std::vector<BoneTuple>& bones, const std::vector<BoneTuple>& head,
                      const std::vector<HingeTuple>& hinges, const std::vector<FootTuple>& feet,
                      const std::vector<double>& mean_lengths);

/// Of a clip whose keypoints are still to be given; `intrinsics` are the aspect, the skew and the principal point.
Objective MakeObjective(const Skeleton& skeleton, const Sigmas& sigmas, double fps, double person_height,
                        const std::tuple<double, double, double, double>& intrinsics, bool focal_known,
                        bool weak_perspective, bool shared_held, int n_held, const std::vector<int>& takes);

}  // namespace dancelift::bindings
