#include "dancelift/filters.hpp"

#include <algorithm>
#include <cmath>

namespace dancelift {
namespace {

/// The values with so many of the first before them and of the last after them.
std::vector<double> Padded(const std::vector<double>& values, int n) {
  std::vector<double> padded(values.size() + 2 * n);
  std::fill_n(padded.begin(), n, values.front());
  std::copy(values.begin(), values.end(), padded.begin() + n);
  std::fill_n(padded.end() - n, n, values.back());
  return padded;
}

}  // namespace

std::vector<double> RunningMedian(const std::vector<double>& values, double window) {
  const int half = static_cast<int>(window / 2);
  if (half < 1) return values;
  const std::vector<double> padded = Padded(values, half);
  std::vector<double> sorted(padded.begin(), padded.begin() + 2 * half + 1), median(values.size());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t t = 0; t < values.size(); ++t) {
    median[t] = sorted[half];
    if (t + 1 == values.size()) break;
    sorted.erase(std::lower_bound(sorted.begin(), sorted.end(), padded[t]));
    const double next = padded[t + 2 * half + 1];
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), next), next);
  }
  return median;
}

std::vector<double> GaussianSmooth(const std::vector<double>& values, double sigma) {
  const int half = static_cast<int>(std::ceil(3 * sigma));
  if (half < 1) return values;
  std::vector<double> kernel(2 * half + 1);
  double total = 0;
  for (int i = -half; i <= half; ++i) total += kernel[half + i] = std::exp(-0.5 * (i / sigma) * (i / sigma));
  for (double& weight : kernel) weight /= total;
  const std::vector<double> padded = Padded(values, half);
  std::vector<double> smooth(values.size());
  for (std::size_t t = 0; t < values.size(); ++t) smooth[t] = kernel[half] * values[t];
  for (int i = 0; i < half; ++i) {
    for (std::size_t t = 0; t < values.size(); ++t) {
      smooth[t] += kernel[i] * (padded[t + i] + padded[t + 2 * half - i]);
    }
  }
  return smooth;
}

}  // namespace dancelift
