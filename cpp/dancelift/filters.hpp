#pragma once

#include <vector>

namespace dancelift {

/// The running median over about `window` frames, the first and the last going on beyond the ends; as filters.py.
std::vector<double> RunningMedian(const std::vector<double>& values, double window);

/// Filtered by a Gaussian of `sigma` frames, the first and the last going on beyond the ends; as filters.py.
std::vector<double> GaussianSmooth(const std::vector<double>& values, double sigma);

}  // namespace dancelift
