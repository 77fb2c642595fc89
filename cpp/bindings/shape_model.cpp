#include "bindings/shape_model.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "dancelift/threads.hpp"

namespace dancelift::bindings {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Indices (n,) below `end`.
std::vector<int> Indices(const std::string& name, const IndexArray& array, const Axis& axis, int end) {
  RequireShape(name, array, {axis});
  for (py::ssize_t i = 0; i < array.size(); ++i) {
    if (array.data()[i] < 0 || array.data()[i] >= end) {
      throw std::invalid_argument(name + ": " + std::to_string(array.data()[i]) + ", expected 0 to " +
                                  std::to_string(end - 1));
    }
  }
  return {array.data(), array.data() + array.size()};
}

std::vector<int> KnownStates(ShapeModel& shape, const IndexArray& state, const Axis& t) {
  std::vector<int> states = Indices("state", state, t, kPitches * kYaws);
  shape.Know(states, 1);
  return states;
}

/// (2 S, T) of points (T, S, 2).
Eigen::MatrixXd Vectors(const std::string& name, const Array& points, const ShapeModel& shape) {
  const py::ssize_t n = static_cast<py::ssize_t>(shape.Seen().size());
  RequireShape(name, points, {{"T"}, {"S", n}, {"2", 2}});
  Eigen::MatrixXd vectors(2 * n, points.shape(0));
  for (py::ssize_t t = 0; t < points.shape(0); ++t) {
    for (py::ssize_t j = 0; j < n; ++j) {
      for (py::ssize_t axis = 0; axis < 2; ++axis) vectors(axis * n + j, t) = points.data()[(t * n + j) * 2 + axis];
    }
  }
  return vectors;
}

/// The columns of a matrix, as rows.
Array Columns(const Eigen::MatrixXd& matrix) {
  Array array({static_cast<py::ssize_t>(matrix.cols()), static_cast<py::ssize_t>(matrix.rows())});
  std::copy_n(matrix.data(), matrix.size(), array.mutable_data());
  return array;
}

}  // namespace

std::unique_ptr<ShapeModel> MakeShapeModel(const Array& mean, const Array& covariance, const IndexArray& seen) {
  RequireShape("mean", mean, {{"J"}, {"3", 3}});
  const Axis size{"3 J", mean.size()};
  RequireShape("covariance", covariance, {size, size});
  return std::make_unique<ShapeModel>(Eigen::Map<const Eigen::VectorXd>(mean.data(), mean.size()),
                                      Eigen::Map<const RowMajor>(covariance.data(), mean.size(), mean.size()),
                                      Indices("seen", seen, {"S"}, static_cast<int>(mean.shape(0))));
}

Array MeanOf(const ShapeModel& shape) {
  Array mean({static_cast<py::ssize_t>(shape.Joints()), py::ssize_t{3}});
  std::copy_n(shape.Mean().data(), shape.Mean().size(), mean.mutable_data());
  return mean;
}

Array CovarianceOf(const ShapeModel& shape) { return Columns(shape.Covariance()); }

IndexArray SeenJointsOf(const ShapeModel& shape) {
  IndexArray seen(static_cast<py::ssize_t>(shape.Seen().size()));
  std::copy(shape.Seen().begin(), shape.Seen().end(), seen.mutable_data());
  return seen;
}

Array ViewRotationArray() {
  Array rotations({kPitches, kYaws, 3, 3});
  double* out = rotations.mutable_data();
  for (const Eigen::Matrix3d& rotation : ViewRotations()) {
    for (int i = 0; i < 9; ++i) *out++ = rotation(i / 3, i % 3);
  }
  return rotations;
}

py::tuple LogLikelihoodOf(ShapeModel& shape, const Array& rays, const IndexArray& pitch,
                          const std::optional<Array>& depth, int every_yaw) {
  const Eigen::MatrixXd vectors = Vectors("rays", rays, shape);
  const Axis t{"T", rays.shape(0)};
  const std::vector<int> pitches = Indices("pitch", pitch, t, kPitches);
  if (every_yaw < 1 || kYaws % every_yaw != 0) {
    throw std::invalid_argument("every_yaw: " + std::to_string(every_yaw) + ", expected a divisor of " +
                                std::to_string(kYaws));
  }
  shape.KnowSides(pitches, every_yaw, 1);
  Eigen::VectorXd given;
  if (depth) {
    RequireShape("depth", *depth, {t});
    given = Eigen::Map<const Eigen::VectorXd>(depth->data(), depth->size());
  }
  Eigen::MatrixXd value, z;
  shape.LogLikelihood(vectors, pitches, depth ? &given : nullptr, every_yaw, value, z);
  return py::make_tuple(Columns(value), Columns(z));
}

Array LikeliestDepthOf(ShapeModel& shape, const Array& rays, const IndexArray& state) {
  const Eigen::MatrixXd vectors = Vectors("rays", rays, shape);
  const Eigen::VectorXd depth = shape.LikeliestDepth(vectors, KnownStates(shape, state, {"T", rays.shape(0)}));
  return Array(static_cast<py::ssize_t>(depth.size()), depth.data());
}

Array ExpectedBodyOf(ShapeModel& shape, const IndexArray& state, const Array& y) {
  const Eigen::MatrixXd vectors = Vectors("y", y, shape);
  return Columns(shape.ExpectedBody(vectors, KnownStates(shape, state, {"T", y.shape(0)})));
}

Array ExplainedOf(ShapeModel& shape, const IndexArray& state, const Array& away) {
  const Eigen::MatrixXd vectors = Vectors("away", away, shape);
  return Columns(shape.Explained(vectors, KnownStates(shape, state, {"T", away.shape(0)})));
}

Array PosteriorSumOf(ShapeModel& shape, const IndexArray& state) {
  return Columns(shape.PosteriorSum(KnownStates(shape, state, {"T"})));
}

Array DepthDeviationOf(ShapeModel& shape, const IndexArray& state) {
  return Columns(shape.DepthDeviation(KnownStates(shape, state, {"T"})));
}

TurnArrays FindTurnArrays(ShapeModel& shape, const Array& rays, const Array& root, double fps, const Array& up,
                          const Array& scale, const std::vector<std::optional<IndexArray>>& avoid, int every_yaw,
                          int n_threads) {
  const py::ssize_t n_seen = static_cast<py::ssize_t>(shape.Seen().size());
  RequireShape("rays", rays, {{"T"}, {"S", n_seen}, {"2", 2}});
  const Axis t{"T", rays.shape(0)}, b{"B", up.ndim() > 0 ? up.shape(0) : 0};
  RequireShape("root", root, {t, {"2", 2}});
  RequireShape("up", up, {{"B"}, {"3", 3}});
  RequireShape("scale", scale, {b});
  RequireThreads(n_threads);
  if (static_cast<py::ssize_t>(avoid.size()) != b.length) {
    throw std::invalid_argument("avoid: " + std::to_string(avoid.size()) +
                                ", expected B = " + std::to_string(b.length));
  }
  if (every_yaw < 1 || kYaws % every_yaw != 0) {
    throw std::invalid_argument("every_yaw: " + std::to_string(every_yaw) + ", expected a divisor of " +
                                std::to_string(kYaws));
  }
  std::vector<TurnAssumption> assumptions;
  for (py::ssize_t k = 0; k < b.length; ++k) {
    TurnAssumption one{Eigen::Vector3d(up.data() + 3 * k), scale.data()[k], {}};
    if (avoid[k]) {
      RequireShape("avoid", *avoid[k], {t});
      one.avoid.assign(avoid[k]->data(), avoid[k]->data() + avoid[k]->size());
    }
    assumptions.push_back(std::move(one));
  }
  const CleanClip clip{ToVector(rays), ToVector(root), fps};
  std::vector<BodyTurn> found;
  {
    const py::gil_scoped_release release;
    found = FindTurns(shape, clip, assumptions, every_yaw, AvailableThreads(n_threads));
  }
  const auto stack = [&](std::vector<double> BodyTurn::*member, std::vector<py::ssize_t> axes) {
    return Stack(
        found, std::move(axes), [&](const BodyTurn& one) -> const auto& { return one.*member; });
  };
  IndexArray state({b.length, t.length});
  std::int64_t* to = state.mutable_data();
  for (const BodyTurn& one : found) to = std::copy(one.state.begin(), one.state.end(), to);
  return {stack(&BodyTurn::turn, {t.length, 3, 3}),
          stack(&BodyTurn::rays, {t.length, n_seen, 2}),
          stack(&BodyTurn::corrected, {t.length, n_seen, 2}),
          stack(&BodyTurn::depth, {t.length}),
          stack(&BodyTurn::cost, {t.length}),
          stack(&BodyTurn::greatest, {t.length}),
          state};
}

py::tuple LikeliestTurnArrays(const Array& log_likelihood, double fps) {
  RequireShape("log_likelihood", log_likelihood, {{"T"}, {"Y"}});
  const Eigen::MatrixXd values =
      Eigen::Map<const RowMajor>(log_likelihood.data(), log_likelihood.shape(0), log_likelihood.shape(1)).transpose();
  const auto [yaw, cost] = LikeliestTurn(values, fps);
  IndexArray yaws(static_cast<py::ssize_t>(yaw.size()));
  std::copy(yaw.begin(), yaw.end(), yaws.mutable_data());
  return py::make_tuple(yaws, Array(static_cast<py::ssize_t>(cost.size()), cost.data()));
}

Array SmoothDepthArray(const Array& depth, double fps) {
  RequireShape("depth", depth, {{"T"}});
  const std::vector<double> smooth = SmoothDepth(ToVector(depth), fps);
  return Array(static_cast<py::ssize_t>(smooth.size()), smooth.data());
}

}  // namespace dancelift::bindings
