#pragma once

#include <memory>
#include <vector>

#include "bindings/arrays.hpp"
#include "dancelift/objective.hpp"

namespace dancelift::bindings {

/// @brief Where K solves of a clip start, in a form that lifts share.
struct Seeds {
  std::shared_ptr<const std::vector<Seed>> each;
  py::ssize_t n_frames;
  py::ssize_t n_joints;

  py::ssize_t Count() const { return static_cast<py::ssize_t>(each->size()); }
};

/// Throws std::invalid_argument where the shapes of arrays disagree.
Seeds MakeSeeds(const Array& poses, const Array& uncertainty, const Array& acceleration, const Array& imaging,
                const Array& log_lengths, const Array& up, const Array& floor, const Array& on_floor,
                const Array& standing, const Array& prior, const Array& bone_softness, const Array& error_scale);

}  // namespace dancelift::bindings
