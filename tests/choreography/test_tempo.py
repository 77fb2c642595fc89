"""The beat of the steps."""

import numpy as np
import pytest

from dancelift.choreography.performance import Performance
from dancelift.choreography.tempo import estimate_tempo
from fixtures.body_motions import motion
from fixtures.movements import standing
from fixtures.paths import REAL_MOTION
from fixtures.performances import of_file, real


def stepping(period: float, n_frames: int = 450, fps: float = 30.0) -> np.ndarray:
    """(T, 17, 3): a body whose feet step in turn, one every `period` s."""
    poses = standing(n_frames)
    beats = np.arange(n_frames) / fps / period
    for joint, first in ((15, 0), (16, 1)):
        progress = (beats + first) / 2
        moved = np.clip((progress % 1) * 2, 0, 1)
        poses[:, joint, 2] += 0.5 * (np.floor(progress) + moved**2 * (3 - 2 * moved))
    poses[:, :15, 2] += (0.25 * beats)[:, None]
    return poses


@pytest.mark.parametrize("period", [0.4, 0.5, 0.7])
def test_steps_like_a_clocks_have_their_period(period):
    tempo = estimate_tempo(Performance.of(motion(stepping(period))))
    assert tempo is not None
    assert tempo.period == pytest.approx(period, abs=0.015)
    assert tempo.per_minute == pytest.approx(60 / tempo.period)
    assert tempo.regularity > 0.5


def test_who_stands_still_has_no_beat():
    assert estimate_tempo(Performance.of(motion(standing(300)))) is None


@pytest.mark.parametrize("name", ["cha-cha_2", "cha-cha_4", "cha-cha_6", "cha-cha_7"])
def test_cha_cha_has_120_beats_a_minute(name):
    tempo = estimate_tempo(Performance.of(real(name, slice(None))))
    assert tempo is not None and tempo.per_minute == pytest.approx(120, abs=4)


def test_walk_has_the_beat_of_its_steps():
    tempo = estimate_tempo(Performance.of(of_file(REAL_MOTION / "02_01.bvh")))
    assert tempo is not None and 95 < tempo.per_minute < 125
