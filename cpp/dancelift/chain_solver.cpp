#include "dancelift/chain_solver.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "dancelift/cost.hpp"

namespace dancelift {
namespace {

// Radii of the trust region: at first hardly any damping. A frame that is damped below the least one does not move, its
// cost rises as its neighbours do, and it would be damped ever more.
constexpr double kFirstRadius = 1e8, kGreatestRadius = 1e16, kLeastRadius = 1, kGrow = 10, kShrink = 8;
/// Share of the predicted decrease from which a step counts, and from which one is trusted further.
constexpr double kLeastGain = 1e-3, kGoodGain = 0.25;
/// Change of a few frames' cost, relative to the clip's, that says nothing.
constexpr double kNoChange = 1e-6;
/// Frames before and after one whose cost tells whether its step was good.
constexpr int kNeighbours = 8;
/// Share of a step that is taken where it was not, and the frames over which that becomes the whole step.
constexpr double kCautious = 0.25;
constexpr int kRamp = 16;

double Sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

ChainSolver::ChainSolver(const Objective& objective, const Seed& seed)
    : objective_(objective), terms_(objective, seed) {
  solution_.unknowns = Unknowns(objective, seed);
  costs_ = FrameCosts(solution_.unknowns, 1);
  cost_ = Sum(costs_);
  Restart();
  if (!std::isfinite(cost_)) throw SolverError("a seed's poses do not all lie in front of the camera");
}

std::vector<double> ChainSolver::FrameCosts(const Unknowns& unknowns, int n_threads) const {
  const int n_frames = objective_.clip.n_frames;
  const Terms terms = terms_.PreparedFor(unknowns);
  std::vector<double> costs(n_frames + 1);
  const auto add_to = [&](double& cost) {
    return [&](Term, int, const auto& factor, double robust, auto... blocks) {
      cost += Cost(unknowns, factor, robust, blocks...);
    };
  };
  terms.VisitClip(add_to(costs[n_frames]));
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_threads > 1)
  for (int t = 0; t < n_frames; ++t) terms.VisitFrame(t, add_to(costs[t]));
  return costs;
}

std::vector<double> ChainSolver::Adapt(const std::vector<double>& costs, const std::vector<double>& predicted,
                                       bool better) {
  const int n_frames = objective_.clip.n_frames;
  std::vector<double> share(n_frames, 1.0);
  double decrease = 0, expected = 0;  // of the cost of the frames about t
  const auto add = [&](int t, int sign) {
    decrease += sign * (costs_[t] - costs[t]);
    expected += sign * predicted[t];
  };
  for (int t = 0; t < std::min(kNeighbours, n_frames); ++t) add(t, 1);
  for (int t = 0; t < n_frames; ++t) {
    if (t + kNeighbours < n_frames) add(t + kNeighbours, 1);
    if (t > kNeighbours) add(t - kNeighbours - 1, -1);
    double& radius = region_.frames[t];
    if (!(decrease >= -kNoChange * cost_)) {
      radius = std::max(radius / kShrink, kLeastRadius);
      for (int i = std::max(0, t - kRamp); i <= std::min(n_frames - 1, t + kRamp); ++i) {
        share[i] = std::min(share[i], kCautious + (1 - kCautious) * std::abs(i - t) / kRamp);
      }
    } else if (better && decrease > kGoodGain * expected - kNoChange * cost_) {
      radius = std::min(radius * kGrow, kGreatestRadius);
    }
  }
  region_.shared = better ? std::min(region_.shared * kGrow, kGreatestRadius) : region_.shared / 2;
  return share;
}

void ChainSolver::Restart() {
  solution_.converged = false;
  region_ = {std::vector<double>(objective_.clip.n_frames, kFirstRadius), kFirstRadius};
}

void ChainSolver::Run(NormalEquations& equations, int n_iterations, double tolerance, bool second_order, int n_threads,
                      const std::atomic<bool>& cancelled) {
  Unknowns trial = solution_.unknowns, cautious = trial;
  Step step;
  const std::vector<double> whole(objective_.clip.n_frames, 1.0);
  while (solution_.iterations < n_iterations && !solution_.converged && !cancelled) {
    ++solution_.iterations;
    const Terms terms = terms_.PreparedFor(solution_.unknowns);
    const auto solve = [&](bool with_second_order) {
      return equations.Solve(terms, solution_.unknowns, region_, with_second_order, n_threads, step);
    };
    if (!(second_order && solve(true)) && !solve(false)) {
      for (double& radius : region_.frames) radius /= kShrink;
      region_.shared /= kShrink;
      continue;
    }
    const double least_decrease = kLeastGain * Sum(step.decreases);
    equations.Apply(step, whole, solution_.unknowns, trial);
    std::vector<double> costs = FrameCosts(trial, n_threads);
    double cost = Sum(costs);
    const std::vector<double> share = Adapt(costs, step.decreases, cost_ - cost > least_decrease);
    if (share != whole) {
      equations.Apply(step, share, solution_.unknowns, cautious);
      std::vector<double> cautious_costs = FrameCosts(cautious, n_threads);
      if (!(Sum(cautious_costs) >= cost)) {
        std::swap(trial, cautious);
        costs = std::move(cautious_costs);
        cost = Sum(costs);
      }
    }
    solution_.converged = std::abs(cost_ - cost) <= tolerance * cost_;
    if (cost_ - cost > least_decrease) {
      std::swap(solution_.unknowns, trial);
      costs_ = std::move(costs);
      cost_ = cost;
    }
  }
}

}  // namespace dancelift
