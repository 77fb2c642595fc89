// Every elimination kernel that this processor runs, against a dense solution of the same system. Arguments: the names
// of those that it should run, the fastest first.

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/elimination_kernel.hpp"
#include "dancelift/supported_kernels.hpp"

namespace {

using dancelift::AlignedVector;
using dancelift::EliminationKernel;
using dancelift::Kernels;
using dancelift::PanelLayout;
using dancelift::Real;

constexpr double kPrecision = 1e-4;

/// Of random frames, each coupled to two others and to shared unknowns, which come last; symmetric, positive definite.
Eigen::MatrixXd RandomSystem(int n_frames, int n, int n_shared, int slack) {
  std::mt19937 generator(1);
  const auto uniform = [&] { return generator() / 2147483648.0 - 1; };
  const int size = n_frames * n + n_shared;
  Eigen::MatrixXd system = Eigen::MatrixXd::Zero(size, size);
  for (int j = 0; j < size; ++j) {
    for (int i = j; i < size; ++i) {
      const bool shared = i >= n_frames * n;
      const int apart = i / n - j / n;
      if (shared || apart < 2 || (apart == 2 && i % n <= j % n + slack)) system(i, j) = uniform();
    }
    system(j, j) = 3 * size;
  }
  return system.selfadjointView<Eigen::Lower>();
}

/// The greatest error of a kernel's solution, relative to the greatest entry.
double Error(const EliminationKernel& kernel, int n_frames, int n, int n_shared, int slack) {
  const Eigen::MatrixXd system = RandomSystem(n_frames, n, n_shared, slack);
  const Eigen::VectorXd right = Eigen::VectorXd::LinSpaced(system.rows(), -1, 2);
  const Eigen::VectorXd expected = system.llt().solve(right);

  const PanelLayout layout(n, n_shared, slack, kernel.row_multiple, kernel.column_multiple);
  std::vector<AlignedVector<Real>> panels(n_frames, AlignedVector<Real>(layout.Size()));
  const int first_shared = n_frames * n;
  Eigen::MatrixXd shared = system.bottomRightCorner(n_shared, n_shared);
  Eigen::VectorXd shared_right = right.tail(n_shared);
  AlignedVector<Real> taken(layout.shared_rows * layout.shared_rows);
  for (int t = 0; t < n_frames; ++t) {
    for (int j = 0; j < layout.columns; ++j) {
      Real* column = &panels[t][j * layout.Stride()];
      if (j >= n) {
        column[j] = 1;
        continue;
      }
      const int sections[] = {layout.Own(), layout.Next(), layout.AfterNext()};
      for (int later = 0; later < 3 && t + later < n_frames; ++later) {
        for (int i = 0; i < n; ++i) {
          column[sections[later] + i] = static_cast<Real>(system((t + later) * n + i, t * n + j));
        }
      }
      for (int i = 0; i < n_shared; ++i) {
        column[layout.Shared() + i] = static_cast<Real>(system(first_shared + i, t * n + j));
      }
      column[layout.Shared() + n_shared] = static_cast<Real>(right[t * n + j]);
    }
    if (!kernel.eliminate(layout, panels[t].data(), t > 0 ? panels[t - 1].data() : nullptr,
                          t > 1 ? panels[t - 2].data() : nullptr, taken.data())) {
      return 1;
    }
    for (int j = 0; j < n_shared; ++j) {
      for (int i = j; i < n_shared; ++i) shared(i, j) += taken[j * layout.shared_rows + i];
      shared_right[j] += taken[j * layout.shared_rows + n_shared];
    }
  }
  const Eigen::VectorXd shared_found =
      Eigen::MatrixXd(shared.selfadjointView<Eigen::Lower>()).llt().solve(shared_right);
  AlignedVector<Real> shared_x(layout.shared_rows);
  for (int i = 0; i < n_shared; ++i) shared_x[i] = static_cast<Real>(shared_found[i]);

  double error = (shared_found - expected.tail(n_shared)).cwiseAbs().maxCoeff();
  std::vector<AlignedVector<Real>> x(n_frames, AlignedVector<Real>(layout.rows));
  for (int t = n_frames - 1; t >= 0; --t) {
    kernel.substitute(layout, panels[t].data(), t + 1 < n_frames ? x[t + 1].data() : nullptr,
                      t + 2 < n_frames ? x[t + 2].data() : nullptr, shared_x.data(), x[t].data());
    for (int i = 0; i < n; ++i) error = std::max(error, std::abs(x[t][i] - expected[t * n + i]));
  }
  return error / expected.cwiseAbs().maxCoeff();
}

std::string Joined(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += " " + name;
  return joined;
}

}  // namespace

int main(int argc, char** argv) {
  int failures = 0;
  const std::vector<std::string> expected(argv + 1, argv + argc);
  std::vector<std::string> found;
  for (const Kernels* kernels : dancelift::SupportedKernels()) found.push_back(kernels->name);
  if (!expected.empty() && found != expected) {
    std::printf("FAILED kernels:%s, expected%s\n", Joined(found).c_str(), Joined(expected).c_str());
    ++failures;
  }
  for (const Kernels* kernels : dancelift::SupportedKernels()) {
    bool right = true;
    for (const int n : {1, 7, 16, 52, 76}) {
      for (const int slack : {0, 2, n}) {
        for (const int n_frames : {1, 2, 3, 9}) {
          const double error = Error(kernels->elimination, n_frames, n, 5 + n % 3, slack);
          if (error < kPrecision) continue;
          std::printf("FAILED %s: %d frames of %d unknowns, slack %d: error %.1e\n", kernels->name, n_frames, n, slack,
                      error);
          ++failures;
          right = false;
        }
      }
    }
    std::printf("%-6s %s\n", right ? "ok" : "FAILED", kernels->name);
  }
  return failures == 0 ? 0 : 1;
}
