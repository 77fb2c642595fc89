#pragma once

#include "bindings/arrays.hpp"

namespace dancelift::bindings {

/// @name Along the first axis of any array.
/// @{
Array RunningMedianOf(const Array& values, double window);
Array GaussianSmoothOf(const Array& values, double sigma);
/// @}

/// (T, 3) of poses relative to the mid-hip (T, J, 3), rays (T, J, 2) and weights (T, J).
Array PlaceArrays(const Array& relative, const Array& rays, const Array& weights, double fps);

}  // namespace dancelift::bindings
