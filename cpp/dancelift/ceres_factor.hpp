#pragma once

#include <ceres/cost_function.h>

namespace dancelift {

/// @brief A factor as Ceres wants it.
template <class Factor>
class CeresFactor final : public ceres::CostFunction {
 public:
  explicit CeresFactor(const Factor& factor) : factor_(factor) {
    set_num_residuals(Factor::Shape::kResiduals);
    for (const int size : Factor::Shape::kSizes) mutable_parameter_block_sizes()->push_back(size);
  }

  bool Evaluate(double const* const* parameters, double* r, double** jacobians) const override {
    return factor_.Evaluate(parameters, r, jacobians);
  }

 private:
  Factor factor_;
};

}  // namespace dancelift
