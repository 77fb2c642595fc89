#pragma once

#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/panel_layout.hpp"

namespace dancelift {

/// @brief A change of all unknowns, `up` along two tangents of the sphere.
struct Step {
  AlignedVector<Real> frames;     ///< (n_frames, rows of a section of PanelLayout)
  AlignedVector<Real> shared;     ///< (shared_rows)
  std::vector<double> decreases;  ///< (n_frames + 1), of the cost, that the linearised objective predicts
};

}  // namespace dancelift
