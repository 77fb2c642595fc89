"""The C++ core by itself: a pair of legs that step on the spot."""

import numpy as np
import pytest

from dancelift import _core
from dancelift.errors import DanceliftError, InputError, SolverError
from fixtures.legs import Bone, Foot, Hinge, J, K, T, evaluate, keypoints, lift, objective, seed_arrays, skeleton

UNKNOWNS = ("poses", "imaging", "log_lengths", "up", "floor", "depth")


def unknown_arrays(unknowns):
    return {name: getattr(unknowns, name) for name in UNKNOWNS}


def test_solved_seeds_have_arrays_of_every_seed():
    solved = lift()
    shapes = [(K, T, J, 3), (K, 1), (K, 3), (K, 3), (K,), (K, T)]
    assert [array.shape for array in unknown_arrays(solved.unknowns).values()] == shapes
    assert solved.terms.shape == (K, len(_core.TERMS), T)
    np.testing.assert_allclose(solved.terms.sum(axis=1), solved.errors)
    assert solved.best_seed == solved.errors.sum(axis=1).argmin()
    assert len(solved.iterations) == len(solved.converged) == K
    assert solved.terms is solved.terms
    assert solved.unknowns.poses is solved.unknowns.poses


def test_terms_are_those_of_an_evaluation():
    solved = lift()
    np.testing.assert_array_equal(evaluate(solved.unknowns), solved.terms)
    copied = {name: np.array(array) for name, array in unknown_arrays(solved.unknowns).items()}
    np.testing.assert_array_equal(evaluate(_core.Unknowns(**copied)), solved.terms)


def test_every_term_has_a_standard_deviation_with_its_unit():
    names = [name for name in dir(_core.Sigmas) if not name.startswith("_")]
    assert sorted(names) == sorted([*_core.TERMS, "robust", "contact_robust"])
    assert _core.Sigmas.smooth3d.__doc__.strip() == "Speed of a joint (m/s)."
    for name in names:
        assert getattr(_core.Sigmas, name).__doc__.strip().endswith(").")


@pytest.mark.parametrize("name", [*_core.TERMS, "robust", "contact_robust"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_standard_deviation_that_is_none_is_refused_by_name(name, value):
    sigmas = _core.Sigmas()
    setattr(sigmas, name, value)
    with pytest.raises(InputError, match=rf"^sigmas\.{name}: .*, expected a positive number or infinity$"):
        lift(of=objective(sigmas))


def test_terms_of_infinite_standard_deviation_are_left_out():
    sigmas = _core.Sigmas()
    sigmas.smooth3d = sigmas.joint_limit = float("inf")
    terms = lift(of=objective(sigmas)).terms.sum(axis=(0, 2))
    left_out = {name for name, cost in zip(_core.TERMS, terms, strict=True) if cost == 0}
    assert {"smooth3d", "joint_limit"} <= left_out
    assert "acceleration3d" not in left_out


def test_arguments_are_taken_by_keyword_only():
    arrays = seed_arrays()
    with pytest.raises(TypeError):
        _core.Seeds(*arrays.values())
    with pytest.raises(TypeError):
        _core.Unknowns(*unknown_arrays(lift().unknowns).values())
    with pytest.raises(TypeError):
        _core.lift(objective(), keypoints(), _core.Seeds(**arrays), _core.SolverOptions(), 1)


def other_shapes():
    """Arrays of the seeds that have another shape than they must have."""
    for name, array in seed_arrays().items():
        others = {"an axis more": array[:, None], "flat": array.ravel(), "no axis": array.sum(), "no seed": array[:0]}
        if name != "poses":  # it is what the others must agree with
            others["a seed less"] = array[:1]
        if name not in ("on_floor", "standing", "log_lengths"):  # a skeleton may have no feet and no bones
            others["nothing"] = array[..., :0]
        for what, other in others.items():
            if np.shape(other) != array.shape:
                yield pytest.param(name, other, id=f"{name}, {what}")


@pytest.mark.parametrize("name, other", list(other_shapes()))
def test_array_of_another_shape_is_refused_by_name(name, other):
    with pytest.raises(InputError) as refused:
        _core.Seeds(**seed_arrays() | {name: other})
    assert str(refused.value).startswith(f"{name}: shape {np.shape(other)}, expected (K")


def test_seeds_that_differ_in_number_or_feet_are_refused():
    with pytest.raises(InputError, match=r"^uncertainty: shape \(2, .*expected \(K, T, J\) with K = 1, T = 20, J = 6$"):
        _core.Seeds(**seed_arrays() | {"poses": seed_arrays()["poses"][:1]})
    with pytest.raises(InputError, match=r"^standing: shape \(2, 20, 2\), .* feet = 0$"):
        _core.Seeds(**seed_arrays() | {"on_floor": np.zeros((K, T, 0))})
    with pytest.raises(InputError, match=r"^seeds\[0\]\.on_floor: 0 numbers, expected 40$"):
        lift(seeds=_core.Seeds(**seed_arrays(n_feet=0)))


@pytest.mark.parametrize(
    "shape", [(T, 3 * J, 1), (3 * T, J, 1), (T, J * 3), (T * J * 3,), (1, T, J, 3)], ids=lambda shape: str(shape)
)
def test_keypoints_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"^keypoints: shape .*, expected \(T, J, 3\) with T = 20, J = 6$"):
        lift(points=keypoints().reshape(shape))


@pytest.mark.parametrize("points", [keypoints(T - 1), keypoints()[:0], keypoints()[:, :0], keypoints()[..., :2]])
def test_keypoints_of_other_frames_or_joints_are_refused(points):
    with pytest.raises(InputError, match=r"^keypoints: shape .*, expected \(T, J, 3\)"):
        lift(points=points)


@pytest.mark.parametrize("name", UNKNOWNS)
def test_unknowns_of_another_shape_are_refused(name):
    arrays = unknown_arrays(lift().unknowns)
    with pytest.raises(InputError, match=rf"^{name}: shape .*, expected \(K"):
        _core.Unknowns(**arrays | {name: arrays[name][..., :0]} if name != "log_lengths" else {**arrays, name: [0.0]})
    one = _core.Unknowns(**{name: array[:1] for name, array in arrays.items()})
    with pytest.raises(InputError, match=r"^unknowns\.poses: shape \(1, .*, expected .* with K = 2"):
        evaluate(one)


def test_unknowns_of_another_camera_are_refused():
    arrays = unknown_arrays(lift().unknowns)
    weak = _core.Unknowns(**arrays | {"imaging": np.zeros((K, 3 * T))})
    with pytest.raises(InputError, match=r"^unknowns\.imaging: shape \(2, 60\)"):
        evaluate(weak)


@pytest.mark.parametrize("n_threads", [0, -1])
def test_no_threads_are_refused(n_threads):
    with pytest.raises(InputError, match=rf"^n_threads: {n_threads}, expected at least 1$"):
        lift(n_threads=n_threads)


def test_threads_that_have_nothing_to_do_do_no_harm():
    np.testing.assert_array_equal(lift(n_threads=2_000_000_000).errors, lift().errors)


@pytest.mark.parametrize("takes", [[], [1], [0, 0], [0, 9, 4], [0, T], [0, 2_000_000_000], [-1, 3]])
def test_takes_that_are_none_are_refused(takes):
    with pytest.raises(InputError, match=r"^takes.*, expected"):
        lift(of=objective(takes=takes))


def test_motion_does_not_reach_from_a_take_to_the_next():
    cut = 9
    motion = [_core.TERMS.index(name) for name in ("smooth2d", "smooth3d", "acceleration3d", "foot_sliding")]
    one, two = (lift(of=objective(takes=takes)).terms[:, motion] for takes in ([0], [0, cut]))
    assert (one[..., cut] > 0).all()
    assert (two[..., cut] == 0).all()
    assert (two[:, 2, cut + 1] == 0).all()
    assert (two[..., cut + 2] > 0).all()


def test_seed_behind_the_camera_is_a_solver_error():
    arrays = seed_arrays()
    arrays["poses"][1, ..., 2] *= -1
    for solver in (_core.Solver.CHAIN, _core.Solver.CERES):
        options = _core.SolverOptions()
        options.solver = solver
        with pytest.raises(SolverError) as failed:
            lift(options=options, seeds=_core.Seeds(**arrays))
        assert isinstance(failed.value, DanceliftError)


def test_every_solver_has_its_own_number_of_iterations():
    options = _core.SolverOptions()
    assert options.max_iterations is None
    chain = lift(options=options)
    options.solver = _core.Solver.CERES
    ceres = lift(options=options)
    assert all(ceres.converged)
    assert chain.errors.sum(axis=1).min() == pytest.approx(ceres.errors.sum(axis=1).min(), rel=1e-3)
    options.max_iterations = 1
    assert lift(options=options).iterations == [1, 1]
    options.solver, options.max_iterations = _core.Solver.CHAIN, 0
    np.testing.assert_array_equal(lift(options=options).unknowns.poses, seed_arrays()["poses"])
    options.max_iterations = -1
    with pytest.raises(InputError, match="^max_iterations: -1, expected at least 0$"):
        lift(options=options)


def test_progress_is_told_of_every_seed_and_can_stop_the_lift():
    calls = []
    lift(progress=lambda *counts: calls.append(counts))
    assert calls[-1] == (K, K)

    def stop(done, total):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        lift(progress=stop)


def test_skeleton_needs_neither_feet_nor_bones():
    body = skeleton(feet=[], bones=[], mean_lengths=[])
    arrays = seed_arrays(n_feet=0) | {"log_lengths": np.zeros((K, 0))}
    solved = lift(of=objective(skeleton=body), seeds=_core.Seeds(**arrays))
    assert solved.unknowns.log_lengths.shape == (K, 0)
    assert np.isfinite(solved.errors).all()


@pytest.mark.parametrize(
    "given, message",
    [
        ({"bones": [Bone(0, 6, 0, 1.0)]}, r"bones\[0\]\.b: 6, expected a joint from 0 to 5"),
        ({"bones": [Bone(0, 1, 3, 1.0)]}, r"bones\[0\]\.length: 3, expected one of the 3 mean_lengths"),
        ({"hinges": [Hinge(0, 1, 2, 2, True, 1.0, 0.0)]}, r"hinges\[0\]\.distal: 2, expected four different joints"),
        ({"feet": [Foot(4, -1.0, 0.1)]}, r"feet\[0\]\.rest: -1, expected 0 or more"),
    ],
)
def test_skeleton_that_is_none_is_refused(given, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        lift(of=objective(skeleton=skeleton(**given)))
