"""Labels by definition: where a movement begins and ends, what is too short, what cannot be known."""

import time

import numpy as np
import pytest

import dancelift
from dancelift.arraytypes import Array
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Condition, Movement, Part, Taxonomy, standard_taxonomy
from fixtures.body_motions import COCO, FPS, TIME, body, hold, mirrored, motion
from fixtures.motion import dance, joints_of

TAXONOMY = standard_taxonomy()
BENT = Condition("elbow flexion", "left", onset=60.0, release=40.0)
STRAIGHT = Condition("elbow flexion", "left", onset=40.0, release=60.0)
LIFTED = Condition("upper arm elevation", "left", onset=45.0, release=35.0)
WHOLE_CLIP = slice(None)
TINY = 1e-3  # deg


def active(flexion: Array, *when: Condition, min_duration: float = 0.1, **others: Array) -> np.ndarray:
    """(T,): where a movement of these conditions takes place while the left elbow is bent by (T,) degrees."""
    taxonomy = Taxonomy((Part("arm", ("left_elbow",)),), (Movement("it", "arm", "It.", when, min_duration),))
    labels = label_movements(motion(body(left_elbow_flexion=flexion, **others)), taxonomy)
    assert labels.known.all()
    return labels.active[:, 0]


def during(*spans: tuple[float, float], low: float = 20.0, high: float = 80.0) -> Array:
    """(T,): `high` from start to end of each span (s), else `low`."""
    inside = np.any([(start <= TIME) & (end > TIME) for start, end in spans], axis=0)
    return np.where(inside, high, low)


def frames(*spans: tuple[float, float]) -> np.ndarray:
    """(T,): inside the spans."""
    return during(*spans, low=0.0, high=1.0) > 0


def known_parts(labels: MovementLabels) -> set[str]:
    """Parts all of whose movements are known in every frame."""
    return {
        part.name for part in TAXONOMY.parts if labels.known[:, list(TAXONOMY.of_part(part.name))].all()
    }  # fmt: skip


def unknown(labels: MovementLabels) -> set[str]:
    """Names of the movements that are known in no frame."""
    return {name for name, known in zip(TAXONOMY.names, labels.known.T, strict=True) if not known.any()}


def without(poses: Array, *joints: str, when: slice = WHOLE_CLIP) -> Array:
    """The motion with joints missing in some frames."""
    poses = poses.copy()
    poses[when, [[COCO.joints.index(joint)] for joint in joints]] = np.nan
    return poses


@pytest.fixture(scope="module")
def poses() -> Array:
    """(300, 17, 3) of a dance."""
    return joints_of(dance(300), COCO)


# where it begins and ends


def test_movement_begins_at_the_onset_and_ends_at_the_release():
    flexion = np.interp(TIME, [0, 2, 4], [0, 90, 0])
    bent = np.flatnonzero(active(flexion, BENT))
    assert np.array_equal(bent, np.arange(bent[0], bent[-1] + 1))
    assert flexion[bent[0] - 1] <= 60 + TINY < flexion[bent[0]]
    assert flexion[bent[-1]] >= 40 - TINY > flexion[bent[-1] + 1]


def test_quantity_may_have_to_be_below_a_threshold():
    flexion = 90 - np.interp(TIME, [0, 2, 4], [0, 90, 0])
    straight = np.flatnonzero(active(flexion, STRAIGHT))
    assert np.array_equal(straight, np.arange(straight[0], straight[-1] + 1))
    assert flexion[straight[0] - 1] >= 40 - TINY > flexion[straight[0]]
    assert flexion[straight[-1]] <= 60 + TINY < flexion[straight[-1] + 1]


@pytest.mark.parametrize(("before", "takes_place"), [(80.0, True), (20.0, False)])
def test_quantity_between_the_thresholds_changes_nothing(before, takes_place):
    wavering = 50 + 9 * np.sin(2 * np.pi * TIME)
    assert (active(np.where(TIME < 1, before, wavering), BENT)[30:] == takes_place).all()


@pytest.mark.parametrize(("flexion", "takes_place"), [(57.0, True), (43.0, False)])
def test_quantity_that_never_passes_a_threshold_holds_past_the_middle_between_them(flexion, takes_place):
    assert (active(np.full(len(TIME), flexion), BENT) == takes_place).all()


def test_quantity_has_to_pass_a_threshold_to_change_what_held_at_the_start():
    assert not active(np.interp(TIME, [1, 2], [45, 55]), BENT).any()
    assert active(np.interp(TIME, [1, 2], [55, 45]), BENT).all()


def test_all_conditions_must_hold():
    bent, lifted = hold(0, 90), np.where(TIME > 2.2, 90.0, 0.0)
    both = active(bent, BENT, LIFTED, left_elevation=lifted)
    assert both.any()
    assert np.array_equal(both, active(bent, BENT) & active(bent, LIFTED, left_elevation=lifted))


def test_paired_condition_is_of_its_own_side():
    poses = body(left_elbow_flexion=90, right_elbow_flexion=0)
    for bent, straight, of in (("left", "right", poses), ("right", "left", mirrored(poses))):
        labels = label_movements(motion(of))
        for name in (f"{bent} elbow bent", f"{straight} elbow straight"):
            assert labels.active[:, TAXONOMY.index(name)].all()
        for name in (f"{bent} elbow straight", f"{straight} elbow bent"):
            assert not labels.active[:, TAXONOMY.index(name)].any()


# what is too short


def test_movement_shorter_than_its_definition_says_does_not_take_place():
    long, short = (2.5, 3.3), (1.0, 1.4)
    assert np.array_equal(
        active(during(long, short), BENT, min_duration=0.6), active(during(long), BENT, min_duration=0.6)
    )


def test_short_interruption_is_passed_over():
    interrupted = during((0.8, 1.7), (2.1, 3.0))
    assert np.array_equal(
        active(interrupted, BENT, min_duration=0.6), active(during((0.8, 3.0)), BENT, min_duration=0.6)
    )
    assert not active(interrupted, BENT, min_duration=0.3)[frames((1.8, 2.0))].any()


def test_short_movement_at_either_end_may_go_on_and_counts():
    ends = during((0.0, 0.3), (3.7, 4.0))
    at_the_ends = active(ends, BENT, min_duration=0.6)
    assert at_the_ends[frames((0.0, 0.2), (3.8, 4.0))].all()
    assert not at_the_ends[frames((0.5, 3.5))].any()


def test_short_pause_at_either_end_may_go_on_and_counts():
    ends = during((0.3, 3.7))
    assert not active(ends, BENT, min_duration=0.6)[frames((0.0, 0.2), (3.8, 4.0))].any()


# what cannot be known


def test_movements_of_missing_hands_are_unknown_and_others_known(poses):
    labels = label_movements(motion(without(poses, "left_wrist", "right_wrist")))
    of_arms = [f"{side} {part}" for side in ("left", "right") for part in ("forearm", "hand")]
    assert known_parts(labels) == {part.name for part in TAXONOMY.parts} - {*of_arms, "whole body"}
    expected = {TAXONOMY.names[i] for part in of_arms for i in TAXONOMY.of_part(part)} | {"arms open", "still"}
    assert unknown(labels) == expected


def test_missing_joint_changes_nothing_of_what_is_known(poses):
    whole, partial = label_movements(motion(poses)), label_movements(motion(without(poses, "left_wrist")))
    assert np.array_equal(partial.active, whole.active & partial.known)


def test_gap_of_a_joint_is_unknown_around_it_only(poses):
    first, last = 150, 152
    whole = label_movements(motion(poses))
    labels = label_movements(motion(without(poses, "left_ankle", when=slice(first, last + 1))))
    reach = {False: round(0.3 * FPS), True: round(0.9 * FPS)}  # of positions, of speeds
    for i, movement in enumerate(TAXONOMY.movements):
        gap = np.flatnonzero(~labels.known[:, i])
        if len(gap) and movement.name != "jumping":
            speed = any(condition.measured.unit.endswith("/s") for condition in movement.when)
            assert gap[0] >= first - reach[speed] and gap[-1] <= last + reach[speed]
            assert not labels.known[first : last + 1, i].any()
    assert not labels.known[first, TAXONOMY.index("left knee bent")]
    assert labels.known[:, TAXONOMY.index("right knee bent")].all()
    assert (labels.active == whole.active)[labels.known].mean() > 0.999


def test_whether_a_dancer_jumps_is_unknown_while_the_floor_is(poses):
    jumping = TAXONOMY.index("jumping")
    known = label_movements(motion(without(poses, "left_ankle", when=slice(150, 153)))).known[:, jumping]
    assert not known[120:180].any() and known[:90].all() and known[210:].all()


def test_nothing_is_known_of_a_dancer_who_is_never_there(poses):
    labels = label_movements(motion(np.full_like(poses, np.nan)))
    assert not labels.known.any() and not labels.active.any()


# clips and skeletons of any kind


@pytest.mark.parametrize("n_frames", [0, 1])
def test_clip_without_motion_is_refused(poses, n_frames):
    with pytest.raises(dancelift.InputError, match=rf"^waltz_1: {n_frames} frames, expected at least 2$"):
        label_movements(motion(poses[:n_frames], name="waltz_1"))


@pytest.mark.parametrize("n_frames", [2, 3, 10])
def test_short_clip_is_labelled(poses, n_frames):
    labels = label_movements(motion(poses[:n_frames]))
    assert labels.active.shape == (n_frames, 154) and labels.known.all()


def test_labels_say_what_they_are_of(poses):
    labels = label_movements(motion(poses, fps=27.0))
    assert labels.fps == 27.0 and labels.taxonomy is TAXONOMY and len(labels) == len(poses)


def test_motion_is_left_as_it_is(poses):
    before = poses.copy()
    label_movements(motion(poses))
    np.testing.assert_array_equal(poses, before)


def test_other_skeletons_have_the_same_labels(poses):
    whole = label_movements(motion(poses))
    for name in ("halpe26", "body25", "blazepose33"):
        skeleton = dancelift.SKELETONS[name]
        labels = label_movements(motion(joints_of(dance(300), skeleton), skeleton=skeleton))
        assert np.array_equal(labels.active, whole.active) and labels.known.all(), name


def test_head_of_a_skeleton_without_a_face_is_unknown(poses):
    skeleton = dancelift.SKELETONS["h36m17"]
    labels = label_movements(motion(joints_of(dance(300), skeleton), skeleton=skeleton))
    of_head = list(TAXONOMY.of_part("head"))
    assert unknown(labels) == {TAXONOMY.names[i] for i in of_head}
    others = np.delete(np.arange(len(TAXONOMY)), of_head)
    assert labels.known[:, others].all()
    assert np.array_equal(labels.active[:, others], label_movements(motion(poses)).active[:, others])


def test_labelling_is_fast():
    long = motion(joints_of(dance(9000), COCO))
    start = time.process_time()
    label_movements(long)
    assert 9000 / (time.process_time() - start) > 10_000  # frames a second; usually 50,000 and more
