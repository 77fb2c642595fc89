"""Whether somebody dances at all: whoever stands still, or is seen for a moment, dances none of the genres."""

from __future__ import annotations

import numpy as np

from dancelift.body.motion import Motion
from dancelift.movements.kinematics import BodyMotion

MIN_SECONDS = 1.0
"""Of a clip whose genre can be recognised: less than one bar of the slowest music holds no dance."""

MIN_ACTIVITY = 0.12
"""Mean speed of the limbs about the mid-hip, legs/s, the median over a clip. The calmest of the dances that the shipped
model was trained on has 0.31, and 0.18 in its calmest four seconds; somebody who stands still, whose keypoints jitter,
has 0.015."""


def why_no_dance(motion: Motion) -> str:
    """Return why a motion is no dance, for a person to read; empty where it may be one."""
    seconds = len(motion.poses3d) / motion.fps
    if seconds < MIN_SECONDS:
        return f"{seconds:.1f} s are too short to recognise a dance, which takes at least {MIN_SECONDS:g} s"
    activity = BodyMotion(motion.as_coco17(), motion.fps).value("activity")
    known = activity[np.isfinite(activity)]
    if not len(known):
        return "no limb was seen for long enough to recognise a dance"
    if np.median(known) < MIN_ACTIVITY:
        return "the dancer hardly moves"
    return ""
