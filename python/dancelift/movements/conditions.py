"""Where the conditions of movements hold: quantities against thresholds with hysteresis."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from dancelift.arraytypes import Flags, Floats
from dancelift.movements.kinematics import BodyMotion
from dancelift.movements.taxonomy import Condition

ONSET, RELEASE = 0.5, -0.5
"""Margins at which a condition begins to hold and ceases to; between them it holds if it did before."""


def margins(body: BodyMotion, conditions: Collection[Condition]) -> Floats:
    """Margins (C, T) of the conditions: ONSET and RELEASE at their thresholds; NaN where a joint is missing."""
    found = np.empty((len(conditions), body.n_frames), np.float32)
    for row, c in zip(found, conditions, strict=True):
        row[:] = (body.value(c.quantity, c.side) - (c.onset + c.release) / 2) / (c.onset - c.release)
    return found


def holds(margin: Floats) -> Flags:
    """Whether each condition holds in each frame, (C, T), by its margins: it has begun and not ended since.

    Before either of the two, it is as the first margin that is known makes likelier.
    """
    begins, ends = margin > ONSET, margin < RELEASE
    last = np.where(begins | ends, np.arange(margin.shape[1], dtype=np.int32), 0)
    np.maximum.accumulate(last, axis=1, out=last)
    first = margin[np.arange(len(margin)), np.isfinite(margin).argmax(axis=1)]
    begins[:, 0] = first > (ONSET + RELEASE) / 2
    found: Flags = np.take_along_axis(begins, last, axis=1)
    return found
