#include "bindings/arrays.hpp"

#include <cstddef>
#include <stdexcept>

namespace dancelift::bindings {
namespace {

std::string Joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : separator) + part;
  return joined;
}

/// As Python writes a tuple.
std::string Tuple(const std::vector<std::string>& parts) {
  return "(" + Joined(parts, ", ") + (parts.size() == 1 ? ",)" : ")");
}

bool Fits(const Axis& axis, py::ssize_t length) {
  if (axis.length == Axis::kSome) return length > 0;
  return axis.length == Axis::kAny || length == axis.length;
}

}  // namespace

void RequireShape(const std::string& name, const py::array& array, const std::vector<Axis>& axes) {
  bool fits = array.ndim() == static_cast<py::ssize_t>(axes.size());
  for (std::size_t i = 0; fits && i < axes.size(); ++i) fits = Fits(axes[i], array.shape(static_cast<py::ssize_t>(i)));
  if (fits) return;

  std::vector<std::string> found, expected, lengths;
  for (py::ssize_t i = 0; i < array.ndim(); ++i) found.push_back(std::to_string(array.shape(i)));
  for (const Axis& axis : axes) {
    expected.push_back(axis.name);
    if (axis.length == Axis::kSome) lengths.push_back(axis.name + " > 0");
    if (axis.length >= 0 && axis.name != std::to_string(axis.length)) {
      lengths.push_back(axis.name + " = " + std::to_string(axis.length));
    }
  }
  throw std::invalid_argument(name + ": shape " + Tuple(found) + ", expected " + Tuple(expected) +
                              (lengths.empty() ? "" : " with " + Joined(lengths, ", ")));
}

void RequireThreads(int n_threads) {
  if (n_threads < 1) {
    throw std::invalid_argument("n_threads: " + std::to_string(n_threads) + ", expected at least 1");
  }
}

std::vector<double> ToVector(const Array& array) { return {array.data(), array.data() + array.size()}; }

std::vector<double> Slice(const Array& array, py::ssize_t k) {
  const py::ssize_t size = array.size() / array.shape(0);
  return {array.data() + k * size, array.data() + (k + 1) * size};
}

}  // namespace dancelift::bindings
