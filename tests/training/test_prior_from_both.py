"""Learning a prior from 3D motion and 2D keypoints together: what of the 2D is learnt from, and when."""

import numpy as np
import pytest

from dancelift import InputError
from dancelift.body.motion import Motion
from dancelift.keypoints import Track
from dancelift.metrics import n_mpjpe
from dancelift.priors.pose_net import NET_SKELETON
from dancelift.priors.prior import get_prior
from dancelift.synthetic.dance import generate
from dancelift.training import prior_from_both
from dancelift.training.prior_from_both import fit_prior_from_3d_and_2d
from fixtures.lifts import hips

DANCE = generate(150, random_seed=4)
TRACK = Track(DANCE.keypoints2d, "coco17", DANCE.fps, DANCE.image_size, name="dancer", source="video.json")
BLIND = Track(np.zeros((40, 17, 3)), "coco17", 30.0, (640, 480), source="blind.json")


@pytest.fixture
def learnt(monkeypatch) -> list[tuple]:
    """What each part of the training is given, for a prior that stands in for what it learns."""
    calls: list[tuple] = []

    def fit(motions, n_steps, *, start, checkpoint, progress, **_):
        calls.append((list(motions), n_steps, start, checkpoint))
        for step in range(n_steps if progress else 0):
            progress(step + 1, n_steps, 0.1)
        return get_prior("default")

    monkeypatch.setattr(prior_from_both, "fit_prior_from_3d", fit)
    return calls


def motion() -> Motion:
    return Motion("recorded", "a studio", DANCE.poses3d * [1, -1, -1], NET_SKELETON, DANCE.fps)


def test_lifted_tracks_are_learnt_from_beside_the_recorded_motion(learnt, tmp_path):
    reports = []
    fit_prior_from_3d_and_2d(
        [motion()], [TRACK], 10, checkpoint=tmp_path / "run.pt", progress=lambda *report: reports.append(report[:2])
    )
    (recorded, first, start, checkpoint), (both, second, prior, second_checkpoint) = learnt
    assert (first, second) == (7, 3)
    assert start is None
    assert prior.nets
    assert checkpoint == tmp_path / "run.pt"
    assert second_checkpoint == tmp_path / "run.both.pt"
    assert [each.name for each in recorded] == ["recorded"]
    assert [each.name for each in both] == ["recorded", "video.json dancer"]
    assert reports == [(step, 10) for step in range(1, 11)]
    assert n_mpjpe(both[1].poses3d, motion().poses3d, hips(NET_SKELETON)) < 80


def test_tracks_that_show_too_little_are_passed_over_with_a_warning(learnt):
    with pytest.warns(UserWarning, match="passed over: blind.json"):
        fit_prior_from_3d_and_2d([motion()], [TRACK, BLIND], 10)
    assert len(learnt[1][0]) == 2


def test_tracks_none_of_which_can_be_lifted_are_an_error(learnt):
    with pytest.raises(InputError, match="none of 1 tracks of 2D keypoints can be lifted; the first failure: blind"):
        fit_prior_from_3d_and_2d([motion()], [BLIND], 10)
