#pragma once

#include <vector>

#include "bindings/arrays.hpp"
#include "bindings/lift_job.hpp"
#include "bindings/seeds.hpp"
#include "dancelift/lifter.hpp"

namespace dancelift::bindings {

/// @brief The unknowns of K seeds, each array with K as its first axis.
struct UnknownArrays {
  Array poses, imaging, log_lengths, up, floor, depth;
};

/// @brief What K seeds come to.
struct SolvedSeeds {
  UnknownArrays unknowns;
  Array terms, errors;
  int best_seed;
  std::vector<int> iterations;
  std::vector<bool> converged;
};

/// Throws std::invalid_argument where the shapes of arrays disagree.
UnknownArrays MakeUnknowns(const Array& poses, const Array& imaging, const Array& log_lengths, const Array& up,
                           const Array& floor, const Array& depth);

/// Optimises the seeds and chooses one; the objective's clip gets the keypoints.
SolvedSeeds SolveSeeds(const Objective& objective, const Array& keypoints, const Seeds& seeds,
                       const SolverOptions& options, int n_threads, const Progress& progress);

/// (K, kTermCount, T): what every term costs the seeds there.
Array EvaluateSeeds(const Objective& objective, const Array& keypoints, const Seeds& seeds,
                    const UnknownArrays& unknowns);

}  // namespace dancelift::bindings
