"""Gaps in motion: the short ones are interpolated, at the long ones a clip is cut."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array, Flags

LONGEST_GAP = 0.2
"""For how long a joint may be missing, s: one that is missed for longer may have been anywhere."""


def without_gaps(poses: Array, fps: float) -> list[tuple[int, Array]]:
    """Return the stretches of (T, J, 3) in which no joint is missing: short gaps are interpolated, others cut.

    A joint that is never seen stays NaN.

    Returns:
        The first frame of each stretch, and the stretch.
    """
    frames = np.arange(len(poses))
    missing: Flags = np.asarray(np.isnan(poses).any(axis=2))
    longest = int(LONGEST_GAP * fps + 1e-6)
    filled, cut = poses.copy(), np.zeros(len(poses), dtype=bool)
    for joint in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
        seen = np.flatnonzero(~missing[:, joint])
        for axis in range(3):
            filled[:, joint, axis] = np.interp(frames, seen, poses[seen, joint, axis])
        for start, stop in _runs(missing[:, joint]):
            cut[start:stop] |= start == 0 or stop == len(poses) or stop - start > longest
    if not cut.any():
        return [(0, filled)]
    return [(start, filled[start:stop]) for start, stop in _runs(~cut) if stop - start >= longest]


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Start and stop of each run of true among (T,) flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(start, stop) for start, stop in edges.reshape(-1, 2).tolist()]
