#pragma once

#include <vector>

namespace dancelift {

/// @brief How far the linearised objective is trusted, about each frame and in the unknowns that all share.
///
/// A clip is long: where it is hard in one place, small steps there must not hold up all the others.
struct TrustRegion {
  std::vector<double> frames;  ///< (n_frames), the radius of each
  double shared;               ///< that of the shared unknowns
};

}  // namespace dancelift
