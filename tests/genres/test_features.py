"""What the genre network reads: the same whoever dances, wherever, and however it was recorded."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift.errors import InputError
from dancelift.genres.features import BONES, RATE, Dance, channel_slices, channels
from dancelift.geometry import rotation
from dancelift.movements.features import JOINTS
from fixtures.movements import dancing, standing

FPS = 25.0


def pose3d(poses: np.ndarray, fps: float = FPS) -> np.ndarray:
    return channels(Dance(fps, poses3d=poses), ["pose3d"])


def pose2d(keypoints: np.ndarray) -> np.ndarray:
    return channels(Dance(FPS, keypoints2d=keypoints), ["pose2d"])


def seen(n_frames: int) -> np.ndarray:
    poses = dancing(n_frames)
    return np.dstack([300 * poses[..., 0] + 900, 700 - 300 * poses[..., 1], np.full(poses.shape[:2], 0.9)])


def test_inputs_stand_side_by_side_at_one_rate():
    movements = np.linspace(0, 1, 50 * 4).reshape(50, 4).astype(np.float32)
    dance = Dance(FPS, movements, dancing(50), seen(50))
    whole = channels(dance, ["movements", "pose3d", "pose2d"])
    assert whole.shape == (25, 4 + 3 * len(BONES) + 24)
    assert whole.dtype == np.float32
    assert_allclose(whole[:, :4], channels(dance, ["movements"]))
    assert_allclose(whole[:, -24:], pose2d(seen(50)))
    found = channel_slices(["movements", "pose3d", "pose2d"], whole.shape[1])
    assert found == {"movements": slice(0, 4), "pose3d": slice(4, 37), "pose2d": slice(37, 61)}


@pytest.mark.parametrize("fps", [8.0, 24.0, 30.0, 59.94])
def test_frame_rate_does_not_tell(fps):
    def slow(rate: float) -> np.ndarray:
        time = np.arange(round(6 * rate)) / rate
        poses = standing(len(time))
        poses[:, JOINTS.index("left_wrist"), 2] += 0.2 * np.sin(2 * np.pi * 0.4 * time)
        return pose3d(poses, rate)

    one, other = slow(FPS), slow(fps)
    n = min(len(one), len(other))
    assert abs(len(one) - len(other)) <= 2
    assert_allclose(other[3 : n - 3], one[3 : n - 3], atol=0.05)


def test_what_is_faster_than_a_beat_is_taken_out():
    time = np.arange(200) / FPS
    fast, slow = (0.5 + 0.5 * np.sin(2 * np.pi * f * time)[:, None] for f in (10.0, 0.5))
    spread = [channels(Dance(FPS, movements), ["movements"])[5:-5].std() for movements in (fast, slow)]
    assert spread[0] < 0.05
    assert spread[1] > 0.6


def test_neither_place_nor_size_nor_facing_nor_bone_lengths_tell_in_3d():
    poses = dancing(40)
    expected = pose3d(poses)
    turned = 1.3 * poses @ rotation(1, 1.0).T + [3, 0.2, -4]
    assert_allclose(pose3d(turned), expected, atol=1e-5)
    longer = np.array(poses)
    shoulder, elbow, wrist = (JOINTS.index(f"left_{joint}") for joint in ("shoulder", "elbow", "wrist"))
    stretch = 0.5 * (longer[:, elbow] - longer[:, shoulder])
    longer[:, elbow] += stretch
    longer[:, wrist] += stretch
    assert_allclose(pose3d(longer), expected, atol=1e-5)


def test_where_a_studio_marks_the_head_does_not_tell():
    other = np.array(dancing(40))
    other[:, :5] += 0.3
    assert_allclose(pose3d(other), pose3d(dancing(40)))


def test_neither_place_nor_size_in_the_image_tells_in_2d():
    smaller = seen(40) * [0.4, 0.4, 1] + [100, 50, 0]
    assert_allclose(pose2d(smaller), pose2d(seen(40)), atol=1e-5)


def test_joints_that_are_not_seen_lie_between_and_those_never_seen_are_0():
    keypoints = seen(40)
    keypoints[10:13, JOINTS.index("left_wrist"), 2] = 0
    keypoints[:, JOINTS.index("right_ankle")] = np.nan
    found = pose2d(keypoints)
    assert np.isfinite(found).all()
    assert (found[:, -2:] == 0).all()
    poses = np.array(dancing(40))
    poses[:, JOINTS.index("left_wrist")] = np.nan
    assert np.isfinite(pose3d(poses)).all()


def test_one_frame_is_enough():
    assert pose3d(standing(1)).shape == (1, 3 * len(BONES))


@pytest.mark.parametrize(
    ("dance", "inputs", "expected"),
    [
        (Dance(FPS), ["pose3d"], "poses3d is not given, expected it: the network reads pose3d"),
        (Dance(FPS, np.ones((5, 4), np.float32), dancing(6)), ["movements", "pose3d"], "inputs of 5, 6 frames"),
        (Dance(FPS, poses3d=np.ones((5, 16, 3))), ["pose3d"], r"poses3d is of shape \(5, 16, 3\), expected"),
        (Dance(FPS, keypoints2d=np.ones((0, 17, 3))), ["pose2d"], r"keypoints2d is of shape \(0, 17, 3\)"),
        (Dance(FPS, np.ones(5, np.float32)), ["movements"], r"movements are of shape \(5,\)"),
        (Dance(0.0, np.ones((5, 4), np.float32)), ["movements"], "fps is 0.0, expected a positive number"),
    ],
)
def test_what_cannot_be_read_is_an_error(dance, inputs, expected):
    with pytest.raises(InputError, match=expected):
        channels(dance, inputs)


def test_rate_is_that_of_a_dance():
    assert len(pose3d(dancing(75))) == round(75 / FPS * RATE)
