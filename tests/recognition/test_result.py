"""A recognition as a value and as a file."""

import dataclasses
import json

import numpy as np
import pytest

import dancelift
from dancelift.errors import InputError
from dancelift.recognition.result import Reason, Recognition, holds_recognition, load_recognition
from fixtures.recognition import MOVEMENT, N_FRAMES, WITHOUT_GENRE, lifted, recognised


def test_genre_is_the_most_probable():
    assert recognised().genre == "salsa"
    assert recognised(**WITHOUT_GENRE).genre is None


def test_movement_takes_place_from_its_threshold_on():
    recognition = recognised()
    index = recognition.taxonomy.index(MOVEMENT)
    recognition.movements[10, index] = recognition.thresholds[index]
    assert np.flatnonzero(recognition.active[:, index]).tolist() == [10, *range(30, 60)]


@pytest.mark.parametrize("changes", [{}, WITHOUT_GENRE, {"novelty": 1.25}])
def test_what_is_saved_is_loaded(changes, tmp_path):
    recognition = recognised(**changes)
    recognition.save(tmp_path / "a.npz")
    loaded = load_recognition(tmp_path / "a.npz")
    for field in dataclasses.fields(Recognition):
        before, after = getattr(recognition, field.name), getattr(loaded, field.name)
        if field.name == "lift":
            np.testing.assert_array_equal(after.poses3d, before.poses3d)
        elif isinstance(before, np.ndarray):
            np.testing.assert_array_equal(after, before)
            assert after.dtype == before.dtype
        elif field.name == "reasons":
            assert [dataclasses.astuple(reason) for reason in after] == [dataclasses.astuple(r) for r in before]
        elif field.name == "novelty":
            np.testing.assert_equal(after, before)
        else:
            assert after == before


def test_file_is_that_of_the_lift_with_more_in_it(tmp_path):
    recognised().save(tmp_path / "a.npz")
    np.testing.assert_array_equal(dancelift.load_lift(tmp_path / "a.npz").poses3d, lifted()[0].poses3d)


def test_keypoints_that_the_lift_keeps_are_not_kept_twice(tmp_path):
    kept = lifted()[0].observed2d
    for name, keypoints2d in (("same.npz", kept), ("other.npz", kept + 1)):
        recognised(keypoints2d=keypoints2d).save(tmp_path / name)
        np.testing.assert_array_equal(load_recognition(tmp_path / name).keypoints2d, keypoints2d)
    with np.load(tmp_path / "same.npz") as same, np.load(tmp_path / "other.npz") as other:
        assert set(other.files) - set(same.files) == {"recognition_keypoints2d"}


def test_same_recognition_makes_the_same_file(tmp_path):
    for name in ("a.npz", "b.npz"):
        recognised().save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_files_of_recognitions_are_told_from_others(tmp_path):
    recognised().save(tmp_path / "a.npz")
    lifted()[0].save(tmp_path / "lift.npz")
    (tmp_path / "text.npz").write_text("no")
    assert holds_recognition(tmp_path / "a.npz")
    for name in ("lift.npz", "text.npz", "nowhere.npz"):
        assert not holds_recognition(tmp_path / name)
        with pytest.raises(InputError, match=rf"{name}: not a recognition, expected an npz that Recognition.save"):
            load_recognition(tmp_path / name)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("taxonomy", "0" * 64, r"movements of another taxonomy \(000000000000\), expected [0-9a-f]{12}$"),
        ("format", "dancelift recognition 9", "recognition of format 'dancelift recognition 9', expected"),
        ("reasons", [{"movement": "x"}], "b.npz: has no .part., expected one"),
        ("name", None, "b.npz: has no .name., expected one"),
    ],
)
def test_other_taxonomies_and_formats_and_damage_are_refused(key, value, expected, tmp_path):
    recognised().save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        members = dict(file)
    about = json.loads(str(members["recognition_about"])) | {key: value}
    if value is None:
        del about[key]
    members["recognition_about"] = np.array(json.dumps(about))
    np.savez(tmp_path / "b.npz", **members)
    with pytest.raises(InputError, match=expected):
        load_recognition(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"keypoints2d": np.zeros((N_FRAMES, 17, 2))}, r"keypoints2d has shape \(90, 17, 2\), expected \(90, 17, 3\)"),
        ({"movements": np.zeros((5, 154))}, r"movements has shape \(5, 154\), expected \(90, 154\)"),
        ({"movements": np.full((N_FRAMES, 154), np.nan)}, "movements has nan, expected probabilities of 0 to 1"),
        ({"thresholds": np.zeros(3)}, r"thresholds has shape \(3,\), expected \(154,\)"),
        ({"window_times": np.zeros((4, 2))}, r"window_probabilities has shape \(5, 3\), expected \(4, 3\)"),
        ({"window_times": np.zeros(5)}, r"window_times has shape \(5,\), expected \(5, 2\)"),
        (
            {"genre_probabilities": {"salsa": 1.5, "waltz": 0.0, "tango": 0.0}},
            "genre_probabilities has 1.5, expected probabilities of 0 to 1",
        ),
        ({"reasons": (Reason("flying", "hips", 0, 1, 0.1, ""),)}, "movement 'flying' is unknown"),
    ],
)
def test_fields_that_do_not_fit_are_refused(changes, expected):
    with pytest.raises(InputError, match=expected):
        recognised(**changes)
