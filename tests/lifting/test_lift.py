"""What dancelift.lift does: 2D keypoints of one dancer to 3D motion."""

import dataclasses
import math
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import dancelift
from dancelift import Camera, DanceliftWarning, InputError, LiftResult
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.metrics import n_mpjpe, root_path
from fixtures.lifts import (
    PEDESTRIAN,
    bend,
    clip_of,
    dance,
    distance,
    flat_poses,
    hips,
    joint,
    lift,
    problem_of,
    same_bits,
    spoilt,
    with_knees_turned_over,
)

PAPER_TERMS = ("reprojection", "smooth2d", "smooth3d", "seed_consistency")
TERMS = (
    *PAPER_TERMS,
    "acceleration2d", "acceleration3d", "bone_length", "head_rigidity", "joint_limit", "length_prior",
    "camera_prior",
)  # fmt: skip
LIMBS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))


COCO = dancelift.SKELETONS["coco17"]
TRUNK = [joint(COCO, f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")]


@pytest.fixture(scope="module")
def clip():
    return dance()


@pytest.fixture(scope="module")
def lifted(clip):
    return lift(clip, n_seeds=4)


# what a result holds


def test_result_has_poses_keypoints_and_errors_of_every_frame(clip, lifted):
    T, J = clip.keypoints2d.shape[:2]
    assert lifted.poses3d.shape == (T, J, 3)
    assert lifted.keypoints2d.shape == (T, J, 2)
    assert lifted.seed_errors.shape == (4, T)
    assert len(lifted.seed_labels) == 4
    assert (lifted.skeleton, lifted.fps, lifted.image_size) == (COCO, clip.fps, clip.image_size)
    assert all(np.isfinite(array).all() for array in (lifted.poses3d, lifted.keypoints2d, lifted.seed_errors))


def test_poses_are_in_metres_in_the_camera_frame(clip, lifted):
    head, ankle = joint(COCO, "nose"), joint(COCO, "left_ankle")
    assert (lifted.poses3d[..., 2] > 0).all()
    assert (lifted.poses3d[:, ankle, 1] > lifted.poses3d[:, head, 1]).all()  # y is down
    height = np.median(lifted.poses3d[:, ankle, 1] - lifted.poses3d[:, head, 1])
    assert 1.1 < height < 1.8
    towards_right = lifted.poses3d[..., 0] / lifted.poses3d[..., 2]
    assert np.corrcoef(towards_right.ravel(), clip.keypoints2d_clean[..., 0].ravel())[0, 1] > 0.98


def test_keypoints_are_the_poses_seen_by_the_camera(clip, lifted):
    assert_array_equal(lifted.camera.project(lifted.poses3d), lifted.keypoints2d)
    away = np.linalg.norm(lifted.keypoints2d - clip.keypoints2d_clean[..., :2], axis=2)
    assert np.median(away) < 0.03 * np.ptp(clip.keypoints2d_clean[..., 1])


def test_camera_knows_where_up_is(clip, lifted):
    assert_allclose(np.linalg.norm(lifted.camera.up), 1)
    assert lifted.camera.up @ clip.up > math.cos(math.radians(20))


def test_path_of_the_dancer_is_in_the_poses():
    clip = dance(90, random_seed=3, noise=0)
    result = lift(clip, camera=clip.camera)
    path, true_path = (root_path(poses, hips(COCO)) for poses in (result.poses3d, clip.poses3d))
    assert np.linalg.norm(path - true_path, axis=1).mean() < 0.15 * true_path[:, 2].mean()


@pytest.mark.parametrize("skeleton", [*dancelift.SKELETONS.values(), PEDESTRIAN], ids=lambda s: s.name)
def test_every_skeleton_is_lifted(skeleton):
    clip = dance(skeleton=skeleton, noise=0)
    poses = lift(clip, skeleton=skeleton).poses3d
    assert poses.shape == clip.poses3d.shape
    error = n_mpjpe(poses, clip.poses3d, hips(skeleton))
    assert error < 110
    assert error < 0.6 * n_mpjpe(flat_poses(clip, skeleton), clip.poses3d, hips(skeleton))
    thigh, true_thigh = (distance(p, skeleton, "left_hip", "left_knee").mean() for p in (poses, clip.poses3d))
    assert thigh == pytest.approx(true_thigh, rel=0.15)


@pytest.mark.parametrize("random_seed", [1, 2, 3])
def test_detected_keypoints_are_lifted_far_better_than_left_flat(random_seed):
    clip = dance(random_seed=random_seed)
    result = lift(clip, n_seeds=4)
    error = n_mpjpe(result.poses3d, clip.poses3d, hips(result.skeleton))
    assert error < 130
    assert error < 0.8 * n_mpjpe(flat_poses(clip, result.skeleton), clip.poses3d, hips(result.skeleton))


# seeds and their errors


def test_seed_with_least_total_error_wins(lifted):
    assert lifted.best_seed == lifted.seed_errors.sum(axis=1).argmin()


def test_errors_of_a_seed_are_the_sum_of_its_losses(lifted):
    assert_allclose(sum(lifted.seed_losses.values()), lifted.seed_errors, rtol=1e-9)
    assert sum(lifted.losses.values()) == pytest.approx(lifted.seed_errors[lifted.best_seed].sum())


def test_losses_are_reported_by_name_for_every_seed_and_frame(clip, lifted):
    assert {*TERMS} <= {*lifted.seed_losses} == {*lifted.losses}
    for name, cost in lifted.seed_losses.items():
        assert cost.shape == (4, len(clip.keypoints2d)), name
        assert (cost >= 0).all(), name
        assert lifted.losses[name] == pytest.approx(cost[lifted.best_seed].sum())
    for name in PAPER_TERMS:
        assert lifted.losses[name] > 0


@pytest.mark.parametrize("term", TERMS)
def test_every_term_can_be_switched_off(term):
    off = lift(dance(20), n_seeds=1, sigmas={term: math.inf})
    assert off.losses[term] == 0
    assert np.isfinite(off.poses3d).all()


@pytest.mark.parametrize("term", [term for term in TERMS if term != "joint_limit"])
def test_every_term_can_be_switched_on(term):
    assert lift(dance(20), n_seeds=1, sigmas={term: 1.0}).losses[term] > 0


def test_what_is_left_with_every_term_off_is_the_seed_itself():
    result = lift(dance(20), n_seeds=1, sigmas=dict.fromkeys(dancelift.default_sigmas(), math.inf))
    assert np.isfinite(result.poses3d).all()
    assert all(loss == 0 for name, loss in result.losses.items() if name != "seed_prior")


def test_default_sigmas_name_every_term_and_change_nothing():
    clip = dance(20)
    sigmas = dancelift.default_sigmas()
    assert {*TERMS} <= {*sigmas}
    assert all(sigma > 0 for sigma in sigmas.values())
    assert same_bits(lift(clip, sigmas=sigmas), lift(clip))


def test_stronger_smoothness_gives_smoother_motion():
    clip = dance(40)
    calm, lively = (lift(clip, n_seeds=1, sigmas={"smooth3d": sigma}).poses3d for sigma in (0.2, 20))
    assert np.abs(np.diff(calm, axis=0)).mean() < 0.8 * np.abs(np.diff(lively, axis=0)).mean()


def test_one_seed_is_the_first_of_many(clip, lifted):
    alone = lift(clip, n_seeds=1)
    assert alone.best_seed == 0
    assert alone.seed_labels == lifted.seed_labels[:1]
    # how likely a seed is, compared with the others, is another matter
    errors = [one.seed_errors[0].sum() - one.seed_losses["seed_prior"][0].sum() for one in (alone, lifted)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-3)  # only the seed that is chosen is solved to the last digit


def test_random_seed_changes_what_is_drawn():
    clip = dance(30)
    first, again, other = (lift(clip, n_seeds=12, random_seed=random_seed) for random_seed in (0, 0, 1))
    assert same_bits(first, again)
    assert_array_equal(first.seed_losses["reprojection"][0], other.seed_losses["reprojection"][0])
    assert not np.array_equal(first.seed_errors, other.seed_errors)


def test_number_of_threads_does_not_change_a_bit(clip, lifted):
    for n_threads in (1, 2, 4):
        assert same_bits(lift(clip, n_seeds=4, n_threads=n_threads), lifted)


def test_ceres_can_be_asked_for_and_finds_the_same(clip, lifted):
    reference = lift(clip, n_seeds=4, solver="ceres")
    assert reference.best_seed == lifted.best_seed
    assert np.linalg.norm(reference.poses3d - lifted.poses3d, axis=-1).mean() < 1e-3
    # every seed is solved to the last digit, none is given up
    assert (reference.seed_errors.sum(axis=1) <= 1.0001 * lifted.seed_errors.sum(axis=1)).all()


# bodies


def test_loose_tolerance_ends_earlier_and_close_by():
    clip = dance(120, random_seed=1)
    roughly, nearly = (lift(clip, n_seeds=1, tolerance=tolerance) for tolerance in (1e-5, 1e-8))
    errors = [result.seed_errors.sum() for result in (nearly, roughly)]
    assert errors[0] < errors[1] < 1.001 * errors[0]
    apart = np.linalg.norm(roughly.poses3d - nearly.poses3d, axis=-1)
    assert 0 < apart.mean() < 5e-4


def test_bone_lengths_are_nearly_constant(lifted):
    for side in ("left", "right"):
        for a, b in LIMBS:
            length = distance(lifted.poses3d, COCO, f"{side}_{a}", f"{side}_{b}")
            assert length.std() < 0.06 * length.mean(), (side, a, b)


def test_left_and_right_limbs_are_equally_long(lifted):
    for a, b in LIMBS:
        left, right = (
            distance(lifted.poses3d, COCO, f"{side}_{a}", f"{side}_{b}").mean() for side in ("left", "right")
        )
        assert left == pytest.approx(right, rel=0.04), (a, b)


def test_bone_lengths_of_the_clip_are_reported(lifted):
    assert {"left_ankle-left_knee", "left_elbow-left_shoulder"} <= {*lifted.bone_lengths}
    thigh = distance(lifted.poses3d, COCO, "left_hip", "left_knee").mean()
    assert lifted.bone_lengths["left_hip-left_knee"] == pytest.approx(thigh, rel=0.03)


@pytest.mark.parametrize("random_seed", [0, 1, 2])
def test_knees_bend_forward(random_seed):
    result = lift(dance(random_seed=random_seed))
    for side in ("left", "right"):
        forward = bend(result.poses3d, COCO, side)
        assert forward.mean() > 0
        assert (forward > math.sin(math.radians(-15))).mean() > 0.97


def test_joint_limit_resists_knees_that_bend_backward():
    clip = dance(noise=0)
    keypoints = clip.camera.project(with_knees_turned_over(clip.poses3d, COCO))
    for side in ("left", "right"):
        limited, unlimited = (
            bend(lift(clip, keypoints, n_seeds=1, prior="anthropometric", sigmas=sigmas).poses3d, COCO, side)
            for sigmas in ({}, {"joint_limit": math.inf})
        )
        assert unlimited.mean() < math.sin(math.radians(-10))
        assert limited.min() > math.sin(math.radians(-15))


@pytest.mark.parametrize("model", ["perspective", "weak_perspective"])
def test_height_of_the_dancer_sets_the_scale(clip, model):
    camera = Camera.typical(clip.image_size, model)
    usual, tall = (lift(clip, height=height, keep_seeds=True, camera=camera) for height in (None, 1.9))
    size = 1.9 / STANDARD_HEIGHT
    for name in ("poses3d", "initial_poses3d", "seed_poses3d", "deviations"):
        assert_allclose(getattr(tall, name), size * getattr(usual, name), rtol=1e-9, err_msg=name)
    assert tall.bone_lengths == pytest.approx({name: size * length for name, length in usual.bone_lengths.items()})
    assert_allclose(tall.keypoints2d, usual.keypoints2d, atol=1e-6)
    assert_array_equal(tall.seed_errors, usual.seed_errors)


# cameras


def test_known_intrinsics_stay_as_they_are(clip):
    K = clip.camera.matrix
    as_matrix, as_list, as_camera = (lift(clip, camera=camera) for camera in (K, K.tolist(), Camera(K)))
    assert as_matrix.camera.focal_known
    assert_allclose(as_matrix.camera.matrix, K, rtol=1e-9)
    assert as_matrix.losses["camera_prior"] == 0
    assert same_bits(as_matrix, as_list)
    assert same_bits(as_matrix, as_camera)


def test_unknown_focal_length_is_estimated(clip, lifted):
    guess = Camera.typical(clip.image_size)
    assert not lifted.camera.focal_known
    assert lifted.camera.focal != guess.focal
    assert 0.5 < lifted.camera.focal / clip.camera.focal < 2
    assert_array_equal(lifted.camera.matrix[:2, 2], guess.matrix[:2, 2])


def test_skew_and_aspect_of_known_intrinsics_are_used():
    K = np.array([[1500, 90, 960], [0, 1200, 540], [0, 0, 1]])
    clip = dance(noise=0)
    keypoints = Camera(K).project(clip.poses3d)
    result = lift(clip, keypoints, camera=K)
    assert np.median(np.linalg.norm(result.keypoints2d - keypoints, axis=2)) < 12
    assert n_mpjpe(result.poses3d, clip.poses3d, hips(COCO)) < 110


def test_weak_perspective_has_scale_and_shift_of_every_frame(clip):
    camera = Camera.typical(clip.image_size, "weak_perspective")
    result = lift(clip, camera=camera)
    T = len(clip.keypoints2d)
    assert result.camera.model == "weak_perspective"
    assert result.camera.scale.shape == (T,)
    assert result.camera.shift.shape == (T, 2)
    assert (result.camera.scale > 0).all()
    assert (result.poses3d[..., 2] > 0).all()
    assert_array_equal(result.camera.project(result.poses3d), result.keypoints2d)
    assert n_mpjpe(result.poses3d, clip.poses3d, hips(COCO)) < 130


def test_without_image_size_the_image_is_assumed_to_be_centred_on_the_dancer(clip):
    with pytest.warns(DanceliftWarning, match="image_size is None, expected") as warned:
        result = dancelift.lift(clip.keypoints2d, n_seeds=1)
    assert warned[0].filename == __file__
    assert result.image_size is None
    assert n_mpjpe(result.poses3d, clip.poses3d, hips(COCO)) < 150


def test_without_image_size_a_camera_says_enough(clip):
    assert lift(clip, n_seeds=1, image_size=None, camera=clip.camera).image_size is None


# what is not seen


def test_scores_are_optional(clip):
    with_scores = np.array(clip.keypoints2d_clean)
    assert same_bits(lift(clip, with_scores[..., :2]), lift(clip, with_scores))


@pytest.mark.parametrize("dtype", [np.float32, np.int64, object], ids=["float32", "int64", "object"])
def test_any_numeric_type_is_lifted(dtype):
    clip = dance(10)
    keypoints = np.round(clip.keypoints2d_clean)
    assert same_bits(lift(clip, keypoints.astype(dtype), n_seeds=1), lift(clip, keypoints, n_seeds=1))


def test_lists_are_lifted():
    clip = dance(5)
    assert same_bits(lift(clip, clip.keypoints2d.tolist()), lift(clip))


@pytest.mark.parametrize("values", [(np.nan,) * 3, (np.nan, 3, 0.9), (700, 300, np.nan), (700, 300, 0)])
def test_nan_is_not_seen_as_score_zero_is(values):
    clip = dance(20)
    missed, zero = np.array(clip.keypoints2d_clean), np.array(clip.keypoints2d_clean)
    missed[7:15, 9], zero[7:15, 9] = values, 0
    assert same_bits(lift(clip, missed, n_seeds=1), lift(clip, zero, n_seeds=1))


def test_third_of_the_joints_may_be_missing(clip):
    keypoints = np.array(clip.keypoints2d)
    keypoints[np.random.default_rng(0).random(keypoints.shape[:2]) < 0.3] = np.nan
    result = lift(clip, keypoints)
    assert np.isfinite(result.poses3d).all()
    assert n_mpjpe(result.poses3d, clip.poses3d, hips(COCO)) < 140


def test_frames_without_any_joint_are_filled_in_smoothly():
    clip = dance(80, noise=0)
    gap = slice(30, 50)
    keypoints = np.array(clip.keypoints2d)
    keypoints[gap] = 0
    result = lift(clip, keypoints)
    step = np.linalg.norm(np.diff(result.poses3d, axis=0), axis=2).max(axis=1)
    true_step = np.linalg.norm(np.diff(clip.poses3d, axis=0), axis=2).max(axis=1)
    assert (result.poses3d[..., 2] > 0).all()
    assert step[28:51].max() < 2 * true_step.max()
    assert n_mpjpe(result.poses3d[gap], clip.poses3d[gap], hips(COCO)) < 300
    thigh = distance(result.poses3d[gap], COCO, "left_hip", "left_knee")
    assert thigh.std() < 0.06 * thigh.mean()


def test_clip_that_is_mostly_empty_is_lifted_with_a_warning(clip):
    keypoints = np.array(clip.keypoints2d)
    keypoints[5:45] = 0
    with pytest.warns(DanceliftWarning, match="40 of 60 frames have no joint, expected at most half"):
        result = lift(clip, keypoints)
    assert np.isfinite(result.poses3d).all()


def test_joint_that_is_never_seen_is_named_and_follows_the_body(clip):
    keypoints = np.array(clip.keypoints2d)
    keypoints[:, joint(COCO, "left_wrist")] = 0
    with pytest.warns(DanceliftWarning, match="never seen: left_wrist; expected") as warned:
        result = dancelift.lift(keypoints, n_seeds=1, image_size=clip.image_size)
    assert len(warned) == 1
    assert warned[0].filename == __file__
    forearm = distance(result.poses3d, COCO, "left_elbow", "left_wrist")
    other = distance(result.poses3d, COCO, "right_elbow", "right_wrist")
    assert forearm.mean() == pytest.approx(other.mean(), rel=0.15)


def test_trunk_that_is_seen_only_once_is_enough(clip):
    keypoints = np.array(clip.keypoints2d_clean)
    keypoints[:, TRUNK] = 0
    keypoints[30, TRUNK[0]] = clip.keypoints2d_clean[30, TRUNK[0]]
    with pytest.warns(DanceliftWarning, match="never seen: "):
        assert np.isfinite(lift(clip, keypoints).poses3d).all()


def test_one_joint_that_is_far_off_does_not_bend_the_body(clip):
    keypoints = np.array(clip.keypoints2d_clean)
    knee = joint(COCO, "left_knee")
    keypoints[30, knee, :2] += 300
    spoilt, clean = (lift(clip, k).poses3d for k in (keypoints, clip.keypoints2d_clean))
    assert np.linalg.norm(spoilt - clean, axis=2).max() < 0.15


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_shortest_clips_are_lifted(n_frames):
    clip = dance(n_frames, noise=0)
    result = lift(clip)
    assert result.poses3d.shape == (n_frames, 17, 3)
    assert result.seed_errors.shape == (2, n_frames)
    assert n_mpjpe(result.poses3d, clip.poses3d, hips(COCO)) < 150
    if n_frames == 1:
        assert result.losses["smooth3d"] == result.losses["smooth2d"] == 0


@pytest.mark.parametrize("fps", [8.0, 23.976, 100.0])
def test_frame_rate_may_be_any(fps):
    clip = dance(int(fps), fps=fps)
    result = lift(clip)
    assert result.fps == fps
    assert n_mpjpe(result.poses3d, clip.poses3d, hips(COCO)) < 140


def test_inputs_are_not_modified(clip):
    keypoints, sigmas, K = np.array(clip.keypoints2d), {"smooth3d": 1.0}, np.array(clip.camera.matrix)
    keypoints[3, 4] = np.nan
    before = keypoints.copy()
    lift(clip, keypoints, sigmas=sigmas, camera=K)
    assert_array_equal(keypoints, before)
    assert_array_equal(K, clip.camera.matrix)
    assert sigmas == {"smooth3d": 1.0}


# saving


def user_skeleton_result() -> LiftResult:
    clip = dance(8, skeleton=PEDESTRIAN)
    return lift(clip, skeleton=PEDESTRIAN, image_size=None, camera=clip.camera)


def weak_perspective_result() -> LiftResult:
    return lift(dance(8), camera=Camera.typical((1920, 1080), "weak_perspective"))


@pytest.mark.parametrize("make", [lambda: lift(dance(8)), user_skeleton_result, weak_perspective_result])
def test_saved_result_is_loaded_as_it_was(make, tmp_path):
    result = make()
    path = tmp_path / "lift.result"
    result.save(path)
    loaded = dancelift.load_lift(str(path))
    for field in dataclasses.fields(LiftResult):
        value, was = getattr(loaded, field.name), getattr(result, field.name)
        if field.name == "seed_losses":
            assert list(value) == list(was)
            for name in was:
                assert_array_equal(value[name], was[name])
        elif field.name == "camera":
            for part in dataclasses.fields(Camera):
                assert_array_equal(getattr(value, part.name), getattr(was, part.name))
        elif field.name == "seed_errors":
            assert_allclose(value, was, rtol=1e-12)
        elif isinstance(was, np.ndarray):
            assert_array_equal(value, was)
        else:
            assert value == was
    assert loaded.losses == result.losses
    assert_array_equal(loaded.camera.project(loaded.poses3d), loaded.keypoints2d)


def test_saved_result_needs_no_pickle(tmp_path):
    path = tmp_path / "lift.npz"
    lift(dance(8)).save(path)
    with np.load(path, allow_pickle=False) as file:
        assert {"poses3d", "keypoints2d"} <= {*file.files}
        assert all(file[name].dtype != object for name in file.files)


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "damaged"])
def test_loading_what_is_no_result_names_the_path(kind, tmp_path):
    lift(dance(8)).save(tmp_path / "good.npz")
    path = tmp_path / "bad.npz"
    path.write_bytes(spoilt(kind, (tmp_path / "good.npz").read_bytes()))
    with pytest.raises(InputError, match="expected") as error:
        dancelift.load_lift(path)
    assert str(path) in str(error.value)


def test_loading_another_npz_or_npy_or_nothing_names_the_path(tmp_path):
    np.savez(tmp_path / "other.npz", keypoints=np.zeros(3))
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name in ("other.npz", "array.npy", "missing.npz"):
        with pytest.raises(InputError) as error:
            dancelift.load_lift(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)


# running


def test_progress_counts_the_seeds(clip):
    calls = []
    lift(clip, n_seeds=3, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (3, 3)
    assert {total for _, total in calls} == {3}
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})


def test_exception_in_progress_ends_the_lift_and_is_raised_as_it_is(clip):
    enough = LookupError("enough")

    def stop(done, total):
        raise enough

    with pytest.raises(LookupError) as error:
        lift(clip, n_seeds=3, progress=stop)
    assert error.value is enough
    assert np.isfinite(lift(clip, n_seeds=1).poses3d).all()


def test_other_threads_run_during_a_lift(clip):
    problem = problem_of(clip_of(clip), n_seeds=4)
    problem.solve()  # what it prepares lets others run too
    finished, ticks = threading.Event(), []

    def tick():
        while not finished.wait(0.001):
            ticks.append(None)

    other = threading.Thread(target=tick)
    other.start()
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # s: only who lets the others run does so
    try:
        before = len(ticks)
        problem.solve()
        after = len(ticks)
    finally:
        sys.setswitchinterval(usual)
        finished.set()
        other.join()
    assert after > before


def test_more_threads_than_seeds_do_no_harm():
    clip = dance(5)
    assert same_bits(lift(clip, n_threads=2**40), lift(clip, n_threads=1))


def test_lift_writes_nothing_to_the_terminal(clip, capfd):
    lift(clip)
    lift(clip, camera=Camera.typical(clip.image_size, "weak_perspective"))
    assert capfd.readouterr() == ("", "")


INTERRUPTED = """
import signal, sys
import numpy as np
import dancelift

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what is in the background without it
keypoints = np.load(sys.argv[1])
calls = []

def progress(*counts):
    calls.append(counts)
    if len(calls) == 1:
        print("solving", flush=True)

try:
    dancelift.lift(keypoints, n_seeds=8, n_threads=1, image_size=(1920, 1080), progress=progress)
except KeyboardInterrupt:
    print("interrupted after", *calls[-1], flush=True)
result = dancelift.lift(keypoints[:20], n_seeds=2, image_size=(1920, 1080))
print("lifted", result.poses3d.shape[0], flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process alone")
def test_ctrl_c_ends_a_long_lift_before_its_seeds_are_done(tmp_path):
    np.save(tmp_path / "long.npy", dance(1800).keypoints2d)
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "long.npy")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == "solving\n"
            process.send_signal(signal.SIGINT)
            *printed, done, total = process.stdout.readline().split()
            out, err = process.communicate()
        finally:
            process.kill()
    assert printed == ["interrupted", "after"]
    assert int(done) < int(total)
    assert (out, err, process.returncode) == ("lifted 20\n", "", 0)


def test_import_leaves_heavy_packages_alone():
    code = "import sys, dancelift; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "matplotlib", "PIL", "lightning", "safetensors", "captum", "scipy", "pympi"}
    assert heavy.isdisjoint(done.stdout.split())
