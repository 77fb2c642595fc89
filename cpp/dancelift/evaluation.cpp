#include "dancelift/evaluation.hpp"

#include <numeric>

#include "dancelift/cost.hpp"
#include "dancelift/terms.hpp"

namespace dancelift {
namespace {

double PriorWeight(const Objective& objective) {
  return 1 / (objective.sigmas.seed_prior * objective.sigmas.seed_prior);
}

}  // namespace

std::vector<double> EvaluateTerms(const Objective& objective, const Seed& seed, const Unknowns& unknowns) {
  const int n_frames = objective.clip.n_frames;
  std::vector<double> costs(static_cast<std::size_t>(kTermCount) * n_frames, 0.0);
  const auto add = [&](Term term, int frame, const auto& factor, double robust, auto... blocks) {
    double* of_term = &costs[static_cast<std::size_t>(term) * n_frames];
    const double cost = Cost(unknowns, factor, robust, blocks...);
    if (frame == Terms::kWholeClip) {
      for (int t = 0; t < n_frames; ++t) of_term[t] += cost / n_frames;
    } else {
      of_term[frame] += cost;
    }
  };
  const Terms terms = Terms(objective, seed).PreparedFor(unknowns);
  for (int t = 0; t < n_frames; ++t) terms.VisitFrame(t, add);
  terms.VisitClip(add);
  const double weight = PriorWeight(objective);
  for (int t = 0; t < n_frames; ++t) {
    costs[static_cast<std::size_t>(kSeedPrior) * n_frames + t] = weight * seed.prior[t];
  }
  for (double& cost : costs) cost *= seed.error_scale;
  return costs;
}

double ErrorOfCost(const Objective& objective, const Seed& seed, double cost) {
  return seed.error_scale *
         (cost + PriorWeight(objective) * std::accumulate(seed.prior.begin(), seed.prior.end(), 0.0));
}

}  // namespace dancelift
