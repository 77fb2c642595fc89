// Every factor's Jacobian against numeric differentiation, at many random points.

#include <ceres/gradient_checker.h>
#include <ceres/manifold.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "dancelift/ceres_factor.hpp"
#include "dancelift/factors/bone_length.hpp"
#include "dancelift/factors/floor_height.hpp"
#include "dancelift/factors/gravity_prior.hpp"
#include "dancelift/factors/joint_limit.hpp"
#include "dancelift/factors/reprojection.hpp"
#include "dancelift/factors/scalar_prior.hpp"
#include "dancelift/factors/seed_consistency.hpp"
#include "dancelift/factors/smoothness.hpp"

namespace {

using dancelift::Perspective;
using dancelift::WeakPerspective;

constexpr int kPoints = 300;
constexpr double kPrecision = 1e-6;

using Blocks = std::vector<std::vector<double>>;

std::mt19937 generator(0);

/// The same numbers with every standard library, unlike std::uniform_real_distribution.
double Uniform(double low, double high) { return low + (high - low) * generator() / 4294967296.0; }

/// A joint somewhere in front of the camera, m.
std::vector<double> Joint() { return {Uniform(-1, 1), Uniform(-1, 1), Uniform(2, 6)}; }

template <class Camera>
std::vector<double> ImagingParameters();

template <>
std::vector<double> ImagingParameters<Perspective>() {
  return {Uniform(std::log(500), std::log(3000))};
}

template <>
std::vector<double> ImagingParameters<WeakPerspective>() {
  return {Uniform(std::log(50), std::log(500)), Uniform(0, 1920), Uniform(0, 1080)};
}

/// Draws a point of a factor's parameter space.
using Sampler = std::function<Blocks()>;

Sampler Joints(int n) {
  return [n] {
    Blocks blocks;
    for (int i = 0; i < n; ++i) blocks.push_back(Joint());
    return blocks;
  };
}

template <class Camera>
Sampler JointsAndImaging(int n_joints, int n_imaging) {
  return [=] {
    Blocks blocks = Joints(n_joints)();
    for (int i = 0; i < n_imaging; ++i) blocks.push_back(ImagingParameters<Camera>());
    return blocks;
  };
}

std::vector<const double*> Pointers(const Blocks& blocks) {
  std::vector<const double*> pointers;
  for (const auto& block : blocks) pointers.push_back(block.data());
  return pointers;
}

template <class Factor>
bool Evaluates(const Factor& factor, const Blocks& blocks, std::vector<double>* residuals = nullptr) {
  std::vector<double> r(Factor::Shape::kResiduals);
  const bool evaluates = factor.Evaluate(Pointers(blocks).data(), r.data(), nullptr);
  if (residuals) *residuals = r;
  return evaluates;
}

/// Each Jacobian alone, the others null, is what it is when all are asked for; residuals do not depend on it.
bool AcceptsNullJacobians(const ceres::CostFunction& factor, const Blocks& blocks) {
  const auto parameters = Pointers(blocks);
  const int n_residuals = factor.num_residuals();
  Blocks all;
  for (const auto& block : blocks) all.emplace_back(n_residuals * block.size());
  std::vector<double*> jacobians;
  for (auto& jacobian : all) jacobians.push_back(jacobian.data());
  std::vector<double> expected(n_residuals), residuals(n_residuals);
  if (!factor.Evaluate(parameters.data(), expected.data(), jacobians.data())) return false;

  std::vector<double*> none(blocks.size(), nullptr);
  for (double** absent : {static_cast<double**>(nullptr), none.data()}) {
    if (!factor.Evaluate(parameters.data(), residuals.data(), absent) || residuals != expected) return false;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    std::vector<double> alone(all[i].size(), std::numeric_limits<double>::quiet_NaN());
    std::vector<double*> only(blocks.size(), nullptr);
    only[i] = alone.data();
    if (!factor.Evaluate(parameters.data(), residuals.data(), only.data())) return false;
    if (alone != all[i] || residuals != expected) return false;
  }
  return true;
}

int failures = 0;

void Report(const std::string& name, bool passed, const std::string& detail) {
  std::printf("%-6s %-46s %s\n", passed ? "ok" : "FAILED", name.c_str(), detail.c_str());
  if (!passed) ++failures;
}

template <class Factor>
void CheckGradient(const std::string& name, const Factor& checked, const Sampler& sample) {
  const dancelift::CeresFactor<Factor> factor(checked);
  ceres::NumericDiffOptions options;
  options.ridders_relative_initial_step_size = 3e-5;  // Ceres starts 2^5 of them away
  const ceres::GradientChecker checker(&factor, static_cast<const std::vector<const ceres::Manifold*>*>(nullptr),
                                       options);
  double largest = 0;
  bool passed = true;
  for (int i = 0; i < kPoints; ++i) {
    const Blocks blocks = sample();
    ceres::GradientChecker::ProbeResults results;
    passed &= checker.Probe(Pointers(blocks).data(), kPrecision, &results) && AcceptsNullJacobians(factor, blocks);
    largest = std::max(largest, results.maximum_relative_error);
  }
  char detail[64];
  std::snprintf(detail, sizeof detail, "largest relative error %.1e", largest);
  Report(name, passed, detail);
}

template <class Camera>
void CheckImageFactors(const std::string& camera_name, const Camera& camera) {
  const double keypoint[2] = {Uniform(0, 1920), Uniform(0, 1080)};
  CheckGradient("Reprojection, " + camera_name, dancelift::Reprojection<Camera>(camera, keypoint, 0.1),
                JointsAndImaging<Camera>(1, 1));
  CheckGradient("Smooth2D, order 1, " + camera_name, dancelift::Smooth2D<Camera, 1>(camera, 0.1),
                JointsAndImaging<Camera>(2, Camera::kPerFrame ? 2 : 1));
  CheckGradient("Smooth2D, order 2, " + camera_name, dancelift::Smooth2D<Camera, 2>(camera, 0.1),
                JointsAndImaging<Camera>(3, Camera::kPerFrame ? 3 : 1));
}

void CheckMotionFactors() {
  CheckGradient("Smooth3D, order 1", dancelift::Smooth3D<1>(15), Joints(2));
  const auto seed = Joint();
  CheckGradient("Smooth3D, order 2", dancelift::Smooth3D<2>(15, seed.data()), Joints(3));
  CheckGradient("SeedConsistency", dancelift::SeedConsistency(seed.data(), 4), [] {
    return Blocks{Joint(), {Uniform(-0.5, 0.5)}};
  });
}

/// A unit vector.
std::vector<double> Direction() {
  std::vector<double> v{Uniform(-1, 1), Uniform(-1, 1), Uniform(0.2, 1)};
  const double length = std::hypot(v[0], v[1], v[2]);
  for (double& x : v) x /= length;
  return v;
}

void CheckContactFactors() {
  const auto up = Direction();
  CheckGradient("GravityPrior", dancelift::GravityPrior(up.data(), 100), [] { return Blocks{Direction()}; });
  CheckGradient("FloorHeight", dancelift::FloorHeight({0, 0.07, 0.05}, 0.02, 0.8), [] {
    return Blocks{Joint(), Direction(), {Uniform(-2, 2)}};
  });
}

void CheckBoneLength() {
  CheckGradient("BoneLength", dancelift::BoneLength(50), [] {
    Blocks blocks = Joints(2)();
    blocks.push_back({Uniform(std::log(0.1), std::log(0.6))});
    return blocks;
  });
}

/// A joint 0.2 to 0.5 m from another.
std::vector<double> Near(const std::vector<double>& joint) {
  const std::vector<double> offset = {Uniform(-1, 1), Uniform(-1, 1), Uniform(-1, 1)};
  const double norm = std::hypot(offset[0], offset[1], offset[2]), length = Uniform(0.2, 0.5);
  std::vector<double> near = joint;
  for (int i = 0; i < 3; ++i) near[i] += length * offset[i] / norm;
  return near;
}

/// Limbs at which the limit is well past, or well short of, where it begins to act: not at the kink.
Sampler LimbsThat(bool bend_the_wrong_way, const dancelift::Hinge& hinge) {
  constexpr double kMargin = 0.15;
  dancelift::Hinge acting = hinge;
  if (!bend_the_wrong_way) acting.sign = -hinge.sign;
  return [=] {
    const dancelift::JointLimit limit(acting, 1);
    while (true) {
      const auto left = Joint(), right = Near(left), middle = Near(hinge.on_left ? left : right);
      const Blocks blocks = {left, right, middle, Near(middle)};
      std::vector<double> excess;
      Evaluates(limit, blocks, &excess);
      if (excess[0] > kMargin) return blocks;
    }
  };
}

void CheckJointLimit() {
  for (const bool on_left : {true, false}) {
    for (const double sign : {1.0, -1.0}) {
      for (const bool active : {true, false}) {
        const dancelift::Hinge hinge{0, 1, 2, 3, on_left, sign, 0.05};
        CheckGradient(std::string("JointLimit, ") + (on_left ? "left " : "right ") + (sign > 0 ? "knee" : "elbow") +
                          (active ? ", active" : ", inactive"),
                      dancelift::JointLimit(hinge, 10), LimbsThat(active, hinge));
      }
    }
  }
}

void CheckScalarPrior() {
  CheckGradient("ScalarPrior<1>", dancelift::ScalarPrior<1>(7, 5), [] { return Blocks{{Uniform(5, 9)}}; });
  CheckGradient("ScalarPrior<3>", dancelift::ScalarPrior<3>(5, 5),
                [] { return Blocks{ImagingParameters<WeakPerspective>()}; });
}

/// A camera cannot see what is behind it: the factor says so instead of giving a number.
void CheckBehindTheCamera() {
  const Perspective camera{1, 0, 960, 540};
  const double keypoint[2] = {900, 500};
  for (const double z : {-3.0, 0.0, 0.5 * dancelift::kMinDepth, std::numeric_limits<double>::quiet_NaN()}) {
    const std::vector<double> behind = {0.1, 0.2, z}, before = {0.1, 0.2, 3}, w = {7};
    bool refused = !Evaluates(dancelift::Reprojection<Perspective>(camera, keypoint, 1), {behind, w});
    refused &= !Evaluates(dancelift::Smooth2D<Perspective, 1>(camera, 1), {before, behind, w});
    refused &= !Evaluates(dancelift::Smooth2D<Perspective, 2>(camera, 1), {before, behind, before, w});
    Report("a joint at z = " + std::to_string(z), refused, "is not projected");
  }
}

}  // namespace

int main() {
  CheckImageFactors("perspective", Perspective{1, 0, 960, 540});
  CheckImageFactors("perspective with aspect and skew", Perspective{1.1, 0.02, 900, 560});
  CheckImageFactors("weak perspective", WeakPerspective());
  CheckMotionFactors();
  CheckContactFactors();
  CheckBoneLength();
  CheckJointLimit();
  CheckScalarPrior();
  CheckBehindTheCamera();
  return failures == 0 ? 0 : 1;
}
