#include "dancelift/ceres_solver.hpp"

#include <ceres/iteration_callback.h>
#include <ceres/loss_function.h>
#include <ceres/problem.h>
#include <ceres/solver.h>
#include <ceres/sphere_manifold.h>

#include <cmath>
#include <string>

#include "dancelift/ceres_factor.hpp"
#include "dancelift/ceres_library.hpp"
#include "dancelift/terms.hpp"

namespace dancelift {
namespace {

class StopCallback final : public ceres::IterationCallback {
 public:
  explicit StopCallback(const std::atomic<bool>& cancelled) : cancelled_(cancelled) {}
  ceres::CallbackReturnType operator()(const ceres::IterationSummary&) override {
    return cancelled_ ? ceres::SOLVER_ABORT : ceres::SOLVER_CONTINUE;
  }

 private:
  const std::atomic<bool>& cancelled_;
};

/// Adds every term as a residual block of its own.
class Builder {
 public:
  Builder(ceres::Problem& problem, Unknowns& unknowns) : problem_(problem), unknowns_(unknowns) {}

  template <class Factor, class... Blocks>
  void operator()(Term, int, const Factor& factor, double robust, Blocks... blocks) {
    problem_.AddResidualBlock(new CeresFactor<Factor>(factor),
                              std::isfinite(robust) ? new ceres::CauchyLoss(robust) : nullptr, unknowns_.At(blocks)...);
  }

 private:
  ceres::Problem& problem_;
  Unknowns& unknowns_;
};

void HoldConstant(ceres::Problem& problem, double* block) {
  if (problem.HasParameterBlock(block)) problem.SetParameterBlockConstant(block);
}

}  // namespace

Solution SolveWithCeres(const Objective& objective, const Seed& seed, const SolverOptions& options,
                        const std::atomic<bool>& cancelled) {
  Solution solution;
  solution.unknowns = Unknowns(objective, seed);
  Unknowns& unknowns = solution.unknowns;
  ceres::Problem problem;
  const Terms terms(objective, seed);
  Builder builder(problem, unknowns);
  for (int t = 0; t < objective.clip.n_frames; ++t) terms.VisitFrame(t, builder);
  terms.VisitClip(builder);
  const bool weak = objective.imaging.weak_perspective;
  for (int t = 0; t < objective.clip.n_frames; ++t) {
    const bool held = t < objective.clip.n_held;
    for (int j = 0; held && j < unknowns.n_joints; ++j) HoldConstant(problem, unknowns.At(PoseAt{t, j}));
    if (held && weak) HoldConstant(problem, unknowns.At(ImagingAt<WeakPerspective>{t}));
    if (held || weak) HoldConstant(problem, unknowns.At(DepthAt{t}));  // the depth is that of the imaging parameters
  }
  if (!weak && (objective.imaging.focal_known || objective.shared_held)) {
    HoldConstant(problem, unknowns.imaging.data());
  }
  if (objective.shared_held) {
    for (double& length : unknowns.log_lengths) HoldConstant(problem, &length);
    HoldConstant(problem, unknowns.up.data());
    HoldConstant(problem, &unknowns.floor);
  } else if (problem.HasParameterBlock(unknowns.up.data())) {
    problem.SetManifold(unknowns.up.data(), new ceres::SphereManifold<3>());
  }
  if (problem.NumResidualBlocks() == 0) return solution;

  StopCallback callback(cancelled);
  ceres::Solver::Options ceres_options;
  ceres_options.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
  ceres_options.sparse_linear_algebra_library_type = SparseLibrary();
  ceres_options.max_num_iterations = options.MaxIterations();
  ceres_options.function_tolerance = options.final_tolerance;
  ceres_options.num_threads = 1;
  ceres_options.logging_type = ceres::SILENT;
  ceres_options.callbacks.push_back(&callback);
  std::string error;
  if (!ceres_options.IsValid(&error)) throw SolverError(error);

  ceres::Solver::Summary summary;
  ceres::Solve(ceres_options, &problem, &summary);
  if (summary.termination_type == ceres::FAILURE) throw SolverError(summary.message);
  solution.iterations = static_cast<int>(summary.iterations.size()) - 1;
  solution.converged = summary.termination_type == ceres::CONVERGENCE;
  return solution;
}

}  // namespace dancelift
