#pragma once

#include "dancelift/solver.hpp"

namespace dancelift {

/// Solves one seed with Ceres: the reference. Throws SolveFailure.
Solution SolveWithCeres(const Objective& objective, const Seed& seed, const SolverOptions& options,
                        const StopEarly& stop);

}  // namespace dancelift
