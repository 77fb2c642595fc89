#pragma once

#include <vector>

namespace dancelift {

/// @name Filters of rows (T, n) over time, the first and the last row going on beyond the ends.
/// @{

/// The running median over about `window` rows; not a number where one of them is not.
std::vector<double> RunningMedian(const std::vector<double>& rows, double window, int n = 1);

/// Filtered by a Gaussian of `sigma` rows.
std::vector<double> GaussianSmooth(const std::vector<double>& rows, double sigma, int n = 1);
/// @}

/// Values (T) of which some, at rising `known` indices, are known: the others lie evenly between these.
std::vector<double> Interpolated(const std::vector<double>& values, const std::vector<int>& known);

}  // namespace dancelift
