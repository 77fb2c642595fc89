#include "seed.hpp"

#include <ceres/autodiff_cost_function.h>
#include <ceres/iteration_callback.h>
#include <ceres/loss_function.h>
#include <ceres/solver.h>
#include <ceres/sphere_manifold.h>

#include <chrono>
#include <numeric>
#include <stdexcept>

#include "costs.hpp"

namespace {

template <int Residuals, int... Unknowns, class Functor>
ceres::CostFunction* Differentiated(const Functor& functor) {
  return new ceres::AutoDiffCostFunction<Functor, Residuals, Unknowns...>(new Functor(functor));
}

/// Notes the time and the cost of every step.
class Trace final : public ceres::IterationCallback {
 public:
  ceres::CallbackReturnType operator()(const ceres::IterationSummary& step) override {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start_;
    points.insert(points.end(), {since.count(), step.cost});
    return ceres::SOLVER_CONTINUE;
  }

  std::vector<double> points;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Seed::Seed(const Arrays& arrays, int index)
    : arrays_(arrays), index_(index), n_frames_(Count("n_frames")), n_joints_(Count("n_joints")) {
  const auto copied = [&](const std::string& name) {
    return std::vector<double>(Of(name), Of(name) + arrays_.at(name).size() / Count("n_seeds"));
  };
  poses_ = copied("start_poses");
  depth_ = copied("start_depth");
  log_lengths_ = copied("start_log_lengths");
  up_ = copied("start_up");
  log_focal_ = *Of("start_log_focal");
  floor_ = *Of("start_floor");
  AddImageTerms();
  AddMotionTerms();
  AddBodyTerms();
  AddContactTerms();
  AddPriors();
}

const std::vector<std::string>& Seed::Terms() {
  static const std::vector<std::string> terms = {"reprojection",     "smooth2d",     "smooth3d",    "acceleration3d",
                                                 "seed_consistency", "seed_depth",   "bone_length", "head_rigidity",
                                                 "joint_limit",      "foot_sliding", "floor",       "gravity_prior",
                                                 "length_prior",     "camera_prior"};
  return terms;
}

const double* Seed::Of(const std::string& name) const {
  const std::vector<double>& all = arrays_.at(name);
  return all.data() + all.size() / Count("n_seeds") * index_;
}

void Seed::Add(const char* term, ceres::CostFunction* cost, double robust, const std::vector<double*>& unknowns) {
  ceres::LossFunction* loss = std::isfinite(robust) ? new ceres::CauchyLoss(robust) : nullptr;
  blocks_.push_back({problem_.AddResidualBlock(cost, loss, unknowns), term});
}

void Seed::AddImageTerms() {
  const std::vector<double>&stretch = arrays_.at("stretch"), &shear = arrays_.at("shear"),
        &centre = arrays_.at("centre"), &keypoints = arrays_.at("keypoints"), &seen = arrays_.at("seen");
  const Lens lens{{stretch[0], stretch[1]}, {shear[0], shear[1]}};
  for (int t = 0; t < n_frames_; ++t) {
    for (int j = 0; j < n_joints_; ++j) {
      const int i = t * n_joints_ + j;
      if (seen[i] > 0) {
        const Reprojection cost{lens, keypoints[2 * i] - centre[0], keypoints[2 * i + 1] - centre[1], seen[i]};
        Add("reprojection", Differentiated<2, 3, 1>(cost), Number("robust"), {Pose(t, j), &log_focal_});
      }
      if (t > 0) {
        Add("smooth2d", Differentiated<2, 3, 3, 1>(Smooth2D{lens, Number("smooth2d")}), INFINITY,
            {Pose(t - 1, j), Pose(t, j), &log_focal_});
      }
    }
  }
}

void Seed::AddMotionTerms() {
  for (int t = 1; t < n_frames_; ++t) {
    for (int j = 0; j < n_joints_; ++j) {
      Add("smooth3d", Differentiated<3, 3, 3>(Velocity{Number("smooth3d")}), INFINITY, {Pose(t - 1, j), Pose(t, j)});
      if (t > 1) {
        Add("acceleration3d", Differentiated<3, 3, 3, 3>(Acceleration{Number("acceleration3d")}), Number("robust"),
            {Pose(t - 2, j), Pose(t - 1, j), Pose(t, j)});
      }
    }
  }
}

void Seed::AddBodyTerms() {
  for (int t = 0; t < n_frames_; ++t) {
    for (const auto& [term, of_bones, of_weights] :
         {std::array<const char*, 3>{"bone_length", "bone_joints", "bones"},
          std::array<const char*, 3>{"head_rigidity", "head_joints", "head"}}) {
      const std::vector<double>& bones = arrays_.at(of_bones);
      for (std::size_t i = 0; 3 * i < bones.size(); ++i) {
        const int a = static_cast<int>(bones[3 * i]), b = static_cast<int>(bones[3 * i + 1]);
        Add(term, Differentiated<1, 3, 3, 1>(BoneLength{Of(of_weights)[i]}), INFINITY,
            {Pose(t, a), Pose(t, b), &log_lengths_[static_cast<std::size_t>(bones[3 * i + 2])]});
      }
    }
    const std::vector<double>& hinges = arrays_.at("hinges");
    for (std::size_t i = 0; 5 * i < hinges.size(); ++i) {
      const JointLimit cost{hinges[5 * i + 4] > 0, arrays_.at("sign")[i], arrays_.at("tolerance")[i],
                            Number("joint_limit")};
      std::vector<double*> joints;
      for (int n = 0; n < 4; ++n) joints.push_back(Pose(t, static_cast<int>(hinges[5 * i + n])));
      Add("joint_limit", Differentiated<1, 3, 3, 3, 3>(cost), INFINITY, joints);
    }
  }
}

void Seed::AddContactTerms() {
  const std::vector<double>& feet = arrays_.at("feet");
  const double robust = Number("contact_robust");
  for (int t = 0; t < n_frames_; ++t) {
    for (std::size_t i = 0; i < feet.size(); ++i) {
      const std::size_t at = t * feet.size() + i;
      const int joint = static_cast<int>(feet[i]);
      if (t > 0 && Of("standing")[at - feet.size()] > 0) {
        Add("foot_sliding", Differentiated<3, 3, 3>(Velocity{Of("standing")[at - feet.size()]}), robust,
            {Pose(t - 1, joint), Pose(t, joint)});
      }
      if (Of("below")[at] > 0) {
        Add("floor", Differentiated<1, 3, 3, 1>(Floor{arrays_.at("rest")[i], Of("below")[at], Of("above")[at]}), robust,
            {Pose(t, joint), up_.data(), &floor_});
      }
    }
  }
  if (*Of("gravity") > 0) {
    problem_.SetManifold(up_.data(), new ceres::SphereManifold<3>());
    Add("gravity_prior", Differentiated<3, 3>(Gravity{Of("up"), *Of("gravity")}), INFINITY, {up_.data()});
  }
}

void Seed::AddPriors() {
  for (int t = 0; t < n_frames_; ++t) {
    for (int j = 0; j < n_joints_; ++j) {
      const int i = t * n_joints_ + j;
      Add("seed_consistency", Differentiated<3, 3, 1>(SeedConsistency{Of("poses") + 3 * i, Of("trust")[i]}), INFINITY,
          {Pose(t, j), &depth_[t]});
    }
    Add("seed_depth", Differentiated<1, 1>(Prior{0, Number("seed_depth")}), INFINITY, {&depth_[t]});
  }
  for (std::size_t i = 0; i < log_lengths_.size(); ++i) {
    Add("length_prior", Differentiated<1, 1>(Prior{arrays_.at("log_lengths")[i], Number("length_prior")}), INFINITY,
        {&log_lengths_[i]});
  }
  if (Count("focal_known")) {
    problem_.SetParameterBlockConstant(&log_focal_);
  } else {
    Add("camera_prior", Differentiated<1, 1>(Prior{*Of("log_focal"), Number("camera_prior")}), INFINITY, {&log_focal_});
  }
}

std::vector<double> Seed::Costs() {
  std::map<std::string, double> sums;
  for (const Block& block : blocks_) {
    double cost = 0;
    if (!problem_.EvaluateResidualBlock(block.id, true, &cost, nullptr, nullptr)) cost = INFINITY;
    sums[block.term] += cost;
  }
  std::vector<double> costs;
  for (const std::string& term : Terms()) costs.push_back(sums[term] * *Of("error_scale"));
  return costs;
}

std::vector<double> Seed::Solve(double function_tolerance) {
  Trace trace;
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
  options.max_num_iterations = 100;
  options.function_tolerance = function_tolerance;
  options.logging_type = ceres::SILENT;
  options.callbacks.push_back(&trace);
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem_, &summary);
  if (summary.termination_type == ceres::FAILURE) throw std::runtime_error(summary.message);

  const double* prior = Of("seed_prior");
  const double constant = std::accumulate(prior, prior + n_frames_, 0.0);
  for (std::size_t i = 1; i < trace.points.size(); i += 2) {
    trace.points[i] = (trace.points[i] + constant) * *Of("error_scale");
  }
  return trace.points;
}
