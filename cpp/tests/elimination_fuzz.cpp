// The elimination of random systems of every shape, by every kernel that this processor runs, against a dense solution:
// elimination_fuzz [systems] [random seed]. Each has its own frames, joints, camera, held frames, trust region and
// scale; some are not positive definite, or have numbers that are not finite: these are refused or come out finite.

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "dancelift/arrowhead_system.hpp"
#include "dancelift/elimination.hpp"
#include "dancelift/objective.hpp"
#include "dancelift/ordering.hpp"
#include "dancelift/supported_kernels.hpp"
#include "dancelift/terms.hpp"

namespace {

using namespace dancelift;

// Of a solution in single precision; the systems have up to kLargest unknowns.
constexpr double kBackwardError = 2e-5, kUnitRoundoff = 6e-8, kMargin = 50;
constexpr int kLargest = 500;

/// @brief What a system is made from.
class Chance {
 public:
  explicit Chance(unsigned random_seed) : generator_(random_seed) {}

  int Whole(int least, int most) { return std::uniform_int_distribution<int>(least, most)(generator_); }
  bool OneIn(int n) { return Whole(1, n) == 1; }
  double Uniform(double least, double most) { return std::uniform_real_distribution<double>(least, most)(generator_); }
  /// Of any order of magnitude between these powers of ten.
  double Scale(double least, double most) { return std::pow(10.0, Uniform(least, most)); }

 private:
  std::mt19937 generator_;
};

Objective RandomObjective(Chance& chance) {
  Objective objective;
  objective.skeleton.n_joints = chance.OneIn(3) ? chance.Whole(1, 3) : chance.Whole(1, 30);
  objective.skeleton.mean_lengths.assign(chance.Whole(0, 15), 0.4);
  objective.imaging.weak_perspective = chance.OneIn(3);
  objective.imaging.focal_known = chance.OneIn(2);
  objective.shared_held = chance.OneIn(4);
  if (chance.OneIn(2)) objective.sigmas.acceleration2d = 100;
  const int most = std::max(1, kLargest / Ordering(objective).FrameSize());
  objective.clip.n_frames = chance.OneIn(2) ? chance.Whole(1, std::min(most, 12)) : chance.Whole(1, most);
  if (chance.OneIn(3)) objective.clip.n_held = chance.Whole(0, objective.clip.n_frames);
  return objective;
}

/// @brief A symmetric system, dense and as the sweeps are given it.
class Both {
 public:
  Both(ArrowheadSystem& system, const Ordering& ordering)
      : matrix(Eigen::MatrixXd::Zero(Size(ordering), Size(ordering))),
        right(Eigen::VectorXd::Zero(Size(ordering))),
        system_(system),
        ordering_(ordering) {}

  static int Size(const Ordering& ordering) { return ordering.Frames() * ordering.FrameSize() + ordering.SharedSize(); }

  int Unknown(int frame, int row) const { return frame * ordering_.FrameSize() + row; }
  int Shared(int row) const { return Unknown(ordering_.Frames(), row); }

  /// Adds J^T J and -J^T r of one residual of these unknowns, as a term of a sweep's.
  void Add(Sweep& sweep, const std::vector<int>& unknowns, const std::vector<double>& slopes, double residual) {
    for (std::size_t a = 0; a < unknowns.size(); ++a) {
      AddRight(sweep, unknowns[a], -slopes[a] * residual);
      for (std::size_t b = 0; b <= a; ++b) AddProduct(sweep, unknowns[a], unknowns[b], slopes[a] * slopes[b]);
    }
  }

  Eigen::MatrixXd matrix;
  Eigen::VectorXd right;

 private:
  void AddRight(Sweep& sweep, int unknown, double value) {
    right[unknown] += value;
    const int n = ordering_.FrameSize(), frame = unknown / n;
    if (unknown >= Shared(0)) {
      sweep.right[unknown - Shared(0)] += value;
    } else {
      system_.Right(sweep, frame)[unknown % n] += value;
    }
  }

  void AddProduct(Sweep& sweep, int a, int b, double value) {
    matrix(a, b) += value;
    if (a != b) matrix(b, a) += value;
    const PanelLayout& layout = system_.layout;
    const int n = ordering_.FrameSize(), shared = Shared(0);
    if (a < b) std::swap(a, b);  // shared ones last
    if (b >= shared) {
      sweep.shared[static_cast<std::size_t>(b - shared) * layout.shared_rows + a - shared] += value;
      if (a == b) sweep.diagonal[a - shared] += value;
      return;
    }
    int row = a, column = b, section = layout.Own();
    if (a >= shared) {
      system_.Panel(sweep, b / n)[b % n * layout.Stride() + layout.Shared() + a - shared] += static_cast<Real>(value);
      return;
    }
    const int later = (a / n - b / n) * sweep.direction;
    if (later < 0) std::swap(row, column);
    if (later != 0) section = std::abs(later) == 1 ? layout.Next() : layout.AfterNext();
    system_.Panel(sweep, column / n)[column % n * layout.Stride() + section + row % n] += static_cast<Real>(value);
  }

  ArrowheadSystem& system_;
  const Ordering& ordering_;
};

/// Adds residuals of a frame, of it and the one before, and of it and the two before, as far as these are coupled.
void AddTermsOf(int t, Chance& chance, double scale, Sweep& sweep, const Ordering& ordering, Both& both) {
  const int n = ordering.FrameSize();
  const auto add = [&](std::vector<int> unknowns) {
    if (ordering.SharedSize() > 0 && chance.OneIn(2)) {
      unknowns.push_back(both.Shared(chance.Whole(0, ordering.SharedSize() - 1)));
    }
    std::vector<double> slopes;
    for (std::size_t i = 0; i < unknowns.size(); ++i) slopes.push_back(scale * chance.Uniform(-1, 1));
    both.Add(sweep, unknowns, slopes, chance.Uniform(-1, 1));
  };
  for (int i = 0; i < n; ++i) {
    add({both.Unknown(t, i)});
    std::vector<int> some;
    for (int j = 0; j < n; ++j) {
      if (chance.OneIn(4)) some.push_back(both.Unknown(t, j));
    }
    if (t > 0) some.push_back(both.Unknown(t - 1, chance.Whole(0, n - 1)));
    if (!some.empty()) add(some);
  }
  if (t < Terms::kReach) return;
  for (int i = 0; i < n; i += chance.Whole(1, 3)) {
    std::vector<int> coupled;
    const int slack = ordering.Slack();
    const int first = slack >= n ? 0 : i - i % (slack + 1), last = slack >= n ? n : std::min(first + slack + 1, n);
    for (int later = 0; later <= Terms::kReach; ++later) {
      for (int j = first; j < last; ++j) coupled.push_back(both.Unknown(t - later, j));
    }
    add(coupled);
  }
}

/// As NormalEquations does it. False: it is said not to be positive definite.
bool Solve(ArrowheadSystem& system, Elimination& elimination, const TrustRegion& region, int n_threads, Step& step) {
  const Ordering& ordering = system.ordering;
  for (int t = 0; t < ordering.MiddleBegin(); ++t) {
    if (!elimination.EliminateFrame(system.forward, t, region.frames[t])) return false;
  }
  for (int t = ordering.Frames() - 1; t >= ordering.MiddleEnd(); --t) {
    if (!elimination.EliminateFrame(system.backward, t, region.frames[t])) return false;
  }
  return elimination.EliminateMiddle(region) && elimination.Solve(region, n_threads, step);
}

Eigen::VectorXd Found(const ArrowheadSystem& system, const Step& step) {
  const Ordering& ordering = system.ordering;
  const int n = ordering.FrameSize();
  Eigen::VectorXd x(Both::Size(ordering));
  for (int t = 0; t < ordering.Frames(); ++t) {
    for (int i = 0; i < n; ++i) x[t * n + i] = step.frames[static_cast<std::size_t>(t) * system.layout.rows + i];
  }
  for (int i = 0; i < ordering.SharedSize(); ++i) x[ordering.Frames() * n + i] = step.shared[i];
  return x;
}

/// What is wrong with the solution of a random system, "" if nothing is.
std::string Fault(const EliminationKernel& kernel, unsigned random_seed) {
  Chance chance(random_seed);
  const Objective objective = RandomObjective(chance);
  const Ordering ordering(objective);
  ArrowheadSystem system(ordering, kernel);
  Elimination elimination(system, kernel, objective.clip.n_held);
  Both both(system, ordering);
  const double scale = chance.Scale(-2, 4);
  const int n_frames = ordering.Frames(), n = ordering.FrameSize();
  for (int t = 0; t < n_frames; ++t) {
    AddTermsOf(t, chance, scale, t < ordering.MiddleEnd() ? system.forward : system.backward, ordering, both);
  }
  for (int i = 0; i < ordering.SharedSize(); ++i) both.Add(system.forward, {both.Shared(i)}, {scale}, 0.1);

  TrustRegion region{{}, chance.Scale(-2, 6)};
  for (int t = 0; t < n_frames; ++t) region.frames.push_back(chance.Scale(-2, 6));
  Eigen::VectorXd damping(both.right.size());
  for (int i = 0; i < damping.size(); ++i) {
    const double radius = i < n_frames * n ? region.frames[i / n] : region.shared;
    damping[i] = std::clamp(both.matrix(i, i), 1e-6, 1e32) / radius;
  }

  const bool spoilt = chance.OneIn(8);
  if (spoilt) {
    const int t = chance.Whole(0, n_frames - 1);
    const Sweep& sweep = t < ordering.MiddleEnd() ? system.forward : system.backward;
    const Real values[] = {-1e30f, std::numeric_limits<Real>::quiet_NaN(), std::numeric_limits<Real>::infinity(),
                           3e38f};
    system.Panel(sweep, t)[chance.Whole(0, n - 1) * (system.layout.Stride() + 1)] = values[chance.Whole(0, 3)];
  }
  Step step;
  const bool solved = Solve(system, elimination, region, chance.Whole(1, 2), step);
  if (spoilt) return solved && !Found(system, step).allFinite() ? "a step that is not finite" : "";
  if (!solved) return "a positive definite system is not solved";

  const Eigen::VectorXd x = Found(system, step);
  const int first = objective.clip.n_held * n, size = static_cast<int>(x.size()) - first;
  if (!x.allFinite()) return "a step that is not finite";
  if (first > 0 && x.head(first).cwiseAbs().maxCoeff() > 1e-6) return "a held frame moves";
  Eigen::MatrixXd matrix = both.matrix.bottomRightCorner(size, size);
  matrix.diagonal() += damping.tail(size);
  const Eigen::VectorXd right = both.right.tail(size), own = x.tail(size);
  if (size == 0) return "";
  // by the scale of the unknowns, which differ by orders of magnitude
  const Eigen::VectorXd d = matrix.diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd scaled = d.asDiagonal() * matrix * d.asDiagonal();
  const Eigen::VectorXd y = own.cwiseQuotient(d), b = right.cwiseProduct(d);
  const double norm = scaled.cwiseAbs().rowwise().sum().maxCoeff();
  const double backward = (scaled * y - b).lpNorm<Eigen::Infinity>() /
                          (norm * y.lpNorm<Eigen::Infinity>() + b.lpNorm<Eigen::Infinity>() + 1e-300);
  const Eigen::LDLT<Eigen::MatrixXd> dense(scaled);
  const Eigen::VectorXd expected = dense.solve(b);
  const double error = (y - expected).norm() / (expected.norm() + 1e-300);
  const double allowed = kMargin * kUnitRoundoff * size / std::max(dense.rcond(), 1e-300);
  double decrease = 0, found_decrease = 0;
  for (int i = 0; i < size; ++i) decrease += 0.5 * own[i] * (right[i] + damping[first + i] * own[i]);
  for (const double one : step.decreases) found_decrease += one;
  char text[200] = "";
  if (backward > kBackwardError || error > allowed) {
    std::snprintf(text, sizeof text, "backward error %.1e, error %.1e where %.1e is allowed", backward, error, allowed);
  } else if (first == 0 && std::abs(found_decrease - decrease) > 1e-3 * std::abs(decrease)) {
    std::snprintf(text, sizeof text, "decrease %.6e, expected %.6e", found_decrease, decrease);
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const int n_systems = argc > 1 ? std::atoi(argv[1]) : 100;
  const unsigned random_seed = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  int failures = 0;
  for (const Kernels* kernels : SupportedKernels()) {
    for (int i = 0; i < n_systems; ++i) {
      const std::string fault = Fault(kernels->elimination, random_seed + i);
      if (fault.empty()) continue;
      std::printf("FAILED %s, random seed %u: %s\n", kernels->name, random_seed + i, fault.c_str());
      ++failures;
    }
    std::printf("%-6s %s: %d systems\n", failures == 0 ? "ok" : "FAILED", kernels->name, n_systems);
  }
  return failures == 0 ? 0 : 1;
}
