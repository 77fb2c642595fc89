#include "dancelift/chain_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dancelift/cost.hpp"
#include "dancelift/normal_equations.hpp"
#include "dancelift/terms.hpp"

namespace dancelift {
namespace {

// Levenberg and Marquardt's method as Nielsen 1999 controls its damping (Damping parameter in Marquardt's method).
constexpr double kFirstRadius = 1e4, kLeastRadius = 1e-32, kGreatestRadius = 1e16;
constexpr double kLeastGain = 1e-3;

double TotalCost(const Objective& objective, const Terms& terms, const Unknowns& unknowns) {
  double total = 0;
  const auto add = [&](Term, int, const auto& factor, double robust, auto... blocks) {
    total += Cost(unknowns, factor, robust, blocks...);
  };
  for (int t = 0; t < objective.clip.n_frames; ++t) terms.VisitFrame(t, add);
  terms.VisitClip(add);
  return total;
}

}  // namespace

Solution SolveChain(const Objective& objective, const Seed& seed, const SolverOptions& options, const StopEarly& stop) {
  Solution solution;
  solution.unknowns = Unknowns(objective, seed);
  const Terms terms(objective, seed);
  NormalEquations equations(objective, terms);
  double cost = TotalCost(objective, terms, solution.unknowns);
  if (!std::isfinite(cost)) throw SolveFailure("a seed's poses do not all lie in front of the camera");

  Unknowns trial = solution.unknowns;
  Step step;
  double radius = kFirstRadius, shrink = 2;
  while (solution.iterations < options.max_iterations && !stop(solution.iterations, cost)) {
    ++solution.iterations;
    double gain = 0, trial_cost = std::numeric_limits<double>::infinity();
    if (equations.Solve(solution.unknowns, radius, step)) {
      equations.Apply(step, solution.unknowns, trial);
      trial_cost = TotalCost(objective, terms, trial);
      gain = (cost - trial_cost) / step.decrease;
      if (std::abs(cost - trial_cost) <= options.function_tolerance * cost) {
        if (trial_cost < cost) std::swap(solution.unknowns, trial);
        solution.converged = true;
        break;
      }
    }
    if (gain > kLeastGain) {
      std::swap(solution.unknowns, trial);
      cost = trial_cost;
      radius = std::min(radius / std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3)), kGreatestRadius);
      shrink = 2;
    } else {
      radius /= shrink;
      shrink *= 2;
      if (radius < kLeastRadius) break;
    }
  }
  return solution;
}

}  // namespace dancelift
