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
#define DANCELIFT_INLINE inline __attribute__((always_inline))
#define DANCELIFT_UNROLL _Pragma("GCC unroll 16")
#if defined(__clang__)
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
  DANCELIFT_INLINE void operator+=(const Pack& x) const { *this = static_cast<Pack>(*this) + x; }
  friend DANCELIFT_INLINE Pack operator*(Unaligned x, const Pack& y) { return static_cast<Pack>(x) * y; }
};
DANCELIFT_INLINE Unaligned At(Real* p) { return {p}; }
DANCELIFT_INLINE Pack At(const Real* p) { return Unaligned{const_cast<Real*>(p)}; }
#else
typedef Pack Unaligned __attribute__((aligned(sizeof(Real))));
DANCELIFT_INLINE Unaligned& At(Real* p) { return *reinterpret_cast<Unaligned*>(p); }
DANCELIFT_INLINE const Unaligned& At(const Real* p) { return *reinterpret_cast<const Unaligned*>(p); }
#endif
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

}  // namespace
}  // namespace dancelift
