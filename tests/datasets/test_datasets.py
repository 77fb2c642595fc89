"""A dataset and the readers of its files take its layout from one place, and so agree on what it holds."""

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from dancelift.datasets.registry import open_dataset
from dancelift.errors import InputError
from dancelift.formats.motion import load_motions
from dancelift.geometry import turn_up
from fixtures.datasets import write_aist, write_dance, write_h36m

AIST = ["gBR_sBM_cAll_d04_mBR0_ch02", "gWA_sFM_cAll_d27_mWA2_ch21", "gPO_sBM_cAll_d10_mPO0_ch01"]


def write(layout: str, folder: Path) -> Path:
    if layout == "aist":
        return write_aist(folder / "aist", AIST)
    if layout == "dance":
        return write_dance(folder / "data" / "dance", {"salsa_1": "salsa", "waltz_1": "waltz"})
    return write_h36m(folder / "h36m", {"S9": ["Walking 1", "Sitting 2"]})


@pytest.mark.parametrize("layout", ["aist", "dance", "h36m"])
def test_the_truth_of_a_dataset_is_the_motion_that_is_read_from_its_files(tmp_path, layout):
    folder = write(layout, tmp_path)
    dataset = open_dataset(folder)
    files = folder / "data_3d_h36m.npz" if layout == "h36m" else folder
    motions = {motion.name: motion for motion in load_motions(files)}
    assert sorted(motions) == dataset.clips(None)
    for clip in dataset.clips(None):
        (sequence,) = dataset.read(clip, "clean", 1)
        assert sequence.fps == motions[clip].fps
        upright = sequence.poses3d @ turn_up(sequence.up).T
        heights = upright[..., 1] - upright[..., 1].mean()
        expected = motions[clip].poses3d[..., 1] - motions[clip].poses3d[..., 1].mean()
        np.testing.assert_allclose(heights, expected, atol=1e-4)


@pytest.mark.parametrize("split", ["test", None])
def test_splits_and_the_ignore_list_choose_the_same_clips_everywhere(tmp_path, split):
    folder = write("aist", tmp_path)
    motions = [motion.name for motion in load_motions(folder, split)]
    assert motions == open_dataset(folder).clips(split) == AIST[:2]


def test_aist_without_smoothed_motion_has_the_triangulated_one(tmp_path):
    folder = write("aist", tmp_path)
    path = folder / "keypoints3d" / f"{AIST[0]}.pkl"
    content = pickle.loads(path.read_bytes())
    path.write_bytes(pickle.dumps({"keypoints3d": content["keypoints3d"]}))
    (sequence,) = open_dataset(folder).read(AIST[0], "clean", 1)
    assert sequence.group == "break"
    assert len(sequence.poses3d) == 24


@pytest.mark.parametrize(
    ("layout", "file", "change"),
    [
        ("dance", "salsa_1.npz", {"R": np.full((2, 3, 3), 7.0)}),
        ("dance", "salsa_1.npz", {"K": 7.0}),
        ("dance", "salsa_1.npz", {"R": np.ones((2, 3))}),
        ("dance", "salsa_1.npz", {"keypoints3d": np.ones((1, 24, 17, 3))}),
        ("dance", "salsa_1.npz", {"keypoints3d": np.ones((3, 17, 24))}),
        ("dance", "salsa_1.npz", {"keypoints3d": np.full((24, 17, 3), np.nan)}),
        ("aist", "cameras/setting1.json", {"matrix": [[1500.0, 0.0], 7]}),
        ("aist", "cameras/setting1.json", {"translation": [1.0, 2.0, 3.0, 4.0]}),
        ("aist", "cameras/setting1.json", {"rotation": [np.inf, 0, 0]}),
    ],
)
def test_what_is_wrong_with_a_dataset_is_said_of_its_file(tmp_path, layout, file, change):
    folder = write(layout, tmp_path)
    path = folder / file
    if layout == "dance":
        with np.load(path) as found:
            np.savez(path, **dict(found) | change)
    else:
        path.write_text(json.dumps([camera | change for camera in json.loads(path.read_text())]))
    dataset = open_dataset(folder)
    with pytest.raises(InputError, match=re.escape(f"{path}: ")):
        dataset.read(dataset.clips(None)[0], "detected", 1)
