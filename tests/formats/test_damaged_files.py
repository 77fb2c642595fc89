"""Small files that must not get far: each is an error that names the file, soon and without filling the memory."""

import json
import pickle
import time
from pathlib import Path

import numpy as np
import pytest

from dancelift import InputError
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.motion import load_motions
from fixtures.keypoints import dancer
from fixtures.motion import dancer_rig, write_bvh


def refused(path: Path) -> None:
    """Both kinds of reading raise an InputError that names the file, within seconds."""
    start = time.monotonic()
    for load in (load_keypoints, load_motions):
        with pytest.raises(InputError) as error:
            load(path)
        assert str(path) in str(error.value)
    assert time.monotonic() - start < 10


LONG = 10**5000


@pytest.mark.parametrize("content", [LONG, {"keypoints2d": LONG}, {"keypoints3d": [LONG]}], ids=["bare", "2d", "3d"])
def test_integers_of_thousands_of_digits_in_a_pickle(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
    refused(tmp_path / "a.pkl")


@pytest.mark.parametrize("member", ["positions_2d", "positions_3d"])
@pytest.mark.parametrize("name", [LONG, "a\0b", None], ids=["long", "nul", "none"])
def test_subjects_and_actions_without_a_proper_name(tmp_path, member, name):
    clip = np.zeros((4, 17, 3))
    for positions in ({name: {"Walking": clip}}, {"S1": {name: clip}}):
        np.savez(tmp_path / "a.npz", **{member: np.array(positions, dtype=object)})
        refused(tmp_path / "a.npz")


def test_few_bytes_that_stand_for_millions_of_tracks(tmp_path):
    cameras = [np.zeros((4, 17, 2))] * 300
    actions = {str(i): cameras for i in range(300)}
    positions = {str(i): actions for i in range(300)}
    np.savez_compressed(tmp_path / "a.npz", positions_2d=np.array(positions, dtype=object))
    refused(tmp_path / "a.npz")


def test_array_that_inflates_to_more_than_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("dancelift.files.MOST_BYTES", 10**6)
    np.savez_compressed(tmp_path / "a.npz", keypoints=np.zeros((20000, 17, 3)))
    with pytest.raises(InputError, match="a.npz: array 'keypoints' is of 8160128 bytes; expected at most 1000000"):
        load_keypoints(tmp_path / "a.npz")


@pytest.mark.parametrize("depth", [5000, 100000])
def test_json_nested_without_end(tmp_path, depth):
    (tmp_path / "a.json").write_text("[" * depth + "]" * depth)
    refused(tmp_path / "a.json")


def test_lift_result_whose_description_is_nested_without_end(tmp_path):
    np.savez(tmp_path / "a.npz", poses3d=np.zeros((4, 17, 3)), about="[" * 100000)
    with pytest.raises(InputError, match="a.npz"):
        load_motions(tmp_path / "a.npz")


@pytest.mark.parametrize("frame_time", ["5e-324", "1e300", "inf"])
def test_frame_times_of_no_camera(tmp_path, frame_time):
    path = write_bvh(tmp_path / "a.bvh", dancer_rig())
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f"Frame Time: {frame_time}" if "Frame Time" in line else line for line in lines))
    refused(path)


def test_a_long_chain_of_joints_of_one_name(tmp_path):
    n = 1000
    joint = "\n{\nOFFSET 0 1 0\nCHANNELS 1 Xrotation\nJOINT LeftLeg"
    text = "HIERARCHY\nROOT LeftLeg" + joint * n + "\n{\nOFFSET 0 1 0\nCHANNELS 0\n" + "}\n" * (n + 1)
    (tmp_path / "a.bvh").write_text(text + f"MOTION\nFrames: 1\nFrame Time: 0.04\n{' 0' * n}\n")
    refused(tmp_path / "a.bvh")


def test_a_reader_that_fails_says_of_which_file(tmp_path):
    content = [{"image_id": [1], "keypoints": dancer(1).ravel().tolist()}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    refused(tmp_path / "a.json")
