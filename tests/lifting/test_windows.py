"""Long clips are lifted a window at a time, as they would be as a whole."""

import subprocess
import sys
import textwrap
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import dancelift
from dancelift.body.clip import Clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import LiftProblem
from dancelift.lifting.solve import Solution, solve_whole
from dancelift.lifting.window_cuts import cut_windows
from dancelift.lifting.windows import solve_windows
from dancelift.priors.prior import get_prior
from dancelift.synthetic.dance import SyntheticClip, generate
from fixtures.lifts import clip_of, lift, problem_of, real_clip

LOOK_AHEAD = 90  # frames at 30 a second: the three seconds that windows see


def held(problem: LiftProblem) -> LiftProblem:
    """With what its frames share as it is found."""
    found = problem.solve().unknowns
    return replace(
        problem,
        imaging=found.imaging,
        log_lengths=found.log_lengths,
        seeds=replace(problem.seeds, up=found.up),
        contacts=replace(problem.contacts, floor=found.floor),
        shared_held=True,
    )


def continued(problem: LiftProblem, start: int, poses: np.ndarray, n_frames: int = 2) -> LiftProblem:
    """From frame `start` on, after frames that are held as `poses` has them."""
    window = problem.frames(slice(start - n_frames, len(problem.clip)))
    begin = window.poses3d.copy()
    begin[:, :n_frames] = poses[start - n_frames : start]
    return replace(window, poses3d=begin, n_held=n_frames)


def clips():
    yield pytest.param(lambda: clip_of(generate(n_frames=260, random_seed=4)), id="synthetic")
    for name in ("waltz_1", "salsa_60_13", "cha-cha_6"):
        yield pytest.param(partial(real_clip, name, 300), id=name)


@pytest.mark.parametrize("read", list(clips()))
def test_windows_join_without_a_seam(read):
    clip = read()
    problem = held(problem_of(clip))
    whole, joined = problem.solve().unknowns.poses[0], np.empty(problem.poses3d.shape[1:])
    cut = len(clip) // 2
    joined[:cut] = problem.frames(slice(0, cut + LOOK_AHEAD)).solve().unknowns.poses[0, :cut]
    joined[cut - 2 :] = continued(problem, cut, joined).solve().unknowns.poses[0]
    apart = 1e3 * np.linalg.norm(joined - whole, axis=-1)
    assert apart[cut - 30 : cut + 30].max() < 2.5  # the loss of accelerations is not convex
    assert apart.mean() < 0.4


@pytest.mark.parametrize("model", ["perspective", "weak_perspective"])
def test_what_is_held_stays_and_the_rest_is_as_ceres_has_it(model):
    dance = generate(n_frames=60, random_seed=3)
    problem = held(problem_of(clip_of(dance, camera=dancelift.Camera.typical(dance.image_size, model))))
    problem = continued(problem, 20, problem.poses3d[0] + [0.01, 0, 0.02], 3)
    found, reference = problem.solve(), problem.solve("ceres")
    for one in (found, reference):
        np.testing.assert_allclose(one.unknowns.poses[:, :3], problem.poses3d[:, :3], atol=1e-9)
        np.testing.assert_array_equal(one.unknowns.log_lengths, problem.log_lengths)
        np.testing.assert_array_equal(one.unknowns.up, problem.seeds.up)
        np.testing.assert_array_equal(one.unknowns.floor, problem.contacts.floor)
    assert found.errors.sum() == pytest.approx(reference.errors.sum(), rel=1e-4)
    assert np.linalg.norm(found.unknowns.poses - reference.unknowns.poses, axis=-1).mean() < 1e-3


def test_takes_know_nothing_of_each_other():
    problem = held(problem_of(clip_of(generate(n_frames=40, random_seed=3))))
    two = replace(problem, takes=(0, 17))
    apart = [problem.frames(slice(0, 17)).solve(), problem.frames(slice(17, 40)).solve()]
    together = two.solve()
    np.testing.assert_allclose(
        together.unknowns.poses, np.concatenate([one.unknowns.poses for one in apart], axis=1), atol=1e-3
    )
    assert together.errors.sum() == pytest.approx(sum(one.errors.sum() for one in apart), rel=1e-6)
    assert two.solve("ceres").errors.sum() == pytest.approx(together.errors.sum(), rel=1e-4)


@pytest.fixture(scope="module")
def dance() -> SyntheticClip:
    return generate(n_frames=420, random_seed=2)


@pytest.fixture(scope="module")
def clip(dance) -> Clip:
    return clip_of(dance)


def in_windows(clip: Clip, n_frames: int = 150, progress=None, **options: object) -> Solution:
    chosen = LiftOptions(**({"n_seeds": 2} | options))
    return solve_windows(clip, chosen, get_prior(chosen.prior), progress, n_frames)


def about_the_root(poses):
    return poses - poses[:, 11:13].mean(axis=1, keepdims=True)


@pytest.mark.parametrize("model", ["perspective", pytest.param("weak_perspective", marks=pytest.mark.slow)])
def test_windows_are_as_good_as_the_whole(dance, model):
    clip = clip_of(dance, camera=dancelift.Camera.typical(dance.image_size, model))
    true = about_the_root(dance.poses3d)

    def error(solution):
        poses = about_the_root(solution.chosen.poses)
        return np.linalg.norm(poses * (poses * true).sum() / (poses**2).sum() - true, axis=-1).mean()

    found = in_windows(clip)
    assert error(found) < error(solve_whole(problem_of(clip, n_seeds=2), LiftOptions(n_seeds=2), None)) + 0.005
    jolt = np.linalg.norm(np.diff(found.chosen.poses, 2, axis=0), axis=-1).max(axis=1)
    for cut in (140, 280):
        assert jolt[cut - 3 : cut + 2].max() < 1.5 * np.quantile(jolt, 0.99)


def test_every_seed_of_every_window_is_told_of_and_can_be_kept(clip):
    reported = []
    found = in_windows(clip, keep_seeds=True, progress=lambda *counts: reported.append(counts))
    assert len({total for _, total in reported}) == 1
    assert reported[-1] == (reported[-1][1], reported[-1][1])
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert found.terms.shape == (2, len(dancelift.lifting.lift.TERMS), 420)
    errors = found.terms.sum(axis=1)
    assert found.initial.shape == (2, 420, 17, 3)
    for start, stop in ((0, 140), (140, 280), (280, 420)):
        (best,) = set(found.frame_seeds[start:stop])
        assert best == errors[:, start:stop].sum(axis=1).argmin()
        np.testing.assert_array_equal(found.seeds[best].poses[start:stop], found.chosen.poses[start:stop])


def test_windows_do_not_depend_on_the_threads(clip):
    short = clip.frames(slice(0, 220))
    one, three = (in_windows(short, 80, n_threads=n_threads) for n_threads in (1, 3))
    np.testing.assert_array_equal(one.chosen.poses, three.chosen.poses)
    np.testing.assert_array_equal(one.terms, three.terms)


def test_window_without_a_person_is_joined_to_one_with():
    person = np.ones(1000, bool)
    person[300:620] = False
    assert cut_windows(person, 100, 120, 2) == [
        (0, 100), (100, 200), (200, 300), (300, 700), (700, 800), (800, 900), (900, 1000)
    ]  # fmt: skip
    person[:300] = False
    assert cut_windows(person, 250, 400, 2) == [(0, 750), (750, 1000)]
    person[:] = False
    assert cut_windows(person, 250, 400, 2) == []


def test_clip_in_which_the_dancer_leaves_for_long_is_lifted(clip):
    keypoints = clip.keypoints2d.copy()
    keypoints[100:330] = 0
    found = in_windows(replace(clip, keypoints2d=keypoints), n_frames=100)
    assert np.isfinite(found.chosen.poses).all()


def test_long_clip_is_lifted_in_windows_with_one_body_and_camera(tmp_path, monkeypatch):
    longest = 400  # of a clip that is solved as a whole; that many frames are soon solved
    monkeypatch.setattr("dancelift.lifting.lift.LONGEST", longest)
    clip = generate(n_frames=longest + 20, random_seed=1)
    result = lift(clip, n_seeds=1)
    result.save(tmp_path / "long.npz")
    np.testing.assert_array_equal(dancelift.load_lift(tmp_path / "long.npz").frame_seeds, result.frame_seeds)
    assert len(result.poses3d) == len(clip.keypoints2d) == len(result.frame_seeds)
    assert sum(result.losses.values()) == pytest.approx(result.seed_errors[0].sum())
    lengths = np.linalg.norm(result.poses3d[:, 13] - result.poses3d[:, 15], axis=1)
    np.testing.assert_allclose(lengths.mean(), result.bone_lengths["left_ankle-left_knee"], rtol=0.01)
    assert result.camera.focal_known is False
    whole = lift(clip, clip.keypoints2d[:longest], n_seeds=1)
    assert whole.frame_seeds is None and whole.camera.focal_known is False
    assert result.camera.focal == pytest.approx(whole.camera.focal, rel=0.1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_clip():
    program = """
        import sys
        from dancelift import lift
        from dancelift.synthetic import generate

        clip = generate(n_frames=int(sys.argv[1]), random_seed=1)
        lift(clip.keypoints2d, n_seeds=1, fps=clip.fps, image_size=clip.image_size, n_threads=1, tolerance=1e-4)
        print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
    """

    def peak_mb(n_frames):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), str(n_frames)], capture_output=True, text=True, check=True
        )
        return int(done.stdout) / 1024

    short, long = peak_mb(4500), peak_mb(6000)
    assert long - short < 25  # 1,500 frames more are 50 MB of panels
