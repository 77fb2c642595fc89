#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bindings/arrays.hpp"
#include "dancelift/pose_network.hpp"

namespace dancelift::bindings {

/// Weights by name, as priors/pose_net.py has them. Throws std::invalid_argument where one is missing or of another
/// shape.
std::unique_ptr<PoseNetwork> MakePoseNetwork(const std::map<std::string, FloatArray>& weights,
                                             const std::vector<int>& dilations);

/// (B, T, outputs) of the features (B, T, features) of B clips.
FloatArray RunPoseNetwork(const PoseNetwork& network, const FloatArray& features, int n_threads);

}  // namespace dancelift::bindings
