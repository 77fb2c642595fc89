#pragma once

#include <vector>

#include "dancelift/objective.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// (kTermCount, n_frames): what every term costs at every frame, weighted, times the seed's error scale; terms of the
/// whole clip are spread over the frames. Infinite where a point lies behind the camera.
std::vector<double> EvaluateTerms(const Objective& objective, const Seed& seed, const Unknowns& unknowns);

/// What all terms but the seed's prior cost, unscaled, where the error is `error`.
double CostOfError(const Objective& objective, const Seed& seed, double error);

}  // namespace dancelift
