"""Files of dancelift's own that were damaged or made to do damage: refused by name and place, while they are read."""

import json
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift import InputError
from dancelift.body.clip import Clip
from dancelift.formats.labels import read_annotations, write_annotations
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.priors.prior import anthropometric, get_prior, load_prior
from dancelift.recognition.result import load_recognition
from fixtures.lifts import dance, lift
from fixtures.recognition import recognised

T, J, K = 30, 17, 2
DEEP = "[" * 100_000
LONG = "9" * 10_000


def changed(path: Path, **members: object) -> Path:
    """The npz with some members replaced; those that are None are left out."""
    with np.load(path) as file:
        kept = dict(file) | members
    np.savez(path, **{name: array for name, array in kept.items() if array is not None})
    return path


def said(path: Path, member: str = "about", **values: object) -> Path:
    """The npz with some of what its JSON says replaced."""
    with np.load(path) as file:
        about = json.loads(str(file[member]))
    return changed(path, **{member: np.array(json.dumps(about | values))})


def refused(load, path: Path, *expected: str) -> None:
    with pytest.raises(InputError) as error:
        load(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert len(message) <= 500
    for part in expected:
        assert part in message


@pytest.fixture(scope="module")
def lifted_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("lift") / "a.npz"
    lift(dance(T), n_seeds=K, keep_seeds=True).save(path)
    return path


@pytest.fixture(scope="module")
def recognised_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("recognition") / "a.npz"
    recognised().save(path)
    return path


@pytest.fixture
def stored(lifted_file, tmp_path):
    path = tmp_path / "lift.npz"
    path.write_bytes(lifted_file.read_bytes())
    return path


@pytest.fixture
def recognition(recognised_file, tmp_path):
    path = tmp_path / "recognition.npz"
    path.write_bytes(recognised_file.read_bytes())
    return path


def nan_at(*shape: int) -> np.ndarray:
    array = np.ones(shape)
    array.ravel()[-1] = np.nan
    return array


@pytest.mark.parametrize(
    ("member", "array", "expected"),
    [
        ("poses3d", np.zeros((T, J, 2)), f"poses3d has shape ({T}, {J}, 2), expected (1 or more, {J}, 3)"),
        ("poses3d", np.zeros((0, J, 3)), "poses3d has shape (0, 17, 3)"),
        ("poses3d", nan_at(T, J, 3), f"poses3d is nan at ({T - 1}, {J - 1}, 2), expected finite numbers"),
        ("poses3d", np.full((T, J, 3), "a"), "poses3d is of type <U1, expected numbers"),
        ("keypoints2d", np.full((T, J, 2), np.inf), "keypoints2d is inf at (0, 0, 0)"),
        ("seed_losses", np.zeros((3, K, T - 1)), "seed_losses has shape (3, 2, 29)"),
        ("terms", np.array(["a", "b"]), "terms has shape (2,)"),
        ("seen", np.zeros((T, J)), "seen is of type float64, expected flags"),
        ("times", np.zeros(T), "times or frame_numbers do not rise"),
        ("frame_numbers", np.arange(T)[::-1], "times or frame_numbers do not rise"),
        ("frame_numbers", np.arange(T) / 2, "frame_numbers is of type float64, expected whole numbers"),
        ("deviations", np.zeros((T, 2)), "deviations has shape (30, 2)"),
        ("observed2d", np.zeros((T, J, 2)), "observed2d has shape (30, 17, 2)"),
        ("seed_poses3d", np.zeros((K + 1, T, J, 3)), "seed_poses3d has shape (3, 30, 17, 3)"),
        ("frame_seeds", np.full(T, K), "frame_seeds goes from 2 to 2, expected 0 to 1"),
        ("camera_matrix", np.eye(2), "camera_matrix has shape (2, 2)"),
        ("camera_up", np.zeros(3), "camera_up has length 0, expected unit vectors"),
        ("about", np.array("[]"), "about is a list, expected an object"),
        ("about", np.array(DEEP), "not a lift result, expected an npz that LiftResult.save wrote (RecursionError"),
        ("about", np.array(f'{{"format": {LONG}}}'), "not a lift result"),
        ("about", np.array("{" + "x" * 2_000_000), "about is of 8000004 bytes"),
        ("about", None, "'about is not a file in the archive'"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_member_of_a_lift_result_that_is_none(stored, member, array, expected):
    refused(dancelift.load_lift, changed(stored, **{member: array}), expected)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("fps", 0.04, "give 25"),
        ("fps", 0, "frames per second"),
        ("fps", None, "fps is None, expected a number"),
        ("fps", "30", "fps is '30', expected a number"),
        ("best_seed", K, "best_seed is 2, expected a whole number from 0 to 1"),
        ("best_seed", True, "best_seed is True"),
        ("seed_labels", ["a"], "seed_labels is ['a'], expected a list of 2"),
        ("seed_labels", ["a", "b\0"], "seed_labels[1] is 'b\\x00', expected text"),
        ("seed_labels", ["a", "\ud800"], "seed_labels[1] is '\\ud800', expected text"),
        ("seed_labels", ["a", "x" * 10_000_0], "seed_labels[1] is 'xxxx"),
        ("bone_lengths", {"a-b": "long"}, "bone_lengths['a-b'] is 'long', expected a number"),
        ("bone_lengths", {"a-b": -1}, "bone_lengths['a-b'] is -1, expected a number at least 0"),
        ("image_size", [0, 5], "image_size"),
        ("takes", [5, 9], "takes start at [5, 9]"),
        ("takes", "abc", "takes is 'abc', expected a list"),
        ("camera_model", "fisheye", "'fisheye'"),
        ("camera_model", "weak_perspective", "without scale and shift"),
        ("focal_known", "yes", "focal_known is 'yes', expected true or false"),
        ("left_right_swapped", 1, "left_right_swapped is 1"),
        ("skeleton", {"name": "x", "joints": ["a"], "landmarks": {}}, "marks 'a'"),
        ("skeleton", {"name": "x", "joints": 5, "landmarks": {}}, "joints is 5, expected a list"),
        ("skeleton", {"name": "a\nb", "joints": [], "landmarks": {}}, "skeleton is 'a\\nb'"),
        ("skeleton", 7, "not a lift result"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_what_a_lift_result_says_that_cannot_be(stored, name, value, expected):
    refused(dancelift.load_lift, said(stored, **{name: value}), expected)


@pytest.mark.filterwarnings("ignore::dancelift.DanceliftWarning")
def test_lifts_of_uneven_times_and_of_takes_are_loaded_again(tmp_path):
    clip = dance(40)
    times = np.arange(40) / 30
    times[20:] += 0.1  # three frames are missing
    uneven = Clip.of(clip.keypoints2d, image_size=clip.image_size, times=times)
    moved = np.array(clip.keypoints2d)
    moved[20:, :, 0] += 700
    cut = Clip.of(moved, image_size=(4000, 2000))
    assert len(cut.takes) == 2
    for one in (uneven, cut):
        result = lift_clip(one, LiftOptions(n_seeds=1))
        result.save(tmp_path / "a.npz")
        loaded = dancelift.load_lift(tmp_path / "a.npz")
        np.testing.assert_array_equal(loaded.poses3d, result.poses3d)
        np.testing.assert_array_equal(loaded.frame_numbers, result.frame_numbers)
        assert len(loaded.takes or ()) == len(result.takes or ())


def test_skeleton_whose_weights_are_no_numbers():
    with pytest.raises(InputError, match="weights that sum to 1"):
        dancelift.Skeleton(
            "x",
            ("a", "left_shoulder", "right_shoulder", "left_hip", "right_hip"),
            landmarks={"a": {"nose": float("nan"), "left_eye": 1.0}},
        )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"recognition_movements": np.zeros((5, 154))}, "movements has shape (5, 154)"),
        ({"recognition_thresholds": nan_at(154)}, "thresholds is nan at (153,)"),
        ({"recognition_window_times": np.full((5, 2), np.inf)}, "window_times is inf at (0, 0)"),
        ({"recognition_about": np.array(DEEP)}, "RecursionError"),
    ],
    ids=["movements", "thresholds", "window_times", "deep"],
)
def test_member_of_a_recognition_that_is_none(recognition, change, expected):
    refused(load_recognition, changed(recognition, **change), expected)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("genre_probabilities", {"salsa": "much"}, "genre_probabilities['salsa'] is 'much'"),
        ("genre_probabilities", {"a\0b": 1}, "genre_probabilities is 'a\\x00b'"),
        ("genre_probabilities", [], "genre_probabilities is [], expected numbers by name"),
        ("name", 5, "name is 5, expected text"),
        ("name", "\ud800", "name is '\\ud800', expected text"),
        ("novelty", "far", "novelty is 'far', expected a number"),
        ("novelty", -1, "novelty is -1"),
        ("reasons", [5], "not a recognition"),
        ("reasons", 5, "reasons is 5, expected a list"),
    ],
)
def test_what_a_recognition_says_that_cannot_be(recognition, name, value, expected):
    refused(load_recognition, said(recognition, "recognition_about", **{name: value}), expected)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"mean": nan_at(43, 3)}, "mean is nan at (42, 2)"),
        ({"covariance": np.zeros((5, 5))}, "covariance has shape (5, 5)"),
        ({"covariance": np.full((129, 129), "x")}, "covariance is of type <U1"),
        ({"covariance": -np.eye(129)}, "covariance has the eigenvalue -1, expected none below 0"),
        ({"covariance": 1e6 * np.eye(129)}, "covariance is not symmetric or has 1e+06"),
        ({"covariance": np.triu(np.ones((129, 129)))}, "covariance is not symmetric"),
        ({"mixture/weights": np.ones(2)}, "mixture/weights sum to 2"),
        ({"mixture/weights": np.full(2, 0.5)}, "mixture/means"),
        ({"landmarks": np.array(["a"])}, "made for other landmarks"),
        ({"about": np.array('{"name": "x", "dilations": [[1]]}')}, "net0/in_bias"),
        ({"about": np.array('{"name": "x", "dilations": [["a"]]}')}, "dilations of network 0 are ['a']"),
        ({"about": np.array('{"name": "x", "dilations": 5}')}, "dilations is 5, expected a list"),
        ({"about": np.array('{"name": 5, "dilations": []}')}, "name is 5, expected text"),
        ({"about": np.array(DEEP)}, "RecursionError"),
    ],
)
def test_prior_that_is_none(tmp_path, change, expected):
    anthropometric().save(tmp_path / "a.npz")
    refused(load_prior, changed(tmp_path / "a.npz", **change), expected)


@pytest.mark.parametrize(
    ("name", "weight", "expected"),
    [
        ("net0/in", np.zeros((3, 4)), "in has shape (3, 4)"),
        ("net0/block0.conv", None, "block0.conv"),
        ("net0/out_bias", nan_at(90), "out_bias is nan at (89,)"),
    ],
)
def test_prior_whose_network_is_none(tmp_path, name, weight, expected):
    get_prior("default").save(tmp_path / "a.npz")
    refused(load_prior, changed(tmp_path / "a.npz", **{name: weight}), expected)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"active": np.zeros((9, 154))}, "active is of type float64, expected flags"),
        ({"known": np.zeros((9, 3), np.bool_)}, "known has shape (9, 3)"),
        ({"about": np.array(DEEP)}, "RecursionError"),
        ({"fps": 0.04}, "give 25"),
        ({"fps": "fast"}, "fps is 'fast', expected a number"),
        ({"start": None}, "start is None, expected a number"),
    ],
)
def test_labels_that_are_none(tmp_path, change, expected):
    taxonomy = standard_taxonomy()
    flags = np.ones((9, len(taxonomy)), np.bool_)
    path = tmp_path / "a.npz"
    write_annotations(path, MovementLabels(flags, flags, 25.0, taxonomy))
    path = changed(path, **change) if isinstance(next(iter(change.values())), np.ndarray) else said(path, **change)
    refused(lambda file: read_annotations(file, taxonomy), path, expected)
