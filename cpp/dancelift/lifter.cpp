#include "dancelift/lifter.hpp"

#include <omp.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "dancelift/ceres_solver.hpp"
#include "dancelift/chain_solver.hpp"
#include "dancelift/evaluation.hpp"
#include "dancelift/parallel.hpp"
#include "dancelift/term_table.hpp"
#include "dancelift/threads.hpp"

namespace dancelift {
namespace {

/// Frames of a clip of one seed below which a second thread is there too late to be of use.
constexpr int kLeastFramesOfTwo = 600;

std::vector<Solution> SolveByCeres(const Objective& objective, const std::vector<Seed>& seeds,
                                   const LiftOptions& options, LiftControl& control) {
  std::vector<Solution> solutions(seeds.size());
  SideBySide(seeds.size(), options.n_threads, [&](int k) {
    if (!control.cancelled) solutions[k] = SolveWithCeres(objective, seeds[k], options.solver, control.cancelled);
    if (!control.cancelled) ++control.seeds_done;
  });
  return solutions;
}

/// How much further from the best than after the last of the first iterations a seed may be, that many before it: then
/// most of those that will be given up are. On 47 clips this gives up no seed that is not hopeless after all of them.
constexpr double kStillHopeful[] = {1, 1.17, 1.67, 5.33};

/// A few iterations of every seed, then the rest of those that are not hopeless beside the best, then of the best one.
/// Each is solved by one thread, or by two where there is one seed only, and nothing depends on which.
std::vector<Solution> SolveByChain(const Objective& objective, const std::vector<Seed>& seeds,
                                   const LiftOptions& options, LiftControl& control) {
  const SolverOptions& how = options.solver;
  std::vector<std::unique_ptr<ChainSolver>> solvers(seeds.size());
  std::vector<std::unique_ptr<NormalEquations>> memory(options.n_threads);
  const auto run = [&](int k, int n_iterations, double tolerance, bool near, int n_threads) {
    std::unique_ptr<NormalEquations>& equations = memory[omp_get_thread_num()];
    if (!equations) equations = std::make_unique<NormalEquations>(objective);
    solvers[k]->Run(*equations, n_iterations, tolerance, near, n_threads, control.cancelled);
  };
  const bool brief = seeds.size() == 1 && objective.clip.n_frames < kLeastFramesOfTwo;
  const int threads_alone = brief ? 1 : std::min(options.n_threads, NormalEquations::kMostThreads);
  const int threads_each = seeds.size() == 1 ? threads_alone : 1;
  const auto error = [&](int k) { return ErrorOfCost(objective, seeds[k], solvers[k]->CurrentCost()); };
  const auto least_error = [&] {
    int best = 0;
    for (int k = 1; k < static_cast<int>(seeds.size()); ++k) best = error(k) < error(best) ? k : best;
    return best;
  };

  SideBySide(seeds.size(), options.n_threads,
             [&](int k) { solvers[k] = std::make_unique<ChainSolver>(objective, seeds[k]); });
  std::vector<int> going_on(seeds.size());
  std::iota(going_on.begin(), going_on.end(), 0);
  const auto leave_out = [&](auto condition) {
    going_on.erase(std::remove_if(going_on.begin(), going_on.end(), condition), going_on.end());
  };
  const int n_first = std::min(how.give_up_after, how.MaxIterations());
  for (int done = std::min(1, n_first); done <= n_first; ++done) {
    SideBySide(going_on.size(), options.n_threads,
               [&](int i) { run(going_on[i], done, how.tolerance, false, threads_each); });
    if (n_first - done >= static_cast<int>(std::size(kStillHopeful))) continue;
    const double hopeless = kStillHopeful[n_first - done] * how.give_up_above * error(least_error());
    leave_out([&](int k) { return !(error(k) <= hopeless); });
  }
  leave_out([&](int k) { return solvers[k]->Current().converged; });
  control.seeds_done += static_cast<int>(seeds.size() - going_on.size());
  // side by side, one of two threads would wait for the other's last seed
  const bool one_at_a_time = options.n_threads <= NormalEquations::kMostThreads;
  const auto finish = [&](int i) {
    solvers[going_on[i]]->Restart();
    run(going_on[i], how.MaxIterations(), how.tolerance, true, one_at_a_time ? threads_alone : 1);
    if (!control.cancelled) ++control.seeds_done;
  };
  if (one_at_a_time) {
    for (int i = 0; i < static_cast<int>(going_on.size()); ++i) finish(i);
  } else {
    SideBySide(going_on.size(), options.n_threads, finish);
  }
  const int best = least_error();
  solvers[best]->Restart();
  run(best, how.MaxIterations(), how.final_tolerance, true, threads_alone);
  std::vector<Solution> solutions;
  for (const auto& solver : solvers) solutions.push_back(solver->Current());
  return solutions;
}

/// Options without threads that would have nothing to do or cannot be started. Throws std::invalid_argument.
LiftOptions Usable(LiftOptions options, std::size_t n_seeds) {
  const auto require_at_least = [](int least, const char* name, int value) {
    if (value >= least) return;
    throw std::invalid_argument(std::string(name) + ": " + std::to_string(value) + ", expected at least " +
                                std::to_string(least));
  };
  require_at_least(1, "n_threads", options.n_threads);
  require_at_least(0, "max_iterations", options.solver.MaxIterations());
  require_at_least(0, "give_up_after", options.solver.give_up_after);
  const int most = std::max(static_cast<int>(n_seeds), NormalEquations::kMostThreads);
  options.n_threads = AvailableThreads(std::min(options.n_threads, most));
  return options;
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

Lift LiftPoses(const Objective& objective, const std::vector<Seed>& seeds, const LiftOptions& given,
               LiftControl& control) {
  Check(objective, seeds);
  const LiftOptions options = Usable(given, seeds.size());
  Lift lift;
  const auto solve = options.solver.solver == Solver::kCeres ? SolveByCeres : SolveByChain;
  std::vector<Solution> solutions = solve(objective, seeds, options, control);
  if (control.cancelled) return lift;
  lift.candidates.resize(seeds.size());
  SideBySide(seeds.size(), options.n_threads, [&](int k) {
    lift.candidates[k].terms = EvaluateTerms(objective, seeds[k], solutions[k].unknowns);
    lift.candidates[k].solution = std::move(solutions[k]);
  });
  lift.errors = FrameErrors(lift.candidates, objective.clip.n_frames);
  lift.best_seed = SelectSeed(lift.errors, objective.clip.n_frames);
  return lift;
}

}  // namespace dancelift
