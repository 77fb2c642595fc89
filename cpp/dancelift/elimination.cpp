#include "dancelift/elimination.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace dancelift {
namespace {

/// Of the damping, where an unknown has hardly an effect.
constexpr double kLeastDiagonal = 1e-6, kGreatestDiagonal = 1e32;
/// On the diagonal of what is held: it moves by less than can be told.
constexpr double kHeld = 1e20;

double Damping(double diagonal, double radius) {
  return std::clamp(diagonal, kLeastDiagonal, kGreatestDiagonal) / radius;
}

}  // namespace

Elimination::Elimination(ArrowheadSystem& system, const EliminationKernel& kernel, int n_held)
    : system_(system), kernel_(kernel), n_held_(n_held) {}

void Elimination::KeepDiagonal(const Sweep& sweep, int t) {
  const PanelLayout& layout = system_.layout;
  const Real* panel = system_.Panel(sweep, t);
  double* diagonal = system_.Diagonal(sweep, t);
  for (int i = 0; i < layout.n; ++i) diagonal[i] = panel[i * (layout.Stride() + 1)];
}

bool Elimination::EliminateFrame(Sweep& sweep, int t, double radius) {
  const PanelLayout& layout = system_.layout;
  Real* panel = system_.Panel(sweep, t);
  const int stride = layout.Stride();
  if (!system_.ordering.InMiddle(t)) KeepDiagonal(sweep, t);
  const double* diagonal = system_.Diagonal(sweep, t);
  const double* right = system_.Right(sweep, t);
  const bool held = t < n_held_;
  for (int i = 0; i < layout.n; ++i) {
    Real* column = panel + i * stride;
    column[i] += static_cast<Real>(held ? kHeld : Damping(diagonal[i], radius));
    column[layout.Shared() + layout.n_shared] += static_cast<Real>(right[i]);
  }
  for (int i = layout.n; i < layout.columns; ++i) panel[i * stride + i] = 1;
  if (!kernel_.eliminate(layout, panel, Earlier(sweep, t, 1), Earlier(sweep, t, 2), sweep.taken.data())) return false;
  for (int j = 0; j < layout.n_shared; ++j) {
    for (int i = j; i <= layout.n_shared; ++i) {
      sweep.shared[j * layout.shared_rows + i] += sweep.taken[j * layout.shared_rows + i];
    }
  }
  return true;
}

bool Elimination::EliminateMiddle(const TrustRegion& region) {
  JoinMiddle();
  for (int t = system_.ordering.MiddleBegin(); t < system_.ordering.MiddleEnd(); ++t) {
    if (!EliminateFrame(system_.forward, t, region.frames[t])) return false;
  }
  return true;
}

void Elimination::JoinMiddle() {
  const PanelLayout& layout = system_.layout;
  const Sweep &forward = system_.forward, &backward = system_.backward;
  const int stride = layout.Stride(), n = layout.n;
  const int early = system_.ordering.MiddleBegin(), late = system_.ordering.MiddleEnd() - 1;
  for (int t = early; t <= late; ++t) KeepDiagonal(forward, t);
  if (!system_.ordering.Twisted()) return;
  for (int t = late; t >= early; --t) {
    KeepDiagonal(backward, t);
    kernel_.update(layout, system_.Panel(backward, t), Earlier(backward, t, 1), Earlier(backward, t, 2));
    for (int i = 0; i < layout.rows; ++i) {
      system_.Diagonal(forward, t)[i] += system_.Diagonal(backward, t)[i];
      system_.Right(forward, t)[i] += system_.Right(backward, t)[i];
    }
    const Real* from = system_.Panel(backward, t);
    Real* to = system_.Panel(forward, t);
    for (int j = 0; j < n; ++j) {
      for (int i = j; i < n; ++i) to[j * stride + i] += from[j * stride + i];
      for (int i = layout.Shared(); i <= layout.Shared() + layout.n_shared; ++i) {
        to[j * stride + i] += from[j * stride + i];
      }
    }
  }
  // where one sweep has the early frame's rows in the late one's columns, the other has it the other way round
  const Real* from = system_.Panel(backward, late) + layout.Next();
  Real* to = system_.Panel(forward, early) + layout.Next();
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) to[j * stride + i] += from[i * stride + j];
  }
}

const Real* Elimination::Earlier(const Sweep& sweep, int t, int n_frames) const {
  const Ordering& ordering = system_.ordering;
  const int frame = t - n_frames * sweep.direction;
  const bool eliminated = sweep.direction > 0 ? frame >= 0 : frame >= ordering.MiddleEnd() && frame < ordering.Frames();
  return eliminated ? system_.Panel(sweep, frame) : nullptr;
}

bool Elimination::Solve(const TrustRegion& region, int n_threads, Step& step) {
  const Ordering& ordering = system_.ordering;
  const int n_frames = ordering.Frames();
  step.shared.assign(system_.layout.shared_rows, Real(0));
  step.frames.resize(static_cast<std::size_t>(n_frames) * system_.layout.rows);
  step.decreases.assign(n_frames + 1, 0.0);
  if (!SolveShared(region.shared, step)) return false;

  for (int t = ordering.MiddleEnd() - 1; t >= ordering.MiddleBegin(); --t) Substitute(system_.forward, t, step);
#pragma omp parallel for num_threads(n_threads) schedule(static, 1) if (n_threads > 1)
  for (int i = 0; i < 2; ++i) {
    for (int t = ordering.MiddleBegin() - 1; i == 0 && t >= 0; --t) Substitute(system_.forward, t, step);
    for (int t = ordering.MiddleEnd(); i == 1 && t < n_frames; ++t) Substitute(system_.backward, t, step);
  }
  PredictDecreases(region, step);
  return std::isfinite(std::accumulate(step.decreases.begin(), step.decreases.end(), 0.0));
}

bool Elimination::SolveShared(double radius, Step& step) {
  const int n = system_.layout.n_shared, stride = system_.layout.shared_rows;
  if (n == 0) return true;
  const Sweep &forward = system_.forward, &backward = system_.backward;
  Eigen::MatrixXd matrix(n, n);
  Eigen::VectorXd right(n), diagonal(n), gradient(n);
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) matrix(i, j) = forward.shared[j * stride + i] + backward.shared[j * stride + i];
    diagonal[j] = Damping(forward.diagonal[j] + backward.diagonal[j], radius);
    matrix(j, j) += diagonal[j];
    gradient[j] = forward.right[j] + backward.right[j];
    right[j] = gradient[j] + forward.shared[j * stride + n] + backward.shared[j * stride + n];
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(matrix);
  if (factor.info() != Eigen::Success) return false;
  const Eigen::VectorXd found = factor.solve(right);
  for (int i = 0; i < n; ++i) {
    step.shared[i] = static_cast<Real>(found[i]);
    step.decreases.back() += 0.5 * found[i] * (gradient[i] + diagonal[i] * found[i]);
  }
  return true;
}

void Elimination::Substitute(const Sweep& sweep, int t, Step& step) const {
  const Ordering& ordering = system_.ordering;
  const auto frame = [&](int later) -> Real* {
    const int at = t + later * sweep.direction;
    const bool known = sweep.direction > 0 ? at < ordering.MiddleEnd() : at >= ordering.MiddleBegin();
    return known ? &step.frames[static_cast<std::size_t>(at) * system_.layout.rows] : nullptr;
  };
  kernel_.substitute(system_.layout, system_.Panel(sweep, t), frame(1), frame(2), step.shared.data(), frame(0));
}

void Elimination::PredictDecreases(const TrustRegion& region, Step& step) {
  for (int t = 0; t < system_.ordering.Frames(); ++t) {
    const Sweep& sweep = t < system_.ordering.MiddleEnd() ? system_.forward : system_.backward;
    const double* diagonal = system_.Diagonal(sweep, t);
    const double* right = system_.Right(sweep, t);
    const Real* change = &step.frames[static_cast<std::size_t>(t) * system_.layout.rows];
    for (int i = 0; i < system_.layout.n; ++i) {
      step.decreases[t] += 0.5 * change[i] * (right[i] + Damping(diagonal[i], region.frames[t]) * change[i]);
    }
  }
}

}  // namespace dancelift
