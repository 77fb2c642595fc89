#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bindings/arrays.hpp"
#include "dancelift/body_turn.hpp"
#include "dancelift/shape_model.hpp"

namespace dancelift::bindings {

/// Throws std::invalid_argument where shapes disagree or a joint does not exist.
std::unique_ptr<ShapeModel> MakeShapeModel(const Array& mean, const Array& covariance, const IndexArray& seen);

Array MeanOf(const ShapeModel& shape);             ///< (J, 3)
Array CovarianceOf(const ShapeModel& shape);       ///< (3 J, 3 J)
IndexArray SeenJointsOf(const ShapeModel& shape);  ///< (S,)

/// (pitches, yaws, 3, 3)
Array ViewRotationArray();

/// @name Of frames (T), in states of the view (T,) where those are given.
/// @{
py::tuple LogLikelihoodOf(ShapeModel& shape, const Array& rays, const IndexArray& pitch,
                          const std::optional<Array>& depth, int every_yaw);
Array LikeliestDepthOf(ShapeModel& shape, const Array& rays, const IndexArray& state);
Array ExpectedBodyOf(ShapeModel& shape, const IndexArray& state, const Array& y);
Array ExplainedOf(ShapeModel& shape, const IndexArray& state, const Array& away);
Array PosteriorSumOf(ShapeModel& shape, const IndexArray& state);
Array DepthDeviationOf(ShapeModel& shape, const IndexArray& state);
/// @}

/// @brief The turns of a body under B assumptions, each array with B as its first axis.
struct TurnArrays {
  Array turn, rays, corrected, depth, cost, greatest;
  IndexArray state;
};

TurnArrays FindTurnArrays(ShapeModel& shape, const Array& rays, const Array& root, double fps, const Array& up,
                          const Array& scale, const std::vector<std::optional<IndexArray>>& avoid, int every_yaw,
                          int n_threads);

py::tuple LikeliestTurnArrays(const Array& log_likelihood, double fps);
Array SmoothDepthArray(const Array& depth, double fps);

}  // namespace dancelift::bindings
