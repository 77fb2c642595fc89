"""What is no known dance is told from what is: by what was learnt of the known ones, with a threshold between both."""

import numpy as np
import pytest

pytest.importorskip("lightning", reason="training needs the extra 'train'")

from dancelift.genres.features import RATE, cut_windows
from dancelift.training.genre_data import GenreClip
from dancelift.training.novelty_fit import fit_novelty

GENRES = ("slow", "quick")
N_CHANNELS = 12


def swinging(beat: float, random_seed: int, seconds: float = 30.0, active: slice = slice(0, 6)) -> np.ndarray:
    """Channels of which some swing with a beat and its phase, about a level of the dance's own, the rest being -1."""
    rng = np.random.default_rng(random_seed)
    time = np.arange(round(seconds * RATE)) / RATE
    frames = np.full((len(time), N_CHANNELS), -1.0)
    n = len(range(*active.indices(N_CHANNELS)))
    swing = np.sin(2 * np.pi * (beat * time[:, None] + rng.uniform(size=n)))
    frames[:, active] = rng.normal(0, 0.1, n) + 0.6 * swing + rng.normal(0, 0.05, (len(time), n))
    return frames.astype(np.float32)


def known(n_of_each: int) -> list[GenreClip]:
    beats = dict(zip(GENRES, (0.5, 1.5), strict=True))
    return [
        GenreClip(f"{genre} {i}", genre, (swinging(beat, 100 * g + i),))
        for g, (genre, beat) in enumerate(beats.items())
        for i in range(n_of_each)
    ]


def novelty_of(novelty, frames: np.ndarray) -> float:
    return novelty.distance(cut_windows(frames, 4.0)) / novelty.threshold


UNKNOWN = {
    "another rhythm": swinging(3.0, 7),
    "other parts of the body": swinging(0.5, 8, active=slice(6, 12)),
    "all of the body": swinging(1.5, 9, active=slice(0, 12)),
    "no movement": np.full((300, N_CHANNELS), -1.0, np.float32),
}


@pytest.fixture(scope="module")
def learnt():
    return fit_novelty(known(6), GENRES, 4.0, [swinging(0.9, 50 + i, active=slice(3, 9)) for i in range(6)])


@pytest.mark.parametrize("genre, beat", [("slow", 0.5), ("quick", 1.5)])
def test_dances_like_the_known_ones_are_known(learnt, genre, beat):
    novelty, _ = learnt
    assert max(novelty_of(novelty, swinging(beat, 1000 + i)) for i in range(8)) < 1


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_unlike_all_known_ones_is_not(learnt, name):
    novelty, _ = learnt
    assert novelty_of(novelty, UNKNOWN[name]) > 1


def test_between_two_known_genres_is_neither(learnt):
    novelty, _ = learnt
    between = (swinging(0.5, 1) + swinging(1.5, 2)) / 2
    assert novelty_of(novelty, between) > 1


def test_windows_of_the_training_clips_are_at_the_typical_distances(learnt):
    novelty, _ = learnt
    distances = [novelty.distance(cut_windows(clip.copies[0], 4.0)) for clip in known(6)]
    assert np.median(distances) == pytest.approx(2, rel=0.2)


def test_figures_say_how_many_are_mistaken(learnt):
    _, figures = learnt
    assert figures == {"known lost": 0.0, "unknown named": 0.0}


def test_without_unknown_motion_the_threshold_is_above_the_known_clips():
    novelty, figures = fit_novelty(known(6), GENRES, 4.0)
    assert figures == {}
    assert max(novelty_of(novelty, swinging(0.5, 1000 + i)) for i in range(8)) < 1
    assert novelty_of(novelty, UNKNOWN["other parts of the body"]) > 1
