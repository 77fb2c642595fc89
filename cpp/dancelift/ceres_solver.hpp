#pragma once

#include <atomic>

#include "dancelift/solver.hpp"

namespace dancelift {

/// Solves one seed with Ceres, unless it is cancelled. Throws SolverError.
Solution SolveWithCeres(const Objective& objective, const Seed& seed, const SolverOptions& options,
                        const std::atomic<bool>& cancelled);

}  // namespace dancelift
