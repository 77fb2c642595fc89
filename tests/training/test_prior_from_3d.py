"""Learning a prior from 3D motion: what it needs, what it learns, and that it learns the same again."""

import sys
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import SKELETONS, InputError, MissingExtraError
from dancelift.body import anatomy
from dancelift.body.anatomy import LANDMARKS
from dancelift.body.facing import face_forward
from dancelift.body.motion import Motion
from dancelift.metrics import mpjpe
from dancelift.priors.pose_net import FEET, NET_SKELETON, PoseNet
from dancelift.priors.prior import get_prior, load_prior
from dancelift.synthetic.dance import generate
from dancelift.training.prior_from_3d import fit_prior_from_3d, gaussian_of_poses
from dancelift.training.random_views import ANY_POSE, UPRIGHT
from fixtures.lifts import hips
from fixtures.motion import FPS, dance, joints_of

MIRRORED = [LANDMARKS.index(anatomy.mirror(landmark)) for landmark in LANDMARKS]
FACE = [joint for joint, name in enumerate(NET_SKELETON.joints) if name.split("_")[-1] in ("nose", "eye", "ear")]


def motion(n_frames: int = 150, random_seed: int = 0, source: str = "a studio") -> Motion:
    return Motion(
        f"dance {random_seed}",
        source,
        joints_of(dance(n_frames, random_seed=random_seed), NET_SKELETON),
        NET_SKELETON,
        FPS,
    )


def without(given: Motion, joints: list[int]) -> Motion:
    poses = given.poses3d.copy()
    poses[:, joints] = np.nan
    return Motion(given.name, given.source, poses, given.skeleton, given.fps)


@pytest.fixture(scope="module")
def motions() -> list[Motion]:
    return [motion(), motion(120, 1, "another studio")]


@pytest.fixture
def trainer():
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from dancelift.training import pose_net_training

    return pose_net_training


def error(net: PoseNet) -> float:
    """Of what the network expects of a dance that it has not seen, mm."""
    clip = generate(120, random_seed=9)
    rays = clip.camera.rays(clip.keypoints2d)
    return mpjpe(net.expect(rays, clip.keypoints2d[..., 2], clip.fps).poses3d, clip.poses3d, hips(NET_SKELETON))


@pytest.mark.slow
def test_training_teaches_poses(trainer, motions):
    clips = [(given.poses3d, given.fps) for given in motions]
    small = {"channels": 32, "batch_size": 8, "n_frames": 32, "learning_rate": 0.01}
    reports: list[tuple[int, int, float]] = []
    untrained = trainer.train_pose_net(clips, 1, **small)
    trained = trainer.train_pose_net(clips, 100, **small, progress=lambda *report: reports.append(report))
    assert error(trained) < 0.5 * error(untrained)
    assert [done for done, *_ in reports] == list(range(1, 101))
    assert {total for _, total, _ in reports} == {100}
    assert reports[-1][2] < 0.8 * reports[0][2]


@pytest.mark.slow
def test_prior_is_the_same_again_for_the_same_seed(trainer, motions):
    first, again, other = (
        fit_prior_from_3d(motions, 2, random_seed=random_seed, device="cpu") for random_seed in (1, 1, 2)
    )
    assert_array_equal(first.mean, again.mean)
    assert_array_equal(first.covariance, again.covariance)
    for name, weight in first.nets[0].weights.items():
        assert_array_equal(weight, again.nets[0].weights[name])
    assert any((weight != other.nets[0].weights[name]).any() for name, weight in first.nets[0].weights.items())


def test_prior_says_what_it_was_trained_on_and_is_saved(trainer, motions, tmp_path):
    prior = fit_prior_from_3d([*motions, motion(20, 2, "too short")], 1)
    assert prior.name == "from 3D of 2 motions (a studio, another studio)"
    prior.save(tmp_path / "prior.npz")
    loaded = load_prior(tmp_path / "prior.npz")
    assert loaded.name == prior.name
    assert loaded.nets[0].weights.keys() == prior.nets[0].weights.keys()
    assert error(loaded.nets[0]) == pytest.approx(error(prior.nets[0]), abs=1)


@pytest.mark.parametrize(
    "given",
    [[], [motion(140)], [motion(1), motion(100)], [motion(25, random_seed) for random_seed in range(8)]],
    ids=["nothing", "4.7 s", "a frame", "clips of less than 1 s"],
)
def test_too_little_motion_is_refused(given):
    with pytest.raises(InputError, match=r"motions: \d\.\d s in all, expected at least 5 s"):
        fit_prior_from_3d(given)


@pytest.mark.parametrize("joint", ["left_hip", "right_shoulder"])
def test_motion_without_hips_or_shoulders_is_refused(trainer, joint):
    with pytest.raises(InputError, match=rf"motion 'dance 0': {joint} missing, expected hips and shoulders"):
        fit_prior_from_3d([without(motion(), [NET_SKELETON.joints.index(joint)])])


def test_joints_that_a_motion_lacks_are_where_anatomy_expects_them(trainer, monkeypatch):
    trained_on = []

    def train(clips, *_, **__):
        trained_on.extend(clips)

    monkeypatch.setattr(trainer, "train_pose_net", train)
    whole = motion()
    fit_prior_from_3d([whole, without(whole, FACE), Motion("rig", "", *as_h36m(whole))], 1)
    (truth, fps), (completed, _), (from_other_joints, _) = trained_on
    assert fps == FPS
    assert_array_equal(truth, whole.poses3d)
    body = [joint for joint in range(17) if joint not in FACE]
    for poses, tolerance in ((completed, 0.2), (from_other_joints, 0.2)):
        assert np.isfinite(poses).all()
        assert_allclose(poses[:, body], truth[:, body], atol=1e-9)
        assert np.linalg.norm(poses[:, FACE] - truth[:, FACE], axis=-1).mean() < tolerance
    forward = face_forward(completed, NET_SKELETON.joints)
    ears = forward[:, [NET_SKELETON.joints.index(f"{side}_ear") for side in ("left", "right")]]
    assert (ears[:, 0, 0] > ears[:, 1, 0]).all()
    assert (forward[:, 0, 2] > ears[..., 2].mean(axis=1)).mean() > 0.9


def as_h36m(given: Motion):
    """The same motion in a skeleton without a face: poses, skeleton and frames per second."""
    skeleton = SKELETONS["h36m17"]
    return joints_of(dance(len(given.poses3d)), skeleton), skeleton, given.fps


def test_gaussian_is_left_right_symmetric_though_the_dance_is_not():
    poses = motion().poses3d.copy()
    poses[:, [NET_SKELETON.joints.index(f"left_{part}") for part in ("elbow", "wrist")], 1] += 0.5
    prior = gaussian_of_poses(poses)
    assert_allclose(prior.mean[MIRRORED] * [-1, 1, 1], prior.mean, atol=1e-9)
    mirror = np.kron(np.eye(len(LANDMARKS))[MIRRORED], np.diag([-1, 1, 1]))
    assert_allclose(mirror @ prior.covariance @ mirror.T, prior.covariance, atol=1e-9)
    assert np.linalg.eigvalsh(prior.covariance).min() > -1e-9


def test_gaussian_is_that_of_the_poses_facing_forward():
    poses = motion().poses3d
    forward = face_forward(poses, NET_SKELETON.joints)
    both = np.concatenate([forward, forward[:, list(NET_SKELETON.mirrored)] * [-1, 1, 1]])
    mean, covariance = gaussian_of_poses(poses).of_joints(NET_SKELETON)
    assert_allclose(mean, both.mean(axis=0), atol=1e-9)
    assert_allclose(covariance, np.cov(both.reshape(len(both), -1).T, bias=True), atol=1e-9)


def test_gaussian_knows_landmarks_that_the_poses_do_not_show():
    prior = gaussian_of_poses(motion().poses3d)
    heel, ankle = (prior.mean[LANDMARKS.index(name)] for name in ("left_heel", FEET[0]))
    assert 0.02 < ankle[1] - heel[1] < 0.15
    toe = LANDMARKS.index("left_big_toe")
    assert 0.05 < np.sqrt(np.diag(prior.covariance)[3 * toe : 3 * toe + 3].sum()) < 0.8


def test_without_torch_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r'needs torch: pip install "dancelift\[train\]"$') as raised:
        fit_prior_from_3d([motion()])
    assert not isinstance(raised.value, InputError)


@pytest.mark.parametrize("device", ["abacus", "cuda:99"])
def test_unknown_device_is_refused(trainer, motions, device):
    with pytest.raises(InputError, match=f"device '{device}': .*expected one of PyTorch's"):
        fit_prior_from_3d(motions, 1, device=device)


def test_precision_is_chosen_by_what_is_faster_on_the_cpu(trainer, motions, monkeypatch):
    def weights(precision: str) -> np.ndarray:
        return trainer.train_pose_net(of, 2, 8, 2, 32, device="cpu", precision=precision).weights["in"]

    of = [(each.poses3d, each.fps) for each in motions]
    float32, bfloat16 = weights("float32"), weights("bfloat16")
    assert (float32 != bfloat16).any()
    for faster, expected in ((True, bfloat16), (False, float32)):
        monkeypatch.setattr(trainer, "_bfloat16_is_faster", lambda *_, faster=faster: faster)
        assert_array_equal(weights("auto"), expected)
    with pytest.raises(InputError, match="precision is 'float16', expected auto, float32 or bfloat16"):
        weights("float16")


@pytest.mark.slow
def test_training_that_was_stopped_goes_on_as_if_it_had_not(trainer, motions, monkeypatch, tmp_path):
    monkeypatch.setattr(trainer, "_CHECKPOINT_STEPS", 2)
    clips = [(given.poses3d, given.fps) for given in motions]
    small = {"channels": 16, "batch_size": 2, "n_frames": 16, "precision": "float32"}
    unbroken = trainer.train_pose_net(clips, 5, **small)

    def stop(done: int, *_: object) -> None:
        if done == 3:
            raise KeyboardInterrupt

    checkpoint = tmp_path / "run.pt"
    with pytest.raises(KeyboardInterrupt):
        trainer.train_pose_net(clips, 5, **small, checkpoint=checkpoint, progress=stop)
    reports: list[int] = []
    resumed = trainer.train_pose_net(
        clips, 5, **small, checkpoint=checkpoint, progress=lambda done, *_: reports.append(done)
    )
    assert reports == [3, 4, 5]
    for name, weight in unbroken.weights.items():
        assert_array_equal(resumed.weights[name], weight, err_msg=name)
    with pytest.raises(InputError, match=r"run.pt: of a run with other random_seed, expected the same"):
        trainer.train_pose_net(clips, 5, **small, random_seed=1, checkpoint=checkpoint)
    checkpoint.write_bytes(b"PK")
    with pytest.raises(InputError, match=r"run.pt: no checkpoint of this training"):
        trainer.train_pose_net(clips, 5, **small, checkpoint=checkpoint)


def test_network_that_is_learnt_further_starts_where_it_was(trainer):
    prior = get_prior("default")
    again = trainer._Network(256)
    again.load_pose_net(prior.nets[1])
    copied = again.as_pose_net()
    assert copied.weights.keys() == prior.nets[1].weights.keys()
    for name, weight in prior.nets[1].weights.items():
        assert_array_equal(copied.weights[name], weight)


def test_learning_further_begins_nearer_than_learning_anew(trainer, motions):
    reached = {}
    for start in (None, get_prior("default")):
        away: list[float] = []

        def progress(done: int, total: int, distance: float, away: list[float] = away) -> None:
            away.append(distance)

        fit_prior_from_3d(motions, 2, start=start, progress=progress)
        reached[start is None] = away[0]
    assert reached[False] < 0.6 * reached[True]


def test_an_upright_prior_has_the_expert_in_any_pose_beside_it(motions, monkeypatch, trainer):
    default, given = get_prior("default"), []
    train = trainer.train_pose_net

    def spy(*args: Any, **options: Any) -> PoseNet:
        given.append(options)
        return train(*args, **options)

    monkeypatch.setattr(trainer, "train_pose_net", spy)
    prior = fit_prior_from_3d(motions, 1, start=default, strength=0.2, upright=True)
    assert given[0]["start"] == default.nets[0]
    assert [(lesson.variety, lesson.strength) for lesson in given[0]["lessons"]] == [
        (UPRIGHT, 0.2),
        (UPRIGHT, pytest.approx(0.08)),
    ]
    assert len(prior.nets) == 2
    assert prior.nets[1] is default.nets[1]
    assert len(fit_prior_from_3d(motions, 1).nets) == 1
    assert [lesson.variety for lesson in given[1]["lessons"]] == [ANY_POSE, ANY_POSE.times(0.5)]
    assert ANY_POSE.times(0.5).wild == ANY_POSE.wild / 2


@pytest.mark.parametrize("strength", [-0.1, 1.5, "much", float("nan")])
def test_strength_that_is_no_share_is_refused(motions, strength):
    with pytest.raises(InputError, match=r"strength is .*, expected a number from 0 to 1"):
        fit_prior_from_3d(motions, 1, strength=strength)


def test_a_prior_without_a_network_is_no_start(motions):
    with pytest.raises(InputError, match="anthropometric.*has no network"):
        fit_prior_from_3d(motions, 2, start=get_prior("anthropometric"))
