"""Movement labels: which types take place in every frame of a clip, and where that is not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Flags
from dancelift.errors import InputError
from dancelift.movements.taxonomy import Taxonomy
from dancelift.provenance import Provenance

MIN_FRAMES = 2
"""Frames of a clip, fewer of which have no speeds and so no movements."""


@dataclass(frozen=True, eq=False)
class MovementLabels:
    """Movement vectors y_t of a clip (Hu & Ahuja 2021, sec. 2.3), of T frames and M movements.

    Attributes:
        active: (T, M), whether the movement takes place; False where it is not known.
        known: (T, M), whether that could be judged.
        fps: frames per second.
        taxonomy: of the movements.
        start: time of the first frame, s from the start of the video.
        provenance: how they, or the lift that they are of, were made; None where that is not known.

    Raises:
        InputError: the arrays do not fit the taxonomy or each other.
    """

    active: Flags
    known: Flags
    fps: float
    taxonomy: Taxonomy
    start: float = 0.0
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        for name, array in (("active", self.active), ("known", self.known)):
            if array.ndim != 2 or array.shape[1] != len(self.taxonomy) or array.dtype != np.bool_:
                raise InputError(
                    f"{name} is {array.dtype} of shape {array.shape}, expected bool (frames, {len(self.taxonomy)})"
                )
        if len(self.active) != len(self.known):
            raise InputError(f"active has {len(self.active)} frames and known {len(self.known)}, expected as many")
        if (self.active & ~self.known).any():
            raise InputError("movements are active where they are not known, expected known")

    def __len__(self) -> int:
        return len(self.active)
