"""Two performances of one phrase, compared: by part of the body, by moment, and in words."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.motion import Motion
from dancelift.choreography.differences import PARTS, Differences, find_differences
from dancelift.choreography.performance import JOINTS, Performance
from dancelift.choreography.remarks import Remark, find_remarks, judge
from dancelift.choreography.tempo import Tempo, estimate_tempo, lag_of_steps
from dancelift.choreography.time_map import TimeMap, align, same_time
from dancelift.errors import InputError
from dancelift.filters import gaussian_smooth
from dancelift.lifting.result import LiftResult
from dancelift.provenance import made_of
from dancelift.recognition.result import Recognition

_FORMAT = "dancelift comparison 1"
_PLACES = JOINTS[5:]  # whose places are summed up: the body without the head
_LIMBS = tuple(part.name for part in PARTS if part.name.startswith(("left", "right")))
_LEAST_PACE = 0.02  # by which B must be slower or faster for that to be said
_OCTAVE = 0.15  # octaves, by which two beats may be off one octave and be the same
_LEAST_STEP_LAG = 0.04  # s
_SMOOTHING = 0.3  # s, standard deviation of the filter of how late B is


@dataclass(frozen=True, eq=False)
class Comparison:
    """How performance B differs from performance A.

    Attributes:
        a, b: the two at the N moments that they have in common; of B frame n is what A does in frame n.
        time_map: which moment of B is which of A.
        differences: at each moment.
        lag: (N,), s, by which B is late, apart from when it starts and how fast it goes.
        pace: of B, times that of A.
        tempo_a, tempo_b: of the steps; None where there is none that is clear.
        step_lag: s, by which B's steps come after A's, of two dancers of one recording; None: not known.
        remarks: what differs, in words, the most first.
    """

    a: Performance
    b: Performance
    time_map: TimeMap
    differences: Differences
    lag: Array
    pace: float
    tempo_a: Tempo | None
    tempo_b: Tempo | None
    step_lag: float | None
    remarks: tuple[Remark, ...]

    @property
    def mean_angles(self) -> dict[str, float]:
        """By how much each part is held otherwise in the mean, deg; without those that a skeleton lacks."""
        found = self.differences.angles
        return {name: float(np.nanmean(angle)) for name, angle in found.items() if np.isfinite(angle).any()}

    @property
    def mean_places(self) -> dict[str, float]:
        """How far each joint of the body is elsewhere in the mean, cm, in the dancers' own frames."""
        places = self.differences.places.mean(axis=0)
        return {name: float(places[JOINTS.index(name)]) for name in _PLACES if np.isfinite(places[JOINTS.index(name)])}

    @property
    def summary(self) -> tuple[str, ...]:
        """What the two have in common and how B differs overall, in sentences."""
        seconds = [float(np.ptp(each)) for each in (self.time_map.a, self.time_map.b)]
        stretches = [
            f"{each.start:.1f} to {each.start + lasts:.1f} s of {each.name}"
            for each, lasts in zip((self.a, self.b), seconds, strict=True)
        ]
        lines = [f"In common: {' and '.join(stretches)}."]
        if abs(self.pace - 1) >= _LEAST_PACE:
            more = "longer" if self.pace < 1 else "less time"
            lines.append(
                f"{self.b.name} takes {abs(1 / self.pace - 1):.0%} {more}{self._beats(seconds[1] - seconds[0])}."
            )
        tempos = [(each.name, tempo) for each, tempo in ((self.a, self.tempo_a), (self.b, self.tempo_b)) if tempo]
        if tempos:
            lines.append(f"Beats a minute: {', '.join(f'{tempo.per_minute:.0f} of {name}' for name, tempo in tempos)}.")
        if self.step_lag is not None:
            late = abs(self.step_lag) >= _LEAST_STEP_LAG
            when = f"{abs(self.step_lag):.2f} s {'after' if self.step_lag > 0 else 'before'}" if late else "with"
            lines.append(f"The steps of {self.b.name} come {when} those of {self.a.name}.")
        places, angles = self.mean_places.values(), self.mean_angles.values()
        lines.append(
            f"In the mean joints are {np.mean(list(places)):.1f} cm elsewhere in the dancer's own frame, and parts "
            f"{np.mean(list(angles)):.0f} degrees off."
        )
        limits = [np.median(judged.least) for judged in judge(self.differences, self.lag) if judged.part in _LIMBS]
        if self.a.deviations is not None or self.b.deviations is not None:
            lines.append(
                f"Lifted from one camera: less than {min(limits):.0f} to {max(limits):.0f} degrees is not told from "
                "the errors of lifting, and not said."
            )
        return tuple(lines)

    def _beats(self, seconds: float) -> str:
        beats = "" if self.tempo_a is None else f", {abs(seconds) / self.tempo_a.period:.1f} beats"
        return f": {abs(seconds):.1f} s{beats}"

    def as_json(self) -> dict[str, Any]:
        """Return summary, remarks and means, fit for JSON."""
        return {
            "format": _FORMAT,
            "provenance": made_of(self.a.provenance, self.b.provenance),
            "a": _about(self.a, self.tempo_a, self.time_map.a),
            "b": _about(self.b, self.tempo_b, self.time_map.b),
            "pace": round(self.pace, 4),
            "step_lag_s": self.step_lag,
            "mean_angles_deg": {name: round(angle, 2) for name, angle in self.mean_angles.items()},
            "mean_places_cm": {name: round(place, 2) for name, place in self.mean_places.items()},
            "summary": self.summary,
            "remarks": [asdict(remark) for remark in self.remarks],
        }

    def save_json(self, path: str | os.PathLike[str]) -> None:
        """Write summary, remarks and means as JSON."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.as_json(), file, indent=1, allow_nan=False)
            file.write("\n")

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table with a row for each moment: times in s, angles in deg, places in cm; empty is not known."""
        found = self.differences
        columns: dict[str, Array] = {
            "time_a_s": self.a.start + self.time_map.a - self.time_map.a[0],
            "time_b_s": self.b.start + self.time_map.b - self.time_map.b[0],
            "lag_s": self.lag,
        }
        for part in PARTS:
            columns[f"{part.name}_deg"] = found.angles[part.name]
            for measure in part.measures:
                columns[f"{part.name}: {measure.quantity}_deg"] = found.signed[part.name, measure.quantity]
        columns |= {"hips_higher_cm": found.hip_height, "facing_left_deg": found.facing, "ground_cm": found.ground}
        columns |= {f"{name}_cm": found.places[:, i] for i, name in enumerate(JOINTS)}
        with open(path, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(name.replace(" ", "_") for name in columns)
            for row in zip(*columns.values(), strict=True):
                table.writerow("" if np.isnan(value) else f"{value:.3f}" for value in row)


def compare(
    a: Motion | LiftResult | Recognition | Performance,
    b: Motion | LiftResult | Recognition | Performance,
    *,
    mirror: bool = False,
    synchronous: bool = False,
    names: tuple[str | None, str | None] = (None, None),
) -> Comparison:
    """Compare two performances of one phrase: B, such as a pupil's, with A, such as the teacher's.

    Each may start earlier, end later and go at another pace than the other one.

    Args:
        a: true or lifted motion of one dancer, of whatever skeleton.
        b: the same of another dancer, or of another time.
        mirror: B is danced the other way round, left for right.
        synchronous: the two are of one recording, and what happens at one time is compared.
        names: of the two; None: their own, or "A" and "B" for lifts, which have none.

    Raises:
        InputError: a clip is too short or lacks hips or shoulders, or the two have no movement in common.
        MissingExtraError: dtaidistance is not installed, the extra `choreography`.
    """
    one, other = Performance.of(a, names[0], "A"), Performance.of(b, names[1], "B")
    if mirror:
        other = other.mirrored()
    time_map = same_time(one, other) if synchronous else _aligned(one, other, mirror)
    tempo_a, tempo_b = _same_beat(estimate_tempo(one), estimate_tempo(other))
    aligned_a, aligned_b = one.sample(time_map.a, one.fps), other.sample(time_map.b, one.fps)
    differences = find_differences(aligned_a, aligned_b)
    slope, offset = np.polyfit(time_map.a, time_map.b, 1)
    lag = time_map.b - slope * time_map.a - offset
    lag = gaussian_smooth(lag, _SMOOTHING * one.fps)
    return Comparison(
        a=aligned_a,
        b=aligned_b,
        time_map=time_map,
        differences=differences,
        lag=lag,
        pace=float(np.ptp(time_map.a) / np.ptp(time_map.b)),
        tempo_a=tempo_a,
        tempo_b=tempo_b,
        step_lag=lag_of_steps(aligned_a, aligned_b) if synchronous else None,
        remarks=find_remarks(differences, lag, one.fps, aligned_a.start, tempo_a),
    )


def _aligned(a: Performance, b: Performance, is_mirrored: bool) -> TimeMap:
    try:
        return align(a, b)
    except InputError as reason:
        try:
            align(a, b.mirrored())
        except InputError:
            raise reason from None
        way = "with left and right as they are" if is_mirrored else "mirrored, left for right,"
        raise InputError(f"{reason}; {way} they have: expected mirror={not is_mirrored}") from None


def _same_beat(a: Tempo | None, b: Tempo | None) -> tuple[Tempo | None, Tempo | None]:
    """Two tempos, where one is about twice the other one both by the faster beat."""
    if a is None or b is None:
        return a, b
    octaves = np.log2(a.period / b.period)
    if abs(abs(octaves) - 1) > _OCTAVE:
        return a, b
    return (replace(a, period=a.period / 2), b) if octaves > 0 else (a, replace(b, period=b.period / 2))


def _about(performance: Performance, tempo: Tempo | None, times: Array) -> dict[str, Any]:
    return {
        "name": performance.name,
        "start_s": round(performance.start, 3),
        "end_s": round(performance.start + float(np.ptp(times)), 3),
        "beats_per_minute": None if tempo is None else round(tempo.per_minute, 1),
        "is_lifted": performance.deviations is not None,
    }
