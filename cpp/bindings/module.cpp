#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "dancelift/ceres_library.hpp"
#include "dancelift/evaluation.hpp"
#include "dancelift/lifter.hpp"
#include "dancelift/supported_kernels.hpp"

namespace py = pybind11;
using namespace py::literals;

PYBIND11_MAKE_OPAQUE(std::vector<dancelift::Seed>)

namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// How often a running lift looks for Ctrl-C, and how long it waits for the solver to notice.
constexpr std::chrono::milliseconds kPoll(50), kGrace(300);

/// A lift on a thread of its own, so that the calling thread can answer signals. Owned by both threads: one
/// that does not stop at once when cancelled finishes its last solver step unheeded.
struct Job {
  dancelift::Objective objective;
  std::shared_ptr<const std::vector<dancelift::Seed>> seeds;
  dancelift::LiftOptions options;
  dancelift::LiftControl control;
  dancelift::Lift result;
  std::exception_ptr failure;

  void Run() {
    try {
      result = dancelift::LiftPoses(objective, *seeds, options, control);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard<std::mutex> lock(mutex);
    done = true;
    finished.notify_all();
  }
  bool WaitFor(std::chrono::milliseconds time) {
    std::unique_lock<std::mutex> lock(mutex);
    return finished.wait_for(lock, time, [this] { return done; });
  }

 private:
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
};

/// Threads of cancelled lifts that had not stopped yet; joined when the interpreter exits.
std::vector<std::thread> cancelled_threads;

void JoinCancelledThreads() {
  const py::gil_scoped_release release;
  for (std::thread& thread : cancelled_threads) thread.join();
  cancelled_threads.clear();
}

void RunJob(const std::shared_ptr<Job>& job, const py::object& progress) {
  const int n_seeds = static_cast<int>(job->seeds->size());
  int reported = -1;
  const auto answer = [&] {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const int seeds_done = job->control.seeds_done;
    if (!progress.is_none() && seeds_done != reported) progress(seeds_done, n_seeds);
    reported = seeds_done;
  };

  std::thread thread([job] { job->Run(); });
  try {
    while (true) {
      bool done;
      {
        const py::gil_scoped_release release;
        done = job->WaitFor(kPoll);
      }
      answer();
      if (done) break;
    }
  } catch (...) {
    job->control.cancelled = true;
    bool stopped;
    {
      const py::gil_scoped_release release;
      stopped = job->WaitFor(kGrace);
    }
    if (stopped) {
      thread.join();
    } else {
      cancelled_threads.push_back(std::move(thread));
    }
    throw;
  }
  thread.join();
  if (job->failure) std::rethrow_exception(job->failure);
}

std::vector<double> Vector(const Array& array) { return {array.data(), array.data() + array.size()}; }

/// The k-th slice along the first axis.
std::vector<double> Slice(const Array& array, py::ssize_t k) {
  const py::ssize_t size = array.size() / array.shape(0);
  return {array.data() + k * size, array.data() + (k + 1) * size};
}

/// (K, *shape) of what `values` gives of each of K things.
template <class Things, class Values>
Array Stack(const Things& things, std::vector<py::ssize_t> shape, Values values) {
  shape.insert(shape.begin(), static_cast<py::ssize_t>(things.size()));
  Array stacked(shape);
  double* out = stacked.mutable_data();
  for (const auto& thing : things) {
    const std::vector<double>& of_thing = values(thing);
    out = std::copy(of_thing.begin(), of_thing.end(), out);
  }
  return stacked;
}

/// Throws unless the first axis of each array has one entry a seed.
void RequireSeeds(py::ssize_t n_seeds, std::initializer_list<const Array*> arrays) {
  for (const Array* array : arrays) {
    if (array->ndim() < 1 || array->shape(0) != n_seeds) {
      throw std::invalid_argument("every array of the seeds must have their number as its first axis");
    }
  }
}

std::vector<dancelift::Seed> MakeSeeds(const Array& poses, const Array& uncertainty, const Array& imaging,
                                       const Array& log_lengths, const Array& up, const Array& floor,
                                       const Array& on_floor, const Array& standing, const Array& prior,
                                       const Array& bone_softness, const Array& error_scale) {
  if (poses.ndim() != 4) throw std::invalid_argument("poses must be (K, T, J, 3)");
  const py::ssize_t n_seeds = poses.shape(0);
  RequireSeeds(n_seeds, {&uncertainty, &imaging, &log_lengths, &up, &floor, &on_floor, &standing, &prior,
                         &bone_softness, &error_scale});
  std::vector<dancelift::Seed> seeds;
  for (py::ssize_t k = 0; k < n_seeds; ++k) {
    seeds.push_back({Slice(poses, k), Slice(uncertainty, k), Slice(imaging, k), Slice(log_lengths, k), Slice(up, k),
                     floor.data()[k], Slice(on_floor, k), Slice(standing, k), Slice(prior, k), bone_softness.data()[k],
                     error_scale.data()[k]});
  }
  return seeds;
}

dancelift::Objective OfClip(dancelift::Objective objective, const Array& keypoints) {
  if (keypoints.ndim() != 3) throw std::invalid_argument("keypoints must be (T, J, 3)");
  objective.clip.n_frames = static_cast<int>(keypoints.shape(0));
  objective.clip.keypoints = Vector(keypoints);
  return objective;
}

py::dict LiftArrays(const dancelift::Objective& objective, const Array& keypoints,
                    const std::shared_ptr<std::vector<dancelift::Seed>>& seeds, const dancelift::SolverOptions& solver,
                    int n_threads, const py::object& progress) {
  const auto job = std::make_shared<Job>();
  job->objective = OfClip(objective, keypoints);
  job->seeds = seeds;
  job->options = {solver, n_threads};
  RunJob(job, progress);

  const dancelift::Lift& lift = job->result;
  const py::ssize_t n_seeds = static_cast<py::ssize_t>(seeds->size()), n_frames = keypoints.shape(0);
  std::vector<int> iterations;
  std::vector<bool> converged;
  Array floor(n_seeds);
  for (py::ssize_t k = 0; k < n_seeds; ++k) {
    const dancelift::Solution& solution = lift.candidates[k].solution;
    iterations.push_back(solution.iterations);
    converged.push_back(solution.converged);
    floor.mutable_data()[k] = solution.unknowns.floor;
  }
  Array errors({n_seeds, n_frames});
  std::copy(lift.errors.begin(), lift.errors.end(), errors.mutable_data());
  const auto stack = [&](std::vector<py::ssize_t> shape, std::vector<double> dancelift::Unknowns::*member) {
    return Stack(
        lift.candidates, std::move(shape), [&](const dancelift::Candidate& one) -> const auto& {
          return one.solution.unknowns.*member;
        });
  };
  const auto size = [&](std::vector<double> dancelift::Unknowns::*member) {
    return static_cast<py::ssize_t>((lift.candidates[0].solution.unknowns.*member).size());
  };
  using dancelift::Unknowns;
  return py::dict(
      "poses"_a = stack({n_frames, keypoints.shape(1), 3}, &Unknowns::poses),
      "imaging"_a = stack({size(&Unknowns::imaging)}, &Unknowns::imaging),
      "log_lengths"_a = stack({size(&Unknowns::log_lengths)}, &Unknowns::log_lengths),
      "up"_a = stack({3}, &Unknowns::up), "floor"_a = floor, "depth"_a = stack({n_frames}, &Unknowns::depth),
      "terms"_a = Stack(
          lift.candidates, {dancelift::kTermCount, n_frames},
          [](const dancelift::Candidate& one) -> const auto& { return one.terms; }),
      "errors"_a = errors, "best_seed"_a = lift.best_seed, "iterations"_a = iterations, "converged"_a = converged);
}

Array EvaluateArrays(const dancelift::Objective& objective, const Array& keypoints,
                     const std::vector<dancelift::Seed>& seeds, const Array& poses, const Array& imaging,
                     const Array& log_lengths, const Array& up, const Array& floor, const Array& depth) {
  const dancelift::Objective of_clip = OfClip(objective, keypoints);
  Check(of_clip, seeds);
  const py::ssize_t n_seeds = static_cast<py::ssize_t>(seeds.size());
  RequireSeeds(n_seeds, {&poses, &imaging, &log_lengths, &up, &floor, &depth});
  std::vector<std::vector<double>> terms;
  for (py::ssize_t k = 0; k < n_seeds; ++k) {
    dancelift::Unknowns unknowns(of_clip, seeds[k]);
    const auto set = [&](std::vector<double>& to, const Array& from) {
      const std::vector<double> found = Slice(from, k);
      if (found.size() != to.size()) {
        throw std::invalid_argument("unknowns of " + std::to_string(found.size()) + " numbers, expected " +
                                    std::to_string(to.size()));
      }
      to = found;
    };
    set(unknowns.poses, poses);
    set(unknowns.imaging, imaging);
    set(unknowns.log_lengths, log_lengths);
    set(unknowns.up, up);
    set(unknowns.depth, depth);
    unknowns.floor = floor.data()[k];
    terms.push_back(EvaluateTerms(of_clip, seeds[k], unknowns));
  }
  return Stack(
      terms, {dancelift::kTermCount, keypoints.shape(0)},
      [](const std::vector<double>& one) -> const auto& { return one; });
}

using BoneTuple = std::tuple<int, int, int, double>;
using HingeTuple = std::tuple<int, int, int, int, bool, double, double>;
using FootTuple = std::tuple<int, double, double>;

std::vector<dancelift::Bone> Bones(const std::vector<BoneTuple>& tuples) {
  std::vector<dancelift::Bone> bones;
  for (const auto& [a, b, length, softness] : tuples) bones.push_back({a, b, length, softness});
  return bones;
}

dancelift::Skeleton MakeSkeleton(int n_joints, const std::vector<BoneTuple>& bones, const std::vector<BoneTuple>& head,
                                 const std::vector<HingeTuple>& hinges, const std::vector<FootTuple>& feet,
                                 const std::vector<double>& mean_lengths) {
  dancelift::Skeleton skeleton;
  skeleton.n_joints = n_joints;
  skeleton.bones = Bones(bones);
  skeleton.head = Bones(head);
  for (const auto& [joint, rest, rise] : feet) skeleton.feet.push_back({joint, rest, rise});
  skeleton.mean_lengths = mean_lengths;
  for (const auto& [left, right, middle, distal, on_left, sign, tolerance] : hinges) {
    skeleton.hinges.push_back({left, right, middle, distal, on_left, sign, tolerance});
  }
  return skeleton;
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "The C++ core of dancelift: multi-seed lifting.";
  m.attr("__version__") = DANCELIFT_VERSION;
  m.attr("TERMS") = py::tuple(py::cast(dancelift::kTermNames));
  m.def("describe_ceres", &dancelift::DescribeCeres, "Ceres' version and its sparse linear algebra.");
  m.def(
      "describe_kernel", [] { return dancelift::SupportedKernels().front()->name; },
      "The kind of processor for which the elimination that runs was compiled.");
  dancelift::SilenceCeres();
  py::register_local_exception_translator([](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const dancelift::SolveFailure& error) {
      py::set_error(py::module_::import("dancelift.errors").attr("SolverError"), error.what());
    }
  });
  py::module_::import("atexit").attr("register")(py::cpp_function(&JoinCancelledThreads));

  py::class_<dancelift::Skeleton>(m, "Skeleton", "Bones, rigid head and hinges of a body, by joint index.")
      .def(py::init(&MakeSkeleton), "n_joints"_a, "bones"_a, "head"_a, "hinges"_a, "feet"_a, "mean_lengths"_a,
           "bones and head: (joint, joint, shared length, softness); hinges: (left, right, middle, distal, "
           "on_left, sign, "
           "tolerance); feet: (joint, rest, rise), m; mean_lengths: m, the prior of each shared length.");

  using dancelift::Weights;
  py::class_<Weights>(m, "Weights", "Standard deviation of each term's residual; infinity leaves the term out.")
      .def(py::init())
      .def_readwrite("reprojection", &Weights::reprojection, "px, at detector score 1")
      .def_readwrite("robust", &Weights::robust, "sigmas beyond which a reprojection is an outlier")
      .def_readwrite("smooth2d", &Weights::smooth2d, "px/s")
      .def_readwrite("acceleration2d", &Weights::acceleration2d, "px/s^2")
      .def_readwrite("smooth3d", &Weights::smooth3d, "m/s")
      .def_readwrite("acceleration3d", &Weights::acceleration3d, "m/s^2")
      .def_readwrite("seed_consistency", &Weights::seed_consistency, "times the seed's own uncertainty")
      .def_readwrite("seed_depth", &Weights::seed_depth, "relative")
      .def_readwrite("bone_length", &Weights::bone_length, "m")
      .def_readwrite("head_rigidity", &Weights::head_rigidity, "m")
      .def_readwrite("joint_limit", &Weights::joint_limit, "rad")
      .def_readwrite("foot_sliding", &Weights::foot_sliding, "m/s")
      .def_readwrite("floor", &Weights::floor, "m")
      .def_readwrite("contact_robust", &Weights::contact_robust, "sigmas beyond which a contact is mistaken")
      .def_readwrite("gravity_prior", &Weights::gravity_prior, "rad")
      .def_readwrite("length_prior", &Weights::length_prior, "relative")
      .def_readwrite("camera_prior", &Weights::camera_prior, "relative")
      .def_readwrite("seed_prior", &Weights::seed_prior, "its square divides the cost of choosing a seed");

  py::class_<dancelift::Objective>(m, "Objective", "What is solved, the same for every seed.")
      .def(py::init([](const dancelift::Skeleton& skeleton, const Weights& weights, double fps, double person_height,
                       const std::tuple<double, double, double, double>& intrinsics, bool focal_known,
                       bool weak_perspective, bool shared_held, int n_held, std::vector<int> since) {
             dancelift::Objective objective;
             objective.skeleton = skeleton;
             objective.weights = weights;
             objective.clip.fps = fps;
             objective.clip.person_height = person_height;
             const auto [aspect, skew, cx, cy] = intrinsics;
             objective.imaging.perspective.aspect = aspect;
             objective.imaging.perspective.skew = skew;
             objective.imaging.perspective.cx = cx;
             objective.imaging.perspective.cy = cy;
             objective.imaging.focal_known = focal_known;
             objective.imaging.weak_perspective = weak_perspective;
             objective.shared_held = shared_held;
             objective.clip.n_held = n_held;
             objective.clip.since = std::move(since);
             return objective;
           }),
           "skeleton"_a, "weights"_a, "fps"_a, "person_height"_a, "intrinsics"_a, "focal_known"_a, "weak_perspective"_a,
           "shared_held"_a = false, "n_held"_a = 0, "since"_a = std::vector<int>(),
           "person_height: of the dancer in the image, px; intrinsics: (aspect, skew, cx, cy) of dancelift.Camera; "
           "shared_held: whether what all frames share stays where each seed starts; n_held: first frames that do; "
           "since (T): frames since the take began, or empty.");

  using dancelift::SolverOptions;
  py::class_<SolverOptions>(m, "SolverOptions", "How seeds are solved and when they count as converged.")
      .def(py::init())
      .def_readwrite("ceres", &SolverOptions::ceres, "whether Ceres solves the seeds: the reference")
      .def_readwrite("max_iterations", &SolverOptions::max_iterations)
      .def_readwrite("tolerance", &SolverOptions::tolerance, "relative decrease of the error, of every seed")
      .def_readwrite("final_tolerance", &SolverOptions::final_tolerance, "of the chosen seed and, by Ceres, of all")
      .def_readwrite("give_up_after", &SolverOptions::give_up_after, "iterations")
      .def_readwrite("give_up_above", &SolverOptions::give_up_above, "times the least error then");

  py::class_<std::vector<dancelift::Seed>, std::shared_ptr<std::vector<dancelift::Seed>>>(m, "Seeds",
                                                                                          "Where K solves start.")
      .def(py::init(&MakeSeeds), "poses"_a, "uncertainty"_a, "imaging"_a, "log_lengths"_a, "up"_a, "floor"_a,
           "on_floor"_a, "standing"_a, "prior"_a, "bone_softness"_a, "error_scale"_a,
           "poses (K, T, J, 3) m; uncertainty (K, T, J) m; imaging (K, 1) or (K, 3T); log_lengths (K, B); up (K, 3); "
           "floor (K) m; on_floor and standing (K, T, feet); prior (K, T); bone_softness and error_scale (K).");

  m.def("lift", &LiftArrays, "objective"_a, "keypoints"_a, "seeds"_a, "solver"_a, "n_threads"_a,
        "progress"_a = py::none(),
        "Optimise K seeds and choose one. keypoints (T, J, 3) px and score. Returns a dict of arrays over the seeds, "
        "terms as (K, len(TERMS), T), and the index of the best seed.");
  m.def("evaluate", &EvaluateArrays, "objective"_a, "keypoints"_a, "seeds"_a, "poses"_a, "imaging"_a, "log_lengths"_a,
        "up"_a, "floor"_a, "depth"_a,
        "What every term costs at a point, (K, len(TERMS), T): poses (K, T, J, 3) m; imaging and log_lengths as in "
        "Seeds; up (K, 3); floor (K) m; depth (K, T), log of each frame's depth relative to the seed's.");
}
