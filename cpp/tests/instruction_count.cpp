// A body of 17 joints that dances, lifted by a number of iterations: what count_instructions.py counts.
//
// instruction_count [FRAMES SEEDS ITERATIONS chain|ceres]

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "dancelift/lifter.hpp"
#include "dancelift/supported_kernels.hpp"

namespace {

using namespace dancelift;

constexpr double kFocal = 1500;

struct Place {
  double x, y;  // m, from the middle of the hips
};
constexpr Place kJoints[] = {{0, -0.62},    {0.03, -0.66},  {-0.03, -0.66}, {0.08, -0.64}, {-0.08, -0.64},
                             {0.17, -0.47}, {-0.17, -0.47}, {0.24, -0.2},   {-0.24, -0.2}, {0.26, 0.04},
                             {-0.26, 0.04}, {0.1, 0},       {-0.1, 0},      {0.12, 0.41},  {-0.12, 0.41},
                             {0.12, 0.82},  {-0.12, 0.82}};
constexpr int kJointCount = sizeof(kJoints) / sizeof(Place);

double Distance(int a, int b) { return std::hypot(kJoints[a].x - kJoints[b].x, kJoints[a].y - kJoints[b].y); }

/// COCO's 17 joints: left and right share a length.
Skeleton Body() {
  constexpr int kBones[][3] = {{5, 6, 0}, {11, 12, 1}, {5, 11, 2},  {6, 12, 2},  {5, 7, 3},   {6, 8, 3},
                               {7, 9, 4}, {8, 10, 4},  {11, 13, 5}, {12, 14, 5}, {13, 15, 6}, {14, 16, 6},
                               {0, 1, 7}, {0, 2, 7},   {1, 3, 8},   {2, 4, 8},   {1, 2, 9},   {3, 4, 10}};
  Skeleton body;
  body.n_joints = kJointCount;
  body.mean_lengths.resize(11);
  for (const auto& [a, b, length] : kBones) {
    (length < 7 ? body.bones : body.head).push_back({a, b, length, 1});
    body.mean_lengths[length] = Distance(a, b);
  }
  body.hinges = {{5, 6, 7, 9, true, 1, 0.1}, {11, 12, 13, 15, true, 1, 0.1}, {11, 12, 14, 16, false, 1, 0.1}};
  body.feet = {{15, 0.08, 0.1}, {16, 0.08, 0.1}};
  return body;
}

/// (n_frames, 17, 3), m, camera frame: a body that turns, and sways by so much.
std::vector<double> Dance(int n_frames, double sway) {
  std::vector<double> poses;
  for (int t = 0; t < n_frames; ++t) {
    const double turn = 0.02 * t;
    for (int j = 0; j < kJointCount; ++j) {
      const double out = kJoints[j].x, forward = sway * std::sin(0.15 * t + j);
      poses.insert(poses.end(), {out * std::cos(turn) + forward * std::sin(turn), kJoints[j].y,
                                 4.5 - out * std::sin(turn) + forward * std::cos(turn)});
    }
  }
  return poses;
}

Objective ObjectiveOf(int n_frames) {
  Objective objective;
  objective.skeleton = Body();
  objective.clip.n_frames = n_frames;
  objective.imaging.perspective = {1, 0, 960, 540};
  const std::vector<double> poses = Dance(n_frames, 0.08);
  for (std::size_t i = 0; i < poses.size(); i += 3) {
    objective.clip.keypoints.insert(objective.clip.keypoints.end(), {kFocal * poses[i] / poses[i + 2] + 960,
                                                                     kFocal * poses[i + 1] / poses[i + 2] + 540, 0.9});
  }
  return objective;
}

Seed SeedOf(int n_frames, double sway) {
  Seed seed;
  seed.poses = Dance(n_frames, sway);
  seed.uncertainty.assign(seed.poses.size() / 3, 0.1);
  seed.acceleration.assign(seed.poses.size(), 0.0);
  seed.imaging = {std::log(1.1 * kFocal)};
  for (const double length : Body().mean_lengths) seed.log_lengths.push_back(std::log(1.05 * length));
  seed.up = {0, -1, 0};
  seed.floor = -0.9;
  seed.on_floor.assign(2 * n_frames, 0.8);
  seed.standing.assign(2 * n_frames, 0.5);
  seed.prior.assign(n_frames, 0.0);
  return seed;
}

}  // namespace

int main(int argc, char** argv) {
  const int n_frames = argc > 1 ? std::atoi(argv[1]) : 30, n_seeds = argc > 2 ? std::atoi(argv[2]) : 2;
  LiftOptions options;
  const int n_iterations = argc > 3 ? std::atoi(argv[3]) : 5;
  options.solver.max_iterations = n_iterations;
  if (argc > 4 && std::strcmp(argv[4], "ceres") == 0) options.solver.solver = Solver::kCeres;
  options.solver.tolerance = options.solver.final_tolerance = 0;  // no iteration is saved
  options.solver.give_up_above = std::numeric_limits<double>::infinity();

  const Objective objective = ObjectiveOf(n_frames);
  std::vector<Seed> seeds;
  for (int k = 0; k < n_seeds; ++k) seeds.push_back(SeedOf(n_frames, 0.05 - 0.02 * k));
  LiftControl control;
  const Lift lift = LiftPoses(objective, seeds, options, control);
  int iterations = 0;
  for (const Candidate& candidate : lift.candidates) iterations += candidate.solution.iterations;
  const double error = std::accumulate(lift.errors.begin(), lift.errors.end(), 0.0);
  std::printf("%s kernel, %d iterations, error %.6g\n", SupportedKernels().front()->name, iterations, error);
  return iterations == n_seeds * n_iterations && std::isfinite(error) ? 0 : 1;
}
