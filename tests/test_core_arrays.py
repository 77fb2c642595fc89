"""What the C++ core makes of arrays of any kind: it reads them as they are meant, or refuses them, and copies them."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from dancelift import _core
from dancelift.errors import DanceliftError, InputError
from fixtures.legs import J, K, T, evaluate, keypoints, lift, objective, seed_arrays

UNKNOWNS = ("poses", "imaging", "log_lengths", "up", "floor", "depth")


def padded(array):
    """The same numbers, every second entry of a larger array along every axis."""
    larger = np.full([2 * n for n in array.shape], np.nan)
    view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def unaligned(array):
    """The same numbers, where no double should begin."""
    buffer = bytearray(array.nbytes + 1)
    view = np.frombuffer(buffer, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    assert not view.flags.aligned
    return view


def read_only(array):
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "backwards": lambda array: np.ascontiguousarray(array[::-1])[::-1],
    "every second entry": padded,
    "unaligned": unaligned,
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "read-only": read_only,
    "lists": lambda array: array.tolist(),
    "a subclass": lambda array: array.view(np.ma.MaskedArray),
    "objects": lambda array: array.astype(object),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_numbers_are_read_however_they_lie_in_memory(layout):
    expected = lift()
    seeds = _core.Seeds(**{name: layout(array) for name, array in seed_arrays().items()})
    solved = lift(seeds=seeds, points=layout(keypoints()))
    np.testing.assert_array_equal(solved.errors, expected.errors)
    np.testing.assert_array_equal(solved.unknowns.poses, expected.unknowns.poses)
    unknowns = _core.Unknowns(**{name: layout(getattr(solved.unknowns, name)) for name in UNKNOWNS})
    np.testing.assert_array_equal(evaluate(unknowns), solved.terms)


@pytest.mark.parametrize("dtype", ["f4", "f2", "i4", "u2"])
def test_other_types_of_number_are_converted(dtype):
    points = np.round(keypoints()).astype(dtype)
    np.testing.assert_array_equal(lift(points=points).errors, lift(points=points.astype(float)).errors)


NO_NUMBERS = {
    "text": np.full((T, J, 3), "1x"),
    "records": np.zeros((T, J), "f8,f8,f8"),
    "ragged": [[1.0], [2.0, 3.0]],
    "a dictionary": {},
    "objects": np.full((T, J, 3), object(), object),
    "a generator": (x for x in ()),
}


@pytest.mark.filterwarnings("ignore")  # NumPy's, of numbers that lose a part
@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_array_of_numbers_is_refused(value):
    for call in (lambda: lift(points=value), lambda: _core.Seeds(**seed_arrays() | {"poses": value})):
        with pytest.raises((TypeError, ValueError)):
            call()


@pytest.mark.parametrize("name", seed_arrays())
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324])
def test_numbers_of_seeds_that_are_none_or_absurd_give_a_result_or_an_error(name, number):
    arrays = seed_arrays()
    arrays[name].flat[arrays[name].size // 2] = number
    try:
        solved = lift(seeds=_core.Seeds(**arrays))
    except DanceliftError:
        return
    assert np.isfinite(number) or (name, number) == ("bone_softness", np.inf)
    assert np.isfinite(solved.unknowns.poses[solved.best_seed]).all()
    if name != "prior":  # which is added as it is
        assert np.isfinite(solved.errors[solved.best_seed]).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("number", [np.nan, np.inf, 1e308, -1e308, -1.0])
def test_keypoints_that_are_none_or_absurd_give_a_result_or_an_error(axis, number):
    points = keypoints()
    points[3, 2, axis] = number
    try:
        solved = lift(points=points)
    except DanceliftError:
        return
    assert np.isfinite(number)
    assert np.isfinite(solved.unknowns.poses).all()


def test_shapes_without_numbers_are_refused_before_they_are_copied():
    """Views of one number that stand for more than any memory holds."""
    endless = np.broadcast_to(0.0, (2**40, J, 3))
    with pytest.raises((DanceliftError, MemoryError, TypeError, ValueError)):
        lift(points=endless)
    with pytest.raises((DanceliftError, MemoryError, TypeError, ValueError)):
        _core.Seeds(**seed_arrays() | {"poses": np.broadcast_to(0.0, (2, 2**40, J, 3))})


@pytest.mark.parametrize("shape", [(0,), (0, T, J, 3), (2, 0, J, 3), (2, T, 0, 3), (2, T, J, 0), (2**31, 0, J, 3)])
def test_empty_arrays_are_refused(shape):
    with pytest.raises(InputError, match="^poses: shape"):
        _core.Seeds(**seed_arrays() | {"poses": np.zeros(shape)})


@pytest.mark.parametrize("n_threads", [1, 2])
def test_what_changes_while_a_lift_runs_does_not_change_its_result(n_threads):
    """The caller's arrays and options are another thread's to change once the core has them."""
    expected = lift(n_threads=n_threads)
    arrays, points, sigmas, options = seed_arrays(), keypoints(), _core.Sigmas(), _core.SolverOptions()
    seeds, stated = _core.Seeds(**arrays), objective(sigmas)
    over = threading.Event()

    def change() -> None:
        for name in seed_arrays():
            arrays[name][...] = np.nan
        points[...] = np.nan
        while not over.is_set():
            sigmas.reprojection, options.max_iterations = np.nan, -1
            over.wait(1e-4)

    thread = threading.Thread(target=change)

    def first(*counts: int) -> None:
        if thread.ident is None:
            thread.start()

    solved = lift(n_threads=n_threads, seeds=seeds, points=points, of=stated, options=options, progress=first)
    over.set()
    thread.join()
    assert np.isnan(points).all()
    np.testing.assert_array_equal(solved.errors, expected.errors)


def test_lifts_of_one_set_of_seeds_can_run_side_by_side_and_within_each_other():
    seeds, expected, found = _core.Seeds(**seed_arrays()), lift(), []
    threads = [threading.Thread(target=lambda: found.append(lift(n_threads=2, seeds=seeds))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lift(progress=lambda *counts: found.append(lift(seeds=seeds)))
    assert len(found) >= 5
    for solved in found:
        np.testing.assert_array_equal(solved.errors, expected.errors)


def test_arrays_of_a_result_outlive_it_and_are_the_callers_own():
    solved = lift()
    poses = solved.unknowns.poses
    kept = poses.copy()
    del solved
    lift()
    np.testing.assert_array_equal(poses, kept)


@pytest.mark.parametrize("given", [1, "objective", SimpleNamespace(), _core.Sigmas(), np.ones(1)])
def test_other_objects_in_the_place_of_the_cores_own_are_refused(given):
    for name in ("of", "seeds", "options"):
        with pytest.raises(TypeError):
            lift(**{name: given})
    with pytest.raises(TypeError):
        evaluate(given)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 10**30, 1.5, "1", None])
def test_numbers_of_threads_that_are_none_are_refused(value):
    with pytest.raises((TypeError, InputError)):
        lift(n_threads=value)


@pytest.mark.parametrize("name", UNKNOWNS)
def test_arrays_that_shrink_once_the_core_has_them_are_refused(name):
    arrays = {other: np.array(getattr(lift().unknowns, other)) for other in UNKNOWNS}
    unknowns = _core.Unknowns(**arrays)
    arrays[name].resize((0,), refcheck=False)
    with pytest.raises(InputError, match=f"^{name}: shape"):
        evaluate(unknowns)


@pytest.mark.parametrize("intrinsics", [(0.0, 0, 0, 0), (np.nan, 0, 0, 0), (1, np.inf, 0, 0), (1, 0, np.nan, 0)])
def test_intrinsics_that_are_none_are_refused(intrinsics):
    with pytest.raises(InputError, match=", expected a (positive|finite) number$"):
        lift(of=objective(intrinsics=intrinsics))


def test_bodies_of_more_joints_than_an_index_can_count_are_refused():
    """The panel of a frame of 12,618 joints has about 2^32 numbers."""
    n = 12618
    body = _core.Skeleton(n_joints=n, bones=[], head=[], hinges=[], feet=[], mean_lengths=[])
    one = {name: array[:1, :1] if array.ndim > 1 else array[:1] for name, array in seed_arrays(n_feet=0).items()}
    wide = {"poses": np.ones((1, 1, n, 3)), "uncertainty": np.ones((1, 1, n)), "log_lengths": np.zeros((1, 0))}
    wide["acceleration"] = np.zeros((1, 1, n, 3))
    seeds = _core.Seeds(**one | wide | {"up": [[0.0, -1.0, 0.0]], "imaging": [[7.0]]})
    with pytest.raises(InputError, match="^n_joints: 12618, expected at least 1 and at most 2000$"):
        lift(of=objective(skeleton=body), seeds=seeds, points=np.ones((1, n, 3)))


def test_seeds_of_a_clip_and_keypoints_of_another_are_refused():
    with pytest.raises(InputError, match=r"^keypoints: shape"):
        lift(points=keypoints(T + 5))
    assert K == len(lift().errors)
