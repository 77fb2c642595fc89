#pragma once

#include "dancelift/panel_layout.hpp"

namespace dancelift {

/// @brief The inner loops of the block-banded Cholesky factorisation, for one kind of processor.
struct EliminationKernel {
  int row_multiple;     ///< to which a layout's rows are padded
  int column_multiple;  ///< to which its columns are

  /// Eliminates a frame: turns its panel into that of the factor, and gives what that takes off the system of the
  /// shared unknowns. `earlier` and `earlier2` are the factor's panels of the two frames before it, or null; `shared`
  /// is (shared_rows, shared_rows) by columns, its lower half is set. False: the system is not positive definite.
  bool (*eliminate)(const PanelLayout& layout, Real* panel, const Real* earlier, const Real* earlier2, Real* shared);

  /// What eliminating the two frames before takes off a frame that is not to be eliminated yet.
  void (*update)(const PanelLayout& layout, Real* panel, const Real* earlier, const Real* earlier2);

  /// A frame's unknowns x (rows), given those of the next frame, of the one after it and the shared ones.
  void (*substitute)(const PanelLayout& layout, const Real* panel, const Real* next, const Real* after_next,
                     const Real* shared, Real* x);
};

}  // namespace dancelift
