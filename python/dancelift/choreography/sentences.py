"""What a dancer does in a stretch of time, in a sentence made by rule: what, which part, when, how far.

Directions are the dancer's own at the start of the stretch; clockwise is as seen from above. A movement is told where
it begins in the stretch, or where it holds for nearly all of it; those of legs, trunk and head only where they go far.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dancelift.arraytypes import Flags
from dancelift.choreography.movement_rules import RULES, Rule
from dancelift.choreography.performance import STANDARD_LEG, Performance
from dancelift.filters import gaussian_smooth, runs
from dancelift.movements.kinematics import BodyMotion, get_quantity
from dancelift.movements.taxonomy import standard_taxonomy

_SIDES = ("left", "right")
_HOLDS = 0.85  # share of a stretch, in which a movement takes place, to be one that holds
_AT_ONCE = 0.4  # s, between what the left and the right do, to be what both do
_MIN_TRAVEL, _MIN_PATH = 0.25, 1.0  # m, of what is told of where the dancer goes
_MIN_TURN = 60.0  # deg
_TURN_RATE = 20.0  # deg/s, below which nobody turns
_NEAR_QUARTER = 18.0  # deg, from a whole number of quarters of a turn, to be called that
_SMOOTHING = 0.25  # s, standard deviation of the filter of facing
_MIN_STEPS = 2
_STEP_LENGTH = 0.1  # m, that a foot gets ahead in a step
_MOST = 8  # clauses in a sentence
_COMPASS = (
    "forward", "forward and to the left", "to the left", "back and to the left", "back", "back and to the right",
    "to the right", "forward and to the right",
)  # fmt: skip
_QUARTERS = {1: "a quarter turn", 2: "half a turn", 3: "three quarters of a turn", 4: "a full turn"}


_PLURALS = {"hand": "hands", "arm": "arms", "leg": "legs", "knee": "knees"}


@dataclass(frozen=True)
class _Event:
    """A movement that is told, of a side or of both, between two frames."""

    part: str
    first: int
    after: int
    amount: float | None
    words: str
    side: str

    @property
    def text(self) -> str:
        """What the dancer does, without how far."""
        named = {
            f"the {one}": f"both {several}" if self.side == "both" else f"the {self.side} {one}"
            for one, several in _PLURALS.items()
        }
        return self.words.format(**named)


@dataclass(frozen=True)
class Clause:
    """One thing that the dancer does.

    Attributes:
        part: of the body, as in the taxonomy; "hands" and the like for both.
        start, end: s from the start of the video.
        amount: how far it goes at the most, in `unit`; None: not measured.
        unit: "m", "deg", "cm" or "steps"; empty with no amount.
        text: such as "raises the right hand above the shoulder".
    """

    part: str
    start: float
    end: float
    amount: float | None
    unit: str
    text: str


@dataclass(frozen=True)
class Sentence:
    """What the dancer does in a stretch of time.

    Attributes:
        start, end: s from the start of the video.
        clauses: what is told, in the order of the sentence.
    """

    start: float
    end: float
    clauses: tuple[Clause, ...]

    @property
    def text(self) -> str:
        """The sentence, with its time."""
        return f"From {self.start:.1f} to {self.end:.1f} s the dancer {_listed([c.text for c in self.clauses])}."

    @property
    def caption(self) -> str:
        """The sentence without its time, as data for text-to-motion has it (Guo et al. 2022, HumanML3D)."""
        return f"a dancer {_listed([clause.text for clause in self.clauses])}."


class Describer:
    """Describes stretches of one performance."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance
        self._body = BodyMotion(performance.poses3d, performance.fps)
        self._taxonomy = standard_taxonomy()
        self._yaw = gaussian_smooth(np.degrees(performance.yaw), _SMOOTHING * performance.fps)

    def describe(self, start: float, end: float) -> Sentence:
        """Say what the dancer does from `start` to `end`, s from the start of the video."""
        fps, begin = self._performance.fps, self._performance.start
        first = max(0, round((start - begin) * fps))
        frames = slice(first, max(first + 2, min(round((end - begin) * fps), len(self._performance.poses3d))))
        clauses = [*self._travel(frames), *self._turns(frames), *self._level(frames), *self._steps(frames)]
        events = _both_at_once([event for rule in RULES for event in self._events(rule, frames)], _AT_ONCE * fps)
        clauses += [self._told(same) for same in _same_words(events)]
        clauses = clauses[:_MOST] or [Clause("whole body", start, end, None, "", "hardly moves")]
        return Sentence(start, end, tuple(clauses))

    def _clause(self, part: str, first: int, after: int, amount: float | None, unit: str, text: str) -> Clause:
        start, end = (round(self._performance.start + frame / self._performance.fps, 3) for frame in (first, after))
        return Clause(part, start, end, None if amount is None else round(float(amount), 2), unit, text)

    def _travel(self, frames: slice) -> Iterator[Clause]:
        performance = self._performance
        path = gaussian_smooth(performance.mid_hip, _SMOOTHING * performance.fps)[frames][:, [0, 2]]
        gone = path[-1] - path[0]
        yaw = np.radians(self._yaw[frames.start])
        left = np.cos(yaw) * gone[0] - np.sin(yaw) * gone[1]
        forward = np.sin(yaw) * gone[0] + np.cos(yaw) * gone[1]
        distance = float(np.hypot(left, forward))
        length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
        if distance >= _MIN_TRAVEL:
            direction = _COMPASS[round(np.degrees(np.arctan2(left, forward)) / 45) % 8]
            text = f"travels {distance:.1f} m {direction}"
            if length > 2 * distance and length >= _MIN_PATH:
                text += f" on a way of {length:.1f} m"
            yield self._clause("whole body", frames.start, frames.stop, distance, "m", text)
        elif length >= _MIN_PATH:
            text = f"goes {length:.1f} m and comes back to the same place"
            yield self._clause("whole body", frames.start, frames.stop, length, "m", text)

    def _turns(self, frames: slice) -> Iterator[Clause]:
        rate = np.gradient(self._yaw) * self._performance.fps
        told: list[tuple[int, int, float]] = []
        for direction in (1, -1):
            for first, after in runs(direction * rate[frames] > _TURN_RATE):
                first, after = first + frames.start, after + frames.start
                angle = float(self._yaw[after - 1] - self._yaw[first])
                if abs(angle) >= _MIN_TURN:
                    told.append((first, after, angle))
        told.sort()
        for first, after, angle in told:
            yield self._clause("whole body", first, after, angle, "deg", _turn_words(angle))

    def _level(self, frames: slice) -> Iterator[Clause]:
        height = 100 * STANDARD_LEG * self._body.value("hip height")
        lowered = float(np.percentile(height, 90)) - height
        for first, after in runs(lowered[frames] > 10):
            first, after = first + frames.start, after + frames.start
            if after - first >= 0.3 * self._performance.fps:
                depth = float(lowered[first:after].max())
                again = " and rises again" if after < frames.stop else ""
                yield self._clause("hips", first, after, depth, "cm", f"sinks {depth:.0f} cm into the knees{again}")

    def _steps(self, frames: slice) -> Iterator[Clause]:
        starts = []
        for side in _SIDES:
            ankle = self._body.joint("ankle", side)[frames]
            for first, after in runs(self._active(f"{side} foot working")[frames]):
                if np.linalg.norm((ankle[after - 1] - ankle[first])[[0, 2]]) >= _STEP_LENGTH:
                    starts.append((first, side))
        if len(starts) >= _MIN_STEPS:
            text = f"takes {len(starts)} steps, the {min(starts)[1]} foot first"
            yield self._clause("whole body", frames.start, frames.stop, len(starts), "steps", text)

    def _events(self, rule: Rule, frames: slice) -> Iterator[_Event]:
        for side in _SIDES if "{side}" in rule.movement else ("",):
            movement = self._taxonomy.movements[self._taxonomy.index(rule.movement.format(side=side))]
            active = self._active(movement.name)
            if rule.needs:
                active = active & self._active(rule.needs.format(side=side))
            inside = np.zeros_like(active)
            for other in rule.within:
                inside |= self._active(other.format(side=side))
            far = np.sign(rule.least) * self._body.value(rule.quantity, side) if rule.quantity else None
            if active[frames].mean() >= _HOLDS:
                is_far = far is None or np.nanmedian(far[frames]) >= abs(rule.least)
                if rule.holds and is_far and not inside[frames].any():
                    yield _Event(movement.part, frames.start, frames.stop, None, rule.holds, side)
                continue
            for first, after in runs(active[frames]):
                first, after = first + frames.start, after + frames.start
                if first == frames.start or inside[first:after].any():  # it has begun before, or is a part of another
                    continue
                amount = None if far is None else float(np.nanmax(far[first:after]))
                if amount is not None and not amount >= abs(rule.least):
                    continue
                if far is not None and get_quantity(rule.quantity).unit != "deg":
                    amount = None
                yield _Event(movement.part, first, after, amount, rule.begins, side)

    def _active(self, movement: str) -> Flags:
        active: Flags = self._performance.active[:, self._taxonomy.index(movement)]
        return active

    def _told(self, same: Sequence[_Event]) -> Clause:
        """One clause about events of the same words."""
        first, sides = same[0], {event.side for event in same}
        if len(sides) > 1:
            first = replace(first, side="left and the right", part=_PLURALS.get(first.part.split(" ")[-1], first.part))
        n_times = max(sum(event.side in (side, "both") for event in same) for side in (*_SIDES, ""))
        amounts = [event.amount for event in same if event.amount is not None]
        text = first.text
        if amounts:
            text += f" by {'up to ' if len(same) > 1 else ''}{max(amounts):.0f} degrees"
        if n_times > 1:
            text += " twice" if n_times == 2 else f" {n_times} times"
        after, unit = max(event.after for event in same), "deg" if amounts else ""
        return self._clause(first.part, first.first, after, max(amounts, default=None), unit, text)


def _turn_words(angle: float) -> str:
    way = "counter-clockwise" if angle > 0 else "clockwise"
    quarters = round(abs(angle) / 90)
    if not quarters or abs(abs(angle) - 90 * quarters) > _NEAR_QUARTER:
        return f"turns {abs(angle):.0f} degrees {way}"
    if quarters > 4:
        whole, rest = divmod(quarters, 4)
        part = {0: "", 1: " and a quarter", 2: " and a half", 3: " and three quarters"}[rest]
        return f"turns {whole}{part} turns {way}" if whole > 1 else f"turns one{part} turns {way}"
    return f"turns {_QUARTERS[quarters]} {way}"


def _both_at_once(events: Sequence[_Event], reach: float) -> list[_Event]:
    """The events, in which what left and right begin within `reach` frames is one event of both."""
    found: list[_Event] = []
    waiting = list(events)
    while waiting:
        event = waiting.pop(0)
        for other in waiting:
            same = other.words == event.words and {other.side, event.side} == {"left", "right"}
            if same and abs(other.first - event.first) <= reach:
                waiting.remove(other)
                amounts = [each.amount for each in (event, other) if each.amount is not None]
                after, part = max(event.after, other.after), event.part.partition(" ")[2] + "s"
                event = replace(event, part=part, after=after, amount=max(amounts, default=None), side="both")
                break
        found.append(event)
    return found


def _same_words(events: Sequence[_Event]) -> list[list[_Event]]:
    """The events by what is done, and by the side if only one does it."""
    groups: dict[str, list[_Event]] = {}
    for event in events:
        groups.setdefault(event.words, []).append(event)
    return [sorted(group, key=lambda event: event.first) for group in groups.values()]


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
