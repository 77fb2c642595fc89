"""The objective, and the chain solver against Ceres, which solves it from the same seeds to convergence."""

from dataclasses import replace

import numpy as np
import pytest

from dancelift import Camera, _core
from dancelift.lifting.problem import LiftProblem
from dancelift.seeding import seeds as seeds_module
from dancelift.synthetic.dance import generate
from fixtures.lifts import clip_of, problem_of, real_clip


def check_against_ceres(problem: LiftProblem) -> None:
    """The seed that is chosen is as good as the best after convergence by Ceres, and its poses are those."""
    found, reference = problem.solve(n_threads=2), problem.solve("ceres", n_threads=2)
    best, errors = found.best_seed, reference.errors.sum(axis=1)
    assert errors[best] <= 1.005 * errors.min()
    assert found.errors[best].sum() <= 1.0001 * errors[best]
    poses, expected = (
        one.unknowns.poses[best] - one.unknowns.poses[best].mean(axis=1, keepdims=True) for one in (found, reference)
    )
    assert np.linalg.norm(poses - expected, axis=-1).mean() < 1e-3


def test_seed_that_is_chosen_is_the_one_that_ceres_finds():
    check_against_ceres(problem_of(clip_of(generate(n_frames=60, random_seed=3)), n_seeds=4))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["waltz_1", "salsa_60_13"])
def test_seed_that_is_chosen_of_a_real_clip_is_the_one_that_ceres_finds(name):
    check_against_ceres(problem_of(real_clip(name, 150), n_seeds=3))


@pytest.mark.parametrize(
    ("known", "options"),
    [
        ({}, {"sigmas": {"acceleration2d": 5000.0}}),
        ({"skeleton": "body25"}, {}),
        ({}, {"prior": "anthropometric"}),
        ({"camera": [[1500.0, 0, 960], [0, 1500, 540], [0, 0, 1]]}, {}),
    ],
    ids=["acceleration in the image", "25 joints", "no 3D data", "known focal length"],
)
def test_every_kind_of_objective_is_solved_as_by_ceres(known, options):
    dance = generate(n_frames=40, random_seed=5, skeleton=known.get("skeleton", "coco17"))
    check_against_ceres(problem_of(clip_of(dance, **known), **options))


def test_terms_of_a_solution_are_those_that_an_evaluation_finds_there():
    problem = problem_of(clip_of(generate(n_frames=30, random_seed=1)), n_seeds=4)
    found = problem.solve()
    np.testing.assert_array_equal(problem.evaluate(found.unknowns), found.terms)
    assert found.terms.shape == (4, len(_core.TERMS), 30)


@pytest.mark.parametrize("model", ["perspective", "weak_perspective"])
def test_problem_of_some_frames_of_one_seed_has_what_they_have(model):
    clip = clip_of(generate(n_frames=30, random_seed=1), camera=Camera.typical((1920, 1080), model))
    problem = problem_of(clip, n_seeds=3)
    part = problem.frames(slice(10, 25)).only(2)
    n_imaging = {"perspective": 1, "weak_perspective": 3}[model]
    assert (len(part.clip), part.n_seeds, part.imaging.size) == (15, 1, n_imaging * (15 if n_imaging == 3 else 1))
    at = part.solve().unknowns
    np.testing.assert_allclose(part.poses3d[0], problem.poses3d[2, 10:25])
    assert at.poses.shape == (1, 15, 17, 3)
    assert part.seeds.labels == (problem.seeds.labels[2],)


def test_accelerations_that_a_seed_expects_cost_nothing():
    clip = generate(n_frames=60, random_seed=2)
    problem = problem_of(clip_of(clip))
    term = _core.TERMS.index("acceleration3d")
    start = _core.Unknowns(
        poses=problem.poses3d,
        imaging=problem.imaging,
        log_lengths=problem.log_lengths,
        up=problem.seeds.up,
        floor=problem.contacts.floor,
        depth=np.zeros((problem.n_seeds, len(problem.clip))),
    )

    def cost(acceleration: np.ndarray) -> float:
        seeds = replace(problem.seeds, acceleration=acceleration)
        return float(replace(problem, seeds=seeds).evaluate(start)[0, term].sum())

    own = np.zeros_like(problem.poses3d)
    own[:, 2:] = np.diff(problem.poses3d, n=2, axis=1)
    assert cost(own) == pytest.approx(0, abs=1e-12)
    assert cost(np.zeros_like(own)) > 10


def test_expected_accelerations_are_those_of_the_pose_and_not_of_its_path():
    clip = generate(n_frames=60, random_seed=2)
    seeds = problem_of(clip_of(clip)).seeds
    hips = [11, 12]
    np.testing.assert_allclose(seeds.acceleration[:, :, hips].mean(axis=2), 0, atol=1e-12)
    jump = seeds.poses3d + np.linspace(0, 3, 60)[:, None, None] ** 2
    np.testing.assert_allclose(seeds_module._acceleration(jump, clip_of(clip)), seeds.acceleration, atol=1e-9)
