#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "bindings/filters.hpp"
#include "bindings/lift_job.hpp"
#include "bindings/objective.hpp"
#include "bindings/pose_network.hpp"
#include "bindings/seeds.hpp"
#include "bindings/shape_model.hpp"
#include "bindings/solved_seeds.hpp"
#include "dancelift/ceres_library.hpp"
#include "dancelift/lifter.hpp"
#include "dancelift/supported_kernels.hpp"
#include "dancelift/term_table.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace dancelift;
using namespace dancelift::bindings;

namespace {

py::tuple TermNames() {
  py::list names;
  for (const TermRow& row : kTerms) names.append(row.name);
  return py::tuple(names);
}

/// Of a row of term_table.hpp.
template <class Row>
void DefineSigma(py::class_<Sigmas>& sigmas, const Row& row) {
  sigmas.def_readwrite(row.name, row.member, (std::string(row.help) + " (" + row.unit + ").").c_str());
}

/// What the core throws, as dancelift's own errors.
void TranslateErrors(std::exception_ptr failure) {
  const auto set = [](const char* name, const std::exception& error) {
    py::set_error(py::module_::import("dancelift.errors").attr(name), error.what());
  };
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const SolverError& error) {
    set("SolverError", error);
  } catch (const std::invalid_argument& error) {
    set("InputError", error);
  }
}

}  // namespace

PYBIND11_MODULE(_core, m, py::mod_gil_not_used()) {
  SilenceCeres();
  py::register_local_exception_translator(&TranslateErrors);
  py::module_::import("atexit").attr("register")(py::cpp_function(&JoinCancelledThreads));

  m.doc() = R"(The C++ core of dancelift: lifting by several seeds.

K seeds, T frames, J joints, B bone lengths. Poses are in m, camera frame: x right, y down, z forward. What cannot be
used is refused by dancelift.errors.InputError, with the argument's name, its value and what was expected.)";
  m.attr("__version__") = DANCELIFT_VERSION;
  m.attr("TERMS") = TermNames();
  m.def("describe_ceres", &DescribeCeres, "Return Ceres' version and its sparse linear algebra.");
  m.def(
      "describe_kernels", [] { return SupportedKernels().front()->name; },
      "Return the kind of processor for which the innermost loops that run were compiled.");

  py::class_<Skeleton>(m, "Skeleton", "Bones, rigid head, hinges and feet of a body, by joint index.")
      .def(py::init(&MakeSkeleton), py::kw_only(), "n_joints"_a, "bones"_a, "head"_a, "hinges"_a, "feet"_a,
           "mean_lengths"_a, R"(Describe a body.

Args:
    n_joints: J.
    bones: (a, b, length, softness) of limbs and trunk: two joints, the index of their shared length, and what
        multiplies its standard deviation.
    head: the same of pairs of points that are rigid on the head.
    hinges: (left, right, middle, distal, on_left, sign, tolerance) of knees and elbows: left and right hip or shoulder,
        knee or elbow, ankle or wrist, whether the limb hangs from the left, +1 if it bends like a knee or -1 like an
        elbow, and the sine of the angle that is allowed the wrong way.
    feet: (joint, rest, rise) of ankles, heels and toes: height above the floor of a foot that is flat on it, m, and by
        how much more when it stands on its ball.
    mean_lengths: (B,), m, the prior of each shared length.)");

  py::class_<Sigmas> sigmas(m, "Sigmas", R"(Standard deviation of each term's residual; infinity leaves the term out.

Pixels are those of a dancer who is 440 px tall in the image.)");
  sigmas.def(py::init(), "Take the defaults.");
  for (const TermRow& row : kTerms) DefineSigma(sigmas, row);
  for (const RobustScaleRow& row : kRobustScales) DefineSigma(sigmas, row);

  py::class_<Objective>(m, "Objective", "What is solved, the same for every seed.")
      .def(py::init(&MakeObjective), py::kw_only(), "skeleton"_a, "sigmas"_a, "fps"_a, "person_height"_a,
           "intrinsics"_a, "focal_known"_a, "weak_perspective"_a, "shared_held"_a = false, "n_held"_a = 0,
           "takes"_a = std::vector<int>{0}, R"(State what is solved.

Args:
    skeleton: of the dancer.
    sigmas: of the terms.
    fps: frames per second.
    person_height: of the dancer in the image, px.
    intrinsics: (aspect, skew, cx, cy) of the camera, the skew as a fraction of the focal length.
    focal_known: whether the focal length stays where each seed starts.
    weak_perspective: whether every frame has a scale and a shift instead of a focal length.
    shared_held: whether all that frames share stays where each seed starts.
    n_held: first frames that do.
    takes: first frame of each take; motion in one tells nothing of that in another.)");

  py::class_<Seeds>(m, "Seeds", "Where K solves start.")
      .def(py::init(&MakeSeeds), py::kw_only(), "poses"_a, "uncertainty"_a, "acceleration"_a, "imaging"_a,
           "log_lengths"_a, "up"_a, "floor"_a, "on_floor"_a, "standing"_a, "prior"_a, "bone_softness"_a,
           "error_scale"_a,
           R"(Copy where they start.

Args:
    poses: (K, T, J, 3), P*, m.
    uncertainty: (K, T, J), of each joint, m.
    acceleration: (K, T, J, 3), expected P_t - 2 P_{t-1} + P_{t-2} of each joint, m.
    imaging: (K, 1), log of the focal length, or (K, 3 T), log of the scale and the shift of each frame.
    log_lengths: (K, B), log of each shared bone length, m.
    up: (K, 3), unit vectors against gravity.
    floor: (K,), height of the floor along `up`, m.
    on_floor: (K, T, feet), probability that a joint of the foot is on the floor.
    standing: (K, T, feet), probability that it is there and does not move.
    prior: (K, T), cost of choosing the seed's hypothesis.
    bone_softness: (K,), multiplies the standard deviation of every bone's length.
    error_scale: (K,), multiplies every error.)");

  py::enum_<Solver>(m, "Solver", "What seeds are solved by.")
      .value("CHAIN", Solver::kChain, "Made for clips; seeds that cannot win are given up.")
      .value("CERES", Solver::kCeres, "Every seed by Ceres, to convergence: the reference.");

  py::class_<SolverOptions>(m, "SolverOptions", R"(How seeds are solved and when they count as converged.

A tolerance is the relative decrease of the error in one step below which a seed has converged.)")
      .def(py::init(), "Take the defaults.")
      .def_readwrite("solver", &SolverOptions::solver, "What the seeds are solved by.")
      .def_readwrite("max_iterations", &SolverOptions::max_iterations,
                     "Iterations of each seed, at most; None is the solver's own default.")
      .def_readwrite("tolerance", &SolverOptions::tolerance, "Tolerance of every seed.")
      .def_readwrite("final_tolerance", &SolverOptions::final_tolerance,
                     "Tolerance of the seed that is chosen and, by Ceres, of all.")
      .def_readwrite("give_up_after", &SolverOptions::give_up_after,
                     "Iterations after which seeds that cannot win are given up.")
      .def_readwrite("give_up_above", &SolverOptions::give_up_above,
                     "Times the least error then, above which a seed cannot win.");

  py::class_<UnknownArrays>(m, "Unknowns", "All that the optimisation of K seeds finds.")
      .def(py::init(&MakeUnknowns), py::kw_only(), "poses"_a, "imaging"_a, "log_lengths"_a, "up"_a, "floor"_a,
           "depth"_a, "Hold these arrays; those of float64 in C order are not copied.")
      .def_readonly("poses", &UnknownArrays::poses, "Poses (K, T, J, 3), m.")
      .def_readonly("imaging", &UnknownArrays::imaging,
                    "Log of the focal length (K, 1), or log scale and shift of each frame (K, 3 T).")
      .def_readonly("log_lengths", &UnknownArrays::log_lengths, "Log of each shared bone length (K, B), m.")
      .def_readonly("up", &UnknownArrays::up, "Unit vectors against gravity (K, 3).")
      .def_readonly("floor", &UnknownArrays::floor, "Height of the floor along `up` (K,), m.")
      .def_readonly("depth", &UnknownArrays::depth, "Log of each frame's depth relative to the seed's (K, T).");

  py::class_<SolvedSeeds>(m, "SolvedSeeds", "What K seeds come to.")
      .def_readonly("unknowns", &SolvedSeeds::unknowns, "Where each seed ended.")
      .def_readonly("terms", &SolvedSeeds::terms, "Each term's cost at each frame (K, len(TERMS), T).")
      .def_readonly("errors", &SolvedSeeds::errors, "The sum of all terms, e_t^k (K, T).")
      .def_readonly("best_seed", &SolvedSeeds::best_seed, "The seed with the least total error, k*.")
      .def_readonly("iterations", &SolvedSeeds::iterations, "Iterations of each seed.")
      .def_readonly("converged", &SolvedSeeds::converged, "Whether each seed converged.");

  py::class_<PoseNetwork>(m, "PoseNetwork", "The temporal network of a pose prior, ready to run.")
      .def(py::init(&MakePoseNetwork), py::kw_only(), "weights"_a, "dilations"_a, R"(Take the weights.

Args:
    weights: by name, see dancelift.priors.pose_net.PoseNet.
    dilations: of the blocks' convolutions, frames.)")
      .def("run", &RunPoseNetwork, "features"_a, py::kw_only(), "n_threads"_a,
           R"(Return the outputs (B, T, outputs) of B clips; they do not depend on n_threads.

Args:
    features: (B, T, features) of the clips.
    n_threads: threads that read clips side by side.)");

  m.attr("KEYPOINT_NOISE") = kKeypointNoise;
  m.attr("SIDEWAYS_NOISE") = kSidewaysNoise;
  m.attr("NEIGHBOUR_TEMPERING") = kNeighbourTempering;
  m.def("view_rotations", &ViewRotationArray,
        R"(Return the tabulated rotations (pitches, yaws, 3, 3) of the body frame to the view frame.

A view is named by its state, the index of its pitch times the number of yaws plus that of its yaw.)");
  m.def("likeliest_turn", &LikeliestTurnArrays, "log_likelihood"_a, "fps"_a,
        R"(Return the likeliest turn of a body, the yaw's index (T,), and the cost of turning at each frame (T,).

Args:
    log_likelihood: (T, Y) of yaws all the way round.
    fps: frames per second.)");
  m.def("smooth_depth", &SmoothDepthArray, "depth"_a, "fps"_a,
        "Return the depth (T,) of the mid-hip over time, m, from what each frame says by itself.");

  m.def("running_median", &RunningMedianOf, "values"_a, "window"_a,
        "Return the running median along the first axis over about `window` frames.");
  m.def("gaussian_smooth", &GaussianSmoothOf, "values"_a, "sigma"_a,
        "Filter along the first axis by a Gaussian of `sigma` frames.");
  m.def(
      "place", &PlaceArrays, py::kw_only(), "relative"_a, "rays"_a, "weights"_a, "fps"_a,
      R"(Return where a body of which only the pose is known lies (T, 3), m, camera frame: on the rays of its keypoints.

Args:
    relative: (T, J, 3) poses relative to the mid-hip, m, camera frame.
    rays: (T, J, 2) of the keypoints.
    weights: (T, J) of the joints; 0 is not seen.
    fps: frames per second.)");

  py::class_<TurnArrays>(m, "BodyTurns", "The turns of a body over a clip under B assumptions, and where it is.")
      .def_readonly("turn", &TurnArrays::turn, "Camera frame to view frame (B, T, 3, 3).")
      .def_readonly("rays", &TurnArrays::rays, "Of the seen joints in the view frame (B, T, S, 2).")
      .def_readonly("corrected", &TurnArrays::corrected,
                    "The same without the perspective that enlarges what is near (B, T, S, 2).")
      .def_readonly("depth", &TurnArrays::depth, "Of the mid-hip (B, T), m.")
      .def_readonly("state", &TurnArrays::state, "Of the view (B, T).")
      .def_readonly("cost", &TurnArrays::cost, "Minus log likelihood (B, T).")
      .def_readonly("greatest", &TurnArrays::greatest, "Log likelihood of the likeliest yaw (B, T).");

  py::class_<ShapeModel>(m, "ShapeModel",
                         R"(What a body of Gaussian shape looks like from every side, and its pose given how it looks.

The body stands upright and is seen from a pitch and a yaw. Its keypoints are Gaussian then, and so is the pose given
the keypoints (Bishop 2006, Pattern Recognition and Machine Learning, eq. 2.113-2.117). Tables over the states of the
view are made as far as they are asked for; one thread at a time asks.)")
      .def(py::init(&MakeShapeModel), "mean"_a, "covariance"_a, "seen"_a, R"(Take a body.

Args:
    mean: (J, 3), m, and
    covariance: (3 J, 3 J), m^2, of the joints, body frame.
    seen: (S,) the joints that are seen.)")
      .def_property_readonly("mean", &MeanOf, "Of the joints (J, 3), m, body frame.")
      .def_property_readonly("covariance", &CovarianceOf, "Of the joints (3 J, 3 J), m^2, body frame.")
      .def_property_readonly("seen", &SeenJointsOf, "The joints that are seen (S,).")
      .def("log_likelihood", &LogLikelihoodOf, "rays"_a, "pitch"_a, "depth"_a = py::none(), "every_yaw"_a = 1,
           R"(Return the log likelihood (T, Y) of every frame for every n-th yaw, and the depth (T, Y) it is for.

Args:
    rays: (T, S, 2) of the seen joints, view frame.
    pitch: (T,) index of the view's pitch.
    depth: (T,) of the mid-hip, m; None: the likeliest for each yaw.
    every_yaw: which n.)")
      .def("likeliest_depth", &LikeliestDepthOf, "rays"_a, "state"_a,
           "Return the mid-hip's likeliest depth (T,), m, of rays (T, S, 2) in views of state (T,).")
      .def("expected_body", &ExpectedBodyOf, "state"_a, "y"_a,
           R"(Return the pose (T, 3 J) given the keypoints, m, body frame, relative to the mid-hip.

Args:
    state: (T,) of the view.
    y: (T, S, 2) keypoints, m at the depth of the mid-hip.)")
      .def("explained", &ExplainedOf, "state"_a, "away"_a,
           R"(Return by how much the pose is away from its mean (T, 3 J), m, body frame.

Args:
    state: (T,) of the view.
    away: (T, S, 2) by how much the keypoints are away from theirs, m.)")
      .def("posterior_sum", &PosteriorSumOf, "state"_a,
           "Return the pose's covariance given the keypoints (3 J, 3 J), m^2, summed over frames of states (T,).")
      .def("depth_deviation", &DepthDeviationOf, "state"_a,
           "Return the standard deviation (T, J) of the joints' depth given the keypoints, m, in states (T,).")
      .def("find_turns", &FindTurnArrays, py::kw_only(), "rays"_a, "root"_a, "fps"_a, "up"_a, "scale"_a, "avoid"_a,
           "every_yaw"_a, "n_threads"_a,
           R"(Find the body's turn over a clip and its depth under B assumptions; it does not depend on n_threads.

Args:
    rays: (T, S, 2) of the seen joints, camera frame.
    root: (T, 2) ray through the middle of the trunk.
    fps: frames per second.
    up: (B, 3) unit vectors against gravity, camera frame.
    scale: (B,) multiplies the depth found, and so the body's size.
    avoid: B of yaws (T,), by index, that the turn keeps away from by a third of a half turn, or None.
    every_yaw: look at every n-th yaw only.
    n_threads: that look at assumptions side by side.)");

  m.def("lift", &SolveSeeds, py::kw_only(), "objective"_a, "keypoints"_a, "seeds"_a, "options"_a, "n_threads"_a,
        "progress"_a = py::none(), R"(Optimise K seeds and choose one; the result does not depend on n_threads.

Args:
    objective: what is solved.
    keypoints: (T, J, 3), x and y in px and score; score 0 is not seen.
    seeds: where the solves start.
    options: how they are solved.
    n_threads: threads that solve seeds side by side.
    progress: called with the number of seeds done and of all seeds.

Raises:
    InputError: an argument cannot be used.
    SolverError: a seed could not be optimised.
    KeyboardInterrupt: Ctrl-C.)");
  m.def("evaluate", &EvaluateSeeds, py::kw_only(), "objective"_a, "keypoints"_a, "seeds"_a, "unknowns"_a,
        R"(Return what every term costs each seed at each frame, (K, len(TERMS), T).

Args:
    objective: what would be solved.
    keypoints: (T, J, 3), x and y in px and score.
    seeds: where the solves would start.
    unknowns: where the terms are evaluated.

Raises:
    InputError: an argument cannot be used.)");
}
