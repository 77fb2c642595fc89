#pragma once

#include <pybind11/numpy.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace dancelift::bindings {

namespace py = pybind11;

/// What numpy gives and gets: doubles, by rows, where doubles may lie; anything that can be converted is taken.
using Array = py::array_t<double, py::array::c_style | py::array::forcecast | py::detail::npy_api::NPY_ARRAY_ALIGNED_>;

/// The same of single precision.
using FloatArray = py::array_t<float, py::array::c_style | py::array::forcecast>;

/// The same of whole numbers.
using IndexArray = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// @brief An axis that an array must have: its name in messages, and its length.
struct Axis {
  static constexpr py::ssize_t kSome = -1;  ///< any length but 0
  static constexpr py::ssize_t kAny = -2;   ///< any length

  std::string name;
  py::ssize_t length = kSome;
};

/// Throws std::invalid_argument, which has the array's name, its shape and what was expected, unless that is its shape.
void RequireShape(const std::string& name, const py::array& array, const std::vector<Axis>& axes);

/// Throws std::invalid_argument unless it is a number of threads.
void RequireThreads(int n_threads);

std::vector<double> ToVector(const Array& array);

/// The k-th slice along the first axis, which is not empty.
std::vector<double> Slice(const Array& array, py::ssize_t k);

/// (K, *shape) of the vectors that `values` gives of each of K things.
template <class Things, class Values>
Array Stack(const Things& things, std::vector<py::ssize_t> shape, Values values) {
  shape.insert(shape.begin(), static_cast<py::ssize_t>(things.size()));
  Array stacked(shape);
  double* out = stacked.mutable_data();
  for (const auto& thing : things) {
    const std::vector<double>& of_thing = values(thing);
    out = std::copy(of_thing.begin(), of_thing.end(), out);
  }
  return stacked;
}

}  // namespace dancelift::bindings
