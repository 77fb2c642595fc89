#pragma once

#include <atomic>
#include <vector>

#include "dancelift/objective.hpp"
#include "dancelift/solver.hpp"

namespace dancelift {

/// @brief How the seeds are run.
struct LiftOptions {
  SolverOptions solver;
  int n_threads = 1;  ///< that solve seeds side by side
};

/// @brief One optimised candidate {P_t^k, w_t^k}.
struct Candidate {
  Solution solution;
  std::vector<double> terms;  ///< (kTermCount, n_frames), each term's cost at each frame
};

/// @brief All optimised candidates and the choice among them.
struct Lift {
  std::vector<Candidate> candidates;  ///< one a seed, in the order of the seeds
  std::vector<double> errors;         ///< (n_seeds, n_frames), e_t^k
  int best_seed = 0;                  ///< k* = argmin_k sum_t e_t^k
};

/// @brief What a running lift can be asked and told from another thread.
struct LiftControl {
  std::atomic<bool> cancelled{false};
  std::atomic<int> seeds_done{0};
};

/// Optimises every seed under the objective and selects the one with the least total error
/// (Hu & Ahuja 2021, sec. 2.2). The result does not depend on the number of threads.
/// Throws std::invalid_argument for bad input and SolverError if a seed cannot be optimised.
Lift LiftPoses(const Objective& objective, const std::vector<Seed>& seeds, const LiftOptions& options,
               LiftControl& control);

}  // namespace dancelift
