// Registers of Reals for one kind of processor: a source file defines DANCELIFT_WIDTH, Reals in a register, and
// includes the loops that are written in them. Nothing here or there may be shared with code that is compiled for
// another kind: the linker would keep one of the two. So it is all local, and uses no library's templates.

#pragma once

#include "dancelift/panel_layout.hpp"

namespace dancelift {
namespace {

constexpr int kWidth = DANCELIFT_WIDTH;

#if defined(__GNUC__)
typedef Real Pack __attribute__((vector_size(sizeof(Real) * DANCELIFT_WIDTH), may_alias));
typedef Pack Unaligned __attribute__((aligned(sizeof(Real))));
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
typedef Pack Unaligned;
#define DANCELIFT_INLINE inline
#define DANCELIFT_UNROLL
#endif

DANCELIFT_INLINE Unaligned& At(Real* p) { return *reinterpret_cast<Unaligned*>(p); }
DANCELIFT_INLINE const Unaligned& At(const Real* p) { return *reinterpret_cast<const Unaligned*>(p); }

}  // namespace
}  // namespace dancelift
