"""Lifting live: every frame once, in order, in time, near the lift of the whole clip."""

import numpy as np
import pytest

import dancelift
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.errors import InputError
from dancelift.lifting.stream import LiftStream
from dancelift.metrics import n_mpjpe
from dancelift.synthetic.dance import generate

SIZE = (1920, 1080)


def stream(keypoints, times=None, **options):
    """The frames of a dance that is pushed one by one, and how many were pushed when each was given."""
    lift = LiftStream(**({"image_size": SIZE, "n_threads": 1} | options))
    given, when = [], []
    for i, frame in enumerate(keypoints):
        new = lift.push(frame, None if times is None else times[i])
        given += new
        when += [i] * len(new)
    rest = lift.finish()
    return [*given, *rest], np.array([*when, *[len(keypoints) - 1] * len(rest)])


@pytest.fixture(scope="module")
def dance():
    return generate(150, random_seed=3)


@pytest.fixture(scope="module")
def lifted(dance):
    return stream(dance.keypoints2d)


def test_every_frame_is_given_once_and_in_order(lifted):
    frames, _ = lifted
    assert [frame.number for frame in frames] == list(range(150))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(150) / 30)
    assert all(np.isfinite(frame.poses3d).all() for frame in frames)


def test_no_frame_waits_longer_than_the_look_ahead(lifted):
    frames, when = lifted
    assert (when - [frame.number for frame in frames]).max() <= 0.5 * 30


def test_shorter_look_ahead_waits_less(dance):
    frames, when = stream(dance.keypoints2d[:60], look_ahead=0.3)
    assert (when - [frame.number for frame in frames]).max() <= 0.3 * 30


def test_height_of_the_dancer_sets_the_scale(dance, lifted):
    tall, _ = stream(dance.keypoints2d, height=2.04)
    for one, usual in zip(tall, lifted[0], strict=True):
        np.testing.assert_allclose(one.poses3d, 2.04 / STANDARD_HEIGHT * usual.poses3d, rtol=1e-9)


def test_stream_is_near_the_lift_of_the_whole_clip(dance, lifted):
    batch = dancelift.lift(dance.keypoints2d, n_seeds=1, image_size=SIZE).poses3d
    streamed = np.stack([frame.poses3d for frame in lifted[0]])
    off_batch, off_truth = (n_mpjpe(found, dance.poses3d, (11, 12)) for found in (streamed, batch))
    assert off_batch < 1.35 * off_truth + 0.005


def test_motion_does_not_jump_from_step_to_step(dance, lifted):
    """The changes across the steps' borders are as those within them."""
    poses = np.stack([frame.poses3d for frame in lifted[0]])
    poses = poses - poses[:, 11:13].mean(axis=1, keepdims=True)
    change = np.linalg.norm(np.diff(poses, 3, axis=0), axis=2).mean(axis=1)
    border = np.zeros(len(change), bool)
    for first in range(5, 148, 5):  # a step is a sixth of a second
        border[max(0, first - 3) : first] = True
    assert change[30:][border[30:]].mean() < 2 * change[30:].mean()


def test_reprojection_is_near_the_keypoints(dance, lifted):
    projected = np.stack([frame.keypoints2d for frame in lifted[0]])
    seen = dance.keypoints2d[..., 2] > 0
    assert np.median(np.linalg.norm(projected - dance.keypoints2d[..., :2], axis=2)[seen]) < 10


def test_same_input_gives_the_same_output(dance, lifted):
    again, _ = stream(dance.keypoints2d, n_threads=2)
    for one, other in zip(lifted[0], again, strict=True):
        np.testing.assert_array_equal(one.poses3d, other.poses3d)


def test_what_comes_later_than_the_look_ahead_changes_nothing(dance, lifted):
    other = dance.keypoints2d.copy()
    other[100:] = other[100:][::-1]
    frames, _ = stream(other)
    for one, same in zip(lifted[0][:85], frames, strict=False):
        np.testing.assert_array_equal(one.poses3d, same.poses3d)


def test_frames_at_uneven_times_go_to_the_nearest(dance):
    times = np.arange(60) / 30 + np.random.default_rng(0).uniform(-0.01, 0.01, 60)
    kept = np.delete(np.arange(60), [20, 21, 33])
    frames, _ = stream(dance.keypoints2d[kept], 100 + times[kept])
    assert [frame.number for frame in frames] == list(range(60))
    assert not frames[20].seen.any() and frames[19].seen.any()
    assert np.isfinite(frames[20].poses3d).all()  # filled in
    assert frames[-1].time == pytest.approx(100 + 59 / 30, abs=0.03)


def test_long_pause_starts_anew(dance):
    times = np.concatenate([np.arange(40), 300 + np.arange(40)]) / 30
    frames, _ = stream(dance.keypoints2d[:80], times)
    assert [frame.number for frame in frames] == [*range(40), *range(300, 340)]


def test_nobody_has_no_pose_and_who_returns_has(dance):
    keypoints = dance.keypoints2d.copy()
    keypoints[40:100] = 0
    frames, _ = stream(keypoints)
    assert [frame.number for frame in frames] == list(range(150))
    known = np.array([np.isfinite(frame.poses3d).all() for frame in frames])
    assert known[:38].all() and not known[60:84].any() and known[105:].all()
    np.testing.assert_array_equal([frame.seen.any() for frame in frames], keypoints[..., 2].any(axis=1))


def test_nobody_at_all_is_no_error():
    frames, _ = stream([None] * 40)
    assert len(frames) == 40 and all(np.isnan(frame.poses3d).all() for frame in frames)


def test_very_short_dance(dance):
    frames, _ = stream(dance.keypoints2d[:9])
    assert len(frames) == 9


def test_memory_does_not_grow(dance):
    lift = LiftStream(image_size=SIZE, n_threads=1)
    longest = 0
    for frame in np.concatenate([dance.keypoints2d] * 3):
        lift.push(frame)
        longest = max(longest, len(lift._keypoints))
    assert longest < 6 * 30


@pytest.mark.parametrize(
    "options, message",
    [
        ({"image_size": None}, "image_size is None, expected"),
        ({"look_ahead": 0.1}, "look_ahead is 0.1, expected at least 0.23 s"),
        ({"skeleton": "stick"}, "skeleton 'stick' is unknown"),
        ({"camera": dancelift.Camera.typical(SIZE, "weak_perspective")}, "expected 'perspective' for a stream"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        LiftStream(**({"image_size": SIZE} | options))


def test_bad_frames_are_named(dance):
    lift = LiftStream(image_size=SIZE)
    with pytest.raises(InputError, match=r"keypoints of shape \(3,\), expected \(17, 3\) or \(17, 2\)"):
        lift.push([1, 2, 3])
    lift.push(dance.keypoints2d[0], 5.0)
    lift.push(dance.keypoints2d[1], 5.2)
    with pytest.raises(InputError, match="time is 4.0, expected one after that of the frame before"):
        lift.push(dance.keypoints2d[2], 4.0)
