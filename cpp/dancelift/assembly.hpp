#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "dancelift/arrowhead_system.hpp"
#include "dancelift/cost.hpp"
#include "dancelift/retraction.hpp"
#include "dancelift/terms.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief Adds terms, linearised, to the system, as a visitor of Terms; those of one sweep.
///
/// A term r with loss rho adds rho' J^T J to the matrix and -rho' J^T r to the right-hand side. With `second_order` the
/// bones' lengths have their second derivatives too, see NormalEquations.
class Assembler {
 public:
  Assembler(ArrowheadSystem& system, Sweep& sweep, const Unknowns& unknowns, bool second_order)
      : system_(system),
        sweep_(sweep),
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
    const Place places[] = {system_.ordering.At(a), system_.ordering.At(b)};
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
    const Place place = system_.ordering.At(depth);
    if (place.size == 0) return;
    Real* row = Panel(pose.frame) + 3 * pose.joint * system_.layout.Stride() + place.row;
    double square = 0, right = 0;
    for (int i = 0; i < 3; ++i) {
      row[i * system_.layout.Stride()] += static_cast<Real>(slope * along[i]);
      square += along[i] * along[i];
      right += along[i] * r[i];
    }
    Real* column = Panel(pose.frame) + place.row * system_.layout.Stride();
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
    const Place places[] = {system_.ordering.At(blocks)...};
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
    if (IsLater(b, a)) {
      Add(b, a, jb, ja);
    } else {
      Add(a, b, ja, jb);
    }
  }

  /// Whether a is eliminated later than b, so that it is the row of their product: within a frame the later unknown, of
  /// two frames that which the sweep comes to later, and the shared unknowns after all frames.
  bool IsLater(const Place& a, const Place& b) const {
    if (a.frame == b.frame) return a.row > b.row;
    if (a.frame == Ordering::kShared || b.frame == Ordering::kShared) return a.frame == Ordering::kShared;
    return Later(a.frame, b.frame) > 0;
  }

  template <class Jrow, class Jcolumn>
  void Add(const Place& row, const Place& column, const Jrow& jrow, const Jcolumn& jcolumn) {
    const PanelLayout& layout = system_.layout;
    if (column.frame == Ordering::kShared) {
      const int stride = layout.shared_rows;
      AddTo(&sweep_.shared[column.row * stride + row.row], stride, jrow, jcolumn);
      if (row.row != column.row) return;
      for (int i = 0; i < jrow.cols(); ++i) sweep_.diagonal[row.row + i] += jrow.col(i).dot(jcolumn.col(i));
      return;
    }
    int section = layout.Own();
    if (row.frame == Ordering::kShared) {
      section = layout.Shared();
    } else if (row.frame != column.frame) {
      section = Later(row.frame, column.frame) == 1 ? layout.Next() : layout.AfterNext();
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
    if (place.frame == Ordering::kShared) return &sweep_.right[place.row];
    return system_.Right(sweep_, place.frame) + place.row;
  }

  /// How many frames a is eliminated later than b.
  int Later(int a, int b) const { return (a - b) * sweep_.direction; }

  Real* Panel(int t) { return system_.Panel(sweep_, t); }

  void AddIsotropic(PoseAt at, double slope, const double* r) {
    double* to = Right(system_.ordering.At(at));
    for (int i = 0; i < 3; ++i) to[i] -= slope * r[i];
  }

  /// A multiple of the identity, for one joint in one frame or in two.
  void AddIdentity(PoseAt a, PoseAt b, double value) {
    const PanelLayout& layout = system_.layout;
    const int sections[] = {layout.Own(), layout.Next(), layout.AfterNext()};
    const int row = 3 * a.joint, later = Later(a.frame, b.frame);
    Real* to =
        Panel(later < 0 ? a.frame : b.frame) + row * layout.Stride() + sections[later < 0 ? -later : later] + row;
    for (int i = 0; i < 3; ++i) to[i * (layout.Stride() + 1)] += static_cast<Real>(value);
  }

  ArrowheadSystem& system_;
  Sweep& sweep_;
  const Unknowns& unknowns_;
  const Eigen::Matrix<double, 3, 2> tangents_;
  const bool second_order_;
};

}  // namespace dancelift
