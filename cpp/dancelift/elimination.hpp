#pragma once

#include "dancelift/arrowhead_system.hpp"
#include "dancelift/elimination_kernel.hpp"
#include "dancelift/step.hpp"
#include "dancelift/trust_region.hpp"

namespace dancelift {

/// @brief Solves an ArrowheadSystem: arrowhead (bordered) Cholesky, block-pentadiagonal in the frames, as a twisted
/// factorisation from both ends of the clip at once.
///
/// Levenberg-Marquardt damping: each diagonal entry is raised by itself divided by the radius of the trust region.
/// In order: EliminateFrame of each frame before the middle and after it, each sweep on a thread of its own if there
/// are two; EliminateMiddle; Solve. Those that return false found the system not to be positive definite.
class Elimination {
 public:
  /// Of a system whose first `n_held` frames are not to move.
  Elimination(ArrowheadSystem& system, const EliminationKernel& kernel, int n_held);

  /// Eliminates the frame that is next in a sweep, once all terms that reach it have been added.
  bool EliminateFrame(Sweep& sweep, int t, double radius);
  /// Joins the two sweeps and eliminates the frames where they meet.
  bool EliminateMiddle(const TrustRegion& region);
  /// Solves for the shared unknowns and, by back substitution, for those of the frames from the middle outwards.
  bool Solve(const TrustRegion& region, int n_threads, Step& step);

 private:
  void KeepDiagonal(const Sweep& sweep, int t);
  /// Brings what the backward sweep adds to the middle's frames to the panels of the forward one.
  void JoinMiddle();
  bool SolveShared(double radius, Step& step);
  /// Finds a frame's step, given those of the frames that its sweep eliminates later.
  void Substitute(const Sweep& sweep, int t, Step& step) const;
  void PredictDecreases(const TrustRegion& region, Step& step);
  /// Panel of the frame that a sweep eliminates so many earlier than frame t; null: there is none.
  const Real* Earlier(const Sweep& sweep, int t, int n_frames) const;

  ArrowheadSystem& system_;
  const EliminationKernel& kernel_;
  int n_held_;
};

}  // namespace dancelift
