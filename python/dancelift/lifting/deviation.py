"""How far a lifted joint is from where it is: standard deviations that hold what they say.

Along the line of sight the seed's own uncertainty says it, of which the solution leaves a share; across it the
keypoints do. Both were measured on clips of `fit` and of data/cmu, for joints relative to the mid-hip and a dancer of
the right size: neither the distance to the camera nor the scale is known from one view.
"""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array, Flags

_ALONG = 0.66  # of the seed's uncertainty, that is left of it
_ACROSS = 0.022  # m, of joints seen by a usual detector


def joint_deviations(uncertainty: Array, seen: Flags, noise: float) -> Array:
    """Standard deviations (T, J, 2) of joints across the line of sight, in each direction, and along it, m.

    Args:
        uncertainty: (T, J) standard deviation of the depth by the seed, m.
        seen: (T, J) whether the joint was seen.
        noise: of the keypoints, relative to a usual detector's.
    """
    along = _ALONG * uncertainty
    across = np.where(seen, np.minimum(_ACROSS * noise, along), along)
    return np.stack([across, along], axis=2)
