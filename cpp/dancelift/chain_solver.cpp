#include "dancelift/chain_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dancelift/cost.hpp"

namespace dancelift {
namespace {

constexpr double kLeastRadius = 1e-32, kGreatestRadius = 1e16;
constexpr double kLeastGain = 1e-3;

}  // namespace

ChainSolver::ChainSolver(const Objective& objective, const Seed& seed)
    : objective_(objective), terms_(objective, seed) {
  solution_.unknowns = Unknowns(objective, seed);
  cost_ = TotalCost(solution_.unknowns);
  if (!std::isfinite(cost_)) throw SolveFailure("a seed's poses do not all lie in front of the camera");
}

double ChainSolver::TotalCost(const Unknowns& unknowns) const {
  double total = 0;
  const auto add = [&](Term, int, const auto& factor, double robust, auto... blocks) {
    total += Cost(unknowns, factor, robust, blocks...);
  };
  for (int t = 0; t < objective_.clip.n_frames; ++t) terms_.VisitFrame(t, add);
  terms_.VisitClip(add);
  return total;
}

void ChainSolver::Run(NormalEquations& equations, int n_iterations, double tolerance,
                      const std::atomic<bool>& cancelled) {
  Unknowns trial = solution_.unknowns;
  Step step;
  solution_.converged = false;
  while (solution_.iterations < n_iterations && !solution_.converged && radius_ > kLeastRadius && !cancelled) {
    ++solution_.iterations;
    double gain = 0, cost = std::numeric_limits<double>::infinity();
    if (equations.Solve(terms_, solution_.unknowns, radius_, step)) {
      equations.Apply(step, solution_.unknowns, trial);
      cost = TotalCost(trial);
      gain = (cost_ - cost) / step.decrease;
      solution_.converged = std::abs(cost_ - cost) <= tolerance * cost_;
    }
    // the damping is controlled as by Nielsen 1999, Damping parameter in Marquardt's method
    if (gain > kLeastGain || (solution_.converged && cost < cost_)) {
      std::swap(solution_.unknowns, trial);
      cost_ = cost;
      radius_ = std::min(radius_ / std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3)), kGreatestRadius);
      shrink_ = 2;
    } else {
      radius_ /= shrink_;
      shrink_ *= 2;
    }
  }
}

}  // namespace dancelift
