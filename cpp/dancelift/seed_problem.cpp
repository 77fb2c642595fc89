#include "dancelift/seed_problem.hpp"

#include <ceres/iteration_callback.h>
#include <ceres/loss_function.h>
#include <ceres/solver.h>
#include <ceres/sphere_manifold.h>

#include <cmath>
#include <numeric>
#include <string>

#include "dancelift/ceres_library.hpp"
#include "dancelift/factors/bone_length.hpp"
#include "dancelift/factors/floor_height.hpp"
#include "dancelift/factors/gravity_prior.hpp"
#include "dancelift/factors/joint_limit.hpp"
#include "dancelift/factors/reprojection.hpp"
#include "dancelift/factors/scalar_prior.hpp"
#include "dancelift/factors/seed_consistency.hpp"
#include "dancelift/factors/smoothness.hpp"

namespace dancelift {
namespace {

constexpr int kWholeClip = -1;

/// Share below which a contact is none.
constexpr double kLeastContact = 0.01;

/// Height in px of the person for whom the pixel weights are stated.
constexpr double kReferenceHeight = 440;

class StopEarly final : public ceres::IterationCallback {
 public:
  StopEarly(const std::atomic<bool>& cancelled, int after, double highest_cost)
      : cancelled_(cancelled), after_(after), highest_cost_(highest_cost) {}
  ceres::CallbackReturnType operator()(const ceres::IterationSummary& summary) override {
    const bool hopeless = summary.iteration >= after_ && summary.cost > highest_cost_;
    return cancelled_ || hopeless ? ceres::SOLVER_ABORT : ceres::SOLVER_CONTINUE;
  }

 private:
  const std::atomic<bool>& cancelled_;
  int after_;
  double highest_cost_;
};

}  // namespace

SeedProblem::SeedProblem(const Objective& objective, const Seed& seed) : objective_(objective), seed_(seed) {
  candidate_.poses = seed.poses;
  candidate_.imaging = seed.imaging;
  candidate_.log_lengths = seed.log_lengths;
  candidate_.up = seed.up;
  floor_ = seed.floor;
  depth_.assign(objective.clip.n_frames, 0);

  if (objective.imaging.weak_perspective) {
    AddImageTerms(WeakPerspective());
  } else {
    AddImageTerms(objective.imaging.perspective);
  }
  AddMotionTerms();
  AddBodyTerms();
  if (!objective.imaging.weak_perspective) AddContactTerms();
  AddPriors();
}

template <class Camera>
void SeedProblem::AddImageTerms(const Camera& camera) {
  const Clip& clip = objective_.clip;
  const Weights& weights = objective_.weights;
  const int n_joints = objective_.skeleton.n_joints;
  const double pixels = clip.person_height / kReferenceHeight;

  for (int t = 0; t < clip.n_frames; ++t) {
    for (int j = 0; j < n_joints; ++j) {
      const double* keypoint = &clip.keypoints[3 * (t * n_joints + j)];
      if (keypoint[2] > 0 && std::isfinite(weights.reprojection)) {
        Add(kReprojection, t, new Reprojection<Camera>(camera, keypoint, keypoint[2] / (weights.reprojection * pixels)),
            std::isfinite(weights.robust) ? new ceres::CauchyLoss(weights.robust) : nullptr,
            {Pose(t, j), ImagingBlock(t)});
      }
    }
  }
  for (const int order : {1, 2}) {
    const double sigma = order == 1 ? weights.smooth2d : weights.acceleration2d;
    if (!std::isfinite(sigma)) continue;
    const double weight = std::pow(clip.fps, order) / (sigma * pixels);
    for (int t = order; t < clip.n_frames; ++t) {
      for (int j = 0; j < n_joints; ++j) {
        std::vector<double*> parameters;
        for (int n = order; n >= 0; --n) parameters.push_back(Pose(t - n, j));
        for (int n = Camera::kPerFrame ? order : 0; n >= 0; --n) parameters.push_back(ImagingBlock(t - n));
        Add(order == 1 ? kSmooth2D : kAcceleration2D, t, new Smooth2D<Camera>(camera, order, weight), nullptr,
            parameters);
      }
    }
  }

  const int blocks = objective_.imaging.Blocks(clip.n_frames);
  for (int b = 0; b < blocks; ++b) {
    if (!Camera::kPerFrame && objective_.imaging.focal_known) {
      problem_.AddParameterBlock(ImagingBlock(0), Camera::kParameters);
      problem_.SetParameterBlockConstant(ImagingBlock(0));
    } else if (std::isfinite(weights.camera_prior)) {
      Add(kCameraPrior, Camera::kPerFrame ? b : kWholeClip,
          new ScalarPrior<Camera::kParameters>(seed_.imaging[b * Camera::kParameters], 1 / weights.camera_prior),
          nullptr, {ImagingBlock(b)});
    }
  }
}

void SeedProblem::AddMotionTerms() {
  const Clip& clip = objective_.clip;
  const Weights& weights = objective_.weights;
  for (const int order : {1, 2}) {
    const double sigma = order == 1 ? weights.smooth3d : weights.acceleration3d;
    if (!std::isfinite(sigma)) continue;
    const double weight = std::pow(clip.fps, order) / sigma;
    for (int t = order; t < clip.n_frames; ++t) {
      for (int j = 0; j < objective_.skeleton.n_joints; ++j) {
        std::vector<double*> parameters;
        for (int n = order; n >= 0; --n) parameters.push_back(Pose(t - n, j));
        Add(order == 1 ? kSmooth3D : kAcceleration3D, t, new Smooth3D(order, weight), nullptr, parameters);
      }
    }
  }
}

void SeedProblem::AddBodyTerms() {
  const Skeleton& skeleton = objective_.skeleton;
  const Weights& weights = objective_.weights;
  const auto add_bones = [&](Term term, int t, const std::vector<Bone>& bones, double sigma) {
    if (!std::isfinite(sigma)) return;
    for (const Bone& bone : bones) {
      Add(term, t, new BoneLength(1 / (sigma * bone.softness)), nullptr,
          {Pose(t, bone.a), Pose(t, bone.b), &candidate_.log_lengths[bone.length]});
    }
  };
  for (int t = 0; t < objective_.clip.n_frames; ++t) {
    add_bones(kBoneLength, t, skeleton.bones, weights.bone_length * seed_.bone_softness);
    add_bones(kHeadRigidity, t, skeleton.head, weights.head_rigidity);
    if (!std::isfinite(weights.joint_limit)) continue;
    for (const Hinge& hinge : skeleton.hinges) {
      Add(kJointLimit, t, new JointLimit(hinge, 1 / weights.joint_limit), nullptr,
          {Pose(t, hinge.left), Pose(t, hinge.right), Pose(t, hinge.middle), Pose(t, hinge.distal)});
    }
  }
}

void SeedProblem::AddContactTerms() {
  const Weights& weights = objective_.weights;
  const std::vector<Foot>& feet = objective_.skeleton.feet;
  const auto loss = [&]() -> ceres::LossFunction* {
    return std::isfinite(weights.contact_robust) ? new ceres::CauchyLoss(weights.contact_robust) : nullptr;
  };
  bool grounded = false;
  for (int t = 0; t < objective_.clip.n_frames; ++t) {
    for (std::size_t i = 0; i < feet.size(); ++i) {
      const std::size_t at = t * feet.size() + i;
      const double both = t > 0 ? std::sqrt(seed_.standing[at] * seed_.standing[at - feet.size()]) : 0;
      if (both > kLeastContact && std::isfinite(weights.foot_sliding)) {
        Add(kFootSliding, t, new Smooth3D(1, both * objective_.clip.fps / weights.foot_sliding), loss(),
            {Pose(t - 1, feet[i].joint), Pose(t, feet[i].joint)});
      }
      if (seed_.on_floor[at] > kLeastContact && std::isfinite(weights.floor)) {
        Add(kFloor, t, new FloorHeight(feet[i], weights.floor, std::sqrt(seed_.on_floor[at])), loss(),
            {Pose(t, feet[i].joint), candidate_.up.data(), &floor_});
        grounded = true;
      }
    }
  }
  if (!grounded) return;
  problem_.SetManifold(candidate_.up.data(), new ceres::SphereManifold<3>());
  if (std::isfinite(weights.gravity_prior)) {
    Add(kGravityPrior, kWholeClip, new GravityPrior(seed_.up.data(), 1 / weights.gravity_prior), nullptr,
        {candidate_.up.data()});
  }
}

void SeedProblem::AddPriors() {
  const Skeleton& skeleton = objective_.skeleton;
  const Weights& weights = objective_.weights;
  if (std::isfinite(weights.length_prior)) {
    for (std::size_t i = 0; i < skeleton.mean_lengths.size(); ++i) {
      Add(kLengthPrior, kWholeClip, new ScalarPrior<1>(std::log(skeleton.mean_lengths[i]), 1 / weights.length_prior),
          nullptr, {&candidate_.log_lengths[i]});
    }
  }
  if (std::isfinite(weights.seed_consistency)) {
    for (int t = 0; t < objective_.clip.n_frames; ++t) {
      for (int j = 0; j < skeleton.n_joints; ++j) {
        const int point = t * skeleton.n_joints + j;
        Add(kSeedConsistency, t,
            new SeedConsistency(&seed_.poses[3 * point], 1 / (weights.seed_consistency * seed_.uncertainty[point])),
            nullptr, {Pose(t, j), &depth_[t]});
      }
      if (objective_.imaging.weak_perspective) {
        problem_.SetParameterBlockConstant(&depth_[t]);  // it is that of the imaging parameters
      } else if (std::isfinite(weights.seed_depth)) {
        Add(kSeedDepth, t, new ScalarPrior<1>(0, 1 / weights.seed_depth), nullptr, {&depth_[t]});
      }
    }
  }
}

void SeedProblem::Add(Term term, int frame, ceres::CostFunction* cost, ceres::LossFunction* loss,
                      const std::vector<double*>& parameters) {
  blocks_.push_back({problem_.AddResidualBlock(cost, loss, parameters), term, frame});
}

double* SeedProblem::Pose(int frame, int joint) {
  return &candidate_.poses[3 * (static_cast<std::size_t>(frame) * objective_.skeleton.n_joints + joint)];
}

double* SeedProblem::ImagingBlock(int frame) {
  return &candidate_.imaging[objective_.imaging.weak_perspective ? WeakPerspective::kParameters * frame : 0];
}

void SeedProblem::Solve(const SolverOptions& options, double hopeless, const std::atomic<bool>& cancelled) {
  const double prior = std::accumulate(seed_.prior.begin(), seed_.prior.end(), 0.0);
  StopEarly callback(cancelled, options.give_up_after, hopeless / seed_.error_scale - PriorWeight() * prior);
  ceres::Solver::Options ceres_options;
  ceres_options.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
  ceres_options.sparse_linear_algebra_library_type = SparseLibrary();
  ceres_options.max_num_iterations = options.max_iterations;
  ceres_options.function_tolerance = options.function_tolerance;
  ceres_options.num_threads = 1;
  ceres_options.logging_type = ceres::SILENT;
  ceres_options.callbacks.push_back(&callback);
  std::string error;
  if (!ceres_options.IsValid(&error)) throw SolveFailure(error);

  ceres::Solver::Summary summary;
  ceres::Solve(ceres_options, &problem_, &summary);
  if (summary.termination_type == ceres::FAILURE) throw SolveFailure(summary.message);
  candidate_.iterations = static_cast<int>(summary.iterations.size()) - 1;
  candidate_.converged = summary.termination_type == ceres::CONVERGENCE;
}

double SeedProblem::PriorWeight() const { return 1 / (objective_.weights.seed_prior * objective_.weights.seed_prior); }

Candidate SeedProblem::Result() const {
  const int n_frames = objective_.clip.n_frames;
  Candidate result = candidate_;
  result.terms.assign(static_cast<std::size_t>(kTermCount) * n_frames, 0.0);
  for (const Block& block : blocks_) {
    double cost = 0;
    problem_.EvaluateResidualBlock(block.id, true, &cost, nullptr, nullptr);
    double* term = &result.terms[static_cast<std::size_t>(block.term) * n_frames];
    if (block.frame == kWholeClip) {
      for (int t = 0; t < n_frames; ++t) term[t] += cost / n_frames;
    } else {
      term[block.frame] += cost;
    }
  }
  const double weight = PriorWeight();
  for (int t = 0; t < n_frames; ++t) {
    result.terms[static_cast<std::size_t>(kSeedPrior) * n_frames + t] = weight * seed_.prior[t];
  }
  for (double& cost : result.terms) cost *= seed_.error_scale;
  return result;
}

}  // namespace dancelift
