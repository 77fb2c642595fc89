"""The floor under a dancer."""

import numpy as np
import pytest

from dancelift import SKELETONS
from dancelift.body import anatomy
from dancelift.body.floor import floor_height, resting_height
from fixtures.motion import dance, joints_of


def test_feet_rest_where_they_are_when_they_stand_and_outliers_do_not_count():
    heights = np.full((100, 2), 0.1)
    heights[10:40, 0] = 0.5  # a step
    heights[:3, 1] = -2.0
    heights[50] = np.nan
    assert resting_height(heights) == pytest.approx(0.1)
    assert np.isnan(resting_height(np.full(3, np.nan)))


def test_floor_is_as_low_for_a_skeleton_without_feet_as_for_one_with():
    with_feet, without = (
        floor_height(joints_of(dance(200), SKELETONS[name]), SKELETONS[name]) for name in ("halpe26", "coco17")
    )
    assert without == pytest.approx(with_feet, abs=0.5 * anatomy.FOOT_HEIGHT * anatomy.STANDARD_HEIGHT)
