#include "bindings/solved_seeds.hpp"

#include <algorithm>
#include <utility>

#include "dancelift/evaluation.hpp"
#include "dancelift/term_table.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift::bindings {
namespace {

/// The objective of a clip with these keypoints, which are those of the seeds' frames and joints.
Objective OfClip(Objective objective, const Array& keypoints, const Seeds& seeds) {
  RequireShape("keypoints", keypoints, {{"T", seeds.n_frames}, {"J", seeds.n_joints}, {"3", 3}});
  objective.clip.n_frames = static_cast<int>(keypoints.shape(0));
  objective.clip.keypoints = ToVector(keypoints);
  return objective;
}

UnknownArrays StackUnknowns(const std::vector<Candidate>& candidates, py::ssize_t n_frames, py::ssize_t n_joints) {
  const auto stack = [&](std::vector<double> Unknowns::*member, std::vector<py::ssize_t> shape) {
    return Stack(
        candidates,
        std::move(shape), [&](const Candidate& one) -> const auto& { return one.solution.unknowns.*member; });
  };
  const Unknowns& first = candidates.front().solution.unknowns;
  Array floor(static_cast<py::ssize_t>(candidates.size()));
  std::transform(candidates.begin(), candidates.end(), floor.mutable_data(),
                 [](const Candidate& one) { return one.solution.unknowns.floor; });
  return {stack(&Unknowns::poses, {n_frames, n_joints, 3}),
          stack(&Unknowns::imaging, {static_cast<py::ssize_t>(first.imaging.size())}),
          stack(&Unknowns::log_lengths, {static_cast<py::ssize_t>(first.log_lengths.size())}),
          stack(&Unknowns::up, {3}),
          floor,
          stack(&Unknowns::depth, {n_frames})};
}

void CheckUnknowns(const UnknownArrays& arrays) {
  RequireShape("poses", arrays.poses, {{"K"}, {"T"}, {"J"}, {"3", 3}});
  const Axis k{"K", arrays.poses.shape(0)};
  RequireShape("imaging", arrays.imaging, {k, {"1 or 3 T"}});
  RequireShape("log_lengths", arrays.log_lengths, {k, {"B", Axis::kAny}});
  RequireShape("up", arrays.up, {k, {"3", 3}});
  RequireShape("floor", arrays.floor, {k});
  RequireShape("depth", arrays.depth, {k, {"T", arrays.poses.shape(1)}});
}

}  // namespace

UnknownArrays MakeUnknowns(const Array& poses, const Array& imaging, const Array& log_lengths, const Array& up,
                           const Array& floor, const Array& depth) {
  UnknownArrays arrays{poses, imaging, log_lengths, up, floor, depth};
  CheckUnknowns(arrays);
  return arrays;
}

SolvedSeeds SolveSeeds(const Objective& objective, const Array& keypoints, const Seeds& seeds,
                       const SolverOptions& options, int n_threads, const Progress& progress) {
  const Lift lift = LiftInterruptibly(OfClip(objective, keypoints, seeds), seeds.each, {options, n_threads}, progress);
  SolvedSeeds solved;
  solved.unknowns = StackUnknowns(lift.candidates, seeds.n_frames, seeds.n_joints);
  solved.terms = Stack(
      lift.candidates, {kTermCount, seeds.n_frames}, [](const Candidate& one) -> const auto& { return one.terms; });
  solved.errors = Array({seeds.Count(), seeds.n_frames});
  std::copy(lift.errors.begin(), lift.errors.end(), solved.errors.mutable_data());
  solved.best_seed = lift.best_seed;
  for (const Candidate& one : lift.candidates) {
    solved.iterations.push_back(one.solution.iterations);
    solved.converged.push_back(one.solution.converged);
  }
  return solved;
}

Array EvaluateSeeds(const Objective& objective, const Array& keypoints, const Seeds& seeds,
                    const UnknownArrays& arrays) {
  const Objective of_clip = OfClip(objective, keypoints, seeds);
  Check(of_clip, *seeds.each);
  CheckUnknowns(arrays);  // again: an array can be resized in place
  const Seed& first = seeds.each->front();
  const Axis k{"K", seeds.Count()};
  RequireShape("unknowns.poses", arrays.poses, {k, {"T", seeds.n_frames}, {"J", seeds.n_joints}, {"3", 3}});
  RequireShape("unknowns.imaging", arrays.imaging, {k, {"1 or 3 T", static_cast<py::ssize_t>(first.imaging.size())}});
  RequireShape("unknowns.log_lengths", arrays.log_lengths,
               {k, {"B", static_cast<py::ssize_t>(first.log_lengths.size())}});

  std::vector<std::vector<double>> terms;
  for (py::ssize_t i = 0; i < seeds.Count(); ++i) {
    Unknowns unknowns(of_clip, (*seeds.each)[i]);
    unknowns.poses = Slice(arrays.poses, i);
    unknowns.imaging = Slice(arrays.imaging, i);
    unknowns.log_lengths = Slice(arrays.log_lengths, i);
    unknowns.up = Slice(arrays.up, i);
    unknowns.floor = arrays.floor.data()[i];
    unknowns.depth = Slice(arrays.depth, i);
    terms.push_back(EvaluateTerms(of_clip, (*seeds.each)[i], unknowns));
  }
  return Stack(
      terms, {kTermCount, seeds.n_frames}, [](const std::vector<double>& one) -> const auto& { return one; });
}

}  // namespace dancelift::bindings
