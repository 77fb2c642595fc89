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
/// On the diagonal of what is held: it moves by less than can be told.
constexpr double kHeld = 1e20;
/// Frames from which a clip is eliminated from both ends.
constexpr int kLeastFrames = 8;
constexpr int kMiddleFrames = Terms::kReach;  // two ends that far apart are not coupled

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
  Adder(NormalEquations& system, End& end, const Unknowns& unknowns, bool second_order)
      : system_(system),
        end_(end),
        unknowns_(unknowns),
        tangents_(Tangents(unknowns.up.data())),
        second_order_(second_order) {}

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

  void operator()(Term, int, const BoneLength& factor, double robust, PoseAt a, PoseAt b, LengthAt length) {
    Linearise(factor, robust, std::index_sequence_for<PoseAt, PoseAt, LengthAt>(), a, b, length);
    if (!second_order_) return;
    using Vector = Eigen::Map<const Eigen::Vector3d>;
    const double* parameters[] = {unknowns_.At(a), unknowns_.At(b), unknowns_.At(length)};
    const Eigen::Vector3d bone = Vector(parameters[0]) - Vector(parameters[1]);
    const double distance = std::max(bone.norm(), 1e-12);
    double r;
    factor.Evaluate(parameters, &r, nullptr);
    // r times the second derivative of r
    const double bend = factor.Weight() * r / distance;
    const Eigen::Vector3d along = bone / distance;
    const Eigen::Matrix3d curvature = bend * (Eigen::Matrix3d::Identity() - along * along.transpose());
    const Eigen::Matrix3d identity = Eigen::Matrix3d::Identity(), opposite = -curvature;
    const Place places[] = {system_.At(a), system_.At(b)};
    for (const Place& place : places) Add(place, place, curvature, identity);
    const bool swapped = places[0].row < places[1].row;
    Add(places[swapped], places[!swapped], opposite, identity);
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
    Real* row = Panel(pose.frame) + 3 * pose.joint * system_.layout_.Stride() + place.row;
    double square = 0, right = 0;
    for (int i = 0; i < 3; ++i) {
      row[i * system_.layout_.Stride()] += static_cast<Real>(slope * along[i]);
      square += along[i] * along[i];
      right += along[i] * r[i];
    }
    Real* column = Panel(pose.frame) + place.row * system_.layout_.Stride();
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
    // the frame that is eliminated later is the row; in one frame the later unknown; the shared ones come last
    const bool swapped =
        a.frame == b.frame ? a.row < b.row : a.frame != kShared && (b.frame == kShared || After(b.frame, a.frame) > 0);
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
      AddTo(&end_.shared[column.row * stride + row.row], stride, jrow, jcolumn);
      if (row.row != column.row) return;
      for (int i = 0; i < jrow.cols(); ++i) end_.diagonal[row.row + i] += jrow.col(i).dot(jcolumn.col(i));
      return;
    }
    int section = layout.Own();
    if (row.frame == kShared) {
      section = layout.Shared();
    } else if (row.frame != column.frame) {
      section = After(row.frame, column.frame) == 1 ? layout.Next() : layout.AfterNext();
    }
    AddTo(Panel(column.frame) + column.row * layout.Stride() + section + row.row, layout.Stride(), jrow, jcolumn);
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
    if (place.frame == kShared) return &end_.right[place.row];
    return &system_.right_[system_.Index(end_, place.frame) * system_.layout_.rows + place.row];
  }

  /// How many frames a is eliminated after b.
  int After(int a, int b) const { return (a - b) * end_.direction; }

  Real* Panel(int t) { return system_.Panel(end_, t); }

  void AddIsotropic(PoseAt at, double slope, const double* r) {
    double* to = Right(system_.At(at));
    for (int i = 0; i < 3; ++i) to[i] -= slope * r[i];
  }

  /// A multiple of the identity, for one joint in one frame or in two.
  void AddIdentity(PoseAt a, PoseAt b, double value) {
    const PanelLayout& layout = system_.layout_;
    const int sections[] = {layout.Own(), layout.Next(), layout.AfterNext()};
    const int row = 3 * a.joint, after = After(a.frame, b.frame);
    Real* to =
        Panel(after < 0 ? a.frame : b.frame) + row * layout.Stride() + sections[after < 0 ? -after : after] + row;
    for (int i = 0; i < 3; ++i) to[i * (layout.Stride() + 1)] += static_cast<Real>(value);
  }

  NormalEquations& system_;
  End& end_;
  const Unknowns& unknowns_;
  const Eigen::Matrix<double, 3, 2> tangents_;
  const bool second_order_;
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
      middle_(objective.clip.n_frames / 2),
      after_middle_(middle_ + kMiddleFrames),
      focal_(0),
      lengths_(weak_ || objective.imaging.focal_known || objective.shared_held ? 0 : 1),
      up_(lengths_ + (objective.shared_held ? 0 : static_cast<int>(objective.skeleton.mean_lengths.size()))),
      floor_(up_ + (objective.shared_held ? 0 : 2)),
      kernel_(*SupportedKernels().front()),
      layout_(FrameUnknowns(objective), floor_ + (objective.shared_held ? 0 : 1), Slack(objective),
              kernel_.row_multiple, kernel_.column_multiple),
      first_(layout_, 1),
      last_(layout_, -1) {
  const int n_frames = objective.clip.n_frames;
  if (n_frames < kLeastFrames) {
    after_middle_ = n_frames;
    middle_ = std::max(0, n_frames - kMiddleFrames);
  }
  const std::size_t n_panels = n_frames + kMiddleFrames;
  panels_.resize(layout_.Size() * n_panels);
  diagonal_.resize(layout_.rows * n_panels);
  right_.resize(diagonal_.size());
}

bool NormalEquations::Solve(const Terms& terms, const Unknowns& unknowns, const TrustRegion& region, bool second_order,
                            int n_threads, Step& step) {
  const int n_frames = objective_.clip.n_frames;
  std::fill(right_.begin(), right_.end(), 0.0);
  End* ends[] = {&first_, &last_};
  bool eliminated[2];
#pragma omp parallel for num_threads(n_threads) schedule(static, 1) if (n_threads > 1)
  for (int i = 0; i < 2; ++i) eliminated[i] = EliminateEnd(*ends[i], terms, unknowns, region, second_order);
  if (!eliminated[0] || !eliminated[1]) return false;
  JoinMiddle();
  for (int t = middle_; t < after_middle_; ++t) {
    if (!EliminateFrame(first_, t, region.frames[t])) return false;
  }
  step.shared.assign(layout_.shared_rows, Real(0));
  step.frames.resize(static_cast<std::size_t>(n_frames) * layout_.rows);
  step.decreases.assign(n_frames + 1, 0.0);
  if (!SolveShared(region.shared, step)) return false;

  for (int t = after_middle_ - 1; t >= middle_; --t) Substitute(first_, t, step);
#pragma omp parallel for num_threads(n_threads) schedule(static, 1) if (n_threads > 1)
  for (int i = 0; i < 2; ++i) {
    for (int t = middle_ - 1; i == 0 && t >= 0; --t) Substitute(first_, t, step);
    for (int t = after_middle_; i == 1 && t < n_frames; ++t) Substitute(last_, t, step);
  }
  for (int t = 0; t < n_frames; ++t) {
    for (int i = t * layout_.rows; i < t * layout_.rows + layout_.n; ++i) {
      step.decreases[t] +=
          0.5 * step.frames[i] * (right_[i] + Damping(diagonal_[i], region.frames[t]) * step.frames[i]);
    }
  }
  return std::isfinite(std::accumulate(step.decreases.begin(), step.decreases.end(), 0.0));
}

bool NormalEquations::EliminateEnd(End& end, const Terms& terms, const Unknowns& unknowns, const TrustRegion& region,
                                   bool second_order) {
  const int n_frames = objective_.clip.n_frames;
  std::fill(end.shared.begin(), end.shared.end(), 0.0);
  std::fill(end.diagonal.begin(), end.diagonal.end(), 0.0);
  std::fill(end.right.begin(), end.right.end(), 0.0);
  Adder adder(*this, end, unknowns, second_order);
  const auto clear = [&](int t) { std::fill_n(Panel(end, t), layout_.Size(), Real(0)); };
  if (end.direction > 0) {
    terms.VisitClip(adder);
    for (int t = 0; t < after_middle_; ++t) {
      clear(t);
      terms.VisitFrame(t, adder);
      const int complete = t - Terms::kReach;  // no later frame's terms reach it
      if (complete >= 0 && complete < middle_ && !EliminateFrame(end, complete, region.frames[complete])) return false;
    }
    return true;
  }
  for (int t = n_frames - 1; t >= std::max(after_middle_, n_frames - Terms::kReach); --t) clear(t);
  for (int t = n_frames - 1; t >= after_middle_; --t) {
    clear(t - Terms::kReach);
    terms.VisitFrame(t, adder);
    if (!EliminateFrame(end, t, region.frames[t])) return false;
  }
  return true;
}

void NormalEquations::KeepDiagonal(const End& end, int t) {
  const Real* panel = panels_.data() + Index(end, t) * layout_.Size();
  double* diagonal = &diagonal_[Index(end, t) * layout_.rows];
  for (int i = 0; i < layout_.n; ++i) diagonal[i] = panel[i * (layout_.Stride() + 1)];
}

bool NormalEquations::EliminateFrame(End& end, int t, double radius) {
  Real* panel = Panel(end, t);
  const int stride = layout_.Stride();
  if (!InMiddle(t)) KeepDiagonal(end, t);
  const double* diagonal = &diagonal_[Index(end, t) * layout_.rows];
  const double* right = &right_[Index(end, t) * layout_.rows];
  const bool held = t < objective_.clip.n_held;
  for (int i = 0; i < layout_.n; ++i) {
    Real* column = panel + i * stride;
    column[i] += static_cast<Real>(held ? kHeld : Damping(diagonal[i], radius));
    column[layout_.Shared() + layout_.n_shared] += static_cast<Real>(right[i]);
  }
  for (int i = layout_.n; i < layout_.columns; ++i) panel[i * stride + i] = 1;
  if (!kernel_.eliminate(layout_, panel, Before(end, t, 1), Before(end, t, 2), end.taken.data())) return false;
  for (int j = 0; j < layout_.n_shared; ++j) {
    for (int i = j; i <= layout_.n_shared; ++i) {
      end.shared[j * layout_.shared_rows + i] += end.taken[j * layout_.shared_rows + i];
    }
  }
  return true;
}

void NormalEquations::JoinMiddle() {
  const int stride = layout_.Stride(), n = layout_.n;
  for (int t = middle_; t < after_middle_; ++t) KeepDiagonal(first_, t);
  if (after_middle_ == objective_.clip.n_frames) return;
  const int early = middle_, late = middle_ + 1;
  for (int t = late; t >= early; --t) {
    KeepDiagonal(last_, t);
    kernel_.update(layout_, Panel(last_, t), Before(last_, t, 1), Before(last_, t, 2));
    for (int i = 0; i < layout_.rows; ++i) {
      diagonal_[Index(first_, t) * layout_.rows + i] += diagonal_[Index(last_, t) * layout_.rows + i];
      right_[Index(first_, t) * layout_.rows + i] += right_[Index(last_, t) * layout_.rows + i];
    }
    const Real* from = Panel(last_, t);
    Real* to = Panel(first_, t);
    for (int j = 0; j < n; ++j) {
      for (int i = j; i < n; ++i) to[j * stride + i] += from[j * stride + i];
      for (int i = layout_.Shared(); i <= layout_.Shared() + layout_.n_shared; ++i) {
        to[j * stride + i] += from[j * stride + i];
      }
    }
  }
  // where the one end has the early frame's rows in the late one's columns, the other has it the other way round
  const Real* from = Panel(last_, late) + layout_.Next();
  Real* to = Panel(first_, early) + layout_.Next();
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) to[j * stride + i] += from[i * stride + j];
  }
}

const Real* NormalEquations::Before(const End& end, int t, int n_frames) const {
  const int frame = t - n_frames * end.direction;
  const bool eliminated = end.direction > 0 ? frame >= 0 : frame >= after_middle_ && frame < objective_.clip.n_frames;
  return eliminated ? panels_.data() + static_cast<std::size_t>(frame) * layout_.Size() : nullptr;
}

bool NormalEquations::SolveShared(double radius, Step& step) {
  const int n = layout_.n_shared, stride = layout_.shared_rows;
  if (n == 0) return true;
  Eigen::MatrixXd matrix(n, n);
  Eigen::VectorXd right(n), diagonal(n), gradient(n);
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) matrix(i, j) = first_.shared[j * stride + i] + last_.shared[j * stride + i];
    diagonal[j] = Damping(first_.diagonal[j] + last_.diagonal[j], radius);
    matrix(j, j) += diagonal[j];
    gradient[j] = first_.right[j] + last_.right[j];
    right[j] = gradient[j] + first_.shared[j * stride + n] + last_.shared[j * stride + n];
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(matrix);
  if (factor.info() != Eigen::Success) return false;
  const Eigen::VectorXd found = factor.solve(right);
  for (int i = 0; i < n; ++i) {
    step.shared[i] = static_cast<Real>(found[i]);
    step.decreases.back() += 0.5 * found[i] * (gradient[i] + diagonal[i] * found[i]);
  }
  return true;
}

void NormalEquations::Substitute(const End& end, int t, Step& step) const {
  const auto frame = [&](int later) -> Real* {
    const int at = t + later * end.direction;
    const bool known = end.direction > 0 ? at < after_middle_ : at >= middle_;
    return known ? &step.frames[static_cast<std::size_t>(at) * layout_.rows] : nullptr;
  };
  kernel_.substitute(layout_, panels_.data() + static_cast<std::size_t>(t) * layout_.Size(), frame(1), frame(2),
                     step.shared.data(), frame(0));
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
  if (layout_.n_shared == 0) return;
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
