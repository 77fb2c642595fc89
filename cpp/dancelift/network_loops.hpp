// The kernel of networks, compiled once for each kind of processor, see pack.hpp.

#include <math.h>
#include <string.h>

#include "dancelift/network_kernel.hpp"
#include "dancelift/pack.hpp"

namespace dancelift {
namespace {

// As many sums as there are registers for, with two of the matrix that is multiplied by and one of the other.
constexpr int kPanelPacks = 2, kTileHeight = kWidth == 16 ? 12 : 6;
constexpr int kLanes = 16;  // sums of a row's squares side by side, on any processor

void Multiply(const float* a, int a_stride, int rows, int depth, const float* b, int n_panels, float* c, int c_stride) {
  for (int panel = 0; panel < n_panels; ++panel, b += depth * kPanelPacks * kWidth) {
    for (int row = 0; row < rows; row += kTileHeight) {
      Pack sum[kTileHeight][kPanelPacks] = {};
      const float* from = a + row * a_stride;
      const float* by = b;
      for (int k = 0; k < depth; ++k, by += kPanelPacks * kWidth) {
        Pack x[kPanelPacks];
        DANCELIFT_UNROLL
        for (int p = 0; p < kPanelPacks; ++p) x[p] = At(by + p * kWidth);
        DANCELIFT_UNROLL
        for (int i = 0; i < kTileHeight; ++i) {
          DANCELIFT_UNROLL
          for (int p = 0; p < kPanelPacks; ++p) sum[i][p] += x[p] * from[i * a_stride + k];
        }
      }
      float* to = c + row * c_stride + panel * kPanelPacks * kWidth;
      DANCELIFT_UNROLL
      for (int i = 0; i < kTileHeight; ++i) {
        DANCELIFT_UNROLL
        for (int p = 0; p < kPanelPacks; ++p) At(to + i * c_stride + p * kWidth) = sum[i][p];
      }
    }
  }
}

void Normalise(const float* x, int rows, int n, int stride, const float* gain, float* normal) {
  for (int row = 0; row < rows; ++row, x += stride, normal += stride) {
    float squares[kLanes] = {};
    int i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) squares[lane] += x[i + lane] * x[i + lane];
    }
    for (int lane = 0; i < n; ++i, ++lane) squares[lane] += x[i] * x[i];
    for (int half = kLanes / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; ++lane) squares[lane] += squares[lane + half];
    }
    const float scale = 1 / sqrtf(squares[0] / static_cast<float>(n) + 1e-5f);
    for (i = 0; i < n; ++i) normal[i] = x[i] * scale * gain[i];
  }
}

/// e^x to single precision, of -87 to 87: 2^n e^r with |r| <= log(2) / 2, e^r by the polynomial of Cephes' expf.
DANCELIFT_INLINE float Exponential(float x) {
  constexpr float kRound = 12582912;  // 1.5 * 2^23: what is added to it loses its fraction, and its last bits are n
  const float shifted = x * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1;
  int bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits - 0x4b400000 + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return y * power;
}

/// In the tanh form (Hendrycks & Gimpel 2016): x (1 + tanh u) / 2 = x / (1 + e^-2u).
void Activate(float* x, int rows, int n, int stride, const float* bias) {
  constexpr float kSlope = 1.5957691216f;  // 2 sqrt(2 / pi)
  for (int row = 0; row < rows; ++row, x += stride) {
    for (int i = 0; i < n; ++i) {
      const float y = x[i] + bias[i];
      float u = (y * y * 0.044715f + 1) * y * -kSlope;
      u = u > 80 ? 80 : u;
      u = u < -80 ? -80 : u;
      x[i] = y / (1 + Exponential(u));
    }
  }
}

void Spread(const float* const inputs[4], int n, float* const sums[4]) {
  const float *x0 = inputs[0], *x1 = inputs[1], *x2 = inputs[2], *x3 = inputs[3];
  float *s0 = sums[0], *s1 = sums[1], *s2 = sums[2], *s3 = sums[3];
  for (int i = 0; i < n; i += kWidth) {
    const Pack a = At(x0 + i), b = At(x1 + i), c = At(x2 + i), d = At(x3 + i);
    Pack sum = a;
    At(s0 + i) = (sum -= c);
    sum = b;
    At(s1 + i) = (sum += c);
    sum = c;
    At(s2 + i) = (sum -= b);
    sum = b;
    At(s3 + i) = (sum -= d);
  }
}

void Gather(float* const products[4], int n) {
  float *p0 = products[0], *p1 = products[1];
  const float *p2 = products[2], *p3 = products[3];
  for (int i = 0; i < n; i += kWidth) {
    const Pack b = At(p1 + i), c = At(p2 + i), d = At(p3 + i);
    Pack first = At(p0 + i), second = b;
    first += b;
    At(p0 + i) = (first += c);
    second -= c;
    At(p1 + i) = (second -= d);
  }
}

void Add(float* x, const float* y, const float* bias, int n) {
  for (int i = 0; i < n; i += kWidth) {
    Pack sum = At(y + i);
    sum += At(bias + i);
    At(x + i) += sum;
  }
}

constexpr NetworkKernel kNetwork = {
    kTileHeight, kPanelPacks* kWidth, &Multiply, &Normalise, &Activate, &Spread, &Gather, &Add};

}  // namespace
}  // namespace dancelift
