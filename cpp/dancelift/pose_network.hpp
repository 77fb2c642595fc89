#pragma once

#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/network_kernel.hpp"

namespace dancelift {

/// @brief The weights of a PoseNetwork of C channels; matrices are stored by rows and map rows: y = x W.
struct NetworkWeights {
  struct Block {
    int dilation;                        ///< of the convolution, frames
    std::vector<float> gain;             ///< (C)
    std::vector<float> conv, conv_bias;  ///< (3, C, C), of the frame before, the frame and the one after; (C)
    std::vector<float> mix, mix_bias;    ///< (C, C), (C)
    std::vector<float> clip,
        clip_bias;  ///< (C, C), (C), of the clip's mean; empty where it does not read the whole clip
  };

  int features, channels, outputs;
  std::vector<float> in, in_bias;  ///< (features, C), (C)
  std::vector<Block> blocks;
  std::vector<float> gain;           ///< (C)
  std::vector<float> out, out_bias;  ///< (C, outputs), (outputs)
};

/// @brief The temporal network of a pose prior: dilated convolutions over time, residual, see priors/pose_net.py.
///
/// Two outputs of a convolution of three taps g, `dilation` frames apart, are made of four products instead of six
/// (Winograd's minimal filtering F(2, 3): Lavin & Gray 2016, Fast Algorithms for Convolutional Neural Networks, sec.
/// 3):
///
///     p = (x0 - x2) g0, (x1 + x2) (g0 + g1 + g2) / 2, (x2 - x1) (g0 - g1 + g2) / 2, (x1 - x3) g2
///     y0 = p0 + p1 + p2
///     y1 = p1 - p2 - p3
class PoseNetwork {
 public:
  explicit PoseNetwork(const NetworkWeights& weights);

  int Features() const { return features_; }
  int Outputs() const { return outputs_; }

  /// From a clip's features (n_frames, features) to its outputs (n_frames, outputs).
  void Run(const float* features, int n_frames, float* outputs) const;

 private:
  /// @brief To multiply by, see NetworkKernel.
  struct Matrix {
    int depth, n_panels;
    AlignedVector<float> panels;
  };
  struct Block {
    int dilation;
    AlignedVector<float> gain, bias;
    Matrix taps[4], mix, clip;
    AlignedVector<float> mix_bias;
    bool reads_clip;
  };

  Matrix Pack(const std::vector<float>& values, int depth, int columns) const;
  AlignedVector<float> Padded(const std::vector<float>& values) const;
  void Multiply(const float* a, int a_stride, int rows, const Matrix& by, float* c) const;
  AlignedVector<float> BiasOf(const Block& block, const float* normal, int n_frames) const;

  const NetworkKernel& kernel_;
  int features_, channels_, outputs_;
  int stride_;         // from a frame's channels to those of the next
  int output_stride_;  // and of its outputs
  Matrix in_, out_;
  AlignedVector<float> in_bias_, gain_;
  std::vector<float> out_bias_;
  std::vector<Block> blocks_;
};

}  // namespace dancelift
