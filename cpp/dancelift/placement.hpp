#pragma once

#include <vector>

namespace dancelift {

/// (T, 3) mid-hip, m, camera frame: where poses (T, J, 3) relative to it lie best on their rays (T, J, 2), by weights
/// (T, J), where a weight of 0 says that a joint is not seen.
std::vector<double> Place(const std::vector<double>& relative, const std::vector<double>& rays,
                          const std::vector<double>& weights, int n_joints, double fps);

}  // namespace dancelift
