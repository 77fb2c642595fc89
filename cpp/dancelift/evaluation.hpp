#pragma once

#include <vector>

#include "dancelift/objective.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// (kTermCount, n_frames): what every term costs at every frame, weighted, times the seed's error scale; terms of the
/// whole clip are spread over the frames. Infinite where a point lies behind the camera.
std::vector<double> EvaluateTerms(const Objective& objective, const Seed& seed, const Unknowns& unknowns);

/// The seed's error where all terms together cost `cost`: with its prior, times its error scale.
double ErrorOfCost(const Objective& objective, const Seed& seed, double cost);

}  // namespace dancelift
