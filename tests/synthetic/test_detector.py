"""What the simulated keypoint detector gets wrong: by how much, where, when, and how sure it says it is."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import SKELETONS
from dancelift.body import anatomy
from dancelift.body.anatomy import LANDMARKS
from dancelift.geometry import rotation
from dancelift.synthetic.detector import Detector, hidden_joints, smooth_noise
from fixtures.lifts import PEDESTRIAN

COCO = SKELETONS["coco17"]
FPS = 30.0
HEIGHT_PX = 440.0
N_FRAMES = 6000
MIRRORED = list(COCO.mirrored)


def still(n_frames: int, n_joints: int = 17) -> np.ndarray:
    """(T, J, 2): keypoints that do not move, 100 px apart."""
    return np.broadcast_to(100.0 * np.arange(n_joints)[:, None] * [1, 2], (n_frames, n_joints, 2))


def detect(clean: np.ndarray, hidden: bool = False, noise: float = 1.0, size: float = HEIGHT_PX, random_seed: int = 0):
    hidden_everywhere = np.full(clean.shape[:-1], hidden)
    size_everywhere = np.full(clean.shape[:-2], size)
    rng = np.random.default_rng(random_seed)
    return Detector(COCO, FPS).detect(clean, hidden_everywhere, size_everywhere, noise, rng)


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    """(B, T, J, 2): keypoints that do not move, of many short clips."""
    return np.broadcast_to(still(100), (N_FRAMES // 100, 100, 17, 2))


@pytest.fixture(scope="module")
def seen(clips) -> np.ndarray:
    return detect(clips)


@pytest.fixture(scope="module")
def unseen(clips) -> np.ndarray:
    return detect(clips, hidden=True)


def errors(detected: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """(..., T, J) px; NaN for a joint that is missed."""
    distance = np.linalg.norm(detected[..., :2] - clean, axis=-1)
    return np.where(detected[..., 2] > 0, distance, np.nan)


def median_by_joint(detected: np.ndarray, clean: np.ndarray) -> dict[str, float]:
    found = errors(detected, clean)
    return dict(zip(COCO.joints, np.nanmedian(found, axis=tuple(range(found.ndim - 1))), strict=True))


def test_median_error_is_6_px_for_a_dancer_440_px_tall(clips, seen):
    assert np.nanmedian(errors(seen, clips)) == pytest.approx(6, abs=0.6)


def test_some_joints_are_harder_to_find(clips, seen):
    median = median_by_joint(seen, clips)
    assert median["left_ear"] < median["left_shoulder"] < median["left_knee"] < median["left_wrist"]
    assert median["left_shoulder"] < median["left_hip"]
    assert median["nose"] < 0.6 * median["right_wrist"]
    for joint, other in enumerate(MIRRORED):
        assert median[COCO.joints[joint]] == pytest.approx(median[COCO.joints[other]], rel=0.15)


def test_hidden_joints_are_further_off_less_sure_and_more_often_missed(clips, seen, unseen):
    assert 1.8 < np.nanmedian(errors(unseen, clips)) / np.nanmedian(errors(seen, clips)) < 2.4
    for detected, score, missed in ((seen, 0.87, 0.004), (unseen, 0.42, 0.12)):
        scores = detected[..., 2]
        assert np.median(scores[scores > 0]) == pytest.approx(score, abs=0.02)
        assert (scores == 0).mean() == pytest.approx(missed, rel=0.2)
        assert not detected[scores == 0].any()
        assert scores.max() <= 1


def test_a_few_joints_are_far_off_for_a_moment_with_any_score(clips, seen):
    nose = COCO.index("nose")  # which is never swapped
    off = errors(seen, clips)[..., nose] > 0.05 * HEIGHT_PX
    assert 0.003 < off.mean() < 0.02
    assert seen[..., nose, 2][off].std() > 0.08


def test_errors_scale_with_the_dancer_in_the_image_and_with_noise(clips):
    all_in_one_place = np.zeros_like(clips)
    usual, nearer = (detect(all_in_one_place, size=size)[..., :2] for size in (200.0, 400.0))
    assert_allclose(nearer, 2 * usual)
    noise = [np.nanmedian(errors(detect(clips, noise=level), clips)) for level in (0.5, 1.0)]
    assert noise[1] / noise[0] == pytest.approx(2, rel=0.05)


def test_errors_last_and_part_of_them_lasts_for_the_whole_clip(clips, seen):
    wrong = np.where(errors(seen, clips)[..., None] < 30, seen[..., :2] - clips, np.nan)
    variance = np.nanvar(wrong)
    lag = [np.nanmean(wrong[:, : -k or None] * wrong[:, k:]) / variance for k in (1, 3, 30, 60)]
    assert 0.5 < lag[0] < 0.9
    assert lag == sorted(lag, reverse=True)
    assert 0.1 < lag[-1] < 0.3


def test_no_noise_leaves_keypoints_exact(clips):
    detected = detect(clips, noise=0)
    assert_array_equal(detected[..., :2], clips)
    assert (detected[..., 2] > 0).all()


def test_left_and_right_are_swapped_for_short_stretches():
    clean = still(N_FRAMES)
    detected = detect(clean, size=1e-3)
    found = detected[..., 2] > 0
    own, other = (np.linalg.norm(detected[..., :2] - clean[:, order], axis=-1) < 1 for order in (range(17), MIRRORED))
    assert (own | other)[found].all()

    paired = [joint for joint in range(17) if MIRRORED[joint] != joint]
    swapped = (other & ~own)[:, paired]
    assert 0.03 < swapped.any(axis=1).mean() < 0.1  # 0.25 times a second, for 0.1 to 0.4 s
    kinds = {frozenset(np.array(COCO.joints)[paired][frame]) for frame in swapped[found.all(axis=1)]}
    parts = {joint.split("_")[1] for kind in kinds for joint in kind}
    assert parts == {"eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"}
    for only in (("elbow", "wrist"), ("hip", "knee", "ankle")):
        assert frozenset(f"{side}_{part}" for part in only for side in ("left", "right")) in kinds


def test_scores_are_swapped_with_their_joints():
    clean = still(N_FRAMES)
    hidden = np.zeros((N_FRAMES, 17), bool)
    hidden[:, COCO.index("left_wrist")] = True
    size = np.full(N_FRAMES, 1e-3)
    detected = Detector(COCO, FPS).detect(clean, hidden, size, 1.0, np.random.default_rng(0))
    right = detected[:, COCO.index("right_wrist")]
    is_left = (np.linalg.norm(right[:, :2] - clean[:, COCO.index("left_wrist")], axis=1) < 1) & (right[:, 2] > 0)
    assert is_left.sum() > 50
    assert np.median(right[is_left, 2]) < 0.5 < np.median(right[~is_left, 2])


def test_every_clip_of_a_batch_has_a_noise_and_errors_of_its_own():
    clean = np.broadcast_to(still(20), (2, 3, 20, 17, 2))
    noise = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 3.0]])
    shape = clean.shape[:-1]
    detector = Detector(COCO, FPS)
    detected = detector.detect(clean, np.zeros(shape, bool), np.ones(shape[:-1]), noise, np.random.default_rng(0))
    assert detected.shape == (*shape, 3)
    assert_array_equal(detected[noise == 0][..., :2], clean[noise == 0])
    assert not np.isclose(detected[0, 1], detected[0, 2]).all()


def test_same_random_numbers_give_the_same_keypoints(clips):
    assert_array_equal(detect(clips[:1], random_seed=3), detect(clips[:1], random_seed=3))
    assert not np.array_equal(detect(clips[:1], random_seed=3), detect(clips[:1], random_seed=4))


@pytest.mark.parametrize("skeleton", [*SKELETONS.values(), PEDESTRIAN], ids=lambda s: s.name)
@pytest.mark.parametrize("n_frames", [1, 2, 40])
def test_any_skeleton_and_length(skeleton, n_frames):
    clean = still(n_frames, len(skeleton))
    detector = Detector(skeleton, FPS)
    hidden = np.zeros(clean.shape[:-1], bool)
    detected = detector.detect(clean, hidden, np.ones(n_frames), 1.0, np.random.default_rng(0))
    assert detected.shape == (n_frames, len(skeleton), 3)
    assert np.isfinite(detected).all()


def standing(turned: float = 0.0, **angles: float) -> np.ndarray:
    """(1, L, 3) camera frame, m: somebody 4 m away who faces the camera, or is turned; joint angles in degrees."""
    pose = np.zeros((1, len(anatomy.ANGLES)))
    for name, degrees in angles.items():
        pose[0, anatomy.ANGLES.index(name)] = np.radians(degrees)
    body = anatomy.landmarks(pose) @ rotation(1, np.radians(turned)).T
    return body * [1, -1, -1] + [0, 0, 4]


def hidden_of(points: np.ndarray) -> np.ndarray:
    """(..., T, L) of landmarks (..., T, L, 3)."""
    parts = {name: points[..., i, :] for i, name in enumerate(LANDMARKS)}
    return hidden_joints(parts, points, anatomy.STANDARD_HEIGHT)


def test_joint_behind_the_body_is_hidden_and_one_before_it_is_not():
    wrist, spine = LANDMARKS.index("left_wrist"), LANDMARKS.index("spine")
    for depth, is_hidden in ((0.15, True), (-0.15, False)):
        points = standing()
        points[:, wrist] = points[:, spine] + [0.02, 0.0, depth]
        assert hidden_of(points)[0, wrist] == is_hidden


@pytest.mark.parametrize(("turned", "near", "far"), [(90, "right", "left"), (-90, "left", "right")])
def test_arm_and_hip_on_the_other_side_of_the_body_are_hidden(turned, near, far):
    facing, sideways = hidden_of(standing())[0], hidden_of(standing(turned))[0]
    for part in ("elbow", "hip", "knee"):
        assert sideways[LANDMARKS.index(f"{far}_{part}")]
        assert not sideways[LANDMARKS.index(f"{near}_{part}")]
        assert not facing[LANDMARKS.index(f"{far}_{part}")]


def test_what_is_hidden_in_a_batch_is_what_is_hidden_in_each_clip():
    points = np.stack([standing(), standing(left_elevation=60), standing(spine_flexion=50)])
    assert_array_equal(hidden_of(points), [hidden_of(clip) for clip in points])


@pytest.mark.parametrize(("step", "axis"), [(0.5, 0), (3.0, 1), (7.5, -2)])
def test_smooth_noise_has_unit_variance_and_forgets_within_two_steps(step, axis):
    noise = np.moveaxis(smooth_noise((400, 400, 10), axis, step, np.random.default_rng(0)), axis, 0)
    assert noise.var() == pytest.approx(1, rel=0.02)
    later = int(np.ceil(2 * step))
    assert abs((noise[:-later] * noise[later:]).mean()) < 0.03
    if step > 1:
        assert (noise[:-1] * noise[1:]).mean() > 0.5
        assert np.diff(noise, axis=0).std() < 3 / step
