#include "dancelift/lifter.hpp"

#include <exception>
#include <limits>
#include <numeric>

#include "dancelift/ceres_solver.hpp"
#include "dancelift/chain_solver.hpp"
#include "dancelift/evaluation.hpp"

namespace dancelift {
namespace {

/// Sum of all weighted terms.
double Error(const Candidate& candidate) {
  return std::accumulate(candidate.terms.begin(), candidate.terms.end(), 0.0);
}

/// Optimises the first seed, then the others side by side as long as they are not hopeless beside it. Each is solved
/// by one thread, so that nothing depends on the number of threads.
std::vector<Candidate> OptimiseSeeds(const Objective& objective, const std::vector<Seed>& seeds,
                                     const LiftOptions& options, LiftControl& control) {
  const int n_seeds = static_cast<int>(seeds.size());
  std::vector<Candidate> candidates(seeds.size());
  std::vector<std::exception_ptr> failures(seeds.size());
  const auto optimise = [&](int k, double hopeless) {
    if (control.cancelled) return;
    try {
      const StopEarly stop{control.cancelled, options.solver.give_up_after, CostOfError(objective, seeds[k], hopeless)};
      const auto solve = options.solver.ceres ? SolveWithCeres : SolveChain;
      candidates[k].solution = solve(objective, seeds[k], options.solver, stop);
      candidates[k].terms = EvaluateTerms(objective, seeds[k], candidates[k].solution.unknowns);
    } catch (...) {
      failures[k] = std::current_exception();
    }
    ++control.seeds_done;
  };
  constexpr double kNever = std::numeric_limits<double>::infinity();
  optimise(0, kNever);
  const double hopeless = failures[0] ? kNever : options.solver.give_up_above * Error(candidates[0]);
#pragma omp parallel for num_threads(options.n_threads) schedule(dynamic)
  for (int k = 1; k < n_seeds; ++k) optimise(k, hopeless);
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return candidates;
}

/// e_t^k: the weighted terms of one candidate summed at every frame.
std::vector<double> FrameErrors(const std::vector<Candidate>& candidates, int n_frames) {
  std::vector<double> errors(candidates.size() * n_frames, 0.0);
  for (std::size_t k = 0; k < candidates.size(); ++k) {
    for (int term = 0; term < kTermCount; ++term) {
      for (int t = 0; t < n_frames; ++t) errors[k * n_frames + t] += candidates[k].terms[term * n_frames + t];
    }
  }
  return errors;
}

/// k* = argmin_k sum_t e_t^k
int SelectSeed(const std::vector<double>& errors, int n_frames) {
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k * n_frames < errors.size(); ++k) {
    double total = 0;
    for (int t = 0; t < n_frames; ++t) total += errors[k * n_frames + t];
    if (total < least) {
      least = total;
      best = static_cast<int>(k);
    }
  }
  return best;
}

}  // namespace

Lift LiftPoses(const Objective& objective, const std::vector<Seed>& seeds, const LiftOptions& options,
               LiftControl& control) {
  Check(objective, seeds);
  Lift lift;
  lift.candidates = OptimiseSeeds(objective, seeds, options, control);
  if (control.cancelled) return lift;
  lift.errors = FrameErrors(lift.candidates, objective.clip.n_frames);
  lift.best_seed = SelectSeed(lift.errors, objective.clip.n_frames);
  return lift;
}

}  // namespace dancelift
