"""Labels do not depend on where the dancer is, which way they face, how tall they are, or on the frame rate."""

import numpy as np
import pytest

from dancelift.arraytypes import Array
from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS
from dancelift.formats.motion import load_motions
from dancelift.geometry import rotation
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import standard_taxonomy
from fixtures.body_motions import mirrored, mirrored_name
from fixtures.body_motions import motion as clip_of
from fixtures.motion import FPS, dance, joints_of
from fixtures.paths import REAL_CLIPS

TAXONOMY = standard_taxonomy()


def sizes(name: str) -> list[tuple[float, float]]:
    """Thresholds of a movement without their signs."""
    return [(abs(c.onset), abs(c.release)) for c in TAXONOMY.movements[TAXONOMY.index(name)].when]


ONE_SIDED = {name for name in TAXONOMY.names if sizes(name) != sizes(mirrored_name(name))}
"""Types whose thresholds are not the same to the left and to the right."""


@pytest.fixture(scope="module", params=["synthetic", "cha-cha_2", "salsa_60_02", "waltz_3"])
def motion(request) -> Motion:
    """Of a dance, 17 joints of COCO-17."""
    if request.param == "synthetic":
        return clip_of(joints_of(dance(600), SKELETONS["coco17"]), FPS)
    if not (REAL_CLIPS / f"{request.param}.npz").exists():
        pytest.skip(f"no real dance clips at {REAL_CLIPS}")
    (motion,) = load_motions(REAL_CLIPS / f"{request.param}.npz")
    return motion


@pytest.fixture(scope="module")
def labels(motion) -> MovementLabels:
    return label_movements(motion)


def agreement(labels: MovementLabels, other: MovementLabels) -> float:
    """Share of entries that are the same."""
    assert (labels.known == other.known).all()
    return float((labels.active == other.active).mean())


def resampled(poses: Array, fps: float, to: float) -> Array:
    """The motion at another rate, by the cubic through the two frames on either side (Catmull & Rom 1974)."""
    time = np.arange(int((len(poses) - 1) / fps * to) + 1) / to * fps
    before = np.minimum(time.astype(int), len(poses) - 2)
    u = (time - before)[:, None, None]
    a, b, c, d = (poses[np.clip(before + i, 0, len(poses) - 1)] for i in (-1, 0, 1, 2))
    resampled: Array = b + u / 2 * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)))
    return resampled


@pytest.mark.parametrize("degrees", [37, 180, 251])
def test_labels_do_not_depend_on_where_the_world_faces(motion, labels, degrees):
    turned = motion.poses3d @ rotation(1, np.radians(degrees)).T
    assert agreement(labels, label_movements(clip_of(turned, motion.fps))) >= 0.999


def test_labels_do_not_depend_on_where_the_dancer_is(motion, labels):
    moved = motion.poses3d + [12.0, 0.0, -7.0]
    assert agreement(labels, label_movements(clip_of(moved, motion.fps))) >= 0.999


def test_labels_do_not_depend_on_where_the_floor_is(motion, labels):
    moved = motion.poses3d + [0.0, 3.0, 0.0]
    assert agreement(labels, label_movements(clip_of(moved, motion.fps))) >= 0.999


@pytest.mark.parametrize("scale", [0.8, 1.25])
def test_labels_do_not_depend_on_how_tall_the_dancer_is(motion, labels, scale):
    assert agreement(labels, label_movements(clip_of(scale * motion.poses3d, motion.fps))) >= 0.999


def test_only_head_and_torso_have_other_thresholds_to_the_left_than_to_the_right():
    assert {TAXONOMY.movements[TAXONOMY.index(name)].part for name in ONE_SIDED} <= {"head", "torso"}


def test_mirrored_dancer_does_the_same_on_the_other_side(motion, labels):
    in_mirror = label_movements(clip_of(mirrored(motion.poses3d), motion.fps))
    paired = [name for name in TAXONOMY.names if name not in ONE_SIDED]
    here = [TAXONOMY.index(name) for name in paired]
    there = [TAXONOMY.index(mirrored_name(name)) for name in paired]
    assert (labels.active[:, here] == in_mirror.active[:, there]).mean() >= 0.999


@pytest.mark.parametrize(("one", "other"), [(25.0, 30.0), (25.0, 60.0), (30.0, 60.0), (25.0, 120.0)])
def test_labels_do_not_depend_on_the_frame_rate(motion, one, other):
    labels = {fps: label_movements(clip_of(resampled(motion.poses3d, motion.fps, fps), fps)) for fps in (one, other)}
    time = np.arange(len(labels[one])) / one
    nearest = np.rint(time * other).astype(int)
    both = nearest < len(labels[other])
    assert (labels[one].active[both] == labels[other].active[nearest[both]]).mean() >= 0.98


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_motion_resampled_and_back_has_the_same_labels(motion, labels, fps):
    back = resampled(resampled(motion.poses3d, motion.fps, fps), fps, motion.fps)
    other = label_movements(clip_of(back, motion.fps))
    n_frames = min(len(labels), len(other))
    assert n_frames >= len(labels) - 1
    assert (labels.active[:n_frames] == other.active[:n_frames]).mean() >= 0.995
