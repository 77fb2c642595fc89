"""The beat of a dance, estimated from the steps: how often feet come to rest.

The curve of feet that slow down stands for the onsets of music; its autocorrelation is averaged over the multiples of
each period, as in Mueller 2021, Fundamentals of Music Processing, sec. 6.2.3. Steps do not tell a beat from two or from
half of one: taken is the fastest period up to 200 a minute that the steps clearly have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.choreography.performance import JOINTS, Performance
from dancelift.filters import gaussian_smooth

MIN_PERIOD, MAX_PERIOD = 0.3, 1.0
"""s, of the beats that are looked for: 200 to 60 a minute."""

_RATE = 50.0  # per second, of the curve
_STEP = 0.005  # s, between the periods that are tried
_SMOOTHING = 0.06  # s, standard deviation of the filter of positions, and again of speeds
_SLOW = 1.0  # s, standard deviation of the filter whose result is subtracted from the curve
_LONGEST_LAG = 6.0  # s, of the multiples of a period
_MIN_REGULARITY = 0.04  # mean autocorrelation at the multiples, of a beat
_MIN_LIKENESS = 0.3  # correlation of the steps of two dancers, to be the same ones
_MIN_SHARE = 0.12  # of the regularity of a period, that half of it must have to be the beat
_MIN_HALF = 0.03  # regularity that half of a period must have


@dataclass(frozen=True)
class Tempo:
    """A beat.

    Attributes:
        period: s from one to the next.
        regularity: mean autocorrelation of the steps at its multiples, 1 for steps like a clock's.
    """

    period: float
    regularity: float

    @property
    def per_minute(self) -> float:
        """Beats per minute."""
        return 60 / self.period


def estimate_tempo(performance: Performance) -> Tempo | None:
    """Return the beat of the dancer's steps; None where they have none that is clear."""
    correlation = _autocorrelation(_landings(performance))
    if correlation is None:
        return None
    periods = np.arange(MIN_PERIOD, MAX_PERIOD + _STEP / 2, _STEP)
    regularity = np.array([_at_multiples(correlation, period) for period in periods])
    best = int(regularity.argmax())
    if regularity[best] < _MIN_REGULARITY:
        return None
    half = np.flatnonzero(np.abs(periods / (periods[best] / 2) - 1) < 0.04)
    if len(half):
        faster = half[regularity[half].argmax()]
        if regularity[faster] > max(_MIN_SHARE * regularity[best], _MIN_HALF):
            best = int(faster)
    return Tempo(float(periods[best]), float(regularity[best]))


def lag_of_steps(a: Performance, b: Performance) -> float | None:
    """Return by how many s B's feet come to rest after A's, up to `MIN_PERIOD`; None where they have no common beat.

    Args:
        a: of N frames.
        b: of the same N moments.
    """
    one, other = _landings(a), _landings(b)
    reach = round(MIN_PERIOD * _RATE)
    if len(one) != len(other) or len(one) < 4 * reach or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    middle = one[reach:-reach]
    lags = np.arange(-reach, reach + 1)
    likeness = np.array([np.corrcoef(middle, other[reach + lag : len(other) - reach + lag])[0, 1] for lag in lags])
    best = int(likeness.argmax())
    return float(lags[best] / _RATE) if likeness[best] >= _MIN_LIKENESS else None


def _landings(performance: Performance) -> Array:
    """How much the feet slow down at each moment, at `_RATE`, without what changes slowly."""
    width = _SMOOTHING * performance.fps
    slowing = np.zeros(len(performance.poses3d))
    for side in ("left", "right"):
        ankle = gaussian_smooth(performance.poses3d[:, JOINTS.index(f"{side}_ankle")], width)
        speed = np.linalg.norm(np.gradient(ankle, axis=0), axis=1)
        slowing += np.maximum(-np.gradient(gaussian_smooth(speed, width)), 0)
    slowing -= gaussian_smooth(slowing, _SLOW * performance.fps)
    times = np.arange(0, performance.seconds, 1 / _RATE)
    curve: Array = np.interp(times, np.arange(len(slowing)) / performance.fps, slowing)
    return curve


def _autocorrelation(curve: Array) -> Array | None:
    """Autocorrelation of a curve (N,) by lag, 1 at 0; None of one that is flat or not known."""
    curve = curve - curve.mean()
    if not np.isfinite(curve).all() or curve.std() < 1e-9:
        return None
    power = np.abs(np.fft.rfft(curve, 2 * len(curve))) ** 2
    found = np.fft.irfft(power)[: len(curve)] / (len(curve) - np.arange(len(curve)))
    correlation: Array = found / found[0]
    return correlation


def _at_multiples(correlation: Array, period: float) -> float:
    longest = min(_LONGEST_LAG, len(correlation) / _RATE / 2)
    lags = period * np.arange(1, int(longest / period) + 1)
    return float(np.interp(lags * _RATE, np.arange(len(correlation)), correlation).mean()) if len(lags) else 0.0
