"""How a result was made: what is written of it, and what tells that two were made alike."""

import hashlib
import json

import numpy as np
import pytest

import dancelift
from dancelift.errors import InputError
from dancelift.files import content_hash
from dancelift.priors.prior import anthropometric, get_prior, load_prior
from dancelift.provenance import Provenance, hash_of
from fixtures.lifts import dance, lift

MADE = Provenance("0.1.0", "here", {"n_seeds": "2"}, {"prior": "0" * 64})


def test_it_is_read_as_it_was_written():
    made = MADE.by_command("lift", "a.json", "lead", ["--n-seeds=2"], {"input": "1" * 64})
    assert Provenance.of_json(json.loads(json.dumps(made.as_json()))) == made
    assert Provenance.of_json(None) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": 5}, "version is 5, expected text"),
        ({"hashes": {"prior": "abc"}}, "hashes that are none"),
        ({"hashes": []}, "hashes are no text by name"),
        ({"options": {"n_seeds": 2}}, "options are no text by name"),
        ({"arguments": [1]}, "arguments that are no text"),
    ],
)
def test_what_it_cannot_be(changes, expected):
    with pytest.raises(InputError, match=expected):
        Provenance.of_json(MADE.as_json() | changes)
    with pytest.raises(InputError, match="expected an object"):
        Provenance.of_json([])


def test_what_differs_is_said():
    other = Provenance("0.0.9", "here", {}, {"prior": "2" * 64})
    assert MADE.differences(MADE) == []
    assert MADE.differences(other) == [
        "version 0.0.9, here 0.1.0",
        "option n_seeds as usual, here 2",
        "hash of prior 222222222222, here 000000000000",
    ]


def test_a_hash_is_that_of_the_numbers_and_what_is_said_of_them():
    array = np.arange(6.0).reshape(2, 3)
    first = hash_of({"fps": 25}, {"a": array, "none": None})
    assert first == hash_of({"fps": 25}, {"a": np.asfortranarray(array)})
    assert first == hash_of({"fps": 25}, {"a": array.astype(">f8")})
    others = [({"fps": 30}, {"a": array}), ({"fps": 25}, {"b": array}), ({"fps": 25}, {"a": array.T})]
    others += [({"fps": 25}, {"a": array.astype(np.float32)}), ({"fps": 25}, {"a": array + 1e-15})]
    assert len({first, *(hash_of(*other) for other in others)}) == 6


def test_the_hash_of_a_file_is_what_sha256sum_says(tmp_path):
    (tmp_path / "a").write_bytes(b"words")
    assert content_hash(tmp_path / "a") == hashlib.sha256(b"words").hexdigest()


def test_a_prior_that_was_saved_has_the_same_hash(tmp_path):
    assert get_prior("default").hash != anthropometric().hash
    for prior in (get_prior("default"), anthropometric()):
        prior.save(tmp_path / "prior.npz")
        assert load_prior(tmp_path / "prior.npz").hash == prior.hash


def test_a_lift_says_how_it_was_made(tmp_path):
    clip = dance(30)
    result = lift(clip, n_seeds=1, random_seed=3, sigmas={"smooth3d": np.inf}, prior=anthropometric(), n_threads=1)
    made = result.provenance
    assert made.version == dancelift.__version__ and "NumPy" in made.machine
    assert made.options == {
        "n_seeds": "1", "prior": "anthropometric", "sigmas": "{'smooth3d': inf}", "random_seed": "3"
    }  # fmt: skip
    assert made.hashes["prior"] == anthropometric().hash
    result.save(tmp_path / "a.npz")
    assert dancelift.load_lift(tmp_path / "a.npz").provenance == made
    moved = np.array(clip.keypoints2d)
    moved[0, 0, 0] += 1
    assert lift(clip, moved, n_seeds=1).provenance.hashes["keypoints2d"] != made.hashes["keypoints2d"]
    assert lift(clip, n_seeds=1).provenance.hashes["keypoints2d"] == made.hashes["keypoints2d"]


def test_dancers_who_were_lifted_together_say_so():
    clips = [dance(30, random_seed=seed) for seed in (1, 2)]
    together = dancelift.lift_together([clip.keypoints2d for clip in clips], n_seeds=1, image_size=(1920, 1080))
    of_all = {result.provenance.hashes["keypoints2d of all"] for result in together}
    assert len(of_all) == 1
    assert len({result.provenance.hashes["keypoints2d"] for result in together}) == 2


def test_a_file_of_before_is_loaded(tmp_path):
    result = lift(dance(20), n_seeds=1)
    result.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        members = dict(file)
    about = json.loads(str(members["about"]))
    del about["provenance"]
    np.savez(tmp_path / "old.npz", **members | {"about": np.array(json.dumps(about))})
    loaded = dancelift.load_lift(tmp_path / "old.npz")
    assert loaded.provenance is None
    np.testing.assert_array_equal(loaded.poses3d, result.poses3d)
