#pragma once

namespace dancelift {

/// @brief Where the parts of a frame's panel lie: the column of each of its unknowns in the system of the whole clip.
///
/// The normal equations of a clip are block-banded: a frame is coupled to the two after it and to unknowns that all
/// frames share. Eliminated in the order of time, a frame's columns have four sections of rows: its own unknowns, those
/// of the next frame, the shared ones with the right-hand side below them, and those of the frame after the next.
/// Before elimination a panel holds the frame's part of the normal equations, after it that of their Cholesky factor.
/// Panels are stored by columns; every section starts at a multiple of the kernel's width.
struct PanelLayout {
  int n;            ///< unknowns of a frame
  int n_shared;     ///< unknowns of the whole clip; the right-hand side is the row after them
  int columns;      ///< n, padded
  int rows;         ///< of a section of a frame's unknowns, n padded
  int shared_rows;  ///< n_shared + 1, padded
  int slack;        ///< an unknown j is coupled to those i of the frame after the next with i <= j + slack only

  PanelLayout(int n_unknowns, int n_shared_unknowns, int coupling_slack, int multiple)
      : n(n_unknowns),
        n_shared(n_shared_unknowns),
        columns(Padded(n_unknowns, multiple)),
        rows(columns),
        shared_rows(Padded(n_shared_unknowns + 1, multiple)),
        slack(coupling_slack) {}

  int Own() const { return 0; }
  int Next() const { return rows; }
  int Shared() const { return 2 * rows; }
  int AfterNext() const { return 2 * rows + shared_rows; }
  int Stride() const { return 3 * rows + shared_rows; }  ///< from a column to the next
  int Size() const { return Stride() * columns; }

 private:
  static int Padded(int size, int multiple) { return (size + multiple - 1) / multiple * multiple; }
};

/// @brief The inner loops of the block-banded Cholesky factorisation, for one kind of processor.
struct EliminationKernel {
  const char* name;
  int multiple;  ///< to which a layout's sections are padded

  /// Eliminates a frame: turns its panel into that of the factor and takes its part off the shared unknowns' system.
  /// `before` and `before2` are the factor's panels of the two frames before it, or null. `shared` is
  /// (shared_rows, shared_rows) by columns. False: the system is not positive definite.
  bool (*eliminate)(const PanelLayout& layout, double* panel, const double* before, const double* before2,
                    double* shared);

  /// A frame's unknowns x (rows), given those of the next frame, of the one after it and the shared ones.
  void (*substitute)(const PanelLayout& layout, const double* panel, const double* next, const double* after_next,
                     const double* shared, double* x);
};

/// The fastest one that this processor runs.
const EliminationKernel& FastestKernel();

}  // namespace dancelift
