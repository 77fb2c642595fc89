"""From what the network expects of COCO-17 to any skeleton, and from a pose to where it is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import SKELETONS, DanceliftWarning, PosePrior
from dancelift.camera import Camera
from dancelift.geometry import rotation
from dancelift.metrics import floor_tilt, n_mpjpe, root_path
from dancelift.priors.pose_net import NET_SKELETON, Expected, PoseNet
from dancelift.priors.prior import get_prior
from dancelift.seeding import expected_motion
from dancelift.seeding.expected_motion import ExpectedMotion, expect_motion
from dancelift.seeding.net_reader import NetReader
from dancelift.seeding.placement import place
from dancelift.synthetic.dance import SyntheticClip
from fixtures.lifts import PEDESTRIAN, clip_of, dance, hips, joint

ANY_SKELETON = pytest.mark.parametrize("skeleton", [*SKELETONS.values(), PEDESTRIAN], ids=lambda s: s.name)


@pytest.fixture(scope="module")
def prior() -> PosePrior:
    return get_prior("default")


def expect(prior: PosePrior, dance: SyntheticClip, **known: Any) -> ExpectedMotion:
    return expect_motion(clip_of(dance, camera=dance.camera, **known), prior, NetReader())


@ANY_SKELETON
def test_motion_of_every_skeleton_is_expected(prior, skeleton):
    clip = dance(60, random_seed=4, skeleton=skeleton, noise=0)
    motion = expect(prior, clip, skeleton=skeleton)
    assert motion.poses3d.shape == clip.poses3d.shape
    assert motion.uncertainty.shape == clip.poses3d.shape[:2]
    assert all(np.isfinite(array).all() for array in vars(motion).values())
    assert (motion.uncertainty > 0).all()
    assert n_mpjpe(motion.poses3d, clip.poses3d, hips(skeleton)) < 130
    assert floor_tilt(motion.up, clip.up) < 10
    away = np.linalg.norm(clip.camera.project(motion.poses3d) - clip.keypoints2d_clean[..., :2], axis=-1)
    assert np.median(away) < 0.05 * np.ptp(clip.keypoints2d_clean[..., 1])
    assert_allclose(motion.depth, root_path(clip.poses3d, hips(skeleton))[:, 2], rtol=0.25)


def test_joints_that_the_network_does_not_know_are_less_certain(prior):
    skeleton = SKELETONS["halpe26"]
    uncertainty = expect(prior, dance(30, skeleton=skeleton), skeleton=skeleton).uncertainty.mean(axis=0)
    for side in ("left", "right"):
        assert uncertainty[joint(skeleton, f"{side}_big_toe")] > uncertainty[joint(skeleton, f"{side}_ankle")]


def test_what_is_far_from_the_keypoints_is_in_doubt(prior, monkeypatch):
    clip = dance(60, random_seed=4, noise=0)
    usual = expect(prior, clip).uncertainty
    aside = np.zeros((60, 3))
    aside[30:34, 0] = 0.4
    monkeypatch.setattr(expected_motion, "place", lambda *arguments: place(*arguments) + aside)
    doubtful = expect(prior, clip).uncertainty
    assert_allclose(doubtful[30:34] - 0.01, np.sqrt(1 + 4**2) * (usual[30:34] - 0.01), rtol=0.25)
    assert_allclose(doubtful[:30], usual[:30])


def test_joints_that_are_not_seen_and_frames_in_which_nothing_is_seen_are_expected_too(prior):
    clip = dance(60, random_seed=5)
    keypoints = np.array(clip.keypoints2d)
    keypoints[:, joint(NET_SKELETON, "left_wrist")] = 0
    keypoints[20:32] = 0
    with pytest.warns(DanceliftWarning, match="never seen: left_wrist"):
        motion = expect(prior, clip, keypoints2d=keypoints)
    assert np.isfinite(motion.poses3d).all()
    assert n_mpjpe(motion.poses3d, clip.poses3d, hips(NET_SKELETON)) < 120
    step = np.linalg.norm(np.diff(root_path(motion.poses3d, hips(NET_SKELETON)), axis=0), axis=1)
    assert step.max() < 0.25


def test_frames_in_which_nothing_is_seen_are_finite(prior):
    nothing = clip_of(dance(30)).frames(slice(20, 30))
    nothing.keypoints2d[:] = 0
    motion = expect_motion(nothing, prior, NetReader())
    assert all(np.isfinite(array).all() for array in vars(motion).values())


# where a pose is, given the rays to its joints


def staged(n_frames: int = 60) -> tuple[np.ndarray, np.ndarray, Camera]:
    """Poses relative to the mid-hip, (T, J, 3), and its path (T, 3) from side to side, 4 m away."""
    clip = dance(n_frames, noise=0)
    relative = clip.poses3d - root_path(clip.poses3d, hips(NET_SKELETON))[:, None]
    t = np.linspace(0, 6, n_frames)
    return relative, np.stack([np.sin(t), 0.1 * np.cos(2 * t), np.full(n_frames, 4.0)], axis=1), clip.camera


def off(placed: np.ndarray, root: np.ndarray) -> float:
    return float(np.linalg.norm(placed - root, axis=1).max())


def test_root_of_exact_projections_is_found():
    relative, root, camera = staged()
    rays = camera.rays(camera.project(relative + root[:, None]))
    placed = place(relative, rays, np.ones(rays.shape[:2]), NET_SKELETON, 30.0)
    assert off(placed, root) < 1e-3


def test_root_is_found_from_few_joints_and_where_none_is_seen():
    relative, root, camera = staged()
    root[:, :2] = [0.3, 0.1]  # it is interpolated
    rays = camera.rays(camera.project(relative + root[:, None]))
    score = np.zeros(rays.shape[:2])
    score[:, [5, 6, 11, 12, 13]] = 0.8
    score[:10], score[30:40] = 0, 0
    rays[score == 0] = 0
    placed = place(relative, rays, score, NET_SKELETON, 30.0)
    assert off(placed, root) < 1e-3


def test_outliers_hardly_move_the_root():
    relative, root, camera = staged()
    rays = camera.rays(camera.project(relative + root[:, None]))
    rng = np.random.default_rng(0)
    outlier = rng.random(rays.shape[:2]) < 0.05
    rays[outlier] += rng.normal(0, 0.15, (outlier.sum(), 2))
    placed = place(relative, rays, np.ones(rays.shape[:2]), NET_SKELETON, 30.0)
    assert np.median(np.linalg.norm(placed - root, axis=1)) < 0.05
    assert np.abs(placed - root)[:, :2].max() < 0.1


def test_dancer_who_approaches_is_followed():
    relative, root, camera = staged(120)
    root[:, 2] = np.linspace(6, 3, 120)
    rays = camera.rays(camera.project(relative + root[:, None]))
    placed = place(relative, rays, np.ones(rays.shape[:2]), NET_SKELETON, 30.0)
    assert off(placed[30:-30], root[30:-30]) < 0.02


def test_who_is_upside_down_for_a_while_is_expected_so(prior):
    """A network that has seen upright bodies only reads the picture as the trunk has it; experts take turns."""
    upright = dance(240, random_seed=3)
    frames = np.arange(len(upright.poses3d)) / len(upright.poses3d)
    share = np.clip((frames - 0.4) / 0.06, 0, 1) * np.clip((0.7 - frames) / 0.06, 0, 1)
    root = hips(NET_SKELETON)
    mid_hip = upright.poses3d[:, root].mean(axis=1, keepdims=True)
    turned = (upright.poses3d - mid_hip) @ rotation(2, np.pi * share) + mid_hip
    keypoints = np.concatenate([upright.camera.project(turned), np.ones_like(turned[..., :1])], axis=2)
    clip = clip_of(upright, keypoints, camera=upright.camera)
    rays, score = clip.camera.rays(clip.keypoints2d), clip.keypoints2d[..., 2]
    as_it_is = prior.nets[0].expect(rays, score, clip.fps).poses3d
    alone = expect_motion(clip, replace(prior, nets=prior.nets[:1]), NetReader()).poses3d
    together = expect_motion(clip, prior, NetReader()).poses3d
    plain = expect(prior, upright).poses3d

    def error(poses: np.ndarray, which: np.ndarray, true: np.ndarray = turned) -> float:
        return n_mpjpe(poses[which], true[which], root)

    inverted, still = share == 1, share == 0
    assert error(as_it_is, inverted) > 2 * error(alone, inverted)
    assert error(together, inverted) < 1.5 * error(plain, inverted, upright.poses3d)
    assert error(together, still) < 1.5 * error(plain, still)


@pytest.mark.filterwarnings("ignore:keypoints2d. never seen")
def test_limbs_that_are_never_seen_are_left_to_the_expert_that_knows_such_clips(prior):
    upright = dance(150, random_seed=4)
    keypoints = upright.keypoints2d.copy()
    legs = [NET_SKELETON.joints.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]
    keypoints[:, legs] = 0
    upper = slice(5, 11)

    def error(prior_used: PosePrior) -> float:
        poses = expect_motion(clip_of(upright, keypoints), prior_used, NetReader()).poses3d
        away = [array[:, upper] - array[:, 5:7].mean(axis=1, keepdims=True) for array in (poses, upright.poses3d)]
        return float(np.linalg.norm(away[0] - away[1], axis=2).mean())

    assert error(prior) < 1.3 * error(replace(prior, nets=prior.nets[1:]))
    assert error(prior) < 0.8 * error(replace(prior, nets=prior.nets[:1]))


def test_networks_are_asked_the_same_once(prior, monkeypatch):
    clip = clip_of(dance(60, random_seed=3))
    asked = []
    expect_of_net = PoseNet.expect

    def counted(net: PoseNet, rays: np.ndarray, score: np.ndarray, fps: float, n_threads: int) -> Expected:
        asked.append((net, n_threads))
        return expect_of_net(net, rays, score, fps, n_threads)

    monkeypatch.setattr(PoseNet, "expect", counted)
    reader = NetReader(2)
    first = expect_motion(clip, prior, reader)
    n_asked = len(asked)
    assert {net for net, _ in asked} == set(prior.nets) and {n_threads for _, n_threads in asked} == {2}
    again = expect_motion(clip, prior, reader)
    assert len(asked) == n_asked
    np.testing.assert_array_equal(again.poses3d, first.poses3d)
    expect_motion(clip.frames(slice(0, 50)), prior, reader)
    assert len(asked) == 2 * n_asked
