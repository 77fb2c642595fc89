"""What a pose network is trained on: windows of motion by other bodies, seen by other cameras and detectors."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift.body import anatomy
from dancelift.filters import jitter
from dancelift.frame_rate import NET_FPS
from dancelift.geometry import rotation
from dancelift.priors.pose_net import FEET, N_FEATURES, NET_SKELETON
from dancelift.training import random_views
from dancelift.training.random_motion import random_motion
from dancelift.training.random_views import ANY_POSE, UPRIGHT, Batch, RandomViews, Variety, body_size
from fixtures.motion import FPS, dance, joints_of

J = len(NET_SKELETON)
N_WINDOWS, N_FRAMES = 60, 40
INDEX = NET_SKELETON.joints.index
HIPS, ANKLES, SHOULDERS = (
    [INDEX(f"{side}_{joint}") for side in ("left", "right")] for joint in ("hip", "ankle", "shoulder")
)
NEVER = replace(UPRIGHT.times(0), invented_limbs=0.6)
"""Nothing that only few windows have."""


@pytest.fixture(scope="module")
def motions() -> list[tuple[np.ndarray, float]]:
    return [(joints_of(dance(150, random_seed=random_seed), NET_SKELETON), FPS) for random_seed in range(2)]


def views(motions, strength: float, variety: Variety = NEVER, **constants: float) -> Batch:
    """A batch of recorded motions that do not lean and are seen whole, but for what is said otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ({"_LEAN": 0.0} | constants).items():
            patch.setattr(random_views, name, value)
        return RandomViews(motions, N_FRAMES, strength, 0, variety).batch(N_WINDOWS, 0)


@pytest.fixture(scope="module")
def plain(motions) -> Batch:
    """Without changes to body and movement."""
    return views(motions, strength=0)


@pytest.fixture(scope="module")
def changed(motions) -> Batch:
    return views(motions, strength=1)


@pytest.fixture(params=["plain", "changed"])
def batch(request) -> Batch:
    return request.getfixturevalue(request.param)


def points_of(batch: Batch) -> np.ndarray:
    """(B, T, J, 2) keypoints about the trunk, in units of the body's spread."""
    return batch.x[..., : 2 * J].reshape(N_WINDOWS, N_FRAMES, J, 2)


def scores_of(batch: Batch) -> np.ndarray:
    return batch.x[..., 2 * J : 3 * J]


def bone_lengths(poses: np.ndarray) -> np.ndarray:
    """(..., bones)"""
    a, b = np.array([bone[:2] for bone in NET_SKELETON.bones]).T
    return np.linalg.norm(poses[..., a, :] - poses[..., b, :], axis=-1)


def test_batch_has_what_the_network_reads_and_should_say(batch):
    assert batch.x.shape == (N_WINDOWS, N_FRAMES, N_FEATURES)
    assert batch.poses3d.shape == (N_WINDOWS, N_FRAMES, J, 3)
    assert batch.up.shape == (N_WINDOWS, N_FRAMES, 3)
    assert batch.contact.shape == (N_WINDOWS, N_FRAMES, 2)
    for array in (batch.x, batch.poses3d, batch.up, batch.contact):
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
    assert_allclose(batch.poses3d[:, :, HIPS].mean(axis=2), 0, atol=1e-5)


def test_same_number_gives_the_same_batch_whatever_was_drawn_before(motions):
    first, again = (RandomViews(motions, N_FRAMES, 0.5, random_seed=3) for _ in range(2))
    zero, one = first.batch(4, 0), first.batch(4, 1)
    for batch, same in ((one, again.batch(4, 1)), (zero, again.batch(4, 0))):
        for name in ("x", "poses3d", "up", "contact"):
            assert_array_equal(getattr(batch, name), getattr(same, name))
    assert not np.allclose(zero.poses3d, one.poses3d)
    assert not np.allclose(zero.poses3d, RandomViews(motions, N_FRAMES, 0.5, random_seed=4).batch(4, 0).poses3d)


def test_unchanged_bodies_keep_their_bones_and_size(plain, motions):
    limbs = [i for i, (*_, softness) in enumerate(NET_SKELETON.bones) if softness == 1]
    lengths = bone_lengths(plain.poses3d)[..., limbs]
    assert (lengths.std(axis=1) / lengths.mean(axis=1)).max() < 0.01  # frames in between are interpolated
    true = bone_lengths(motions[0][0][0])[limbs]
    assert_allclose(lengths.mean(axis=1), np.broadcast_to(true, (N_WINDOWS, len(limbs))), rtol=0.02)


def test_changed_bodies_differ_in_build_but_not_in_size(changed, motions):
    lengths = bone_lengths(changed.poses3d).mean(axis=1)
    assert (lengths.std(axis=0) / lengths.mean(axis=0)).min() > 0.03
    size = np.mean([body_size(poses) for poses, _ in motions])
    assert_allclose([body_size(window) for window in changed.poses3d], size, rtol=1e-3)


def test_left_and_right_are_those_of_a_body_in_every_window(plain):
    """The face is before the ears and knees bend forward, whether the window was mirrored or not."""
    poses, up = plain.poses3d, plain.up
    across = poses[:, :, HIPS[0]] - poses[:, :, HIPS[1]]
    forward = np.cross(across, up)
    ears = poses[:, :, [INDEX("left_ear"), INDEX("right_ear")]].mean(axis=2)
    gaze = poses[:, :, INDEX("nose")] - ears
    assert ((gaze * forward).sum(axis=-1).mean(axis=1) > 0).all()
    for side in ("left", "right"):
        hip, knee, ankle = (poses[:, :, INDEX(f"{side}_{joint}")] for joint in ("hip", "knee", "ankle"))
        ahead = ((2 * knee - hip - ankle) * forward).sum(axis=-1).mean(axis=1)
        assert (ahead > 0).mean() > 0.95


def test_half_of_the_windows_are_mirrored(motions):
    """A dancer whose left arm alone is raised."""
    poses = np.repeat(motions[0][0][:1], 100, axis=0)
    poses[:, [INDEX("left_elbow"), INDEX("left_wrist")]] += [[0, 0.7, 0], [0, 1.2, 0]]
    batch = views([(poses, FPS)], strength=0)
    height = np.einsum("btja,bta->btj", batch.poses3d, batch.up).mean(axis=1)
    left_is_raised = height[:, INDEX("left_wrist")] > height[:, INDEX("right_wrist")]
    assert 0.3 < left_is_raised.mean() < 0.7


def test_up_is_a_unit_vector_from_the_feet_to_the_head(batch):
    assert_allclose(np.linalg.norm(batch.up, axis=-1), 1, atol=1e-5)
    height = np.einsum("btja,bta->btj", batch.poses3d, batch.up)
    assert (height[..., INDEX("nose")].mean(axis=1) > 0.3).all()
    assert np.median(height[..., ANKLES].mean(axis=(1, 2))) < -0.5
    assert (height[..., ANKLES].mean(axis=(1, 2)) < 0).all()  # borrowed legs may be bent


def test_cameras_are_tilted_up_and_down_and_to_the_side(plain):
    """In the view frame up leans away or towards the camera by its pitch, and aside by its roll."""
    pitch, roll = np.degrees(np.arcsin(plain.up[..., 2])), np.degrees(np.arctan2(plain.up[..., 0], -plain.up[..., 1]))
    assert pitch.min() < -20 and pitch.max() > 3
    assert np.abs(roll).max() > 10
    assert np.median(np.abs(roll)) < 6


def test_foot_that_moves_has_no_contact_and_the_other_one_has(motions):
    still = np.repeat(motions[0][0][:1], 240, axis=0)
    still[:, INDEX("right_ankle"), 1] += 0.2 * (1 - np.cos(2 * np.pi * 1.5 * np.arange(240) / FPS))
    batch = views([(still, FPS)], strength=0)
    assert_array_equal(np.unique(batch.contact), [0, 1])
    assert_array_equal(batch.contact.sum(axis=-1), 1)
    standing = batch.contact[:, 0].argmax(axis=1)
    height = np.einsum("btja,bta->btj", batch.poses3d, batch.up)[..., [INDEX(foot) for foot in FEET]]
    assert_array_equal(standing, height.std(axis=1).argmin(axis=1))
    assert 0.2 < standing.mean() < 0.8  # mirrored or not


def test_steps_of_a_dance_differ_from_standing(batch):
    assert set(np.unique(batch.contact)) == {0, 1}
    assert 0.4 < batch.contact.mean() < 0.95


def test_missing_joints_have_no_features(batch):
    points, scores = points_of(batch), scores_of(batch)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert 0.01 < (scores == 0).mean() < 0.2
    assert not points[scores == 0].any()


def test_some_detectors_find_no_face(batch):
    scores = scores_of(batch)
    face = scores[..., [INDEX(f"{side}_{part}") for part in ("eye", "ear") for side in ("left", "right")]]
    assert 0 < (face == 0).all(axis=(1, 2)).mean() < 0.3


@pytest.mark.parametrize("strength", [0, 1])
def test_exact_keypoints_are_the_projection_of_the_pose_that_is_wanted(motions, strength):
    """x (P + R) sees f times what it should: linear in the focal factor f and in the root R, frame by frame."""
    batch = views(motions, strength, _EXACT=1)
    points, scores = points_of(batch), scores_of(batch)
    factors = []
    for b in range(N_WINDOWS):
        log_size, elevation, azimuth = batch.x[b, :, 3 * J :].astype(float).T
        view = rotation(0, elevation) @ rotation(1, -azimuth)
        spread = (0.15 * np.exp(log_size))[:, None, None]
        seen = np.concatenate([spread * points[b], np.ones((N_FRAMES, J, 1))], axis=-1) @ view
        poses = batch.poses3d[b].astype(float) @ view
        for t in range(0, N_FRAMES, 13):
            known = scores[b, t] > 0
            rays, pose = seen[t, known, :2] / seen[t, known, 2:], poses[t, known]
            # f (P_xy + R_xy) - r R_z = r P_z
            n = len(pose)
            matrix = np.zeros((n, 2, 4))
            matrix[..., 0], matrix[:, 0, 1], matrix[:, 1, 2], matrix[..., 3] = pose[:, :2], 1, 1, -rays
            wanted = (rays * pose[:, 2:]).ravel()
            solution = np.linalg.lstsq(matrix.reshape(-1, 4), wanted, rcond=None)[0]
            assert_allclose(matrix.reshape(-1, 4) @ solution, wanted, atol=2e-4)
            factors.append(solution[0])
            assert 2 < solution[3] < 12
    factors = np.array(factors).reshape(N_WINDOWS, -1)
    assert_allclose(factors, np.broadcast_to(np.median(factors, axis=1)[:, None], factors.shape), rtol=0.02)
    known = np.isclose(factors, 1, atol=0.005).all(axis=1)
    assert 0 < known.mean() < 0.6
    assert 0.05 < np.log(factors[~known]).std() < 0.4


def test_detected_keypoints_jitter_and_exact_ones_do_not(motions):
    def unrest(exact: float) -> float:
        batch = views(motions, 0, _EXACT=exact)
        keypoints = np.concatenate([points_of(batch), scores_of(batch)[..., None]], axis=-1)
        return float(np.median([jitter(clip) for clip in keypoints]))

    assert unrest(exact=0) > 5 * unrest(exact=1)


def test_motion_is_seen_at_the_frame_rate_of_the_network_and_at_other_speeds(motions):
    """A wrist that goes up at 1 m/s."""
    poses = np.repeat(motions[0][0][:1], 200, axis=0)
    poses[:, INDEX("left_wrist"), 1] += np.arange(200) / 60
    batch = views([(poses, 60.0)], strength=0)
    height = np.einsum("btja,bta->btj", batch.poses3d, batch.up)
    wrist = INDEX("left_wrist"), INDEX("right_wrist")
    speed = np.abs(np.diff(height[..., wrist], axis=1)).max(axis=-1).mean(axis=1) * NET_FPS
    assert 0.4 < speed.min() < 0.9 < 1.1 < speed.max() < 1.6


@pytest.mark.parametrize("n_frames", [2, 20, N_FRAMES])
def test_motion_shorter_than_a_window_is_slowed_down(motions, n_frames):
    poses, fps = motions[0]
    batch = views([(poses[:n_frames], fps)], strength=0.5)
    assert np.isfinite(batch.x).all()
    assert batch.poses3d.shape[1] == N_FRAMES


# --- bodies that do not stand, limbs that are not seen, motion that no one recorded


@pytest.mark.parametrize(("lying", "degrees"), [(1, 90), (0, 180)])
def test_body_that_is_turned_all_along_is_turned(motions, lying, degrees):
    batch = views(motions, 0, replace(NEVER, turned_all_along=1), _LYING=lying, _INVERTED=1 - lying)
    trunk = batch.poses3d[:, :, SHOULDERS].mean(axis=2) - batch.poses3d[:, :, HIPS].mean(axis=2)
    cosine = (trunk * batch.up).sum(axis=-1) / np.linalg.norm(trunk, axis=-1)
    turn = np.degrees(np.arccos(cosine))
    assert np.median(turn) == pytest.approx(degrees, abs=25)
    assert np.ptp(turn, axis=1).max() < 60
    assert (turn > 45).mean() > 0.95
    assert batch.contact.mean() < 0.01


def test_body_that_is_turned_for_a_while_stands_before_or_after(motions):
    batch = views(motions, 0, replace(NEVER, turned_for_a_while=1), _LYING=0, _INVERTED=1)
    height = np.einsum("btja,bta->btj", batch.poses3d, batch.up)
    above = height[..., SHOULDERS].mean(axis=2) > height[..., HIPS].mean(axis=2)
    both = above.any(axis=1) & ~above.all(axis=1)
    assert both.mean() > 0.3


@pytest.mark.parametrize("way", ["turned_all_along", "turned_for_a_while", "tumbling"])
def test_body_that_is_turned_lands_on_the_floor(motions, monkeypatch, way):
    monkeypatch.setattr(random_views, "_LEAN", 0.0)
    poses = np.repeat(motions[0][0][None, :1].astype(np.float32), N_FRAMES, axis=1).repeat(20, axis=0)
    floor = poses[..., 1].min()
    before, contact = poses.copy(), np.ones((20, N_FRAMES, 2), np.float32)
    RandomViews(motions, N_FRAMES, 0, 0, replace(NEVER, **{way: 1.0}))._turn_body(poses, contact)
    assert np.linalg.norm(poses - before, axis=-1).max() > 0.5
    assert_allclose(bone_lengths(poses), bone_lengths(before), atol=1e-4)
    lowest = poses[..., 1].min(axis=-1)
    assert np.abs(lowest - floor).mean() < 0.05
    assert np.abs(lowest - floor).max() < 0.4  # in a fast roll


def test_upright_variety_shows_nobody_who_lies_or_is_upside_down(motions):
    share = {}
    for variety in (ANY_POSE, UPRIGHT):
        batch = RandomViews(motions, N_FRAMES, 0.25, 0, variety).batch(200, 0)
        trunk = batch.poses3d[:, :, SHOULDERS].mean(axis=2) - batch.poses3d[:, :, HIPS].mean(axis=2)
        cosine = np.einsum("bti,bti->bt", trunk, batch.up) / np.linalg.norm(trunk, axis=-1)
        share[variety] = (cosine < 0.4).mean()
    assert share[UPRIGHT] < 0.01
    assert share[ANY_POSE] > 0.1


def test_some_limbs_are_never_seen(motions):
    scores = scores_of(views(motions, 0, replace(NEVER, never_seen=1), _EXACT=1, _LOST=0, _NO_FACE=0))
    never = (scores == 0).all(axis=1)
    assert never.any(axis=1).all()
    assert not never[:, SHOULDERS + HIPS].any()
    assert never[:, ANKLES].all(axis=1).any()
    assert (~never).any(axis=0).all()


@pytest.mark.parametrize("heaped", [False, True])
def test_picture_that_is_cut_off_shows_nothing_below_its_edge(motions, monkeypatch, heaped):
    monkeypatch.setattr(random_views, "_HEAPED", float(heaped))
    true = np.random.default_rng(0).uniform(0.5, 1, (20, N_FRAMES, J, 3))
    detected, unseen = true.copy(), np.zeros((20, N_FRAMES, J), bool)
    RandomViews(motions, N_FRAMES, 0, 0, replace(NEVER, cut_off=1))._cut_off(detected, unseen)
    assert unseen.any() != heaped
    for found, given, missed in zip(detected, true, unseen, strict=True):
        below = missed | (found != given).any(axis=-1)
        edge = given[below, 1].min()
        assert given[~below, 1].max() < edge
        if heaped:
            assert found[below, 1].max() < edge
            assert found[below, 1].min() > edge - 0.05
            assert found[below, 2].max() < 0.4


def test_some_windows_are_invented(motions):
    still = np.repeat(motions[0][0][:1], 100, axis=0)
    batch = views([(still, FPS)], 0, replace(NEVER, invented=0.5), _DRIFTING=0)
    moves = batch.poses3d.std(axis=1).max(axis=(1, 2)) > 0.02
    assert 0.3 < moves.mean() < 0.7


def test_invented_motion_is_a_body_on_the_floor_within_the_limits_of_its_joints(monkeypatch):
    given = []
    landmarks = anatomy.landmarks

    def spy(angles):
        given.append(angles)
        return landmarks(angles)

    with monkeypatch.context() as patch:
        patch.setattr(anatomy, "landmarks", spy)
        poses = random_motion(30, N_FRAMES, NET_FPS, np.random.default_rng(0))
    assert poses.shape == (30, N_FRAMES, J, 3)
    _, _, lower, upper = np.array([anatomy.angle_span(name) for name in anatomy.ANGLES]).T
    angles = np.array(given)
    assert (angles >= lower - 1e-9).all()
    assert (angles <= upper + 1e-9).all()
    assert (np.ptp(angles, axis=(0, 1)) > 0.5 * (upper - lower)).all()
    average = np.array(NET_SKELETON.mean_lengths(anatomy.STANDARD_HEIGHT))[[bone.length for bone in NET_SKELETON.bones]]
    rigid = [i for i, bone in enumerate(NET_SKELETON.bones) if bone.softness == 1]
    lengths = bone_lengths(poses)[..., rigid]
    assert_allclose(lengths, np.broadcast_to(average[rigid], lengths.shape), rtol=0.01)
    lowest = poses[..., 1].min(axis=-1)
    assert np.abs(lowest).mean() < 0.03
    assert np.abs(lowest).max() < 0.25
    assert np.linalg.norm(np.diff(poses, axis=1), axis=-1).max() * NET_FPS < 15  # m/s
