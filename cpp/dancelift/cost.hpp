#pragma once

#include <cmath>
#include <limits>

#include "dancelift/unknowns.hpp"

namespace dancelift {

/// rho(s) / 2 of Cauchy's loss, or s / 2 where `robust` is infinite; `weight` becomes rho'(s).
inline double Loss(double s, double robust, double& weight) {
  weight = 1;
  if (!std::isfinite(robust)) return s / 2;
  const double b = robust * robust, sum = 1 + s / b;
  weight = 1 / sum;
  return b / 2 * std::log(sum);
}

/// What one term costs, see Terms; infinite where it is not defined.
template <class Factor, class... Blocks>
double Cost(const Unknowns& unknowns, const Factor& factor, double robust, Blocks... blocks) {
  const double* parameters[] = {unknowns.At(blocks)...};
  double r[Factor::Shape::kResiduals];
  if (!factor.Evaluate(parameters, r, nullptr)) return std::numeric_limits<double>::infinity();
  double s = 0, weight;
  for (const double residual : r) s += residual * residual;
  return Loss(s, robust, weight);
}

}  // namespace dancelift
