#pragma once

namespace dancelift {

/// @brief The inner loops of a network's forward pass, for one kind of processor.
///
/// Matrices are stored by rows; each of their rows begins `stride` after the one before. Every number that comes out is
/// a sum in a fixed order, whatever the kind of processor.
struct NetworkKernel {
  int row_multiple;   ///< to which the rows of what is multiplied are padded
  int panel_columns;  ///< columns of a panel of a matrix to multiply by, see `multiply`

  /// c (rows, panels * panel_columns) = a (rows, depth) b, where b is stored panel by panel, each one (depth,
  /// panel_columns).
  void (*multiply)(const float* a, int a_stride, int rows, int depth, const float* b, int n_panels, float* c,
                   int c_stride);

  /// Rows of n channels divided by their root mean square, times a gain (n).
  void (*normalise)(const float* x, int rows, int n, int stride, const float* gain, float* normal);

  /// x + bias, through the Gaussian error linear unit; n is a multiple of 16.
  void (*activate)(float* x, int rows, int n, int stride, const float* bias);

  /// The sums of four rows' inputs of which a convolution of three taps makes two outputs, see PoseNetwork; n is a
  /// multiple of 16.
  void (*spread)(const float* const inputs[4], int n, float* const sums[4]);

  /// The two outputs, in the place of the first two of four products.
  void (*gather)(float* const products[4], int n);

  /// x += y + bias; n is a multiple of 16.
  void (*add)(float* x, const float* y, const float* bias, int n);
};

}  // namespace dancelift
