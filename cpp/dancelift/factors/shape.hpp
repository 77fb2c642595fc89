#pragma once

namespace dancelift {

/// @brief Number of a factor's residuals and the sizes of its blocks of unknowns.
///
/// A factor has such a Shape and `bool Evaluate(double const* const* parameters, double* r, double** jacobians) const`:
/// residuals and, where they are asked for (not null), row-major Jacobians; false: not defined there.
template <int Residuals, int... Sizes>
struct FactorShape {
  static constexpr int kResiduals = Residuals;
  static constexpr int kBlocks = sizeof...(Sizes);
  static constexpr int kSizes[] = {Sizes...};
};

}  // namespace dancelift
