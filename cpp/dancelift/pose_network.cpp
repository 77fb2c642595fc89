#include "dancelift/pose_network.hpp"

#include <algorithm>
#include <cstddef>

#include "dancelift/supported_kernels.hpp"

namespace dancelift {
namespace {

constexpr int kChannelMultiple = 32;  // the widest panel, and a whole number of any registers
/// Pairs of frames that are computed at once: what lies between the layers stays in the cache. A multiple of any
/// NetworkKernel::row_multiple.
constexpr int kPairs = 48;

int RoundedUp(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

/// The first frames of the pairs, `dilation` apart, that cover n frames.
std::vector<int> FirstOfPairs(int n_frames, int dilation) {
  std::vector<int> first;
  for (int t = 0; t < n_frames; ++t) {
    if (t / dilation % 2 == 0) first.push_back(t);
  }
  return first;
}

}  // namespace

PoseNetwork::PoseNetwork(const NetworkWeights& weights)
    : kernel_(SupportedKernels().front()->network),
      features_(weights.features),
      channels_(weights.channels),
      outputs_(weights.outputs),
      stride_(RoundedUp(weights.channels, kChannelMultiple)),
      output_stride_(RoundedUp(weights.outputs, kChannelMultiple)),
      in_(Pack(weights.in, features_, channels_)),
      out_(Pack(weights.out, channels_, outputs_)),
      in_bias_(Padded(weights.in_bias)),
      gain_(Padded(weights.gain)),
      out_bias_(weights.out_bias) {
  const int size = channels_ * channels_;
  for (const NetworkWeights::Block& given : weights.blocks) {
    Block block;
    block.dilation = given.dilation;
    block.gain = Padded(given.gain);
    block.bias = Padded(given.conv_bias);
    const float *g0 = given.conv.data(), *g1 = g0 + size, *g2 = g1 + size;
    std::vector<float> taps[4];
    for (std::vector<float>& tap : taps) tap.resize(size);
    for (int i = 0; i < size; ++i) {
      const double sides = static_cast<double>(g0[i]) + g2[i];
      taps[0][i] = g0[i];
      taps[1][i] = static_cast<float>((sides + g1[i]) / 2);
      taps[2][i] = static_cast<float>((sides - g1[i]) / 2);
      taps[3][i] = g2[i];
    }
    for (int i = 0; i < 4; ++i) block.taps[i] = Pack(taps[i], channels_, channels_);
    block.mix = Pack(given.mix, channels_, channels_);
    block.mix_bias = Padded(given.mix_bias);
    block.reads_clip = !given.clip.empty();
    if (block.reads_clip) {
      block.clip = Pack(given.clip, channels_, channels_);
      for (int i = 0; i < channels_; ++i) block.bias[i] += given.clip_bias[i];
    }
    blocks_.push_back(std::move(block));
  }
}

PoseNetwork::Matrix PoseNetwork::Pack(const std::vector<float>& values, int depth, int columns) const {
  const int width = kernel_.panel_columns;
  Matrix matrix{depth, RoundedUp(columns, kChannelMultiple) / width, {}};
  matrix.panels.resize(static_cast<std::size_t>(depth) * matrix.n_panels * width);
  for (int column = 0; column < columns; ++column) {
    float* panel = &matrix.panels[static_cast<std::size_t>(column / width) * depth * width];
    for (int k = 0; k < depth; ++k) panel[k * width + column % width] = values[k * columns + column];
  }
  return matrix;
}

AlignedVector<float> PoseNetwork::Padded(const std::vector<float>& values) const {
  AlignedVector<float> padded(values.begin(), values.end());
  padded.resize(stride_);
  return padded;
}

void PoseNetwork::Multiply(const float* a, int a_stride, int rows, const Matrix& by, float* c) const {
  kernel_.multiply(a, a_stride, RoundedUp(rows, kernel_.row_multiple), by.depth, by.panels.data(), by.n_panels, c,
                   by.n_panels * kernel_.panel_columns);
}

AlignedVector<float> PoseNetwork::BiasOf(const Block& block, const float* normal, int n_frames) const {
  AlignedVector<float> bias = block.bias;
  if (!block.reads_clip) return bias;
  std::vector<double> sum(channels_);
  for (int t = 0; t < n_frames; ++t) {
    for (int i = 0; i < channels_; ++i) sum[i] += normal[static_cast<std::size_t>(t) * stride_ + i];
  }
  AlignedVector<float> mean(kernel_.row_multiple * stride_), product(mean.size());
  for (int i = 0; i < channels_; ++i) mean[i] = static_cast<float>(sum[i] / n_frames);
  Multiply(mean.data(), stride_, 1, block.clip, product.data());
  for (int i = 0; i < channels_; ++i) bias[i] += product[i];
  return bias;
}

void PoseNetwork::Run(const float* features, int n_frames, float* outputs) const {
  const int n_rows = RoundedUp(n_frames, kernel_.row_multiple);
  const std::size_t size = static_cast<std::size_t>(n_rows) * stride_;
  AlignedVector<float> input(static_cast<std::size_t>(n_rows) * features_), x(size), normal(size);
  std::copy_n(features, static_cast<std::size_t>(n_frames) * features_, input.begin());
  Multiply(input.data(), features_, n_frames, in_, x.data());
  const auto row = [&](AlignedVector<float>& rows, int t) { return &rows[static_cast<std::size_t>(t) * stride_]; };
  for (int t = 0; t < n_frames; ++t) {
    for (int i = 0; i < channels_; ++i) row(x, t)[i] += in_bias_[i];
  }

  AlignedVector<float> sums(4 * kPairs * stride_), products(sums.size());
  float *sum[4], *product[4];
  for (int i = 0; i < 4; ++i) {
    sum[i] = &sums[i * kPairs * stride_];
    product[i] = &products[i * kPairs * stride_];
  }
  for (const Block& block : blocks_) {
    kernel_.normalise(x.data(), n_frames, channels_, stride_, block.gain.data(), normal.data());
    const AlignedVector<float> bias = BiasOf(block, normal.data(), n_frames);
    const int apart = block.dilation;
    const std::vector<int> first = FirstOfPairs(n_frames, apart);
    for (std::size_t start = 0; start < first.size(); start += kPairs) {
      const int n = std::min(kPairs, static_cast<int>(first.size() - start));
      for (int i = 0; i < n; ++i) {
        const float* inputs[4];
        float* const to[] = {sum[0] + i * stride_, sum[1] + i * stride_, sum[2] + i * stride_, sum[3] + i * stride_};
        for (int k = 0; k < 4; ++k) {
          inputs[k] = row(normal, std::clamp(first[start + i] + (k - 1) * apart, 0, n_frames - 1));
        }
        kernel_.spread(inputs, stride_, to);
      }
      for (int k = 0; k < 4; ++k) Multiply(sum[k], stride_, n, block.taps[k], product[k]);
      kernel_.gather(product, n * stride_);
      for (int k = 0; k < 2; ++k) {
        kernel_.activate(product[k], n, stride_, stride_, bias.data());
        Multiply(product[k], stride_, n, block.mix, product[k + 2]);
        for (int i = 0; i < n; ++i) {
          const int t = first[start + i] + k * apart;
          if (t < n_frames) kernel_.add(row(x, t), product[k + 2] + i * stride_, block.mix_bias.data(), stride_);
        }
      }
    }
  }
  kernel_.normalise(x.data(), n_frames, channels_, stride_, gain_.data(), normal.data());
  AlignedVector<float> found(static_cast<std::size_t>(n_rows) * output_stride_);
  Multiply(normal.data(), stride_, n_frames, out_, found.data());
  for (int t = 0; t < n_frames; ++t) {
    for (int i = 0; i < outputs_; ++i) {
      outputs[static_cast<std::size_t>(t) * outputs_ + i] =
          found[static_cast<std::size_t>(t) * output_stride_ + i] + out_bias_[i];
    }
  }
}

}  // namespace dancelift
