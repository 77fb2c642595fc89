// The C++ interface without Python: a pair of legs that step on the spot, lifted from several seeds.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dancelift/ceres_library.hpp"
#include "dancelift/lifter.hpp"
#include "dancelift/term_table.hpp"

namespace {

using namespace dancelift;

constexpr double kFocal = 1000;

Skeleton Legs() {
  Skeleton legs;
  legs.n_joints = 6;  // left and right hip, knee, ankle
  legs.bones = {{0, 1, 0, 3}, {0, 2, 1, 1}, {1, 3, 1, 1}, {2, 4, 2, 1}, {3, 5, 2, 1}};
  legs.hinges = {{0, 1, 2, 4, true, 1, 0.05}, {0, 1, 3, 5, false, 1, 0.05}};
  legs.mean_lengths = {0.25, 0.42, 0.42};
  return legs;
}

/// (n_frames, 6, 3): legs that face the camera, their knees lifted in turn; m, camera frame.
std::vector<double> Steps(int n_frames) {
  std::vector<double> poses;
  for (int t = 0; t < n_frames; ++t) {
    std::vector<double> hips, knees, ankles;
    for (const double side : {1.0, -1.0}) {
      const double lift = 0.5 + 0.4 * side * std::sin(0.2 * t), x = 0.12 * side;
      hips.insert(hips.end(), {x, 0, 4});
      knees.insert(knees.end(), {x, 0.42 * std::cos(lift), 4 - 0.42 * std::sin(lift)});
      ankles.insert(ankles.end(), {x, 0.42 * std::cos(lift) + 0.42, 4 - 0.42 * std::sin(lift)});
    }
    for (const auto& joints : {hips, knees, ankles}) poses.insert(poses.end(), joints.begin(), joints.end());
  }
  return poses;
}

Objective ObjectiveOf(int n_frames) {
  Objective objective;
  objective.skeleton = Legs();
  objective.clip.n_frames = n_frames;
  objective.imaging.perspective = {1, 0, 960, 540};
  const std::vector<double> poses = Steps(n_frames);
  for (std::size_t i = 0; i < poses.size(); i += 3) {
    const double z = poses[i + 2];
    objective.clip.keypoints.insert(objective.clip.keypoints.end(),
                                    {kFocal * poses[i] / z + 960, kFocal * poses[i + 1] / z + 540, 1});
  }
  return objective;
}

/// The true poses with every joint off by up to `offset` in depth.
Seed SeedOf(int n_frames, double offset) {
  Seed seed;
  seed.poses = Steps(n_frames);
  const std::size_t n_points = seed.poses.size() / 3;
  for (std::size_t i = 0; i < n_points; ++i) seed.poses[3 * i + 2] += offset * std::sin(7.0 * i);
  seed.uncertainty.assign(n_points, 0.1);
  seed.acceleration.assign(3 * n_points, 0.0);
  seed.imaging = {std::log(kFocal)};
  for (const double length : Legs().mean_lengths) seed.log_lengths.push_back(std::log(length));
  seed.up = {0, -1, 0};
  seed.prior.assign(n_frames, 0.0);
  return seed;
}

Lift Run(const Objective& objective, const std::vector<Seed>& seeds, int n_threads = 1) {
  LiftControl control;
  LiftOptions options;
  options.n_threads = n_threads;
  return LiftPoses(objective, seeds, options, control);
}

int failures = 0;

void Expect(bool condition, const std::string& what) {
  std::printf("%-6s %s\n", condition ? "ok" : "FAILED", what.c_str());
  if (!condition) ++failures;
}

void SeedWithLeastTotalErrorWins() {
  const int n_frames = 20;
  std::vector<Seed> seeds = {SeedOf(n_frames, 0.3), SeedOf(n_frames, 0), SeedOf(n_frames, 0.15)};
  const auto total = [&](const Lift& lift, int k) {
    const auto first = lift.errors.begin() + k * n_frames;
    return std::accumulate(first, first + n_frames, 0.0);
  };
  const auto best_is_least = [&](const Lift& lift) {
    for (int k = 0; k < 3; ++k) {
      if (total(lift, k) < total(lift, lift.best_seed)) return false;
    }
    return true;
  };
  const Lift lift = Run(ObjectiveOf(n_frames), seeds);
  Expect(lift.candidates.size() == 3 && lift.errors.size() == 3 * n_frames, "every seed has its candidate and errors");
  Expect(lift.best_seed == 1 && best_is_least(lift), "the seed with the least total error wins");

  seeds[1].prior.assign(n_frames, 1000.0);
  const Lift unlikely = Run(ObjectiveOf(n_frames), seeds);
  Expect(unlikely.best_seed != 1 && best_is_least(unlikely), "an unlikely hypothesis pays for it");
}

void TermsAddUpToErrors() {
  const int n_frames = 20;
  Objective objective = ObjectiveOf(n_frames);
  objective.sigmas.acceleration2d = 5000;
  Seed seed = SeedOf(n_frames, 0.2);
  seed.prior.assign(n_frames, 0.5);
  const Lift lift = Run(objective, {seed});
  const std::vector<double>& terms = lift.candidates[0].terms;
  Expect(terms.size() == static_cast<std::size_t>(kTermCount * n_frames), "every term has a cost at every frame");
  double largest = 0;
  for (int t = 0; t < n_frames; ++t) {
    double sum = 0;
    for (int term = 0; term < kTermCount; ++term) sum += terms[term * n_frames + t];
    largest = std::max(largest, std::abs(sum - lift.errors[t]));
  }
  Expect(largest < 1e-9, "terms add up to the error of every frame");
}

void OptimisingLowersTheError() {
  const int n_frames = 20;
  const Seed seed = SeedOf(n_frames, 0.2);
  const auto depth_error = [&](const std::vector<double>& poses) {
    const std::vector<double> truth = Steps(n_frames);
    double sum = 0;
    for (std::size_t i = 2; i < truth.size(); i += 3) {
      const std::size_t hip = i - i % 18 + 2;  // one camera does not tell how far away all of a pose is
      sum += std::abs((poses[i] - poses[hip]) - (truth[i] - truth[hip]));
    }
    return sum;
  };
  Objective objective = ObjectiveOf(n_frames);
  objective.sigmas.bone_length = 0.01;
  objective.sigmas.acceleration3d = 10;
  objective.sigmas.smooth3d = 4;
  const Lift lift = Run(objective, {seed});
  Expect(lift.candidates[0].solution.converged, "a small clip converges");
  Expect(depth_error(lift.candidates[0].solution.unknowns.poses) < 0.5 * depth_error(seed.poses),
         "depth relative to the hip comes nearer to the truth");
}

void ThreadsDoNotChangeTheResult() {
  const int n_frames = 30;
  std::vector<Seed> seeds;
  for (int k = 0; k < 5; ++k) seeds.push_back(SeedOf(n_frames, 0.05 * k));
  const Objective objective = ObjectiveOf(n_frames);
  const Lift one = Run(objective, seeds, 1);
  for (const int n_threads : {2, 4}) {
    const Lift several = Run(objective, seeds, n_threads);
    bool same = one.errors == several.errors && one.best_seed == several.best_seed;
    for (std::size_t k = 0; k < seeds.size(); ++k) {
      const Unknowns &a = one.candidates[k].solution.unknowns, &b = several.candidates[k].solution.unknowns;
      same &= a.poses == b.poses && a.imaging == b.imaging && a.log_lengths == b.log_lengths &&
              one.candidates[k].terms == several.candidates[k].terms;
    }
    Expect(same, std::to_string(n_threads) + " threads give the same bits as one");
  }
}

void KnownFocalLengthStays() {
  Objective objective = ObjectiveOf(10);
  Seed seed = SeedOf(10, 0.1);
  seed.imaging = {std::log(1.1 * kFocal)};
  Expect(Run(objective, {seed}).candidates[0].solution.unknowns.imaging != seed.imaging,
         "an unknown focal length is refined");
  objective.imaging.focal_known = true;
  Expect(Run(objective, {seed}).candidates[0].solution.unknowns.imaging == seed.imaging,
         "a known focal length stays as it is");
}

void TakesKnowNothingOfEachOther() {
  const int n_frames = 30, cut = 13;
  Objective both = ObjectiveOf(n_frames), first = ObjectiveOf(cut), second = both;
  both.shared_held = first.shared_held = second.shared_held = true;
  both.clip.takes = {0, cut};
  second.clip.n_frames = n_frames - cut;
  const auto drop = [=](std::vector<double>& values) {
    values.erase(values.begin(), values.begin() + values.size() / n_frames * cut);
  };
  drop(second.clip.keypoints);
  const Seed seed = SeedOf(n_frames, 0.2);
  Seed early = seed, late = seed;
  for (auto* values : {&early.poses, &early.uncertainty, &early.acceleration, &early.prior}) {
    values->resize(values->size() / n_frames * cut);
  }
  for (auto* values : {&late.poses, &late.uncertainty, &late.acceleration, &late.prior}) drop(*values);
  const auto error = [](const Lift& lift) { return std::accumulate(lift.errors.begin(), lift.errors.end(), 0.0); };
  const double apart = error(Run(first, {early})) + error(Run(second, {late}));
  Expect(std::abs(error(Run(both, {seed})) / apart - 1) < 1e-5, "two takes cost what they cost apart");
  both.clip.takes = {0};
  Expect(std::abs(error(Run(both, {seed})) / apart - 1) > 1e-2, "as one take they cost something else");
}

void EverySolverHasItsIterations() {
  SolverOptions options;
  const int chain = options.MaxIterations();
  options.solver = Solver::kCeres;
  Expect(chain > 0 && options.MaxIterations() > chain, "Ceres has more iterations by default");
  options.max_iterations = 0;
  Expect(options.MaxIterations() == 0, "no iterations are what they say");
}

void SeedBehindTheCameraIsAnError() {
  Seed seed = SeedOf(10, 0);
  for (std::size_t i = 2; i < seed.poses.size(); i += 3) seed.poses[i] = -seed.poses[i];
  for (const Solver solver : {Solver::kChain, Solver::kCeres}) {
    LiftControl control;
    LiftOptions options;
    options.solver.solver = solver;
    bool failed = false;
    try {
      LiftPoses(ObjectiveOf(10), {SeedOf(10, 0), seed}, options, control);
    } catch (const SolverError&) {
      failed = true;
    }
    Expect(failed, std::string("a seed behind the camera is a SolverError, solver ") +
                       (solver == Solver::kChain ? "chain" : "Ceres"));
  }
}

void CancellingReturnsPromptly() {
  using Clock = std::chrono::steady_clock;
  const int n_frames = 600, n_seeds = 200;
  const Objective objective = ObjectiveOf(n_frames);
  const std::vector<Seed> seeds(n_seeds, SeedOf(n_frames, 0.3));
  LiftOptions options;
  options.solver.tolerance = 1e-14;
  LiftControl control;
  Clock::time_point cancelled;
  std::thread user([&] {
    while (control.seeds_done == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    cancelled = Clock::now();
    control.cancelled = true;
  });
  LiftPoses(objective, seeds, options, control);
  const std::chrono::duration<double> taken = Clock::now() - cancelled;
  user.join();
  Expect(control.seeds_done < n_seeds, "a cancelled lift leaves the remaining seeds");
  Expect(taken.count() < 1, "a cancelled lift returns within a second");
}

/// By a message "name: value, expected ...".
bool Refused(const Objective& objective, const std::vector<Seed>& seeds, int n_threads = 1) {
  try {
    Run(objective, seeds, n_threads);
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();
    const std::size_t colon = message.find(": "), expected = message.find(", expected ");
    return colon != std::string::npos && colon < expected && expected != std::string::npos;
  }
  return false;
}

void BadInputIsRefused() {
  const int n_frames = 5;
  const Objective good = ObjectiveOf(n_frames);
  const Seed seed = SeedOf(n_frames, 0);
  const auto refused_objective = [&](const std::string& what, const std::function<void(Objective&)>& spoil) {
    Objective objective = good;
    spoil(objective);
    Expect(Refused(objective, {seed}), "refused: " + what);
  };
  const auto refused_seed = [&](const std::string& what, const std::function<void(Seed&)>& spoil) {
    Seed bad = seed;
    spoil(bad);
    Expect(Refused(good, {seed, bad}), "refused: " + what);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();

  Expect(!Refused(good, {seed}), "good input is not refused");
  Expect(Refused(good, {}), "refused: no seed");
  Expect(Refused(good, {seed}, 0), "refused: no threads");
  Expect(!Refused(good, {seed}, 1000000000), "more threads than seeds are not refused");
  refused_objective("no frames", [](Objective& o) { o.clip.n_frames = 0; });
  refused_objective("more frames than keypoints", [](Objective& o) { ++o.clip.n_frames; });
  refused_objective("one keypoint too few", [](Objective& o) { o.clip.keypoints.pop_back(); });
  refused_objective("a keypoint that is no number", [=](Objective& o) { o.clip.keypoints[4] = nan; });
  refused_objective("fps 0", [](Objective& o) { o.clip.fps = 0; });
  refused_objective("no takes", [](Objective& o) { o.clip.takes = {}; });
  refused_objective("takes that do not begin at 0", [](Objective& o) { o.clip.takes = {1, 3}; });
  refused_objective("takes that do not rise", [](Objective& o) { o.clip.takes = {0, 3, 3}; });
  refused_objective("a take that begins after the clip", [](Objective& o) { o.clip.takes = {0, 5}; });
  refused_objective("a person without height", [](Objective& o) { o.clip.person_height = 0; });
  refused_objective("no joints", [](Objective& o) { o.skeleton.n_joints = 0; });
  refused_objective("a bone to a joint that is not there", [](Objective& o) { o.skeleton.bones[0].b = 6; });
  refused_objective("a bone to joint -1", [](Objective& o) { o.skeleton.bones[0].a = -1; });
  refused_objective("a bone from a joint to itself", [](Objective& o) { o.skeleton.bones[0].b = 0; });
  refused_objective("a bone without softness", [](Objective& o) { o.skeleton.bones[0].softness = 0; });
  refused_objective("a shared length that is not there", [](Objective& o) { o.skeleton.bones[0].length = 3; });
  refused_objective("a mean length of 0", [](Objective& o) { o.skeleton.mean_lengths[0] = 0; });
  refused_objective("a hinge of a joint that is not there", [](Objective& o) { o.skeleton.hinges[0].distal = 9; });
  refused_objective("a hinge with a joint twice", [](Objective& o) { o.skeleton.hinges[0].distal = 0; });
  refused_objective("a standard deviation of 0", [](Objective& o) { o.sigmas.smooth3d = 0; });
  refused_objective("a standard deviation that is no number", [=](Objective& o) { o.sigmas.bone_length = nan; });
  refused_seed("poses too short", [](Seed& s) { s.poses.pop_back(); });
  refused_seed("a pose that is no number", [=](Seed& s) { s.poses[0] = nan; });
  refused_seed("uncertainty too long", [](Seed& s) { s.uncertainty.push_back(1); });
  refused_seed("an uncertainty of 0", [](Seed& s) { s.uncertainty[0] = 0; });
  refused_seed("up that is no unit vector", [](Seed& s) { s.up = {0, -2, 0}; });
  refused_seed("up of two numbers", [](Seed& s) { s.up = {0, -1}; });
  refused_seed("contact of no foot", [](Seed& s) { s.standing = {0.5}; });
  refused_seed("bone softness of 0", [](Seed& s) { s.bone_softness = 0; });
  refused_seed("an error scale of 0", [](Seed& s) { s.error_scale = 0; });
  refused_seed("imaging parameters of every frame", [](Seed& s) { s.imaging.assign(15, 0); });
  refused_seed("bone lengths too short", [](Seed& s) { s.log_lengths.pop_back(); });
  refused_seed("prior too short", [](Seed& s) { s.prior.pop_back(); });
}

}  // namespace

int main() {
  SilenceCeres();
  SeedWithLeastTotalErrorWins();
  TermsAddUpToErrors();
  OptimisingLowersTheError();
  ThreadsDoNotChangeTheResult();
  KnownFocalLengthStays();
  TakesKnowNothingOfEachOther();
  EverySolverHasItsIterations();
  SeedBehindTheCameraIsAnError();
  CancellingReturnsPromptly();
  BadInputIsRefused();
  return failures == 0 ? 0 : 1;
}
