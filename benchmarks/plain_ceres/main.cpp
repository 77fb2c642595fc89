// plain_ceres costs IN OUT: what every term of every seed costs at the start.
// plain_ceres solve IN OUT TOLERANCE THREADS: every seed optimised, and what that took.

#include <omp.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <string>

#include "arrays.hpp"
#include "seed.hpp"

namespace {

/// Of this process; Linux has getrusage begin at what the parent held.
double PeakKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes;
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss);
}

Arrays Costs(const Arrays& in) {
  Arrays out;
  for (int k = 0; k < static_cast<int>(in.at("n_seeds")[0]); ++k) {
    const std::vector<double> costs = Seed(in, k).Costs();
    for (std::size_t i = 0; i < costs.size(); ++i) out[Seed::Terms()[i]].push_back(costs[i]);
  }
  return out;
}

/// Seeds side by side, each by one thread: more of them for one seed are no quicker, as most is the sparse Cholesky.
Arrays Solve(const Arrays& in, double tolerance, int n_threads) {
  const int n_seeds = static_cast<int>(in.at("n_seeds")[0]);
  const int lanes = std::min(n_threads, n_seeds);
  // CHOLMOD would open teams of its own for each small block, which makes one seed ten times slower.
  omp_set_max_active_levels(lanes > 1 ? 1 : 0);
  std::vector<std::vector<double>> traces(n_seeds);
  std::exception_ptr failure;
#pragma omp parallel for num_threads(lanes) schedule(dynamic)
  for (int k = 0; k < n_seeds; ++k) {
    try {
      const auto start = std::chrono::steady_clock::now();
      Seed seed(in, k);
      const std::chrono::duration<double> building = std::chrono::steady_clock::now() - start;
      traces[k] = seed.Solve(tolerance);
      for (std::size_t i = 0; i < traces[k].size(); i += 2) traces[k][i] += building.count();
    } catch (...) {
#pragma omp critical
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  Arrays out;
  for (int k = 0; k < n_seeds; ++k) out["seed" + std::to_string(k)] = traces[k];
  out["peak"] = {PeakKilobytes()};
  out["lanes"] = {static_cast<double>(lanes)};
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "costs" && argc == 4) {
      WriteArrays(argv[3], Costs(ReadArrays(argv[2])));
    } else if (mode == "solve" && argc == 6) {
      WriteArrays(argv[3], Solve(ReadArrays(argv[2]), std::stod(argv[4]), std::stoi(argv[5])));
    } else {
      std::fputs("usage: plain_ceres costs IN OUT | plain_ceres solve IN OUT TOLERANCE THREADS\n", stderr);
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "plain_ceres: %s\n", error.what());
    return 1;
  }
  return 0;
}
