"""Phrases of a dance: stretches that come back, found by comparing every moment of a clip with every other.

Two moments are alike where the poses in the dancer's own frame, the way the body goes and the movements that take place
are alike. Stretches that run alike are found by local alignment of the clip with itself, as the repetitions of music
are in its self-similarity matrix (Mueller 2021, Fundamentals of Music Processing, ch. 4). What counts:

- A phrase lasts at least `min_seconds`, and takes place at least twice, at whatever place, facing whichever way, up to
  half as fast or twice as fast.
- Its times do not overlap. Where a stretch is alike to itself by less than its own length later, it is a repetition
  with that period, and the phrase is one period.
- The longest and most alike is taken first; what repeats inside of a phrase, such as its basic step, is no phrase of
  its own. What is a part of a longer one every time, and takes place elsewhere too, is taken out of it.
- Where all of a phrase is a shorter stretch over and over, the phrase is a repeated step, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Floats
from dancelift.body.motion import Motion
from dancelift.choreography.local_alignment import best_path, distances
from dancelift.choreography.performance import Performance
from dancelift.choreography.repeats import MIN_SCORE, repeats
from dancelift.choreography.tempo import Tempo, estimate_tempo
from dancelift.choreography.time_map import RATE, at_times, points
from dancelift.errors import InputError
from dancelift.lifting.result import LiftResult
from dancelift.recognition.result import Recognition

MIN_SECONDS = 4.0
"""Of a phrase: about a count of eight of cha-cha, or two bars of waltz."""

LEAST_SECONDS = 2.0
"""Of a phrase that can be asked for; what is shorter repeats by chance."""

_ALIKE_SHARE = 0.6  # of the distance of any two moments, the middle one, below which two are alike
_ALIKE = (0.12, 0.16)  # m, between which that must lie: two lifts of one movement are 0.05 to 0.1 m apart
_MOVEMENTS = 0.4  # m, that count for movements none of which agree
_LARGEST = 0.35  # m, that one joint may count
_LEAST_ALIKE = -2.0  # similarity of moments that are as different as can be
_STEP_SHARE = 0.8  # of a phrase that is a shorter stretch over and over, to be a repeated step
_STEP_SECONDS = 0.8  # s, the shortest period of a step that repeats
_BREAK_SECONDS = 0.4  # standard deviation of the filter of the similarity along a stretch, which ends where that is 0
_STILL = 0.08  # m/s, mean speed of the points below which the dancer stands still
_EIGHT, _EIGHT_TOLERANCE = 8, 0.75  # beats


@dataclass(frozen=True)
class Occurrence:
    """A time at which a phrase takes place.

    Attributes:
        start, end: s from the start of the video.
        distance: from the phrase's first time, m, of the joints and by movements that disagree, in the mean.
    """

    start: float
    end: float
    distance: float


@dataclass(frozen=True)
class Phrase:
    """A stretch that comes back.

    Attributes:
        name: "A" for the one that takes place first, then "B" and so on.
        occurrences: two or more, in the order of time.
        is_step: whether all of it is a shorter stretch over and over.
        beats: that it lasts; None: the clip has no clear beat.
        eights: counts of eight that it lasts; None: it is no whole number of them.
    """

    name: str
    occurrences: tuple[Occurrence, ...]
    is_step: bool
    beats: float | None
    eights: int | None

    @property
    def seconds(self) -> float:
        """How long it lasts in the mean."""
        return float(np.mean([each.end - each.start for each in self.occurrences]))


@dataclass(frozen=True, eq=False)
class Phrases:
    """The phrases of a clip.

    Attributes:
        performance: whose phrases they are.
        phrases: in the order of their first times.
        tempo: of the steps; None where there is none that is clear.
    """

    performance: Performance
    phrases: tuple[Phrase, ...]
    tempo: Tempo | None

    @property
    def summary(self) -> tuple[str, ...]:
        """What comes back, in sentences."""
        lines = [f"{self.performance.seconds:.1f} s."]
        if self.tempo is not None:
            lines[0] = f"{self.performance.seconds:.1f} s, about {self.tempo.per_minute:.0f} beats a minute."
        for phrase in self.phrases:
            times = ", ".join(f"{each.start:.1f} to {each.end:.1f} s" for each in phrase.occurrences)
            lasts = f"{phrase.seconds:.1f} s"
            if phrase.eights is not None:
                lasts += f", {phrase.eights} count{'s' if phrase.eights > 1 else ''} of eight"
            elif phrase.beats is not None:
                lasts += f", {phrase.beats:.0f} beats"
            what = "Repeated step" if phrase.is_step else "Phrase"
            lines.append(f"{what} {phrase.name} ({lasts}), {len(phrase.occurrences)} times: {times}.")
        if not self.phrases:
            lines.append("Nothing comes back.")
        return tuple(lines)


def find_phrases(
    clip: Motion | LiftResult | Recognition | Performance, *, min_seconds: float = MIN_SECONDS, name: str | None = None
) -> Phrases:
    """Find the phrases of a clip; `dancelift.choreography.phrases` says what counts as one.

    Args:
        clip: true or lifted motion of one dancer; of a recognition the movements are those that were recognised, else
            those by definition.
        min_seconds: that a phrase lasts.
        name: of the clip; None: its own.

    Raises:
        InputError: the clip is too short or lacks hips or shoulders, or `min_seconds` is too small.
    """
    if not min_seconds >= LEAST_SECONDS:
        raise InputError(f"min_seconds is {min_seconds!r}, expected at least {LEAST_SECONDS:g}")
    performance = Performance.of(clip, name)
    tempo = estimate_tempo(performance)
    n_least = round(min_seconds * RATE)
    distance = _distance(performance)
    similarity = _similarity(performance, distance)
    families = sorted(repeats(similarity, n_least, _BREAK_SECONDS * RATE), key=lambda spans: spans[0])
    found = []
    for i, spans in enumerate(families):
        occurrences = tuple(
            Occurrence(
                performance.start + start / RATE,
                performance.start + min(end / RATE, performance.seconds),
                _between(distance, similarity, spans[0], (start, end)),
            )
            for start, end in spans
        )
        beats, eights = _count(float(np.mean([end - start for start, end in spans])) / RATE, tempo)
        found.append(Phrase(_letters(i), occurrences, _is_step(similarity, spans[0]), beats, eights))
    return Phrases(performance, tuple(found), tempo)


def likeness(performance: Performance, largest: int) -> Floats:
    """Return how alike every moment is to every other one, (N, N), 0 to 1, N up to `largest`, evenly spaced."""
    distance = _distance(performance)
    stride = -(-len(distance) // largest)
    alike: Floats = np.clip(1 - distance[::stride, ::stride] / (2 * _alike_below(distance)), 0, 1)
    return alike


def _distance(performance: Performance) -> Floats:
    """Distance (N, N), m, of every moment from every other one, at `RATE`."""
    times = np.arange(0, performance.seconds, 1 / RATE)
    found = points(performance)
    found = at_times(found[:, np.isfinite(found).all(axis=(0, 2))], performance.fps, times)
    active = at_times(performance.active.astype(float), performance.fps, times).astype(np.float32)
    disagree = (active.sum(axis=1)[:, None] + active.sum(axis=1) - 2 * active @ active.T) / active.shape[1]
    distance: Floats = np.sqrt(distances(found, found, _LARGEST) ** 2 + (_MOVEMENTS * disagree) ** 2)
    return distance


def _similarity(performance: Performance, distance: Floats) -> Floats:
    """Above 0 where two moments are alike, 0 where they are and the dancer stands still in both."""
    similarity: Floats = np.maximum(1 - distance / _alike_below(distance), _LEAST_ALIKE).astype(np.float32)
    speed = np.sqrt((np.gradient(points(performance), axis=0) ** 2).sum(axis=2)).mean(axis=1) * performance.fps
    is_still = at_times(speed, performance.fps, np.arange(len(distance)) / RATE) < _STILL
    both = is_still[:, None] & is_still
    similarity[both] = np.minimum(similarity[both], 0)
    return similarity


def _alike_below(distance: Floats) -> float:
    """Distance, m, below which two moments of a dance are alike: dances of large movements repeat less exactly."""
    apart = distance[np.triu_indices(len(distance), round(LEAST_SECONDS * RATE))]
    return float(np.clip(_ALIKE_SHARE * np.median(apart), *_ALIKE)) if len(apart) else _ALIKE[0]


def _is_step(similarity: Floats, span: tuple[int, int]) -> bool:
    """Whether nearly all of a span is a shorter stretch over and over."""
    block = similarity[span[0] : span[1], span[0] : span[1]]
    lag = np.arange(len(block)) - np.arange(len(block))[:, None]
    soon = (lag >= _STEP_SECONDS * RATE) & (lag <= _STEP_SHARE * len(block) / 2 + 1)
    path = best_path(np.where(soon, block, -np.inf))
    if path is None:
        return False
    repeats = (path.columns[-1] - path.rows[0] + 1) / len(block)
    return bool(repeats >= _STEP_SHARE and path.score >= MIN_SCORE * len(path.rows))


def _between(distance: Floats, similarity: Floats, one: tuple[int, int], other: tuple[int, int]) -> float:
    """Mean distance of two spans along the path on which they run alike."""
    if one == other:
        return 0.0
    path = best_path(similarity[one[0] : one[1], other[0] : other[1]])
    if path is None:
        return round(float(distance[one[0] : one[1], other[0] : other[1]].mean()), 4)
    return round(float(distance[path.rows + one[0], path.columns + other[0]].mean()), 4)


def _count(seconds: float, tempo: Tempo | None) -> tuple[float | None, int | None]:
    """Beats, and counts of eight if it is a whole number of them."""
    if tempo is None:
        return None, None
    beats = seconds / tempo.period
    eights = round(beats / _EIGHT)
    return round(beats, 1), eights if eights and abs(beats - _EIGHT * eights) <= _EIGHT_TOLERANCE else None


def _letters(i: int) -> str:
    """A to Z, then AA to AZ and so on."""
    return ("" if i < 26 else _letters(i // 26 - 1)) + chr(ord("A") + i % 26)
