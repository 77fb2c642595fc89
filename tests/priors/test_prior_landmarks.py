"""What a prior makes of some landmarks: the others, the lengths of bones, and which way a body faces."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import SKELETONS, PosePrior
from dancelift.body.anatomy import LANDMARKS, STANDARD_HEIGHT
from dancelift.body.facing import face_forward, facing
from dancelift.geometry import rotation
from dancelift.priors.prior import get_prior
from fixtures.lifts import PEDESTRIAN
from fixtures.motion import dance

L = len(LANDMARKS)
COCO = SKELETONS["coco17"]


@pytest.fixture(scope="module", params=["anthropometric", "default"])
def prior(request) -> PosePrior:
    return get_prior(request.param)


@pytest.fixture(scope="module")
def bodies(prior) -> np.ndarray:
    """(N, L, 3), m, body frame: drawn from the prior."""
    rng = np.random.default_rng(0)
    return rng.multivariate_normal(prior.mean.ravel(), prior.covariance, 3000, method="eigh").reshape(-1, L, 3)


def at(names) -> list[int]:
    return [LANDMARKS.index(name) for name in names]


def test_landmarks_that_are_given_are_kept(prior, bodies):
    completed, rest = prior.complete(bodies[:, at(COCO.joints)], COCO.joints)
    assert completed.shape == bodies.shape
    assert_allclose(completed[:, at(COCO.joints)], bodies[:, at(COCO.joints)], atol=1e-12)
    given = rest.reshape(L, 3, L, 3)[at(COCO.joints)]
    assert not given.any()


def test_all_landmarks_leave_nothing_to_complete(prior, bodies):
    completed, rest = prior.complete(bodies, LANDMARKS)
    assert_allclose(completed, bodies, atol=1e-12)
    assert not rest.any()


def test_mean_is_completed_to_the_mean(prior):
    for names in (COCO.joints, ("left_hip", "right_hip"), ("nose",)):
        assert_allclose(prior.complete(prior.mean[None, at(names)], names)[0][0], prior.mean, atol=1e-9)


def test_completed_landmarks_are_as_far_off_as_is_said(prior, bodies):
    """Where the given ones are marked 2 cm off."""
    given = bodies[:, at(COCO.joints)]
    marked = given + np.random.default_rng(1).normal(0, 0.02, given.shape)
    completed, rest = prior.complete(marked, COCO.joints)
    expected = np.sqrt(np.diag(rest).reshape(L, 3).sum(axis=1))
    off = np.sqrt(((completed - bodies) ** 2).sum(axis=2).mean(axis=0))
    alone = np.sqrt(((prior.mean - bodies) ** 2).sum(axis=2).mean(axis=0))
    missing = [i for i, name in enumerate(LANDMARKS) if name not in COCO.joints and alone[i] > 0.01]
    assert_allclose(off[missing], expected[missing], rtol=0.05)
    assert (off[missing] < 0.9 * alone[missing]).all()
    assert np.linalg.eigvalsh(rest).min() > -1e-9
    assert_allclose(rest, rest.T, atol=1e-12)


@pytest.mark.parametrize("skeleton", [COCO, SKELETONS["halpe26"], PEDESTRIAN], ids=lambda s: s.name)
def test_bone_lengths_are_those_of_bodies_drawn_from_the_prior(prior, bodies, skeleton):
    joints = np.einsum("jl,nla->nja", skeleton.landmark_weights, bodies)
    lengths = prior.bone_lengths(skeleton)
    assert len(lengths) == len(skeleton.length_names)
    for index, length in enumerate(lengths):
        ends = [(a, b) for a, b, i, _ in (*skeleton.bones, *skeleton.head) if i == index]
        drawn = np.concatenate([((joints[:, a] - joints[:, b]) ** 2).sum(axis=1) for a, b in ends])
        assert length == pytest.approx(np.sqrt(drawn.mean()), rel=0.05, abs=0.002)


def test_bone_lengths_are_near_those_of_an_average_body():
    lengths = get_prior("anthropometric").bone_lengths(COCO)
    assert_allclose(lengths, COCO.mean_lengths(STANDARD_HEIGHT), rtol=0.1)


@pytest.mark.parametrize("degrees", [0, 35, 90, 179, -120])
def test_bodies_are_found_to_face_the_way_they_were_turned(degrees):
    forward = face_forward(dance(), LANDMARKS)
    assert_allclose(facing(forward, LANDMARKS), 0, atol=1e-9)
    turned = forward @ rotation(1, np.radians(degrees)).T + [3, 1, -2]
    assert_allclose(facing(turned, LANDMARKS), np.radians(degrees), atol=1e-9)
    assert_allclose(face_forward(turned, LANDMARKS), forward, atol=1e-9)


def test_body_frame_and_back_is_the_same_pose():
    poses = dance()
    hips = poses[:, at(["left_hip", "right_hip"])].mean(axis=1, keepdims=True)
    turn = rotation(1, facing(poses, LANDMARKS))
    back = face_forward(poses, LANDMARKS) @ np.swapaxes(turn, -1, -2) + hips
    assert_allclose(back, poses, atol=1e-9)


def test_other_landmarks_do_not_change_which_way_a_body_faces():
    trunk = ["left_shoulder", "right_shoulder", "left_hip", "right_hip"]
    poses = dance()
    assert_allclose(facing(poses[:, at(trunk)], trunk), facing(poses, LANDMARKS), atol=1e-12)
