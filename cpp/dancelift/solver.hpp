#pragma once

#include <atomic>
#include <stdexcept>

#include "dancelift/objective.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief A seed could not be optimised.
class SolveFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @brief How a seed is solved and when it counts as converged.
struct SolverOptions {
  bool ceres = false;                ///< solve every seed by Ceres, to convergence, instead of by the chain solver
  int max_iterations = 50;
  double function_tolerance = 1e-4;  ///< relative decrease of the objective in one step below which it stops
  int give_up_after = 10;            ///< iterations, from which on a hopeless seed is given up
  double give_up_above = 1.5;        ///< times the first seed's error, above which it is hopeless; infinity: never
};

/// @brief When to stop before convergence, leaving the unknowns valid.
struct StopEarly {
  const std::atomic<bool>& cancelled;
  int after;            ///< iterations
  double highest_cost;  ///< above which, from then on, a seed is hopeless

  bool operator()(int iteration, double cost) const {
    return cancelled || (iteration >= after && cost > highest_cost);
  }
};

/// @brief Where a seed's optimisation ended.
struct Solution {
  Unknowns unknowns;
  int iterations = 0;
  bool converged = false;
};

}  // namespace dancelift
