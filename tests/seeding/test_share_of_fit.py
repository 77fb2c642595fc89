"""A single network that contradicts itself shares what is expected with a fit that no motion data has shaped."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import PosePrior
from dancelift.metrics import n_mpjpe
from dancelift.priors.pose_net import Expected
from dancelift.priors.prior import anthropometric, get_prior
from dancelift.seeding.expected_motion import ExpectedMotion, expect_motion
from dancelift.seeding.experts import ask_experts
from dancelift.seeding.net_reader import NetReader
from dancelift.seeding.seeds import Seeds, make_seeds
from dancelift.synthetic.dance import SyntheticClip
from fixtures.lifts import clip_of, dance, hips


@pytest.fixture(scope="module")
def alone() -> PosePrior:
    """The first network of the default prior by itself."""
    prior = get_prior("default")
    return replace(prior, nets=prior.nets[:1])


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return dance(90, random_seed=3)


def network_of(clip: SyntheticClip, prior: PosePrior) -> ExpectedMotion:
    return expect_motion(clip_of(clip, camera=clip.camera), prior, NetReader())


@pytest.fixture
def contradicted(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes networks contradict themselves by so many m."""

    def contradict(by: float) -> None:
        monkeypatch.setattr(
            "dancelift.seeding.seeds.expect_motion", lambda *given: replace(expect_motion(*given), contradiction=by)
        )

    return contradict


def seeds(clip: SyntheticClip, prior: PosePrior, n_seeds: int = 1) -> Seeds:
    return make_seeds(clip_of(clip, camera=clip.camera), n_seeds, prior, 1.0, 0, NetReader())


def test_limbs_that_change_their_lengths_contradict(alone, clip, monkeypatch):
    steady = network_of(clip, alone).contradiction
    shrinking = np.linspace(1, 0.7, 90)[:, None, None]

    def shrink(*given: Any) -> tuple[Expected, float]:
        expected, share = ask_experts(*given)
        return replace(expected, poses3d=expected.poses3d * shrinking), share

    monkeypatch.setattr("dancelift.seeding.expected_motion.ask_experts", shrink)
    assert network_of(clip, alone).contradiction > 1.5 * steady


def test_what_is_expected_lies_between_the_network_and_the_fit(alone, clip, contradicted):
    network, fit = network_of(clip, alone), seeds(clip, anthropometric())
    contradicted(0.05)
    mixed = seeds(clip, alone)
    middle = (network.poses3d + fit.poses3d[0]) / 2
    assert_allclose(mixed.poses3d[0], middle, atol=1e-4)
    assert_allclose(mixed.depth[0], (network.depth + fit.depth[0]) / 2, atol=1e-4)
    assert np.linalg.norm(mixed.up[0]) == pytest.approx(1)
    least = np.sqrt((network.uncertainty**2 + fit.uncertainty[0] ** 2) / 2)
    assert (mixed.uncertainty[0] > 0.99 * least).all()
    # it is nearer to the truth than the mean distance of the two is
    root = hips(clip_of(clip).skeleton)
    off = [n_mpjpe(poses, clip.poses3d, root) for poses in (network.poses3d, fit.poses3d[0])]
    assert n_mpjpe(mixed.poses3d[0], clip.poses3d, root) < np.mean(off)


def test_the_more_a_network_contradicts_itself_the_less_is_left_to_it(alone, clip, contradicted):
    network, away = network_of(clip, alone), []
    for contradiction in (0.003, 0.006, 0.012):
        contradicted(contradiction)
        away.append(np.abs(seeds(clip, alone).poses3d[0] - network.poses3d).mean())
    assert away[0] == 0 < away[1] < away[2]


def test_of_several_networks_another_stands_in(clip, contradicted):
    prior = get_prior("default")
    contradicted(0.05)
    assert_array_equal(seeds(clip, prior).poses3d[0], network_of(clip, prior).poses3d)


def test_number_of_seeds_is_as_asked(alone, clip, contradicted):
    contradicted(0.05)
    for n_seeds in (1, 2, 3, 5, 16):
        found = seeds(clip, alone, n_seeds)
        assert len(found.poses3d) == n_seeds
        assert_array_equal(found.poses3d[0], seeds(clip, alone).poses3d[0])
