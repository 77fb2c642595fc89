"""Whether the camera pans or zooms: feet that stand move.

That a foot stands is told by the network of the prior from how the body moves about its trunk, which a pan and a zoom
leave alone; how fast the foot moves then, by where the body is.
"""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.errors import warn
from dancelift.filters import gaussian_smooth
from dancelift.lifting.windows import LONGEST
from dancelift.priors.pose_net import FEET
from dancelift.priors.prior import usual_motion_prior
from dancelift.seeding.expected_motion import expect_motion
from dancelift.seeding.net_reader import NetReader

_WINDOW = 6.0  # s, in which the camera moves one way
_LEAST_TIME = 2.0  # s, of a clip that tells something
_STANDS = 0.8  # probability above which a foot stands
_LEAST_STANDING, _LEAST_STANDING_TIME = 0.1, 0.4  # share of a window's frames, and s, in which a foot stands
_SMOOTHING = 0.1  # s, of the feet's path

# m/s of feet that stand, across and along the line of sight: more than in any window of 94 views of four dances and 18
# of break and street jazz; distances of zooming cameras are less exact
_PANS, _ZOOMS = 0.3, 0.5


def warn_of_moving_camera(clip: Clip, reader: NetReader) -> None:
    """Warn where feet that stand move, in any take."""
    edges = [*clip.takes, len(clip)]
    for start, end in zip(edges, edges[1:], strict=False):
        for first in range(start, end, LONGEST):
            _warn_of_piece(clip.frames(slice(first, min(first + LONGEST, end))), reader)


def _warn_of_piece(clip: Clip, reader: NetReader) -> None:
    across, along = floor_speed(clip, reader)
    if across > _PANS or along > _ZOOMS:
        moves = "pans" if across > _PANS else "zooms"
        warn(
            f"keypoints2d: feet that stand move by {max(across, along):.1f} m/s between {clip.times[0]:.1f} and "
            f"{clip.times[-1]:.1f} s: the camera {moves}, expected one that stands still; the dancer's path is "
            "not to be trusted"
        )


def floor_speed(clip: Clip, reader: NetReader) -> tuple[float, float]:
    """Greatest median speed of the feet that stand in some seconds, across and along the line of sight, m/s."""
    feet = [clip.skeleton.index(name) for name in FEET]
    joints = [joint for joint in feet if joint is not None]
    if len(joints) < len(feet) or len(clip) < _LEAST_TIME * clip.fps or not clip.seen[:, joints].any():
        return 0.0, 0.0
    motion = expect_motion(clip, usual_motion_prior(), reader)
    velocity = np.gradient(gaussian_smooth(motion.poses3d[:, joints], _SMOOTHING * clip.fps), axis=0) * clip.fps
    stands = (motion.contact > _STANDS) & clip.seen[:, joints]
    n = min(len(clip), round(_WINDOW * clip.fps))
    fastest = np.zeros(2)
    for start in range(0, len(clip) - n + 1, max(1, n // 4)):
        window = slice(start, start + n)
        if stands[window].any(axis=1).sum() >= max(_LEAST_STANDING * n, _LEAST_STANDING_TIME * clip.fps):
            floor: Array = np.median(velocity[window][stands[window]], axis=0)
            fastest = np.maximum(fastest, [np.hypot(floor[0], floor[1]), abs(floor[2])])
    return float(fastest[0]), float(fastest[1])
