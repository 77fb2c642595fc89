#pragma once

#include <cstddef>
#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/elimination_kernel.hpp"
#include "dancelift/ordering.hpp"
#include "dancelift/panel_layout.hpp"

namespace dancelift {

/// @brief One of the two sweeps over the frames, from an end of the clip to its middle, and what it adds to the system
/// of the shared unknowns.
struct Sweep {
  Sweep(const PanelLayout& layout, int of_direction);

  int direction;                        ///< of the elimination: 1 in the order of time, -1 against it
  AlignedVector<Real> taken;            ///< (shared_rows, shared_rows), what eliminating a frame takes off `shared`
  std::vector<double> shared;           ///< (shared_rows, shared_rows) by columns, the right-hand side in row n_shared
  std::vector<double> diagonal, right;  ///< (n_shared), before the system is eliminated
};

/// @brief The normal equations J^T J x = -J^T r of a clip, to be made and eliminated in place.
///
/// The matrix is an arrowhead: block-pentadiagonal in time, for a frame is coupled to the two on either side, and
/// bordered by the unknowns that all frames share. Of ten frames, the lower half, the last row being the border:
///
///       0  1  2  3  4  5  6  7  8  9  s
///     0 #
///     1 #  #                               |
///     2 #  #  #                            |  the forward sweep
///     3    #  #  #                         |  eliminates 0 1 2 3 4
///     4       #  #  #                      v
///     5          #  #  *                      the middle, 5 6, comes after both,
///     6             #  *  *                   the shared unknowns come last
///     7                #  #  #             ^
///     8                   #  #  #          |  the backward sweep
///     9                      #  #  #       |  eliminates 9 8 7
///     s #  #  #  #  #  *  *  #  #  #  *       * both sweeps add to
///
/// Such a twisted order fills nothing in: the factor is as sparse as the matrix. Each sweep stores its frames as panels
/// of columns, see PanelLayout; the frames of the middle have a panel of either sweep until the two are joined.
class ArrowheadSystem {
 public:
  ArrowheadSystem(const Ordering& of_unknowns, const EliminationKernel& kernel);

  /// Forgets all right-hand sides of frames.
  void ClearRight();
  /// Forgets what a sweep has added to the shared unknowns.
  void Clear(Sweep& sweep);
  /// Forgets a frame's columns.
  void ClearPanel(const Sweep& sweep, int t);

  Real* Panel(const Sweep& sweep, int t) { return panels_.data() + Index(sweep, t) * layout.Size(); }
  const Real* Panel(const Sweep& sweep, int t) const { return panels_.data() + Index(sweep, t) * layout.Size(); }
  /// (rows), of a frame's right-hand side.
  double* Right(const Sweep& sweep, int t) { return &right_[Index(sweep, t) * layout.rows]; }
  /// (rows), of a frame's matrix before it is damped and eliminated.
  double* Diagonal(const Sweep& sweep, int t) { return &diagonal_[Index(sweep, t) * layout.rows]; }

  const Ordering ordering;
  const PanelLayout layout;
  Sweep forward, backward;

 private:
  /// Of a frame as a sweep has it: the middle's frames have one of each.
  std::size_t Index(const Sweep& sweep, int t) const {
    return sweep.direction < 0 && ordering.InMiddle(t) ? ordering.Frames() + t - ordering.MiddleBegin() : t;
  }

  AlignedVector<Real> panels_;            // of Index
  std::vector<double> diagonal_, right_;  // (Index, rows)
};

}  // namespace dancelift
