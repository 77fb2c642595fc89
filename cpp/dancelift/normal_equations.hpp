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
///
/// Frames are eliminated from both ends of the clip towards two in the middle, by one thread or by one an end: the
/// result is the same.
class NormalEquations {
 public:
  static constexpr int kMostThreads = 2;  ///< that can work on one system

  explicit NormalEquations(const Objective& objective);

  /// Linearises a seed's terms at `unknowns`, adds diag(J^T J) / radius and solves for the step. False: it cannot be
  /// solved. With `second_order` the bones' lengths are not linearised but have their second derivatives: near a
  /// minimum, where a limb that lies in the image plane is seen a little longer or shorter than it is, they are as
  /// large as the first ones' products.
  bool Solve(const Terms& terms, const Unknowns& unknowns, const TrustRegion& region, bool second_order, int n_threads,
             Step& step);

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

  /// What one end of the clip adds to the system of the shared unknowns.
  struct End {
    explicit End(const PanelLayout& layout, int of_direction)
        : direction(of_direction),
          taken(static_cast<std::size_t>(layout.shared_rows) * layout.shared_rows),
          shared(taken.size()),
          diagonal(layout.n_shared),
          right(layout.n_shared) {}

    int direction;               ///< of the elimination: 1 in the order of time, -1 against it
    AlignedVector<Real> taken;   ///< (shared_rows, shared_rows), what eliminating a frame takes off `shared`
    std::vector<double> shared;  ///< (shared_rows, shared_rows) by columns, the right-hand side in row n_shared
    std::vector<double> diagonal, right;  ///< (n_shared)
  };

  Place At(PoseAt at) const { return {at.frame, 3 * at.joint, 3}; }
  Place At(DepthAt at) const { return {at.frame, 3 * n_joints_, weak_ ? 0 : 1}; }
  Place At(ImagingAt<WeakPerspective> at) const { return {at.block, 3 * n_joints_, WeakPerspective::kParameters}; }
  Place At(ImagingAt<Perspective>) const { return {kShared, focal_, lengths_ - focal_}; }
  Place At(LengthAt at) const { return {kShared, lengths_ + at.index, up_ > lengths_ ? 1 : 0}; }
  Place At(UpAt) const { return {kShared, up_, floor_ - up_}; }
  Place At(FloorAt) const { return {kShared, floor_, layout_.n_shared - floor_}; }

  /// Makes and eliminates the frames before the middle or those after it.
  bool EliminateEnd(End& end, const Terms& terms, const Unknowns& unknowns, const TrustRegion& region,
                    bool second_order);
  bool EliminateFrame(End& end, int t, double radius);
  void KeepDiagonal(const End& end, int t);
  /// Brings what the last end adds to the middle's frames to the first one's panels.
  void JoinMiddle();
  bool SolveShared(double radius, Step& step);
  /// Finds a frame's step, given those of the frames that its end eliminates after it.
  void Substitute(const End& end, int t, Step& step) const;

  bool InMiddle(int t) const { return t >= middle_ && t < after_middle_; }
  /// Of a frame as an end has it: the middle's frames have one of each.
  std::size_t Index(const End& end, int t) const {
    return end.direction < 0 && InMiddle(t) ? objective_.clip.n_frames + t - middle_ : t;
  }
  Real* Panel(const End& end, int t) { return panels_.data() + Index(end, t) * layout_.Size(); }
  /// Panel of the frame that an end eliminates so many before frame t; null: there is none.
  const Real* Before(const End& end, int t, int n_frames) const;

  const Objective& objective_;
  int n_joints_;
  bool weak_;
  int middle_, after_middle_;         // frames that are eliminated last
  int focal_, lengths_, up_, floor_;  // first rows of the shared unknowns
  const EliminationKernel& kernel_;
  PanelLayout layout_;
  AlignedVector<Real> panels_;            // of Index
  std::vector<double> diagonal_, right_;  // (Index, rows), before the system is damped and eliminated
  End first_, last_;
};

}  // namespace dancelift
