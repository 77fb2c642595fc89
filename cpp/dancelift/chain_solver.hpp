#pragma once

#include "dancelift/solver.hpp"

namespace dancelift {

/// Solves one seed by Levenberg and Marquardt's method, as Ceres does, but with an elimination made for a clip: frames
/// in the order of time, each coupled to two others and to the shared unknowns (see PanelLayout). Throws SolveFailure.
Solution SolveChain(const Objective& objective, const Seed& seed, const SolverOptions& options, const StopEarly& stop);

}  // namespace dancelift
