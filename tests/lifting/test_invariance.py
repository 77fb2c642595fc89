"""What must not change a lift, or change it only as it changes what was filmed: invented clips, and real ones."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import dancelift
from dancelift import SKELETONS, DanceliftWarning, InputError
from dancelift.lifting.problem import LiftProblem
from fixtures.lifts import clip_of, dance, lift, problem_of, real_clip

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller clip says no more
FEW = settings(phases=PHASES, max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(phases=PHASES, max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
WIDTH, HEIGHT = 1920, 1080
K = np.array([[1500.0, 0, WIDTH / 2], [0, 1500.0, HEIGHT / 2], [0, 0, 1]])
MIRRORED = list(SKELETONS["coco17"].mirrored)

pytestmark = pytest.mark.filterwarnings("ignore::dancelift.DanceliftWarning")
dances = st.builds(dance, st.just(30), random_seed=st.integers(0, 1000))


def relative(poses3d: np.ndarray) -> np.ndarray:
    return poses3d - poses3d[:, 11:13].mean(axis=1, keepdims=True)


def mm(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of joints, mm."""
    return 1000 * float(np.linalg.norm(a - b, axis=-1).mean())


def one(clip, keypoints2d=None, **options):
    return lift(clip, keypoints2d, **({"n_seeds": 1} | options)).poses3d


def check_enlarged(clip, factor):
    points = np.array(clip.keypoints2d)
    points[..., :2] *= factor
    size = (round(WIDTH * factor), round(HEIGHT * factor))
    matrix = np.diag([factor, factor, 1]) @ K
    assert mm(one(clip, points, image_size=size, camera=matrix), one(clip, camera=K)) < 0.01


def check_cropped(clip, shift):
    points = np.array(clip.keypoints2d)
    points[..., :2] += np.array(shift) * (points[..., 2:] > 0)
    matrix = K + [[0, 0, shift[0]], [0, 0, shift[1]], [0, 0, 0]]
    size = (WIDTH + abs(shift[0]) + 200, HEIGHT + abs(shift[1]) + 200)
    assert mm(one(clip, points, image_size=size, camera=matrix), one(clip, image_size=size, camera=K)) < 0.01


def check_mirrored(clip):
    points = np.array(clip.keypoints2d)[:, MIRRORED]
    points[..., 0] = np.where(points[..., 2] > 0, WIDTH - points[..., 0], 0)
    assert mm(one(clip, points)[:, MIRRORED] * [-1, 1, 1], one(clip)) < 1.0


def check_units(clip, height):
    assert mm(one(clip, height=height) / height, one(clip, height=1.7) / 1.7) < 1e-6  # of a dancer 1 m tall


def check_more_seeds(clip):
    few, more = (lift(clip, n_seeds=n) for n in (1, 3))
    assert sum(more.losses.values()) <= sum(few.losses.values()) * (1 + 1e-9)


CHECKS = {
    "enlarged": (check_enlarged, st.sampled_from([0.5, 0.75, 1.5, 2.0])),
    "cropped": (check_cropped, st.tuples(st.integers(-150, 150), st.integers(-80, 80))),
    "mirrored": (check_mirrored, None),
    "units": (check_units, st.floats(1.2, 2.1)),
    "more seeds": (check_more_seeds, None),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_lift_follows_what_was_filmed(name):
    check, strategy = CHECKS[name]

    @FEW
    @given(clip=dances, value=st.none() if strategy is None else strategy)
    def follows(clip, value):
        check(clip) if strategy is None else check(clip, value)

    follows()


@pytest.mark.trust
@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_many_lifts_follow_what_was_filmed(name):
    check, strategy = CHECKS[name]

    @MANY
    @given(clip=dances, value=st.none() if strategy is None else strategy)
    def follows(clip, value):
        check(clip) if strategy is None else check(clip, value)

    follows()


def turned(points: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """The keypoints of the same scene, seen by the camera K turned about its centre."""
    rays = np.linalg.solve(K, np.moveaxis(np.insert(points[..., :2], 2, 1, axis=-1), -1, -2)).swapaxes(-1, -2)
    image = rays @ rotation.T @ K.T
    return np.concatenate([image[..., :2] / image[..., 2:], points[..., 2:]], axis=-1) * (points[..., 2:] > 0)


@pytest.mark.parametrize(("axis", "degrees"), [(1, 6.0), (0, 4.0), (2, 5.0)], ids=["pan", "tilt", "roll"])
def test_a_camera_that_is_turned_turns_the_dancer(axis, degrees):
    clip = dance(40, random_seed=3)
    angle = np.radians(degrees)
    rotation = np.eye(3)
    others = [i for i in range(3) if i != axis]
    rotation[np.ix_(others, others)] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    found, before = one(clip, turned(clip.keypoints2d, rotation), camera=K), one(clip, camera=K)
    print(axis, mm(found, before @ rotation.T), mm(relative(found), relative(before @ rotation.T)))
    assert mm(relative(found), relative(before @ rotation.T)) < 30


def test_seeds_in_another_order_come_to_the_same():
    problem = problem_of(clip_of(dance(40)), n_seeds=3)
    order = [2, 0, 1]

    def permuted(problem: LiftProblem) -> LiftProblem:
        seeds, contacts = problem.seeds, problem.contacts
        names = ("poses3d", "uncertainty", "acceleration", "prior", "depth", "up", "bone_softness", "error_scale")
        return dataclasses.replace(
            problem,
            seeds=dataclasses.replace(seeds, **{name: getattr(seeds, name)[order] for name in names}),
            contacts=dataclasses.replace(
                contacts, **{name: getattr(contacts, name)[order] for name in ("on_floor", "standing", "floor")}
            ),
            **{name: getattr(problem, name)[order] for name in ("poses3d", "imaging", "log_lengths")},
        )

    found, other = problem.solve("ceres"), permuted(problem).solve("ceres")
    np.testing.assert_array_equal(other.errors, found.errors[order])
    np.testing.assert_array_equal(other.unknowns.poses, found.unknowns.poses[order])
    assert permuted(problem).solve().best_seed == order.index(problem.solve().best_seed)


def test_joints_that_nobody_ever_sees_move_no_other():
    clip = dance(40, random_seed=5)
    for name in ("halpe26", "coco_wholebody23"):
        more = np.zeros((40, len(SKELETONS[name]), 3))
        more[:, :17] = clip.keypoints2d
        found = one(clip, more, skeleton=name)
        assert mm(found[:, :17], one(clip)) < 1e-6
        assert np.isfinite(found).all()
        feet = [SKELETONS[name].index(f"{side}_{part}") for side in ("left", "right") for part in ("big_toe", "heel")]
        ankles = found[:, [15, 15, 16, 16]]
        assert (np.linalg.norm(found[:, feet] - ankles, axis=-1) < 0.35).all()


def test_joints_that_nobody_ever_sees_of_a_long_clip(monkeypatch):
    monkeypatch.setattr("dancelift.lifting.lift.LONGEST", 100)
    clip = dance(240, random_seed=5)
    more = np.zeros((240, 26, 3))
    more[:, :17] = clip.keypoints2d
    found, expected = one(clip, more, skeleton="halpe26"), one(clip)
    assert mm(found[:, :17], expected) < 1e-3
    step = np.linalg.norm(np.diff(found - found[:, [15]], axis=0), axis=-1)[:, [20, 22, 24]]  # of the left foot
    assert step.max() < 0.1  # also where windows meet


def test_a_real_dance_with_joints_that_nobody_ever_sees():
    clip = real_clip("salsa_60_03", 60)
    more = np.zeros((60, 26, 3))
    more[:, :17] = clip.keypoints2d
    of = {"fps": clip.fps, "image_size": clip.image_size, "n_seeds": 1}
    found = dancelift.lift(more, skeleton="halpe26", **of).poses3d[:, :17]
    assert mm(found, dancelift.lift(clip.keypoints2d, **of).poses3d) < 1e-6


def test_played_backwards_a_dancer_is_nearly_where_they_were():
    for name in ("salsa_60_03", "waltz_12"):
        clip = real_clip(name, 100)
        of = {"fps": clip.fps, "image_size": clip.image_size, "n_seeds": 1}
        found = dancelift.lift(clip.keypoints2d, **of).poses3d
        back = dancelift.lift(clip.keypoints2d[::-1], **of).poses3d[::-1]
        print(name, mm(back, found), mm(relative(back), relative(found)))
        assert mm(relative(back), relative(found)) < 40


def test_half_of_the_frames_say_nearly_the_same():
    clip = real_clip("salsa_60_03", 120)
    of = {"image_size": clip.image_size, "n_seeds": 1}
    found = dancelift.lift(clip.keypoints2d, fps=clip.fps, **of).poses3d[::2]
    half = dancelift.lift(clip.keypoints2d[::2], fps=clip.fps / 2, **of).poses3d
    print(mm(half, found), mm(relative(half), relative(found)))
    assert mm(relative(half), relative(found)) < 40


def test_two_real_takes_cut_together_are_as_good_as_each_alone():
    clips = [real_clip(name, 60) for name in ("salsa_60_03", "waltz_12")]
    of = {"fps": 30.0, "image_size": clips[0].image_size, "n_seeds": 1}
    with pytest.warns(DanceliftWarning, match="lifted as 2 takes"):
        cut = dancelift.lift(np.concatenate([clip.keypoints2d for clip in clips]), **of)
    for clip, frames in zip(clips, (slice(0, 60), slice(60, 120)), strict=True):
        assert mm(cut.poses3d[frames], dancelift.lift(clip.keypoints2d, **of).poses3d) < 0.01


def degenerate() -> dict[str, np.ndarray]:
    points = np.array(dance(20).keypoints2d)
    same, line, one_joint, trunk, missing = (points.copy() for _ in range(5))
    same[:] = points[0]
    line[..., 0] = 900
    one_joint[:, 1:] = 0
    trunk[:, np.setdiff1d(np.arange(17), (5, 6, 11, 12))] = 0
    missing[3:17] = np.nan
    return {
        "one frame": points[:1],
        "two frames": points[:2],
        "all frames the same": same,
        "on one line": line,
        "all on one point": np.broadcast_to([900.0, 500.0, 1.0], points.shape).copy(),
        "one joint": one_joint,
        "the trunk alone": trunk,
        "nothing": np.zeros_like(points),
        "not a number": np.full_like(points, np.nan),
        "infinite": np.full_like(points, np.inf),
        "hardly ever": missing,
        "one frame of many": np.where(np.arange(20)[:, None, None] == 7, points, 0),
        "far away": points * [0.02, 0.02, 1],
        "as large as the picture": points * [2.5, 2.5, 1],
        "mirrored in both axes": points * [-1, -1, 1] + [WIDTH, HEIGHT, 0],
    }


@pytest.mark.parametrize("name", degenerate())
def test_degenerate_clips_are_lifted_or_refused(name):
    points = degenerate()[name]
    try:
        found = dancelift.lift(points, n_seeds=1, image_size=(WIDTH, HEIGHT))
    except InputError as error:
        assert "expected" in str(error)
        return
    for array in (found.poses3d, found.keypoints2d, found.seed_errors, found.deviations):
        assert np.isfinite(array).all()
    assert np.linalg.norm(relative(found.poses3d), axis=-1).max() < 3
