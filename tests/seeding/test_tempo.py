"""Fast and slow movement, which networks read at another tempo as well."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift.lifting.options import default_sigmas
from dancelift.metrics import n_mpjpe
from dancelift.priors.pose_net import NET_SKELETON
from dancelift.priors.prior import get_prior
from dancelift.seeding import tempo
from dancelift.seeding.experts import net_inputs
from fixtures.lifts import clip_of, dance, hips, problem_of

FPS = 30.0


@pytest.fixture(scope="module")
def nets():
    return get_prior("default").nets


def at_speed(times: float, random_seed: int = 2):
    """Rays, scores and truth of a dance so many times as fast as usual."""
    clip = dance(100, fps=FPS / times, noise=0, random_seed=random_seed)
    return *net_inputs(clip_of(clip, camera=clip.camera, fps=FPS)), clip.poses3d


@pytest.mark.parametrize(("times", "other", "share_left"), [(3.0, 0.5, 0.9), (0.25, 2.0, 0.99)])
def test_fast_and_slow_movement_is_told_better_at_another_tempo(nets, times, other, share_left):
    net = nets[-1]
    errors = []
    for random_seed in (2, 4, 6, 8):
        rays, score, truth = at_speed(times, random_seed)
        usual, told = net.expect(rays, score, FPS), tempo.expect(net, rays, score, FPS)
        at_other = net.expect(rays, score, other * FPS)
        errors.append([n_mpjpe(one.poses3d, truth, hips(NET_SKELETON)) for one in (usual, at_other, told)])
        assert_array_equal(told.contact, usual.contact)
        assert_allclose(np.linalg.norm(told.up, axis=1), 1)
        both = (
            np.sort([usual.uncertainty, at_other.uncertainty], axis=0) * np.array([1 - 1e-9, 1 + 1e-9])[:, None, None]
        )
        assert ((both[0] <= told.uncertainty) & (told.uncertainty <= both[1])).all()
    as_usual, as_other, as_told = np.mean(errors, axis=0)
    assert as_told < share_left * as_usual
    assert as_told < 1.1 * as_other


def test_ordinary_movement_is_read_as_it_is(nets):
    rays, score, _ = at_speed(1.0)
    for net in nets:
        usual, told = net.expect(rays, score, FPS), tempo.expect(net, rays, score, FPS)
        for name, value in vars(usual).items():
            assert_array_equal(getattr(told, name), value, err_msg=name)


def test_few_frames_are_read_as_they_are(nets):
    rays, score = (values[::5] for values in at_speed(3.0)[:2])
    assert tempo.typical_speed(rays, score, FPS / 5) > 1.3
    usual, told = nets[0].expect(rays, score, FPS / 5), tempo.expect(nets[0], rays, score, FPS / 5)
    assert_array_equal(told.poses3d, usual.poses3d)


def test_speed_is_that_of_hands_and_feet_whatever_the_size_and_the_frame_rate():
    rays, score, _ = at_speed(1.0)
    speed = tempo.typical_speed(rays, score, FPS)
    assert 0.5 < speed < 2
    assert tempo.typical_speed(0.3 * rays + 0.2, score, FPS) == pytest.approx(speed)
    assert tempo.typical_speed(rays, score, 2 * FPS) == pytest.approx(2 * speed, rel=0.1)
    assert tempo.typical_speed(rays[::3], score[::3], FPS / 3) == pytest.approx(speed, rel=0.1)
    moved = rays + 0.4 * np.arange(len(rays))[:, None, None] / FPS
    assert tempo.typical_speed(moved, score, FPS) > speed
    lost = np.where(np.arange(len(rays))[:, None] % 7 < 2, 0, score)
    assert tempo.typical_speed(rays * (lost > 0)[..., None], lost, FPS) == pytest.approx(speed, rel=0.1)


def test_speed_is_ordinary_where_nothing_tells():
    rays, score, _ = at_speed(1.0)
    assert tempo.typical_speed(rays, 0 * score, FPS) == 1
    assert tempo.typical_speed(rays[:1], score[:1], FPS) == 1
    assert tempo.typical_speed(0 * rays, score, FPS) == 1


def test_who_moves_fast_may_accelerate():
    usual, fast = (clip_of(dance(60, fps=FPS / times, noise=0, random_seed=2), fps=FPS) for times in (0.5, 4.0))
    assert problem_of(usual).sigmas.acceleration3d == default_sigmas()["acceleration3d"]
    assert problem_of(fast).sigmas.acceleration3d > 1.5 * default_sigmas()["acceleration3d"]
