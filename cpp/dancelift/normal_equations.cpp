#include "dancelift/normal_equations.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "dancelift/cost.hpp"
#include "dancelift/supported_kernels.hpp"

namespace dancelift {
namespace {

/// Of the damping, where an unknown has hardly an effect.
constexpr double kLeastDiagonal = 1e-6, kGreatestDiagonal = 1e32;

double Damping(double diagonal, double radius) {
  return std::clamp(diagonal, kLeastDiagonal, kGreatestDiagonal) / radius;
}

/// Two unit vectors (3 x 2) at right angles to a unit vector and to each other.
Eigen::Matrix<double, 3, 2> Tangents(const double* up) {
  const Eigen::Map<const Eigen::Vector3d> u(up);
  int axis = 0;
  u.cwiseAbs().minCoeff(&axis);
  Eigen::Matrix<double, 3, 2> tangents;
  tangents.col(0) = u.cross(Eigen::Vector3d::Unit(axis)).normalized();
  tangents.col(1) = u.cross(tangents.col(0));
  return tangents;
}

template <class Block>
constexpr int kLocalSize = Block::kSize;
template <>
constexpr int kLocalSize<UpAt> = 2;

}  // namespace

/// Adds the terms, linearised, to the system.
class NormalEquations::Adder {
 public:
  Adder(NormalEquations& system, const Unknowns& unknowns)
      : system_(system), unknowns_(unknowns), tangents_(Tangents(unknowns.up.data())) {}

  template <class Factor, class... Blocks>
  void operator()(Term, int, const Factor& factor, double robust, Blocks... blocks) {
    Linearise(factor, robust, std::index_sequence_for<Blocks...>(), blocks...);
  }

  /// Of a joint's motion; the products of its Jacobians are multiples of the identity.
  template <int Order, class... Blocks>
  void operator()(Term, int, const Smooth3D<Order>& factor, double robust, Blocks... blocks) {
    const double* parameters[] = {unknowns_.At(blocks)...};
    const PoseAt places[] = {blocks...};
    double r[3];
    factor.Evaluate(parameters, r, nullptr);
    const double weight = LossSlope(r[0] * r[0] + r[1] * r[1] + r[2] * r[2], robust);
    for (int a = 0; a <= Order; ++a) {
      const double slope = weight * factor.Slope(a);
      AddIsotropic(places[a], slope, r);
      for (int b = 0; b <= a; ++b) AddIdentity(places[a], places[b], slope * factor.Slope(b));
    }
  }

  /// A multiple of the identity for the pose, and the frame's depth, which may be held constant.
  void operator()(Term, int, const SeedConsistency& factor, double robust, PoseAt pose, DepthAt depth) {
    const double* parameters[] = {unknowns_.At(pose), unknowns_.At(depth)};
    double r[3], along[3];
    double* jacobians[] = {nullptr, along};
    factor.Evaluate(parameters, r, jacobians);
    const double weight = LossSlope(r[0] * r[0] + r[1] * r[1] + r[2] * r[2], robust);
    const double slope = weight * factor.Slope(0);
    AddIsotropic(pose, slope, r);
    AddIdentity(pose, pose, slope * factor.Slope(0));
    const Place place = system_.At(depth);
    if (place.size == 0) return;
    Real* row = system_.Panel(pose.frame) + 3 * pose.joint * system_.layout_.Stride() + place.row;
    double square = 0, right = 0;
    for (int i = 0; i < 3; ++i) {
      row[i * system_.layout_.Stride()] += static_cast<Real>(slope * along[i]);
      square += along[i] * along[i];
      right += along[i] * r[i];
    }
    Real* column = system_.Panel(pose.frame) + place.row * system_.layout_.Stride();
    column[place.row] += static_cast<Real>(weight * square);
    Right(place)[0] -= weight * right;
  }

 private:
  template <int Residuals, int Size>
  using Jacobian = Eigen::Matrix<double, Residuals, Size, Size == 1 ? Eigen::ColMajor : Eigen::RowMajor>;

  template <class Factor, std::size_t... I, class... Blocks>
  void Linearise(const Factor& factor, double robust, std::index_sequence<I...>, Blocks... blocks) {
    constexpr int kResiduals = Factor::Shape::kResiduals;
    const double* parameters[] = {unknowns_.At(blocks)...};
    std::tuple<Jacobian<kResiduals, Blocks::kSize>...> jacobians;
    double* pointers[] = {std::get<I>(jacobians).data()...};
    Eigen::Matrix<double, kResiduals, 1> r = Eigen::Matrix<double, kResiduals, 1>::Zero();
    factor.Evaluate(parameters, r.data(), pointers);
    const double weight = LossSlope(r.squaredNorm(), robust);
    const std::tuple local(Local(std::get<I>(jacobians), blocks)...);
    const Place places[] = {system_.At(blocks)...};
    (AddRow<I>(local, places, r, weight), ...);
  }

  template <class J, class Block>
  const J& Local(const J& jacobian, Block) const {
    return jacobian;
  }
  template <class J>
  auto Local(const J& jacobian, UpAt) const {
    return Jacobian<J::RowsAtCompileTime, 2>(jacobian * tangents_);
  }

  /// The products of a block's Jacobian with those of it and of the blocks before it, and its gradient.
  template <std::size_t A, class Jacobians, class Residuals>
  void AddRow(const Jacobians& jacobians, const Place* places, const Residuals& r, double weight) {
    if (places[A].size == 0) return;
    const auto weighted = (weight * std::get<A>(jacobians)).eval();
    AddRight(places[A], weighted, r);
    AddProducts(places, weighted, jacobians, std::make_index_sequence<A + 1>());
  }

  template <class J, class Jacobians, std::size_t... B>
  void AddProducts(const Place* places, const J& weighted, const Jacobians& jacobians, std::index_sequence<B...>) {
    (AddProduct(places[sizeof...(B) - 1], places[B], weighted, std::get<B>(jacobians)), ...);
  }

  template <class Ja, class Jb>
  void AddProduct(const Place& a, const Place& b, const Ja& ja, const Jb& jb) {
    if (b.size == 0) return;
    // the later frame is the row; in one frame the later unknown; the shared ones come last
    const bool swapped =
        a.frame == b.frame ? a.row < b.row : a.frame != kShared && (b.frame == kShared || b.frame > a.frame);
    if (swapped) {
      Add(b, a, jb, ja);
    } else {
      Add(a, b, ja, jb);
    }
  }

  template <class Jrow, class Jcolumn>
  void Add(const Place& row, const Place& column, const Jrow& jrow, const Jcolumn& jcolumn) {
    const PanelLayout& layout = system_.layout_;
    if (column.frame == kShared) {
      const int stride = layout.shared_rows;
      AddTo(&system_.shared_[column.row * stride + row.row], stride, jrow, jcolumn);
      if (row.row != column.row) return;
      for (int i = 0; i < jrow.cols(); ++i) {
        system_.shared_diagonal_[row.row + i] += jrow.col(i).dot(jcolumn.col(i));
      }
      return;
    }
    int section = layout.Own();
    if (row.frame == kShared) {
      section = layout.Shared();
    } else if (row.frame != column.frame) {
      section = row.frame == column.frame + 1 ? layout.Next() : layout.AfterNext();
    }
    AddTo(system_.Panel(column.frame) + column.row * layout.Stride() + section + row.row, layout.Stride(), jrow,
          jcolumn);
  }

  template <class Number, class Jrow, class Jcolumn>
  static void AddTo(Number* to, int stride, const Jrow& jrow, const Jcolumn& jcolumn) {
    for (int j = 0; j < jcolumn.cols(); ++j) {
      for (int i = 0; i < jrow.cols(); ++i) to[j * stride + i] += static_cast<Number>(jrow.col(i).dot(jcolumn.col(j)));
    }
  }

  template <class J, class Residuals>
  void AddRight(const Place& place, const J& weighted, const Residuals& r) {
    double* to = Right(place);
    for (int i = 0; i < weighted.cols(); ++i) to[i] -= weighted.col(i).dot(r);
  }

  double* Right(const Place& place) {
    if (place.frame == kShared) return &system_.shared_right_[place.row];
    return &system_.right_[static_cast<std::size_t>(place.frame) * system_.layout_.rows + place.row];
  }

  void AddIsotropic(PoseAt at, double slope, const double* r) {
    double* to = Right(system_.At(at));
    for (int i = 0; i < 3; ++i) to[i] -= slope * r[i];
  }

  /// A multiple of the identity, for one joint in one frame or in an earlier frame b.
  void AddIdentity(PoseAt a, PoseAt b, double value) {
    const PanelLayout& layout = system_.layout_;
    const int sections[] = {layout.Own(), layout.Next(), layout.AfterNext()};
    const int row = 3 * a.joint;
    Real* to = system_.Panel(b.frame) + row * layout.Stride() + sections[a.frame - b.frame] + row;
    for (int i = 0; i < 3; ++i) to[i * (layout.Stride() + 1)] += static_cast<Real>(value);
  }

  NormalEquations& system_;
  const Unknowns& unknowns_;
  const Eigen::Matrix<double, 3, 2> tangents_;
};

namespace {

int FrameUnknowns(const Objective& objective) {
  return 3 * objective.skeleton.n_joints + (objective.imaging.weak_perspective ? WeakPerspective::kParameters : 1);
}

/// See PanelLayout::slack.
int Slack(const Objective& objective) {
  if (!std::isfinite(objective.weights.acceleration2d)) return 0;
  return objective.imaging.weak_perspective ? FrameUnknowns(objective) : PoseAt::kSize - 1;
}

}  // namespace

NormalEquations::NormalEquations(const Objective& objective)
    : objective_(objective),
      n_joints_(objective.skeleton.n_joints),
      weak_(objective.imaging.weak_perspective),
      focal_(0),
      lengths_(weak_ || objective.imaging.focal_known ? 0 : 1),
      up_(lengths_ + static_cast<int>(objective.skeleton.mean_lengths.size())),
      floor_(up_ + 2),
      kernel_(*SupportedKernels().front()),
      layout_(FrameUnknowns(objective), floor_ + 1, Slack(objective), kernel_.row_multiple, kernel_.column_multiple),
      panels_(static_cast<std::size_t>(layout_.Size()) * objective.clip.n_frames),
      shared_of_frame_(static_cast<std::size_t>(layout_.shared_rows) * layout_.shared_rows),
      shared_(shared_of_frame_.size()),
      diagonal_(static_cast<std::size_t>(layout_.rows) * objective.clip.n_frames),
      right_(diagonal_.size()),
      shared_diagonal_(layout_.n_shared),
      shared_right_(layout_.n_shared) {}

bool NormalEquations::Solve(const Terms& terms, const Unknowns& unknowns, const TrustRegion& region, Step& step) {
  const int n_frames = objective_.clip.n_frames;
  std::fill(shared_.begin(), shared_.end(), 0.0);
  std::fill(right_.begin(), right_.end(), 0.0);
  std::fill(shared_diagonal_.begin(), shared_diagonal_.end(), 0.0);
  std::fill(shared_right_.begin(), shared_right_.end(), 0.0);
  Adder adder(*this, unknowns);
  terms.VisitClip(adder);
  for (int t = 0; t < n_frames + Terms::kReach; ++t) {
    if (t < n_frames) {
      std::fill_n(Panel(t), layout_.Size(), Real(0));
      terms.VisitFrame(t, adder);
    }
    if (t >= Terms::kReach && !EliminateFrame(t - Terms::kReach, region.frames[t - Terms::kReach])) {
      return false;
    }
  }
  step.shared.assign(layout_.shared_rows, Real(0));
  step.frames.resize(diagonal_.size());
  step.decreases.assign(n_frames + 1, 0.0);
  if (!SolveShared(region.shared, step)) return false;

  const auto frame = [&](int t) {
    return t < n_frames ? &step.frames[static_cast<std::size_t>(t) * layout_.rows] : nullptr;
  };
  for (int t = n_frames - 1; t >= 0; --t) {
    kernel_.substitute(layout_, Panel(t), frame(t + 1), frame(t + 2), step.shared.data(), frame(t));
  }
  for (int t = 0; t < n_frames; ++t) {
    for (int i = t * layout_.rows; i < t * layout_.rows + layout_.n; ++i) {
      step.decreases[t] +=
          0.5 * step.frames[i] * (right_[i] + Damping(diagonal_[i], region.frames[t]) * step.frames[i]);
    }
  }
  return std::isfinite(std::accumulate(step.decreases.begin(), step.decreases.end(), 0.0));
}

bool NormalEquations::EliminateFrame(int t, double radius) {
  Real* panel = Panel(t);
  const int stride = layout_.Stride();
  double* diagonal = &diagonal_[static_cast<std::size_t>(t) * layout_.rows];
  const double* right = &right_[static_cast<std::size_t>(t) * layout_.rows];
  for (int i = 0; i < layout_.n; ++i) {
    Real* column = panel + i * stride;
    diagonal[i] = column[i];
    column[i] += static_cast<Real>(Damping(diagonal[i], radius));
    column[layout_.Shared() + layout_.n_shared] = static_cast<Real>(right[i]);
  }
  for (int i = layout_.n; i < layout_.columns; ++i) panel[i * stride + i] = 1;
  if (!kernel_.eliminate(layout_, panel, t >= 1 ? Panel(t - 1) : nullptr, t >= 2 ? Panel(t - 2) : nullptr,
                         shared_of_frame_.data())) {
    return false;
  }
  for (int j = 0; j < layout_.n_shared; ++j) {
    for (int i = j; i <= layout_.n_shared; ++i) {
      shared_[j * layout_.shared_rows + i] += shared_of_frame_[j * layout_.shared_rows + i];
    }
  }
  return true;
}

bool NormalEquations::SolveShared(double radius, Step& step) {
  const int n = layout_.n_shared, stride = layout_.shared_rows;
  Eigen::MatrixXd matrix(n, n);
  Eigen::VectorXd right(n);
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) matrix(i, j) = shared_[j * stride + i];
    matrix(j, j) += Damping(shared_diagonal_[j], radius);
    right[j] = shared_right_[j] + shared_[j * stride + n];
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(matrix);
  if (factor.info() != Eigen::Success) return false;
  const Eigen::VectorXd found = factor.solve(right);
  for (int i = 0; i < n; ++i) {
    step.shared[i] = static_cast<Real>(found[i]);
    step.decreases.back() += 0.5 * found[i] * (shared_right_[i] + Damping(shared_diagonal_[i], radius) * found[i]);
  }
  return true;
}

void NormalEquations::Apply(const Step& step, const std::vector<double>& share, const Unknowns& from,
                            Unknowns& to) const {
  const int n_coordinates = PoseAt::kSize * n_joints_;
  for (int t = 0; t < objective_.clip.n_frames; ++t) {
    const Real* change = &step.frames[static_cast<std::size_t>(t) * layout_.rows];
    const std::size_t first = static_cast<std::size_t>(t) * n_coordinates;
    for (int i = 0; i < n_coordinates; ++i) to.poses[first + i] = from.poses[first + i] + share[t] * change[i];
    if (weak_) {
      for (int i = 0; i < WeakPerspective::kParameters; ++i) {
        const std::size_t at = static_cast<std::size_t>(t) * WeakPerspective::kParameters + i;
        to.imaging[at] = from.imaging[at] + share[t] * change[n_coordinates + i];
      }
    } else {
      to.depth[t] = from.depth[t] + share[t] * change[n_coordinates];
    }
  }
  const double least = *std::min_element(share.begin(), share.end());
  const Real* shared = step.shared.data();
  for (int i = focal_; i < lengths_; ++i) to.imaging[i] = from.imaging[i] + least * shared[i];
  for (int i = lengths_; i < up_; ++i)
    to.log_lengths[i - lengths_] = from.log_lengths[i - lengths_] + least * shared[i];
  Eigen::Map<Eigen::Vector3d>(to.up.data()) =
      (Eigen::Map<const Eigen::Vector3d>(from.up.data()) +
       Tangents(from.up.data()) * (least * Eigen::Vector2d(shared[up_], shared[up_ + 1])))
          .normalized();
  to.floor = from.floor + least * shared[floor_];
}

}  // namespace dancelift
