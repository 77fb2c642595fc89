#include "bindings/filters.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "dancelift/filters.hpp"
#include "dancelift/placement.hpp"

namespace dancelift::bindings {
namespace {

template <class Filter>
Array AlongFirstAxis(const Array& values, const char* name, double frames, Filter filter) {
  if (!(frames >= 0) || std::isinf(frames)) {
    throw std::invalid_argument(std::string(name) + ": " + std::to_string(frames) + ", expected frames");
  }
  Array filtered(std::vector<py::ssize_t>(values.shape(), values.shape() + values.ndim()));
  if (values.size() == 0) return filtered;
  const std::vector<double> found = filter(ToVector(values), static_cast<int>(values.size() / values.shape(0)));
  std::copy(found.begin(), found.end(), filtered.mutable_data());
  return filtered;
}

}  // namespace

Array RunningMedianOf(const Array& values, double window) {
  return AlongFirstAxis(values, "window", window,
                        [&](const std::vector<double>& rows, int n) { return RunningMedian(rows, window, n); });
}

Array GaussianSmoothOf(const Array& values, double sigma) {
  return AlongFirstAxis(values, "sigma", sigma,
                        [&](const std::vector<double>& rows, int n) { return GaussianSmooth(rows, sigma, n); });
}

Array PlaceArrays(const Array& relative, const Array& rays, const Array& weights, double fps) {
  RequireShape("relative", relative, {{"T"}, {"J"}, {"3", 3}});
  const Axis t{"T", relative.shape(0)}, j{"J", relative.shape(1)};
  RequireShape("rays", rays, {t, j, {"2", 2}});
  RequireShape("weights", weights, {t, j});
  const std::vector<double> root =
      Place(ToVector(relative), ToVector(rays), ToVector(weights), static_cast<int>(j.length), fps);
  Array found({t.length, py::ssize_t{3}});
  std::copy(root.begin(), root.end(), found.mutable_data());
  return found;
}

}  // namespace dancelift::bindings
