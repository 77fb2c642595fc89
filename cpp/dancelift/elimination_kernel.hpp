// The elimination kernel, compiled once for each kind of processor: a source file defines DANCELIFT_WIDTH, Reals in a
// register, and DANCELIFT_COLUMNS, columns of a tile, and includes this. Nothing here may be shared with code that is
// compiled for another kind: the linker would keep one of the two. So it is all local, and uses no library's templates.

#include <math.h>

#include "dancelift/elimination.hpp"

namespace dancelift {
namespace {

constexpr int kWidth = DANCELIFT_WIDTH, kColumns = DANCELIFT_COLUMNS;
constexpr int kTileRows = 3;  // registers

#if defined(__GNUC__)
typedef Real Pack __attribute__((vector_size(sizeof(Real) * DANCELIFT_WIDTH), may_alias));
#define DANCELIFT_INLINE inline __attribute__((always_inline))
#define DANCELIFT_UNROLL _Pragma("GCC unroll 16")
#else
struct Pack {
  Real v[kWidth];
  Pack& operator+=(const Pack& y) {
    for (int i = 0; i < kWidth; ++i) v[i] += y.v[i];
    return *this;
  }
  Pack& operator-=(const Pack& y) {
    for (int i = 0; i < kWidth; ++i) v[i] -= y.v[i];
    return *this;
  }
  Pack& operator*=(Real s) {
    for (int i = 0; i < kWidth; ++i) v[i] *= s;
    return *this;
  }
  Real operator[](int i) const { return v[i]; }
  friend Pack operator*(Pack x, Real s) { return x *= s; }
  friend Pack operator*(Pack x, const Pack& y) {
    for (int i = 0; i < kWidth; ++i) x.v[i] *= y.v[i];
    return x;
  }
};
#define DANCELIFT_INLINE inline
#define DANCELIFT_UNROLL
#endif

DANCELIFT_INLINE Pack& At(Real* p) { return *reinterpret_cast<Pack*>(p); }
DANCELIFT_INLINE const Pack& At(const Real* p) { return *reinterpret_cast<const Pack*>(p); }

/// Columns k of a panel: rows of a tile start at a, rows of its columns' factors at b.
struct Product {
  const Real* a;
  const Real* b;
  int n;
};

/// Takes the products sum_k a_k b_k^T off a tile of P registers by kColumns columns.
template <int P>
DANCELIFT_INLINE void TakeOff(Real* tile, int tile_stride, const Product* products, int n_products, int stride) {
  Pack sum[kColumns][P];
  DANCELIFT_UNROLL
  for (int j = 0; j < kColumns; ++j) {
    DANCELIFT_UNROLL
    for (int p = 0; p < P; ++p) sum[j][p] = At(tile + j * tile_stride + p * kWidth);
  }
  for (int i = 0; i < n_products; ++i) {
    const Real* a = products[i].a;
    const Real* b = products[i].b;
    for (int k = products[i].n; k > 0; --k, a += stride, b += stride) {
      Pack x[P];
      DANCELIFT_UNROLL
      for (int p = 0; p < P; ++p) x[p] = At(a + p * kWidth);
      DANCELIFT_UNROLL
      for (int j = 0; j < kColumns; ++j) {
        DANCELIFT_UNROLL
        for (int p = 0; p < P; ++p) sum[j][p] -= x[p] * b[j];
      }
    }
  }
  DANCELIFT_UNROLL
  for (int j = 0; j < kColumns; ++j) {
    DANCELIFT_UNROLL
    for (int p = 0; p < P; ++p) At(tile + j * tile_stride + p * kWidth) = sum[j][p];
  }
}

void TakeOffTile(int n_registers, Real* tile, int tile_stride, const Product* products, int n_products, int stride) {
  switch (n_registers) {
    case 1:
      return TakeOff<1>(tile, tile_stride, products, n_products, stride);
    case 2:
      return TakeOff<2>(tile, tile_stride, products, n_products, stride);
    default:
      return TakeOff<kTileRows>(tile, tile_stride, products, n_products, stride);
  }
}

/// Calls with the first row and the number of registers of every tile of rows from..to.
template <class Function>
DANCELIFT_INLINE void ForTiles(int from, int to, Function function) {
  for (int i = from; i < to;) {
    const int left = (to - i) / kWidth;
    const int n_registers = left == kTileRows + 1 ? left / 2
                            : left < kTileRows    ? left
                                                  : kTileRows;  // none is left alone
    function(i, n_registers);
    i += n_registers * kWidth;
  }
}

int Rounded(int row) { return row / kWidth * kWidth; }
int AtLeastZero(int k) { return k > 0 ? k : 0; }

/// Cholesky factor of the kColumns x kColumns block at `block`; 1 / its diagonal.
bool FactorBlock(const Real* block, int stride, Real factor[kColumns][kColumns], Real inverse[kColumns]) {
  for (int j = 0; j < kColumns; ++j) {
    for (int i = j; i < kColumns; ++i) {
      Real value = block[j * stride + i];
      for (int k = 0; k < j; ++k) value -= factor[k][i] * factor[k][j];
      if (i == j) {
        if (!(value > 0)) return false;
        inverse[j] = 1 / sqrtf(value);
        factor[j][j] = value * inverse[j];
      } else {
        factor[j][i] = value * inverse[j];
      }
    }
  }
  return true;
}

/// Rows from..to of kColumns columns, times the inverse transpose of their block's factor.
DANCELIFT_INLINE void DivideRows(Real* columns, int stride, int from, int to, const Real factor[kColumns][kColumns],
                                 const Real inverse[kColumns]) {
  for (int i = from; i < to; i += kWidth) {
    Pack x[kColumns];
    DANCELIFT_UNROLL
    for (int j = 0; j < kColumns; ++j) {
      x[j] = At(columns + j * stride + i);
      DANCELIFT_UNROLL
      for (int k = 0; k < j; ++k) x[j] -= x[k] * factor[k][j];
      x[j] *= inverse[j];
      At(columns + j * stride + i) = x[j];
    }
  }
}

/// Takes the products of the two panels before, and of the first n_own columns of the panel itself, off columns j.. of
/// a panel, all sections but that of the frame after the next.
DANCELIFT_INLINE void TakeOffColumns(const PanelLayout& layout, Real* panel, const Real* before, const Real* before2,
                                     int j, int n_own) {
  const int stride = layout.Stride(), n = layout.n, slack = layout.slack;
  const int next = layout.Next(), common = layout.Shared(), after_next = layout.AfterNext();
  Real* columns = panel + j * stride;
  Product products[3];
  ForTiles(Rounded(j), layout.rows, [&](int i, int n_registers) {
    int m = 0;
    const int from = AtLeastZero(i - slack);
    if (before2 && from < n) {
      const Real* column = before2 + from * stride + after_next;
      products[m++] = {column + i, column + j, n - from};
    }
    if (before) products[m++] = {before + next + i, before + next + j, n};
    products[m++] = {panel + i, panel + j, n_own};
    TakeOffTile(n_registers, columns + i, stride, products, m, stride);
  });
  ForTiles(0, layout.rows, [&](int i, int n_registers) {
    int m = 0;
    const int from = AtLeastZero(i - slack);
    if (before && from < n) {
      const Real* column = before + from * stride;
      products[m++] = {column + after_next + i, column + next + j, n - from};
    }
    products[m++] = {panel + next + i, panel + j, n_own};
    TakeOffTile(n_registers, columns + next + i, stride, products, m, stride);
  });
  ForTiles(0, layout.shared_rows, [&](int i, int n_registers) {
    int m = 0;
    const int from = AtLeastZero(j - slack);
    if (before2 && from < n) {
      const Real* column = before2 + from * stride;
      products[m++] = {column + common + i, column + after_next + j, n - from};
    }
    if (before) products[m++] = {before + common + i, before + next + j, n};
    products[m++] = {panel + common + i, panel + j, n_own};
    TakeOffTile(n_registers, columns + common + i, stride, products, m, stride);
  });
}

void Update(const PanelLayout& layout, Real* panel, const Real* before, const Real* before2) {
  for (int j = 0; j < layout.columns; j += kColumns) TakeOffColumns(layout, panel, before, before2, j, 0);
}

bool Eliminate(const PanelLayout& layout, Real* panel, const Real* before, const Real* before2, Real* shared) {
  const int stride = layout.Stride(), slack = layout.slack;
  const int common = layout.Shared(), after_next = layout.AfterNext();
  for (int j = 0; j < layout.columns; j += kColumns) {
    Real* columns = panel + j * stride;
    TakeOffColumns(layout, panel, before, before2, j, j);
    // rows i of the frame after the next begin at column i - slack
    const int last = j + kColumns + slack < layout.rows ? j + kColumns + slack : layout.rows;
    const int after_end = after_next + (last + kWidth - 1) / kWidth * kWidth;
    ForTiles(0, after_end - after_next, [&](int i, int n_registers) {
      const int from = AtLeastZero(i - slack);
      if (from >= j) return;
      const Product product = {panel + from * stride + after_next + i, panel + from * stride + j, j - from};
      TakeOffTile(n_registers, columns + after_next + i, stride, &product, 1, stride);
    });

    Real factor[kColumns][kColumns], inverse[kColumns];
    if (!FactorBlock(columns + j, stride, factor, inverse)) return false;
    DivideRows(columns, stride, Rounded(j), after_end, factor, inverse);
  }
  for (int j = 0; j <= layout.n_shared; j += kColumns) {
    Real* columns = shared + j * layout.shared_rows;
    for (int i = 0; i < kColumns * layout.shared_rows; ++i) columns[i] = 0;
    ForTiles(Rounded(j), layout.shared_rows, [&](int i, int n_registers) {
      const Product product = {panel + common + i, panel + common + j, layout.n};
      TakeOffTile(n_registers, columns + i, layout.shared_rows, &product, 1, stride);
    });
  }
  return true;
}

/// Adds to each column's sum its products with x, over n rows, a multiple of kWidth.
DANCELIFT_INLINE void AddDots(Pack sums[kColumns], const Real* columns, int stride, const Real* x, int n) {
  for (int i = 0; i < n; i += kWidth) {
    const Pack factor = At(x + i);
    DANCELIFT_UNROLL
    for (int j = 0; j < kColumns; ++j) sums[j] += At(columns + j * stride + i) * factor;
  }
}

DANCELIFT_INLINE Real Total(const Pack& sum) {
  alignas(sizeof(Pack)) Real parts[kWidth];
  At(parts) = sum;
  for (int half = kWidth / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) parts[i] += parts[i + half];
  }
  return parts[0];
}

void Substitute(const PanelLayout& layout, const Real* panel, const Real* next, const Real* after_next,
                const Real* shared, Real* x) {
  const int stride = layout.Stride();
  for (int i = 0; i < layout.rows; ++i) x[i] = 0;
  for (int j = layout.columns - kColumns; j >= 0; j -= kColumns) {
    const Real* columns = panel + j * stride;
    Pack sums[kColumns] = {};
    if (next) AddDots(sums, columns + layout.Next(), stride, next, layout.rows);
    AddDots(sums, columns + layout.Shared(), stride, shared, layout.shared_rows);
    const int last = j + kColumns + layout.slack < layout.rows ? j + kColumns + layout.slack : layout.rows;
    if (after_next) {
      AddDots(sums, columns + layout.AfterNext(), stride, after_next, (last + kWidth - 1) / kWidth * kWidth);
    }
    const int from = Rounded(j);  // x is 0 before j + kColumns
    AddDots(sums, columns + from, stride, x + from, layout.rows - from);
    for (int k = kColumns - 1; k >= 0; --k) {
      const Real* column = columns + k * stride;
      Real value = column[layout.Shared() + layout.n_shared] - Total(sums[k]);
      for (int i = k + 1; i < kColumns; ++i) value -= column[j + i] * x[j + i];
      x[j + k] = value / column[j + k];
    }
  }
}

}  // namespace
}  // namespace dancelift
