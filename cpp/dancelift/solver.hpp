#pragma once

#include <stdexcept>

#include "dancelift/objective.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief A seed could not be optimised.
class SolveFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @brief How seeds are solved and when they count as converged.
///
/// A tolerance is the relative decrease of the cost in one step below which it stops.
struct SolverOptions {
  bool ceres = false;             ///< every seed by Ceres, to convergence: the reference
  int max_iterations = 100;       ///< of each seed
  double tolerance = 1e-4;        ///< of every seed
  double final_tolerance = 1e-8;  ///< of the one that is chosen and, by Ceres, of all
  int give_up_after = 4;          ///< iterations, after which hopeless seeds are given up
  double give_up_above = 1.5;     ///< times the least error then, above which a seed is hopeless; infinity: never
};

/// @brief Where a seed's optimisation ended.
struct Solution {
  Unknowns unknowns;
  int iterations = 0;
  bool converged = false;
};

}  // namespace dancelift
