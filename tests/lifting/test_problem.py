"""The chain solver against Ceres, which solves the same objective from the same seeds to convergence."""

import numpy as np
import pytest

from dancelift import _core
from dancelift.lifting.problem import LiftProblem, make_problem
from dancelift.synthetic.dance import generate
from fixtures.lifts import real_clip


def problem(keypoints, image_size, fps=30.0, n_seeds=4, **given):
    arguments = {"camera": None, "skeleton": "coco17", "prior": "default", "weights": None, **given}
    return make_problem(keypoints, n_seeds, fps=fps, image_size=image_size, height=None, seed=0, **arguments)


def check_against_ceres(posed: LiftProblem) -> None:
    """The seed that is chosen is as good as the best after convergence by Ceres, and its poses are those."""
    found, reference = posed.solve(2), posed.solve(2, ceres=True)
    best, errors = found.best_seed, reference.errors.sum(axis=1)
    assert errors[best] <= 1.005 * errors.min()
    assert found.errors[best].sum() <= 1.0001 * errors[best]
    poses, expected = (
        one.unknowns.poses[best] - one.unknowns.poses[best].mean(axis=1, keepdims=True) for one in (found, reference)
    )
    assert np.linalg.norm(poses - expected, axis=-1).mean() < 1e-3


def test_seed_that_is_chosen_is_the_one_that_ceres_finds():
    clip = generate(n_frames=60, seed=3)
    check_against_ceres(problem(clip.keypoints2d, clip.image_size, clip.fps))


@pytest.mark.parametrize("name", ["waltz_1", "salsa_60_13"])
def test_seed_that_is_chosen_of_a_real_clip_is_the_one_that_ceres_finds(name):
    check_against_ceres(problem(*real_clip(name, 150), n_seeds=3))


@pytest.mark.parametrize(
    "given",
    [
        {"weights": {"acceleration2d": 5000.0}},
        {"skeleton": "body25"},
        {"prior": "anthropometric"},
        {"camera": np.array([[1500.0, 0, 960], [0, 1500, 540], [0, 0, 1]])},
    ],
    ids=["acceleration in the image", "25 joints", "no 3D data", "known focal length"],
)
def test_every_kind_of_objective_is_solved_as_by_ceres(given):
    clip = generate(n_frames=40, seed=5, skeleton=given.get("skeleton", "coco17"))
    check_against_ceres(problem(clip.keypoints2d, clip.image_size, clip.fps, n_seeds=1, **given))


def test_terms_of_a_solution_are_those_that_an_evaluation_finds_there():
    clip = generate(n_frames=30, seed=1)
    posed = problem(clip.keypoints2d, clip.image_size, clip.fps)
    found = posed.solve()
    np.testing.assert_array_equal(posed.evaluate(found.unknowns), found.terms)
    assert found.terms.shape == (4, len(_core.TERMS), 30)
