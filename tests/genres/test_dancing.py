"""Whoever stands still, or is seen for a moment, dances none of the genres."""

import numpy as np

from dancelift import SKELETONS
from dancelift.body.motion import Motion
from dancelift.genres.dancing import why_no_dance
from fixtures.lifts import dance

COCO = SKELETONS["coco17"]


def motion(poses3d) -> Motion:
    return Motion("a", "test", np.asarray(poses3d) * [1, -1, -1], COCO, 30.0)


def test_a_dance_may_be_one():
    assert why_no_dance(motion(dance(120).poses3d)) == ""


def test_a_statue_does_not_dance_although_it_jitters():
    still = np.repeat(dance(1).poses3d, 120, axis=0)
    jittering = still + np.random.default_rng(0).normal(0, 0.003, still.shape)
    assert why_no_dance(motion(still)) == why_no_dance(motion(jittering)) == "the dancer hardly moves"


def test_half_a_second_is_no_dance():
    assert "0.5 s are too short" in why_no_dance(motion(dance(15).poses3d))


def test_nobody_seen_does_not_dance():
    assert "no limb was seen" in why_no_dance(motion(np.full((60, 17, 3), np.nan)))
