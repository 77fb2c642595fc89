"""What a prior's networks expect of a clip, each asked once."""

from __future__ import annotations

from collections import deque

import numpy as np

from dancelift.arraytypes import Array
from dancelift.priors.pose_net import Expected, PoseNet
from dancelift.seeding import tempo

_MOST_THREADS = 1000  # more than hypotheses that are fitted side by side
_REMEMBERED = 8  # answers: those of two networks to a clip, and to a part and the whole of another reading of it


class NetReader:
    """Asks networks what they expect, and remembers the last answers: a lift asks the same for several reasons.

    Attributes:
        n_threads: that a clip is read by.
    """

    def __init__(self, n_threads: int = 1) -> None:
        self.n_threads = min(n_threads, _MOST_THREADS)
        self._answers: deque[tuple[PoseNet, Array, Array, float, Expected]] = deque(maxlen=_REMEMBERED)

    def expect(self, net: PoseNet, rays: Array, score: Array, fps: float) -> Expected:
        """What a network expects, see `tempo.expect`."""
        for asked, its_rays, its_score, its_fps, answer in self._answers:
            same_clip = its_fps == fps and np.array_equal(its_score, score) and np.array_equal(its_rays, rays)
            if asked is net and same_clip:
                return answer
        answer = tempo.expect(net, rays, score, fps, self.n_threads)
        self._answers.append((net, rays, score, fps, answer))
        return answer
