// The elimination kernel, compiled once for each kind of processor: a source file defines DANCELIFT_WIDTH, Reals in a
// register, and DANCELIFT_COLUMNS, columns of a tile, a multiple of four, and includes this. Nothing here may be shared
// with code that is compiled for another kind: the linker would keep one of the two. So it is all local, and uses no
// library's templates.

#include <math.h>

#include "dancelift/elimination_kernel.hpp"

namespace dancelift {
namespace {

constexpr int kWidth = DANCELIFT_WIDTH, kColumns = DANCELIFT_COLUMNS;
constexpr int kTileRows = 3;    // registers
constexpr int kFewColumns = 4;  // of a tile where no more are left

#if defined(__GNUC__)
typedef Real Pack __attribute__((vector_size(sizeof(Real) * DANCELIFT_WIDTH), may_alias));
#define DANCELIFT_INLINE inline __attribute__((always_inline))
#define DANCELIFT_UNROLL _Pragma("GCC unroll 16")
/// A register's worth of Reals where they lie. Copied, for clang takes what a reference to a vector refers to as
/// aligned.
struct Unaligned {
  Real* p;
  DANCELIFT_INLINE operator Pack() const {
    Pack x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
  }
  DANCELIFT_INLINE void operator=(const Pack& x) const { __builtin_memcpy(p, &x, sizeof x); }
  friend DANCELIFT_INLINE Pack operator*(Unaligned x, const Pack& y) { return static_cast<Pack>(x) * y; }
};
DANCELIFT_INLINE Unaligned At(Real* p) { return {p}; }
DANCELIFT_INLINE Pack At(const Real* p) { return Unaligned{const_cast<Real*>(p)}; }
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
inline Pack& At(Real* p) { return *reinterpret_cast<Pack*>(p); }
inline const Pack& At(const Real* p) { return *reinterpret_cast<const Pack*>(p); }
#endif

/// Columns k of a panel: rows of a tile start at a, rows of its columns' factors at b.
struct Product {
  const Real* a;
  const Real* b;
  int n;
};

/// Takes the products sum_k a_k b_k^T off a tile of P registers by C columns.
template <int P, int C>
DANCELIFT_INLINE void TakeOff(Real* tile, int tile_stride, const Product* products, int n_products, int stride) {
  Pack sum[C][P];
  DANCELIFT_UNROLL
  for (int j = 0; j < C; ++j) {
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
      for (int j = 0; j < C; ++j) {
        DANCELIFT_UNROLL
        for (int p = 0; p < P; ++p) sum[j][p] -= x[p] * b[j];
      }
    }
  }
  DANCELIFT_UNROLL
  for (int j = 0; j < C; ++j) {
    DANCELIFT_UNROLL
    for (int p = 0; p < P; ++p) At(tile + j * tile_stride + p * kWidth) = sum[j][p];
  }
}

template <int C>
void TakeOffTile(int n_registers, Real* tile, int tile_stride, const Product* products, int n_products, int stride) {
  switch (n_registers) {
    case 1:
      return TakeOff<1, C>(tile, tile_stride, products, n_products, stride);
    case 2:
      return TakeOff<2, C>(tile, tile_stride, products, n_products, stride);
    default:
      return TakeOff<kTileRows, C>(tile, tile_stride, products, n_products, stride);
  }
}

/// Calls with the first row and the number of registers of every tile of rows from..to and what lies beyond; returns
/// the row after them.
template <class Function>
DANCELIFT_INLINE int ForTiles(int from, int to, Function function) {
  while (from < to) {
    const int left = (to - from + kWidth - 1) / kWidth;
    const int n_registers = left == kTileRows + 1 ? left / 2
                            : left < kTileRows    ? left
                                                  : kTileRows;  // none is left alone
    function(from, n_registers);
    from += n_registers * kWidth;
  }
  return from;
}

int Rounded(int row) { return row / kWidth * kWidth; }
int AtLeastZero(int k) { return k > 0 ? k : 0; }
int Least(int i, int j) { return i < j ? i : j; }

/// Cholesky factor of the C x C block at `block`; 1 / its diagonal.
template <int C>
bool FactorBlock(const Real* block, int stride, Real factor[C][C], Real inverse[C]) {
  for (int j = 0; j < C; ++j) {
    for (int i = j; i < C; ++i) {
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

/// Rows from..to, and what lies beyond, of C columns, times the inverse transpose of their block's factor.
template <int C>
DANCELIFT_INLINE void DivideRows(Real* columns, int stride, int from, int to, const Real factor[C][C],
                                 const Real inverse[C]) {
  for (int i = from; i < to; i += kWidth) {
    Pack x[C];
    DANCELIFT_UNROLL
    for (int j = 0; j < C; ++j) {
      x[j] = At(columns + j * stride + i);
      DANCELIFT_UNROLL
      for (int k = 0; k < j; ++k) x[j] -= x[k] * factor[k][j];
      x[j] *= inverse[j];
      At(columns + j * stride + i) = x[j];
    }
  }
}

/// The row after the last one that C columns from j on have of the frames.
template <int C>
DANCELIFT_INLINE int FrameRows(const PanelLayout& layout, int j) {
  return layout.AfterNext() + Least(j + C + layout.slack, layout.columns);
}

/// Takes the products of the two panels before, and of the columns of the panel itself before j where those are
/// eliminated, off C columns from j on.
template <int C>
DANCELIFT_INLINE void TakeOffColumns(const PanelLayout& layout, Real* panel, const Real* earlier, const Real* earlier2,
                                     int j, bool eliminated) {
  const int stride = layout.Stride(), n = layout.n, slack = layout.slack, own = eliminated ? j : 0;
  const int next = layout.Next(), common = layout.Shared(), after_next = layout.AfterNext();
  Real* columns = panel + j * stride;
  Product products[3];
  // rows i of a frame two later begin at column i - slack; what a row here is one frame later in the panel before
  const auto take_off = [&](int i, int n_registers) {
    int m = 0;
    const int from2 = AtLeastZero(i - slack), from = AtLeastZero(i - next - slack);
    if (earlier2 && i < next && from2 < n) {
      const Real* column = earlier2 + from2 * stride + after_next;
      products[m++] = {column + i, column + j, n - from2};
    }
    if (earlier && i < after_next && from < n) {
      const Real* column = earlier + from * stride + next;
      products[m++] = {column + i, column + j, n - from};
    }
    const int from_own = AtLeastZero(i - after_next - slack);
    if (from_own < own) {
      const Real* column = panel + from_own * stride;
      products[m++] = {column + i, column + j, own - from_own};
    }
    if (m) TakeOffTile<C>(n_registers, columns + i, stride, products, m, stride);
  };
  // a tile begins where a section ends, up to a register, so that no panel is read beyond its zeros
  const int row = ForTiles(ForTiles(j, next, take_off), after_next, take_off);
  if (eliminated) ForTiles(row, FrameRows<C>(layout, j), take_off);
  ForTiles(common, stride, [&](int i, int n_registers) {
    int m = 0;
    const int from = AtLeastZero(j - slack);
    if (earlier2 && from < n) {
      const Real* column = earlier2 + from * stride;
      products[m++] = {column + i, column + after_next + j, n - from};
    }
    if (earlier) products[m++] = {earlier + i, earlier + next + j, n};
    products[m++] = {panel + i, panel + j, own};
    TakeOffTile<C>(n_registers, columns + i, stride, products, m, stride);
  });
}

template <int C>
DANCELIFT_INLINE bool EliminateColumns(const PanelLayout& layout, Real* panel, const Real* earlier,
                                       const Real* earlier2, int j) {
  TakeOffColumns<C>(layout, panel, earlier, earlier2, j, true);
  const int stride = layout.Stride(), common = layout.Shared();
  Real* columns = panel + j * stride;
  Real factor[C][C], inverse[C];
  if (!FactorBlock<C>(columns + j, stride, factor, inverse)) return false;
  DivideRows<C>(columns, stride, j, FrameRows<C>(layout, j), factor, inverse);
  DivideRows<C>(columns, stride, common, common + layout.shared_rows, factor, inverse);
  return true;
}

void Update(const PanelLayout& layout, Real* panel, const Real* earlier, const Real* earlier2) {
  int j = 0;
  for (; j + kColumns <= layout.columns; j += kColumns) {
    TakeOffColumns<kColumns>(layout, panel, earlier, earlier2, j, false);
  }
  for (; j < layout.columns; j += kFewColumns) TakeOffColumns<kFewColumns>(layout, panel, earlier, earlier2, j, false);
}

bool Eliminate(const PanelLayout& layout, Real* panel, const Real* earlier, const Real* earlier2, Real* shared) {
  int j = 0;
  for (; j + kColumns <= layout.columns; j += kColumns) {
    if (!EliminateColumns<kColumns>(layout, panel, earlier, earlier2, j)) return false;
  }
  for (; j < layout.columns; j += kFewColumns) {
    if (!EliminateColumns<kFewColumns>(layout, panel, earlier, earlier2, j)) return false;
  }
  for (j = 0; j <= layout.n_shared; j += kFewColumns) {
    Real* columns = shared + j * layout.shared_rows;
    for (int i = 0; i < kFewColumns * layout.shared_rows; ++i) columns[i] = 0;
    ForTiles(Rounded(j), layout.shared_rows, [&](int i, int n_registers) {
      const Real* common = panel + layout.Shared();
      const Product product = {common + i, common + j, layout.n};
      TakeOffTile<kFewColumns>(n_registers, columns + i, layout.shared_rows, &product, 1, layout.Stride());
    });
  }
  return true;
}

/// Adds to each column's sum its products with x, over n rows and what lies beyond, where x is zero.
DANCELIFT_INLINE void AddDots(Pack sums[kFewColumns], const Real* columns, int stride, const Real* x, int n) {
  for (int i = 0; i < n; i += kWidth) {
    const Pack factor = At(x + i);
    DANCELIFT_UNROLL
    for (int j = 0; j < kFewColumns; ++j) sums[j] += At(columns + j * stride + i) * factor;
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
  for (int j = layout.columns - kFewColumns; j >= 0; j -= kFewColumns) {
    const Real* columns = panel + j * stride;
    Pack sums[kFewColumns] = {};
    if (next) AddDots(sums, columns + layout.Next(), stride, next, layout.columns);
    AddDots(sums, columns + layout.Shared(), stride, shared, layout.shared_rows);
    if (after_next) {
      const int last = Least(j + kFewColumns + layout.slack, layout.columns);
      AddDots(sums, columns + layout.AfterNext(), stride, after_next, last);
    }
    const int from = Rounded(j);  // x is 0 before j + kFewColumns
    AddDots(sums, columns + from, stride, x + from, layout.columns - from);
    for (int k = kFewColumns - 1; k >= 0; --k) {
      const Real* column = columns + k * stride;
      Real value = column[layout.Shared() + layout.n_shared] - Total(sums[k]);
      for (int i = k + 1; i < kFewColumns; ++i) value -= column[j + i] * x[j + i];
      x[j + k] = value / column[j + k];
    }
  }
}

}  // namespace
}  // namespace dancelift
