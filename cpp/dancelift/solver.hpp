#pragma once

#include <optional>
#include <stdexcept>

#include "dancelift/objective.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief A seed could not be optimised.
class SolverError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @brief What seeds are solved by.
enum class Solver {
  kChain,  ///< ChainSolver, made for clips; seeds that cannot win are given up
  kCeres,  ///< every seed by Ceres, to convergence: the reference
};

/// @brief How seeds are solved and when they count as converged.
///
/// A tolerance is the relative decrease of the cost in one step below which it stops.
struct SolverOptions {
  Solver solver = Solver::kChain;
  std::optional<int> max_iterations;  ///< of each seed; none: within which the solver usually converges
  double tolerance = 1e-4;            ///< of every seed
  double final_tolerance = 1e-8;      ///< of the one that is chosen and, by Ceres, of all
  int give_up_after = 4;              ///< iterations, after which hopeless seeds are given up
  double give_up_above = 1.5;         ///< times the least error then, above which a seed is hopeless; infinity: never

  int MaxIterations() const { return max_iterations.value_or(solver == Solver::kCeres ? 200 : 100); }
};

/// @brief Where a seed's optimisation ended.
struct Solution {
  Unknowns unknowns;
  int iterations = 0;
  bool converged = false;
};

}  // namespace dancelift
