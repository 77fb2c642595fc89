#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/elimination.hpp"
#include "dancelift/objective.hpp"
#include "dancelift/terms.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief A change of all unknowns, `up` along two tangents of the sphere.
struct Step {
  AlignedVector<Real> frames;     ///< (n_frames, rows of a section of PanelLayout)
  AlignedVector<Real> shared;     ///< (shared_rows)
  std::vector<double> decreases;  ///< (n_frames + 1), of the cost, that the linearised objective predicts
};

/// @brief How far the linearised objective is trusted, about each frame and in the unknowns that all share.
///
/// A clip is long: where it is hard in one place, small steps there must not hold up all the others.
struct TrustRegion {
  std::vector<double> frames;  ///< (n_frames)
  double shared;
};

/// @brief The damped normal equations of a seed's objective, made and solved frame by frame; one after another can be.
class NormalEquations {
 public:
  explicit NormalEquations(const Objective& objective);

  /// Linearises a seed's terms at `unknowns`, adds diag(J^T J) / radius and solves for the step. False: it cannot be
  /// solved.
  bool Solve(const Terms& terms, const Unknowns& unknowns, const TrustRegion& region, Step& step);

  /// Unknowns after a share (n_frames) of a step in each frame, and of the smallest share in what they have in common.
  void Apply(const Step& step, const std::vector<double>& share, const Unknowns& from, Unknowns& to) const;

 private:
  class Adder;

  /// A block of unknowns in the system: its frame or kShared, its first row and its size, 0 for one held constant.
  struct Place {
    int frame;
    int row;
    int size;
  };
  static constexpr int kShared = -1;

  Place At(PoseAt at) const { return {at.frame, 3 * at.joint, 3}; }
  Place At(DepthAt at) const { return {at.frame, 3 * n_joints_, weak_ ? 0 : 1}; }
  Place At(ImagingAt<WeakPerspective> at) const { return {at.block, 3 * n_joints_, WeakPerspective::kParameters}; }
  Place At(ImagingAt<Perspective>) const { return {kShared, focal_, lengths_ - focal_}; }
  Place At(LengthAt at) const { return {kShared, lengths_ + at.index, 1}; }
  Place At(UpAt) const { return {kShared, up_, 2}; }
  Place At(FloorAt) const { return {kShared, floor_, 1}; }

  bool EliminateFrame(int t, double radius);
  bool SolveShared(double radius, Step& step);
  Real* Panel(int t) { return panels_.data() + static_cast<std::size_t>(t) * layout_.Size(); }

  const Objective& objective_;
  int n_joints_;
  bool weak_;
  int focal_, lengths_, up_, floor_;  // first rows of the shared unknowns
  const EliminationKernel& kernel_;
  PanelLayout layout_;
  AlignedVector<Real> panels_;            // (n_frames) panels
  AlignedVector<Real> shared_of_frame_;   // (shared_rows, shared_rows), what eliminating a frame takes off `shared_`
  std::vector<double> shared_;            // (shared_rows, shared_rows) by columns, the right-hand side in row n_shared
  std::vector<double> diagonal_, right_;  // (n_frames, rows), before the system is damped and eliminated
  std::vector<double> shared_diagonal_, shared_right_;  // (n_shared)
};

}  // namespace dancelift
