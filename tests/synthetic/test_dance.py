"""What the generated dance is: a body with planted feet, within its limits, seen as by a detector."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift.body import anatomy
from dancelift.body.skeleton import SKELETONS, get_skeleton
from dancelift.camera import Camera
from dancelift.errors import InputError
from dancelift.synthetic.dance import SyntheticClip, generate

RANDOM_SEEDS = range(6)


@pytest.fixture(scope="module")
def clips() -> list[SyntheticClip]:
    return [generate(random_seed=random_seed, skeleton="halpe26") for random_seed in RANDOM_SEEDS]


def heights(clip: SyntheticClip, *joints: str) -> np.ndarray:
    """(T, N) of the joints named, along the vertical, m."""
    indices = [get_skeleton(clip.skeleton).index(joint) for joint in joints]
    return clip.poses3d[:, indices] @ clip.up


def errors(clip: SyntheticClip) -> np.ndarray:
    """Of the joints that are found, px for a dancer 440 px tall."""
    size = clip.camera.focal * anatomy.STANDARD_HEIGHT / clip.poses3d[..., 2].mean(axis=1)
    distance = np.linalg.norm(clip.keypoints2d[..., :2] - clip.keypoints2d_clean[..., :2], axis=2)
    return (distance / size[:, None] * 440)[clip.keypoints2d[..., 2] > 0]


def test_arrays_agree_in_shape():
    for name, skeleton in SKELETONS.items():
        clip = generate(40, random_seed=1, skeleton=name)
        assert clip.poses3d.shape == clip.keypoints2d.shape == (40, len(skeleton), 3)
        assert clip.keypoints2d_clean.shape == clip.keypoints2d.shape
        assert clip.angles.shape == (40, len(anatomy.ANGLES))
        assert clip.skeleton == name


def test_same_seed_gives_the_same_dance_and_another_seed_another():
    first, again, other = generate(60, random_seed=3), generate(60, random_seed=3), generate(60, random_seed=4)
    assert_array_equal(first.keypoints2d, again.keypoints2d)
    assert_array_equal(first.poses3d, again.poses3d)
    assert not np.allclose(first.poses3d, other.poses3d)


def test_dance_does_not_depend_on_camera_or_detector():
    usual, other = (
        generate(60, random_seed=3),
        generate(60, random_seed=3, pitch=0.5, noise=0.2, image_size=(720, 1280)),
    )
    assert_array_equal(usual.angles, other.angles)


def test_standing_foot_does_not_slide_and_one_foot_always_stands(clips):
    for clip in clips:
        feet = [get_skeleton(clip.skeleton).index(f"{side}_ankle") for side in ("left", "right")]
        height = heights(clip, "left_ankle", "right_ankle")
        standing = height < height.min() + 0.001
        assert standing.any(axis=1).all()
        assert standing.all(axis=1).mean() < 0.5
        speed = np.linalg.norm(np.diff(clip.poses3d[:, feet], axis=0), axis=2) * clip.fps
        assert np.percentile(speed[standing[1:] & standing[:-1]], 99) < 0.1


def test_both_feet_step(clips):
    for clip in clips:
        height = heights(clip, "left_ankle", "right_ankle")
        lifted = height > height.min() + 0.03
        assert (np.diff(lifted.astype(int), axis=0) > 0).sum(axis=0).min() >= 5


def test_angles_are_within_the_limits_of_the_joints_and_rarely_at_them(clips):
    low, high = np.array([anatomy.angle_span(name)[2:] for name in anatomy.ANGLES]).T
    for clip in clips:
        assert (clip.angles >= low).all() and (clip.angles <= high).all()
        assert ((clip.angles == low) | (clip.angles == high)).mean() < 0.02


def test_bones_keep_their_length(clips):
    for clip in clips:
        skeleton = get_skeleton(clip.skeleton)
        lengths = dict(zip(skeleton.length_names, skeleton.mean_lengths(anatomy.STANDARD_HEIGHT), strict=True))
        for side in ("left", "right"):
            for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")):
                ends = clip.poses3d[:, [skeleton.index(f"{side}_{joint}") for joint in (a, b)]]
                name = "-".join(sorted((f"left_{a}", f"left_{b}")))
                assert_allclose(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1), lengths[name], rtol=1e-9)


def test_motion_has_no_jumps(clips):
    for clip in clips:
        velocity = np.diff(clip.poses3d, axis=0) * clip.fps
        assert np.linalg.norm(velocity, axis=2).max() < 7
        assert np.linalg.norm(np.diff(velocity, axis=0), axis=2).max() * clip.fps < 150


def test_dancer_travels_and_turns():
    travelled, turned = [], []
    for random_seed in RANDOM_SEEDS:
        clip = generate(600, random_seed=random_seed)
        hips = clip.poses3d[:, [SKELETONS["coco17"].index(f"{side}_hip") for side in ("left", "right")]]
        travelled.append(np.ptp(hips.mean(axis=1), axis=0).max())
        across = hips[:, 0] - hips[:, 1]
        turned.append(np.ptp(np.unwrap(np.arctan2(across[:, 2], across[:, 0]))))
    assert min(travelled) > 0.8
    assert np.median(turned) > np.pi
    assert max(turned) > 1.8 * np.pi


def test_camera_is_where_people_put_one_and_has_the_dancer_in_the_image(clips):
    portrait = generate(random_seed=2, image_size=(1080, 1920))
    for clip in [*clips, portrait]:
        assert (clip.keypoints2d_clean[..., :2] > 0).all()
        assert (clip.keypoints2d_clean[..., :2] < clip.image_size).all()
        assert 3 < clip.poses3d[..., 2].mean() < 7
        assert_array_equal(clip.up, clip.camera.up)
        assert_allclose(np.linalg.norm(clip.up), 1)
        head, feet = heights(clip, "nose"), heights(clip, "left_ankle", "right_ankle")
        assert (head[:, 0] > feet.max(axis=1)).all()


def test_given_camera_and_pitch_are_used():
    given = Camera(np.array([[1000.0, 0, 700], [0, 1010, 300], [0, 0, 1]]))
    clip = generate(120, camera=given, pitch=0.4, image_size=(1280, 720))
    assert_array_equal(clip.camera.matrix, given.matrix)
    assert_allclose(clip.up, (0, -np.cos(0.4), -np.sin(0.4)), atol=1e-12)
    assert (clip.keypoints2d_clean[..., :2] > 0).all()
    assert (clip.keypoints2d_clean[..., :2] < clip.image_size).all()
    assert_allclose(clip.camera.project(clip.poses3d), clip.keypoints2d_clean[..., :2])


def test_errors_are_those_of_a_detector(clips):
    found = np.concatenate([errors(clip) for clip in clips])
    assert 5 < np.median(found) < 7
    assert 0.001 < (found > 30).mean() < 0.03
    scores = np.concatenate([clip.keypoints2d[..., 2].ravel() for clip in clips])
    missed = np.concatenate([clip.keypoints2d.reshape(-1, 3) for clip in clips])[scores == 0]
    assert 0.005 < (scores == 0).mean() < 0.05
    assert not missed.any()
    assert 0.8 < np.median(scores) < 0.95
    assert 0.02 < (scores < 0.6).mean() < 0.35


def test_errors_are_correlated_in_time(clips):
    for clip in clips:
        wrong = clip.keypoints2d[..., :2] - clip.keypoints2d_clean[..., :2]
        usual = np.abs(wrong).max(axis=2) < 40
        here, there = wrong[:-1][usual[:-1] & usual[1:]], wrong[1:][usual[:-1] & usual[1:]]
        assert np.corrcoef(here.ravel(), there.ravel())[0, 1] > 0.5


def test_sides_are_swapped_for_short_stretches():
    clip = generate(900, random_seed=1)
    left, right = (SKELETONS["coco17"].index(f"{side}_wrist") for side in ("left", "right"))
    clean, found = clip.keypoints2d_clean[..., :2], clip.keypoints2d[..., :2]
    own, other = (np.linalg.norm(found[:, left] - clean[:, joint], axis=1) for joint in (left, right))
    swapped = (other < 30) & (own > 100)
    assert 0.001 < swapped.mean() < 0.15


def test_no_noise_gives_exact_keypoints():
    clip = generate(30, noise=0)
    assert_array_equal(clip.keypoints2d, clip.keypoints2d_clean)


def test_height_sets_the_size_of_the_body():
    small, tall = (generate(30, height=height).poses3d for height in (1.5, 2.0))
    shoulders, wrist = [SKELETONS["coco17"].index(f"left_{joint}") for joint in ("shoulder", "elbow")]
    arm = [np.linalg.norm(poses[0, shoulders] - poses[0, wrist]) for poses in (small, tall)]
    assert_allclose(arm[1] / arm[0], 2.0 / 1.5)


@pytest.mark.parametrize("wrong", [{"n_frames": 0}, {"fps": -1.0}, {"height": 0.0}, {"noise": -1.0}])
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError, match="expected"):
        generate(**wrong)
