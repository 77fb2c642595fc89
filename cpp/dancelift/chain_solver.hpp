#pragma once

#include <atomic>
#include <vector>

#include "dancelift/normal_equations.hpp"
#include "dancelift/solver.hpp"
#include "dancelift/terms.hpp"

namespace dancelift {

/// @brief One seed on its way: Levenberg-Marquardt with an elimination made for a clip, whose frames are a chain, each
/// coupled to the two on either side and to the shared unknowns (see NormalEquations).
///
/// Two things differ from the textbook, for a clip is long and is hard in some places only: every frame has a trust
/// region of its own, that the cost of the frames about it widens or narrows, and where a step made that cost greater
/// a smaller share of it is tried.
class ChainSolver {
 public:
  /// Throws SolverError where the seed's poses do not all lie in front of the camera.
  ChainSolver(const Objective& objective, const Seed& seed);

  /// Goes on until a step changes the cost by less than `tolerance`, relative, `n_iterations` have been done in all, or
  /// it is cancelled. `second_order` is for seeds that are near their minimum, see NormalEquations; `equations` is
  /// memory to work in.
  void Run(NormalEquations& equations, int n_iterations, double tolerance, bool second_order, int n_threads,
           const std::atomic<bool>& cancelled);

  /// Trusts the linearised objective anew; Run goes on where it had converged.
  void Restart();

  /// Of all terms, as it stands.
  double CurrentCost() const { return cost_; }
  const Solution& Current() const { return solution_; }

 private:
  /// (n_frames + 1): what the terms of every frame cost, then those of the whole clip.
  std::vector<double> FrameCosts(const Unknowns& unknowns, int n_threads) const;
  /// Adapts the trust region to what a step led to, `better` if the clip's cost fell; returns the share of the step
  /// to take in each frame.
  std::vector<double> Adapt(const std::vector<double>& costs, const std::vector<double>& predicted, bool better);

  const Objective& objective_;
  Terms terms_;
  Solution solution_;
  std::vector<double> costs_;  // (n_frames + 1), see FrameCosts
  double cost_;
  TrustRegion region_;
};

}  // namespace dancelift
