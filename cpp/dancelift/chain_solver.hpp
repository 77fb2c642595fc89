#pragma once

#include <atomic>

#include "dancelift/normal_equations.hpp"
#include "dancelift/solver.hpp"
#include "dancelift/terms.hpp"

namespace dancelift {

/// @brief One seed on its way: Levenberg and Marquardt's method, as Ceres has it, with an elimination made for a clip:
/// frames in the order of time, each coupled to two others and to the shared unknowns (see PanelLayout).
class ChainSolver {
 public:
  /// Throws SolveFailure where the seed's poses do not all lie in front of the camera.
  ChainSolver(const Objective& objective, const Seed& seed);

  /// Goes on until a step changes the cost by less than `tolerance`, relative, `n_iterations` have been done in all, or
  /// it is cancelled. `equations` is memory to work in.
  void Run(NormalEquations& equations, int n_iterations, double tolerance, const std::atomic<bool>& cancelled);

  /// Of all terms, as it stands.
  double CurrentCost() const { return cost_; }
  const Solution& Current() const { return solution_; }

 private:
  double TotalCost(const Unknowns& unknowns) const;

  const Objective& objective_;
  Terms terms_;
  Solution solution_;
  double cost_;
  double radius_ = 1e4, shrink_ = 2;
};

}  // namespace dancelift
