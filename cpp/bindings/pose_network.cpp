#include "bindings/pose_network.hpp"

#include <algorithm>
#include <stdexcept>

#include "dancelift/parallel.hpp"
#include "dancelift/threads.hpp"

namespace dancelift::bindings {

std::unique_ptr<PoseNetwork> MakePoseNetwork(const std::map<std::string, FloatArray>& weights,
                                             const std::vector<int>& dilations) {
  const auto find = [&](const std::string& name) {
    const auto found = weights.find(name);
    if (found == weights.end()) throw std::invalid_argument("weights: no '" + name + "'");
    return found->second;
  };
  const auto take = [&](const std::string& name, const std::vector<Axis>& axes) {
    const FloatArray values = find(name);
    RequireShape(name, values, axes);
    return std::vector<float>(values.data(), values.data() + values.size());
  };

  const FloatArray in = find("in"), out = find("out");
  RequireShape("in", in, {{"features"}, {"C"}});
  RequireShape("out", out, {{"C", in.shape(1)}, {"outputs"}});
  const Axis c{"C", in.shape(1)}, outputs{"outputs", out.shape(1)};
  NetworkWeights given;
  given.features = static_cast<int>(in.shape(0));
  given.channels = static_cast<int>(c.length);
  given.outputs = static_cast<int>(outputs.length);
  given.in = take("in", {{"features"}, c});
  given.in_bias = take("in_bias", {c});
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    if (dilations[i] < 1) {
      throw std::invalid_argument("dilations: " + std::to_string(dilations[i]) + ", expected at least 1");
    }
    const std::string name = "block" + std::to_string(i) + ".";
    NetworkWeights::Block block;
    block.dilation = dilations[i];
    block.gain = take(name + "gain", {c});
    block.conv = take(name + "conv", {{"3", 3}, c, c});
    block.conv_bias = take(name + "conv_bias", {c});
    block.mix = take(name + "mix", {c, c});
    block.mix_bias = take(name + "mix_bias", {c});
    if (weights.count(name + "clip")) {
      block.clip = take(name + "clip", {c, c});
      block.clip_bias = take(name + "clip_bias", {c});
    }
    given.blocks.push_back(std::move(block));
  }
  given.gain = take("gain", {c});
  given.out = take("out", {c, outputs});
  given.out_bias = take("out_bias", {outputs});
  return std::make_unique<PoseNetwork>(given);
}

FloatArray RunPoseNetwork(const PoseNetwork& network, const FloatArray& features, int n_threads) {
  RequireShape("features", features, {{"B"}, {"T"}, {"features", network.Features()}});
  RequireThreads(n_threads);
  const py::ssize_t n_clips = features.shape(0), n_frames = features.shape(1);
  FloatArray outputs({n_clips, n_frames, static_cast<py::ssize_t>(network.Outputs())});
  const float* from = features.data();
  float* to = outputs.mutable_data();
  const py::gil_scoped_release release;
  SideBySide(n_clips, AvailableThreads(std::min(n_threads, static_cast<int>(n_clips))), [&](int b) {
    network.Run(from + b * n_frames * network.Features(), static_cast<int>(n_frames),
                to + b * n_frames * network.Outputs());
  });
  return outputs;
}

}  // namespace dancelift::bindings
