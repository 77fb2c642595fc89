#pragma once

#include <cmath>
#include <limits>

#include "dancelift/unknowns.hpp"

namespace dancelift {

/// rho(s) / 2 of Cauchy's loss, or s / 2 where `robust` is infinite.
inline double Loss(double s, double robust) {
  const double b = robust * robust;
  return std::isfinite(robust) ? b / 2 * std::log(1 + s / b) : s / 2;
}

/// rho'(s), see Loss.
inline double LossSlope(double s, double robust) { return std::isfinite(robust) ? 1 / (1 + s / (robust * robust)) : 1; }

/// What one term costs, see Terms; infinite where it is not defined.
template <class Factor, class... Blocks>
double Cost(const Unknowns& unknowns, const Factor& factor, double robust, Blocks... blocks) {
  const double* parameters[] = {unknowns.At(blocks)...};
  double r[Factor::Shape::kResiduals];
  if (!factor.Evaluate(parameters, r, nullptr)) return std::numeric_limits<double>::infinity();
  double s = 0;
  for (const double residual : r) s += residual * residual;
  return Loss(s, robust);
}

}  // namespace dancelift
