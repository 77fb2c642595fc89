#include "dancelift/filters.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace dancelift {
namespace {

/// The rows with so many of the first before them and of the last after them.
std::vector<double> Padded(const std::vector<double>& rows, int n, int n_more) {
  std::vector<double> padded;
  padded.reserve(rows.size() + 2 * static_cast<std::size_t>(n) * n_more);
  for (int i = 0; i < n_more; ++i) padded.insert(padded.end(), rows.begin(), rows.begin() + n);
  padded.insert(padded.end(), rows.begin(), rows.end());
  for (int i = 0; i < n_more; ++i) padded.insert(padded.end(), rows.end() - n, rows.end());
  return padded;
}

/// Numbers in their order, then what is none.
bool IsBefore(double a, double b) { return a < b || (!std::isnan(a) && std::isnan(b)); }

}  // namespace

std::vector<double> RunningMedian(const std::vector<double>& rows, double window, int n) {
  const int half = static_cast<int>(window / 2);
  if (half < 1) return rows;
  const std::vector<double> padded = Padded(rows, n, half);
  const std::size_t n_rows = rows.size() / n, width = 2 * half + 1;
  std::vector<double> median(rows.size()), sorted(width);
  for (int column = 0; column < n; ++column) {
    const auto at = [&](std::size_t t) { return padded[t * n + column]; };
    for (std::size_t t = 0; t < width; ++t) sorted[t] = at(t);
    std::sort(sorted.begin(), sorted.end(), IsBefore);
    for (std::size_t t = 0; t < n_rows; ++t) {
      const bool known = !std::isnan(sorted.back());
      median[t * n + column] = known ? sorted[half] : std::numeric_limits<double>::quiet_NaN();
      if (t + 1 == n_rows) break;
      sorted.erase(std::lower_bound(sorted.begin(), sorted.end(), at(t), IsBefore));
      const double next = at(t + width);
      sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), next, IsBefore), next);
    }
  }
  return median;
}

std::vector<double> GaussianSmooth(const std::vector<double>& rows, double sigma, int n) {
  const int half = static_cast<int>(std::ceil(3 * sigma));
  if (half < 1) return rows;
  std::vector<double> kernel(2 * half + 1);
  double total = 0;
  for (int i = -half; i <= half; ++i) total += kernel[half + i] = std::exp(-0.5 * (i / sigma) * (i / sigma));
  for (double& weight : kernel) weight /= total;
  const std::vector<double> padded = Padded(rows, n, half);
  std::vector<double> smooth(rows.size());
  const std::size_t n_rows = rows.size() / n;
  for (std::size_t t = 0; t < n_rows; ++t) {
    double* to = &smooth[t * n];
    for (int column = 0; column < n; ++column) to[column] = kernel[half] * rows[t * n + column];
    for (int i = 0; i < half; ++i) {
      const double *before = &padded[(t + i) * n], *after = &padded[(t + 2 * half - i) * n];
      for (int column = 0; column < n; ++column) to[column] += kernel[i] * (before[column] + after[column]);
    }
  }
  return smooth;
}

std::vector<double> Interpolated(const std::vector<double>& values, const std::vector<int>& known) {
  std::vector<double> found(values.size());
  std::fill(found.begin(), found.begin() + known.front(), values[known.front()]);
  std::fill(found.begin() + known.back(), found.end(), values[known.back()]);
  for (std::size_t i = 1; i < known.size(); ++i) {
    const int before = known[i - 1], after = known[i];
    const double slope = (values[after] - values[before]) / (after - before);
    for (int t = before; t < after; ++t) found[t] = values[before] + slope * (t - before);
  }
  return found;
}

}  // namespace dancelift
