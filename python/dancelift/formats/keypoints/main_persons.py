"""Which of the persons in a video it is of, and which are passers-by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.keypoints import Track

# What a main person has at least of what the most present one has: frames in which they are seen, size in the picture,
# mean score of the joints; and of all three multiplied.
_FRAMES, _SIZE, _SCORE = 0.2, 0.5, 0.5
_ALL = 0.15


@dataclass(frozen=True)
class _Presence:
    """How much of a person is to be seen."""

    n_frames: int
    size: float  # px
    score: float

    @staticmethod
    def of(keypoints: Array) -> _Presence:
        seen = keypoints[keypoints[..., 2].any(axis=1)]
        if not len(seen):
            return _Presence(0, 0.0, 0.0)
        return _Presence(len(seen), float(np.median(body_size(seen))), float(seen[..., 2].mean()))

    @property
    def total(self) -> float:
        return self.n_frames * self.size * self.score


def main_first(tracks: Iterable[Track]) -> list[Track]:
    """Mark the persons that a video is of and put them first, each kind from the most to the least surely seen.

    The most present person, by frames times size times score, is a main one; another is if they are seen in at least
    0.2 as many frames, 0.5 as large and 0.5 as surely, and 0.15 in all three multiplied.
    """
    tracks = list(tracks)
    presences = [_Presence.of(track.keypoints2d) for track in tracks]
    most = max(presences, key=lambda presence: presence.total)
    marked = [
        replace(track, is_main=_is_main(presence, most)) for track, presence in zip(tracks, presences, strict=True)
    ]
    return sorted(marked, key=lambda track: (not track.is_main, -float(track.keypoints2d[..., 2].sum())))


def body_size(keypoints: Array) -> Array:
    """Return the diagonal of the box round the seen joints of each of (N, J, 3), px, at least 1."""
    seen = keypoints[..., 2:] > 0
    low = np.where(seen, keypoints[..., :2], np.inf).min(axis=1)
    high = np.where(seen, keypoints[..., :2], -np.inf).max(axis=1)
    diagonal: Array = np.linalg.norm(high - low, axis=-1)
    return np.maximum(diagonal, 1.0)


def _is_main(person: _Presence, most: _Presence) -> bool:
    if not person.n_frames:
        return False
    frames, size, score = person.n_frames / most.n_frames, person.size / most.size, person.score / most.score
    return frames >= _FRAMES and size >= _SIZE and score >= _SCORE and frames * size * score >= _ALL
