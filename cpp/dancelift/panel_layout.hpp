#pragma once

namespace dancelift {

/// What the system is factored in: a step need not be exact, for the cost it leads to is found in double precision.
using Real = float;

/// @brief Where the parts of a frame's panel lie: the column of each of its unknowns in the system of the whole clip.
///
/// The normal equations of a clip are block-banded: a frame is coupled to the two after it and to unknowns that all
/// frames share. Eliminated in the order of time, or against it, a frame's columns have four sections of rows: its own
/// unknowns, those of the next frame to be eliminated, the shared ones with the right-hand side below them, and those
/// of the frame after the next.
/// Before elimination a panel holds the frame's part of the normal equations, after it that of their Cholesky factor.
/// Panels are stored by columns. The three sections of frames follow on each other without a gap, so that hardly a
/// register is filled in part, and zeros follow on them, for the last one reaches beyond.
struct PanelLayout {
  int n;            ///< unknowns of a frame
  int n_shared;     ///< unknowns of the whole clip; the right-hand side is the row after them
  int columns;      ///< n, padded; rows of a section of a frame's unknowns
  int rows;         ///< entries of a frame's solution: columns, padded with zeros
  int shared;       ///< first row of the shared unknowns
  int shared_rows;  ///< n_shared + 1, padded
  int slack;        ///< an unknown j is coupled to those i of the frame after the next with i <= j + slack only

  PanelLayout(int n_unknowns, int n_shared_unknowns, int coupling_slack, int row_multiple, int column_multiple)
      : n(n_unknowns),
        n_shared(n_shared_unknowns),
        columns(Padded(n_unknowns, column_multiple)),
        rows(Padded(columns, row_multiple)),
        shared(Padded(3 * columns + row_multiple, row_multiple)),
        shared_rows(Padded(Padded(n_shared_unknowns + 1, column_multiple), row_multiple)),
        slack(coupling_slack) {}

  int Own() const { return 0; }
  int Next() const { return columns; }
  int AfterNext() const { return 2 * columns; }
  int Shared() const { return shared; }
  int Stride() const { return shared + shared_rows; }  ///< from a column to the next
  int Size() const { return Stride() * columns; }

 private:
  static int Padded(int size, int multiple) { return (size + multiple - 1) / multiple * multiple; }
};

}  // namespace dancelift
