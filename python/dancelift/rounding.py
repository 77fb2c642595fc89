"""Weights in 8 bits: whole numbers times a scale for each output, which takes half the room of half precision.

What it costs was measured: the default prior's networks expect joints 2 mm from where they did with half precision, and
as near to the truth, within 0.1 mm; the movement networks predict as well, to within 0.0002 of F.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Floats

SCALE = ".scale"
"""After a weight's name, what names its scales."""

_MOST = 127
_SCALE_BITS = 16  # of a scale's mantissa, so that weights that were rounded once are rounded to themselves
_LEAST_SIZE = 2**15  # numbers of a weight that is worth it; smaller ones keep half precision


def pack(weights: Mapping[str, Floats], *, stacked: bool = False) -> dict[str, NDArray[Any]]:
    """Return what is stored of weights, by name: int8 with float32 scales of the last axis, or float16.

    Args:
        weights: by name.
        stacked: whether the first axis counts networks, each of which has scales of its own.
    """
    packed: dict[str, NDArray[Any]] = {}
    for name, weight in weights.items():
        inputs = tuple(range(stacked, weight.ndim - 1))
        if not inputs or weight.size < _LEAST_SIZE:
            packed[name] = weight.astype(np.float16)
            continue
        largest = np.abs(weight).max(axis=inputs, keepdims=stacked)
        mantissa, exponent = np.frexp(np.where(largest > 0, largest, _MOST).astype(np.float64) / _MOST)
        scale = np.ldexp(np.ceil(np.ldexp(mantissa, _SCALE_BITS)), exponent - _SCALE_BITS)
        packed[name] = np.round(weight / scale).astype(np.int8)
        packed[name + SCALE] = scale.astype(np.float32)
    return packed


def unpack(stored: NDArray[Any], scale: NDArray[Any] | None) -> Floats:
    """Return a weight in float32 of what is stored of it, and of its scales, if it has some."""
    weight: Floats = stored.astype(np.float32)
    return weight if scale is None else weight * scale


def rounded(weights: Mapping[str, Floats], *, stacked: bool = False) -> dict[str, Floats]:
    """Return weights as they are once they have been stored, see `pack`."""
    packed = pack(weights, stacked=stacked)
    return {name: unpack(packed[name], packed.get(name + SCALE)) for name in weights}
