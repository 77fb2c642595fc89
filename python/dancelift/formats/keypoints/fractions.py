"""Coordinates as fractions 0..1 of the image's width and height, whose size must be known then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.source import Recorded, Source
from dancelift.keypoints import is_seen

_FARTHEST = 3.0  # image widths: joints may lie outside the picture, but some pixels would lie further out


def are_fractions(coordinates: NDArray[np.float64]) -> bool:
    """Tell whether (..., 2 | 3) may be fractions of an image, where not pixels."""
    seen = is_seen(coordinates)
    return bool(seen.any()) and bool(np.abs(coordinates[..., :2][seen]).max() <= _FARTHEST)


def to_pixels(fractions: NDArray[np.float64], image_size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the pixels of fractions (..., 2 | 3); what is not seen becomes NaN."""
    pixels = fractions.copy()
    pixels[..., :2] *= image_size
    pixels[~is_seen(fractions)] = np.nan
    return pixels


def with_image_size(source: Source, recorded: Recorded) -> Recorded:
    """Return what is recorded, with the image's size by the caller or by the file.

    Raises:
        InputError: neither says it.
    """
    if source.image_size:
        return {**recorded, "image_size": source.image_size}
    if "image_size" not in recorded:
        raise source.error("no image size; expected image_size=(width, height), of which coordinates are fractions")
    return recorded
