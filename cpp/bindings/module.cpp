#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>

#include "dancelift/ceres_library.hpp"
#include "dancelift/lifter.hpp"

namespace py = pybind11;
using namespace py::literals;

namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// How often a running lift looks for Ctrl-C, and how long it waits for the solver to notice.
constexpr std::chrono::milliseconds kPoll(50), kGrace(300);

/// A lift on a thread of its own, so that the calling thread can answer signals. Owned by both threads: one
/// that does not stop at once when cancelled finishes its last solver step unheeded.
struct Job {
  dancelift::Objective objective;
  std::vector<dancelift::Seed> seeds;
  dancelift::LiftOptions options;
  dancelift::LiftControl control;
  dancelift::Lift result;
  std::exception_ptr failure;

  void Run() {
    try {
      result = dancelift::LiftPoses(objective, seeds, options, control);
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
  const int n_seeds = static_cast<int>(job->seeds.size());
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

Array Stack(const std::vector<dancelift::Candidate>& candidates, std::vector<double> dancelift::Candidate::*member,
            std::vector<py::ssize_t> shape) {
  shape.insert(shape.begin(), static_cast<py::ssize_t>(candidates.size()));
  Array stacked(shape);
  double* out = stacked.mutable_data();
  for (const auto& candidate : candidates) out = std::copy((candidate.*member).begin(), (candidate.*member).end(), out);
  return stacked;
}

py::dict LiftArrays(const dancelift::Objective& objective, const Array& keypoints, const Array& poses,
                    const Array& uncertainty, const Array& imaging, const Array& log_lengths, const Array& up,
                    const std::vector<double>& floor, const Array& on_floor, const Array& standing, const Array& prior,
                    const std::vector<double>& bone_softness, const std::vector<double>& error_scale,
                    const dancelift::SolverOptions& solver, int n_threads, const py::object& progress) {
  if (keypoints.ndim() != 3 || poses.ndim() != 4) {
    throw std::invalid_argument("keypoints must be (T, J, 3) and poses (K, T, J, 3)");
  }
  const py::ssize_t n_seeds = poses.shape(0), n_frames = poses.shape(1), n_joints = poses.shape(2);
  for (const Array* array : {&uncertainty, &imaging, &log_lengths, &up, &on_floor, &standing, &prior}) {
    if (array->ndim() < 2 || array->shape(0) != n_seeds) {
      throw std::invalid_argument("every array of the seeds must have their number as its first axis");
    }
  }

  for (const std::vector<double>* numbers : {&floor, &bone_softness, &error_scale}) {
    if (numbers->size() != static_cast<std::size_t>(n_seeds)) {
      throw std::invalid_argument("floor, bone_softness and error_scale must have one number a seed");
    }
  }

  const auto job = std::make_shared<Job>();
  job->objective = objective;
  job->objective.clip.n_frames = static_cast<int>(n_frames);
  job->objective.clip.keypoints = Vector(keypoints);
  job->options = {solver, n_threads};
  for (py::ssize_t k = 0; k < n_seeds; ++k) {
    job->seeds.push_back({Slice(poses, k), Slice(uncertainty, k), Slice(imaging, k), Slice(log_lengths, k),
                          Slice(up, k), floor[static_cast<std::size_t>(k)], Slice(on_floor, k), Slice(standing, k),
                          Slice(prior, k), bone_softness[static_cast<std::size_t>(k)],
                          error_scale[static_cast<std::size_t>(k)]});
  }
  RunJob(job, progress);

  const dancelift::Lift& lift = job->result;
  std::vector<int> iterations;
  std::vector<bool> converged;
  for (const auto& candidate : lift.candidates) {
    iterations.push_back(candidate.iterations);
    converged.push_back(candidate.converged);
  }
  Array errors({n_seeds, n_frames});
  std::copy(lift.errors.begin(), lift.errors.end(), errors.mutable_data());
  using dancelift::Candidate;
  return py::dict("poses"_a = Stack(lift.candidates, &Candidate::poses, {n_frames, n_joints, 3}),
                  "imaging"_a = Stack(lift.candidates, &Candidate::imaging, {imaging.size() / n_seeds}),
                  "log_lengths"_a = Stack(lift.candidates, &Candidate::log_lengths, {log_lengths.size() / n_seeds}),
                  "up"_a = Stack(lift.candidates, &Candidate::up, {3}),
                  "terms"_a = Stack(lift.candidates, &Candidate::terms, {dancelift::kTermCount, n_frames}),
                  "errors"_a = errors, "best_seed"_a = lift.best_seed, "iterations"_a = iterations,
                  "converged"_a = converged);
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
  m.doc() = "The C++ core of dancelift: multi-seed lifting with Ceres.";
  m.attr("__version__") = DANCELIFT_VERSION;
  m.attr("TERMS") = py::tuple(py::cast(dancelift::kTermNames));
  m.def("describe_ceres", &dancelift::DescribeCeres, "Ceres' version and its sparse linear algebra.");
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
                       bool weak_perspective) {
             dancelift::Objective objective;
             objective.skeleton = skeleton;
             objective.weights = weights;
             objective.clip.fps = fps;
             objective.clip.person_height = person_height;
             const auto [aspect, skew, cx, cy] = intrinsics;
             objective.imaging.perspective = {aspect, skew, cx, cy};
             objective.imaging.focal_known = focal_known;
             objective.imaging.weak_perspective = weak_perspective;
             return objective;
           }),
           "skeleton"_a, "weights"_a, "fps"_a, "person_height"_a, "intrinsics"_a, "focal_known"_a, "weak_perspective"_a,
           "person_height: of the dancer in the image, px; intrinsics: (aspect, skew, cx, cy) of "
           "dancelift.Camera.");

  using dancelift::SolverOptions;
  py::class_<SolverOptions>(m, "SolverOptions", "When a seed counts as converged.")
      .def(py::init())
      .def_readwrite("max_iterations", &SolverOptions::max_iterations)
      .def_readwrite("function_tolerance", &SolverOptions::function_tolerance)
      .def_readwrite("give_up_after", &SolverOptions::give_up_after, "iterations")
      .def_readwrite("give_up_above", &SolverOptions::give_up_above, "times the first seed's error");

  m.def("lift", &LiftArrays, "objective"_a, "keypoints"_a, "poses"_a, "uncertainty"_a, "imaging"_a, "log_lengths"_a,
        "up"_a, "floor"_a, "on_floor"_a, "standing"_a, "prior"_a, "bone_softness"_a, "error_scale"_a, "solver"_a,
        "n_threads"_a, "progress"_a = py::none(),
        "Optimise K seeds and choose one. keypoints (T, J, 3) px and score; poses (K, T, J, 3) m; uncertainty "
        "(K, T, J); imaging (K, 1) or (K, 3T); log_lengths (K, B); up (K, 3); floor (K) m; on_floor and standing (K, "
        "T, feet); prior (K, T); bone_softness and error_scale (K). Returns a dict of arrays over "
        "the "
        "seeds, terms as (K, len(TERMS), T), and the index of the best seed.");
}
