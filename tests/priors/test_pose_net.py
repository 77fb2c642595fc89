"""The network that tells a pose from keypoints: any clip in, finite poses out, left and right alike."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import InputError, _core
from dancelift.metrics import floor_tilt, n_mpjpe
from dancelift.priors.pose_net import N_FEATURES, N_OUTPUTS, NET_SKELETON, Expected, PoseNet, features, split_outputs
from dancelift.priors.prior import PosePrior, anthropometric, get_prior, load_prior
from dancelift.synthetic.dance import SyntheticClip
from fixtures.lifts import dance, hips

J = len(NET_SKELETON)
MIRRORED = list(NET_SKELETON.mirrored)
ARRAYS = ("poses3d", "uncertainty", "up", "contact")


@pytest.fixture(scope="module")
def net() -> PoseNet:
    """The one that ships with the package."""
    return get_prior("default").nets[0]


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return dance(random_seed=2)


def seen(clip: SyntheticClip) -> tuple[np.ndarray, np.ndarray]:
    """Rays (T, J, 2) and scores (T, J)."""
    return clip.camera.rays(clip.keypoints2d), clip.keypoints2d[..., 2]


def check(expected: Expected, n_frames: int) -> None:
    assert expected.poses3d.shape == (n_frames, J, 3)
    assert expected.uncertainty.shape == (n_frames, J)
    assert expected.up.shape == (n_frames, 3)
    assert expected.contact.shape == (n_frames, 2)
    assert all(np.isfinite(getattr(expected, name)).all() for name in ARRAYS)
    assert (expected.uncertainty > 0).all()
    assert ((expected.contact >= 0) & (expected.contact <= 1)).all()
    assert_allclose(np.linalg.norm(expected.up, axis=1), 1, atol=1e-6)


def same(a: Expected, b: Expected) -> None:
    for name in ARRAYS:
        assert_array_equal(getattr(a, name), getattr(b, name))


def computed(net: PoseNet, x: np.ndarray) -> np.ndarray:
    """What the network makes of (B, T, N_FEATURES), by its definition and in double precision."""
    w = {name: weight.astype(float) for name, weight in net.weights.items()}

    def normal(h: np.ndarray, gain: np.ndarray) -> np.ndarray:
        return h / np.sqrt((h**2).mean(axis=2, keepdims=True) + 1e-5) * gain

    h = x @ w["in"] + w["in_bias"]
    frames = np.arange(x.shape[1])
    for i, dilation in enumerate(net.dilations):
        name = f"block{i}"
        n = normal(h, w[f"{name}.gain"])
        y = w[f"{name}.conv_bias"]
        for tap, matrix in zip((-1, 0, 1), w[f"{name}.conv"], strict=True):
            y = y + n[:, np.clip(frames + tap * dilation, 0, len(frames) - 1)] @ matrix
        if f"{name}.clip" in w:
            y = y + n.mean(axis=1, keepdims=True) @ w[f"{name}.clip"] + w[f"{name}.clip_bias"]
        y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3)))
        h = h + y @ w[f"{name}.mix"] + w[f"{name}.mix_bias"]
    return normal(h, w["gain"]) @ w["out"] + w["out_bias"]


def random_net(n_channels: int, dilations: tuple[int, ...], reads_clip: int) -> PoseNet:
    """A network whose block of that number alone reads the whole clip."""
    rng = np.random.default_rng(n_channels)
    shapes = PoseNet.shapes(n_channels, len(dilations))
    weights = {name: rng.normal(0, 0.4 / np.sqrt(shape[0]), shape).astype(np.float32) for name, shape in shapes.items()}
    left_out = [name for name in weights if ".clip" in name and not name.startswith(f"block{reads_clip}.")]
    return PoseNet({name: weight for name, weight in weights.items() if name not in left_out}, dilations)


@pytest.mark.parametrize("n_frames", [1, 2, 3, 13, 50, 121])
@pytest.mark.parametrize("n_channels", [7, 32, 70])
def test_core_computes_the_network(n_channels, n_frames):
    net = random_net(n_channels, (1, 5, 2, 16), reads_clip=1)
    x = np.random.default_rng(n_frames).normal(size=(3, n_frames, N_FEATURES)).astype(np.float32)
    found = net._network.run(x, n_threads=1)
    assert found.dtype == np.float32
    assert_allclose(found, computed(net, x), atol=2e-5)
    for n_threads in (2, 5):
        assert_array_equal(net._network.run(x, n_threads=n_threads), found)


KERNELS = """
import sys, numpy as np
from dancelift import _core
from dancelift.priors.prior import get_prior
x = np.random.default_rng(0).normal(size=(1, 30, 54)).astype(np.float32)
assert _core.describe_kernels() == sys.argv[1]
np.save(sys.argv[2], get_prior("default").nets[0]._network.run(x, n_threads=1))
"""


@pytest.mark.parametrize("kernels", ["baseline", "avx2", "avx512", "unknown"])
def test_network_is_the_same_on_every_processor(kernels, tmp_path, net):
    found = subprocess.run(
        [sys.executable, "-c", KERNELS, kernels, str(tmp_path / "out.npy")],
        env={**os.environ, "DANCELIFT_KERNELS": kernels},
        capture_output=True,
        text=True,
    )
    if kernels in ("avx2", "avx512", "unknown") and found.returncode:
        assert f"InputError: DANCELIFT_KERNELS is '{kernels}', expected" in found.stderr
        if kernels != "unknown":
            pytest.skip(f"this processor has no {kernels}")
        return
    assert not found.returncode, found.stderr
    x = np.random.default_rng(0).normal(size=(1, 30, N_FEATURES)).astype(np.float32)
    assert_allclose(np.load(tmp_path / "out.npy"), computed(net, x), atol=2e-5)


def test_weights_that_do_not_fit_are_refused():
    net = random_net(8, (1, 2), reads_clip=0)
    for name, weight in (
        ("block1.mix", np.zeros((8, 7))),
        ("in_bias", np.zeros(9)),
        ("block0.conv", np.zeros((2, 8, 8))),
    ):
        with pytest.raises(InputError, match=f"{name}: shape .*, expected"):
            PoseNet({**net.weights, name: weight.astype(np.float32)}, net.dilations)._network  # noqa: B018
    with pytest.raises(InputError, match="weights: no 'gain'"):
        _core.PoseNetwork(
            weights={name: weight for name, weight in net.weights.items() if name != "gain"}, dilations=[1]
        )
    with pytest.raises(InputError, match="dilations: 0, expected at least 1"):
        PoseNet(net.weights, (1, 0))._network  # noqa: B018
    with pytest.raises(InputError, match="features: shape .*, expected .* with"):
        net._network.run(np.zeros((1, 5, N_FEATURES - 1)), n_threads=1)
    with pytest.raises(InputError, match="n_threads: 0"):
        net._network.run(np.zeros((1, 5, N_FEATURES)), n_threads=0)


def test_network_that_has_run_is_stored_without_what_the_core_made_of_it():
    net = random_net(8, (1,), reads_clip=0)
    x = np.ones((1, 4, N_FEATURES), np.float32)
    found = net._network.run(x, n_threads=1)
    again = pickle.loads(pickle.dumps(net))
    assert_array_equal(again._network.run(x, n_threads=1), found)


def test_core_computes_what_torch_does():
    torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
    from dancelift.training.pose_net_training import _Network

    torch.manual_seed(0)
    network = _Network(32).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.15)
        x = torch.randn(2, 50, N_FEATURES)
        truth = network(x).numpy()
    found = network.as_pose_net()._network.run(x.numpy(), n_threads=1)
    assert found.shape == truth.shape == (2, 50, N_OUTPUTS)
    assert found.dtype == np.float32
    assert_allclose(found, truth, atol=1e-4)
    for ours, torchs in zip(split_outputs(truth), split_outputs(torch.from_numpy(truth)), strict=True):
        assert_allclose(ours, torchs.numpy(), atol=1e-6)


@pytest.mark.parametrize("noise", [0, 1])
def test_pose_gravity_and_contact_of_a_dance_are_told(net, noise):
    clip = dance(120, random_seed=5, noise=noise)
    expected = net.expect(*seen(clip), clip.fps)
    check(expected, 120)
    assert n_mpjpe(expected.poses3d, clip.poses3d, hips(NET_SKELETON)) < 110
    assert floor_tilt(expected.up.mean(axis=0), clip.up) < 10
    heights = clip.poses3d[:, [NET_SKELETON.index(f"{side}_ankle") for side in ("left", "right")]] @ clip.up
    lifted = heights > heights.min() + 0.06
    assert expected.contact[lifted].mean() < 0.1 * expected.contact[~lifted].mean()


def test_mirrored_keypoints_give_the_mirrored_pose(net, clip):
    rays, score = seen(clip)
    mirrored = net.expect(rays[:, MIRRORED] * [-1, 1], score[:, MIRRORED], clip.fps)
    expected = net.expect(rays, score, clip.fps)
    assert_array_equal(mirrored.poses3d, expected.poses3d[:, MIRRORED] * [-1, 1, 1])
    assert_array_equal(mirrored.uncertainty, expected.uncertainty[:, MIRRORED])
    assert_array_equal(mirrored.up, expected.up * [-1, 1, 1])
    assert_array_equal(mirrored.contact, expected.contact[:, ::-1])


@pytest.mark.parametrize(("fps", "n_clips"), [(25, 1), (30, 1), (50, 2), (60, 2), (120, 4), (240, 9)])
def test_higher_frame_rate_is_read_as_interleaved_clips(net, clip, fps, n_clips):
    rays, score = seen(clip)
    expected = net.expect(rays, score, fps)
    check(expected, len(rays))
    for i in range(n_clips):
        part = net.expect(rays[i::n_clips], score[i::n_clips], 27)
        assert_array_equal(expected.poses3d[i::n_clips], part.poses3d)
        assert_array_equal(expected.contact[i::n_clips], part.contact)


@pytest.mark.parametrize(("fps", "n_between"), [(15, 2), (10, 3), (5, 5)])
def test_lower_frame_rate_is_interpolated(net, fps, n_between):
    clip = dance(20, random_seed=2, noise=0, fps=fps)
    rays, score = seen(clip)
    expected = net.expect(rays, score, fps)
    check(expected, 20)
    at = np.arange(19 * n_between + 1) / n_between
    between = np.stack([np.interp(at, np.arange(20), values) for values in rays.reshape(20, -1).T], axis=1).reshape(
        -1, J, 2
    )
    fine = net.expect(between, np.ones(between.shape[:2]), 27)
    assert_allclose(expected.poses3d, fine.poses3d[::n_between], atol=1e-4)


def test_joint_that_is_not_seen_is_not_interpolated(net):
    clip = dance(20, random_seed=2, noise=0, fps=10)
    rays, score = (np.array(values) for values in seen(clip))
    score[7:12, 9] = 0
    anywhere = rays.copy()
    anywhere[7:12, 9] = 50
    same(net.expect(rays, score, 10), net.expect(anywhere, score, 10))


@pytest.mark.parametrize("fps", [5.0, 30.0, 120.0])
@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_shortest_clips(net, clip, n_frames, fps):
    rays, score = seen(clip)
    check(net.expect(rays[:n_frames], score[:n_frames], fps), n_frames)


def test_where_joints_that_are_not_seen_are_does_not_matter(net, clip):
    rays, score = (np.array(values) for values in seen(clip))
    score[10:20] = 0
    score[:, 7] = 0
    elsewhere = np.where(score[..., None] > 0, rays, 3.0)
    same(net.expect(rays, score, 30), net.expect(elsewhere, score, 30))


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_frames_in_which_nothing_is_seen(net, clip, fps):
    rays, score = (np.array(values) for values in seen(clip))
    for gap in (slice(0, 12), slice(30, 45), slice(55, None)):
        score[gap] = 0
    expected = net.expect(rays * (score > 0)[..., None], score, fps)
    check(expected, len(rays))
    whole = net.expect(*seen(clip), fps).poses3d
    assert np.linalg.norm(expected.poses3d[20:26] - whole[20:26], axis=-1).mean() < 0.1


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_clip_in_which_nothing_is_ever_seen(net, fps):
    check(net.expect(np.zeros((20, J, 2)), np.zeros((20, J)), fps), 20)


def test_keypoints_without_extent(net):
    check(net.expect(np.full((20, J, 2), 0.1), np.ones((20, J)), 30), 20)


def test_only_an_arm_is_seen(net, clip):
    rays, score = (np.array(values) for values in seen(clip))
    score[:, [joint for joint in range(J) if joint not in (5, 7, 9)]] = 0
    check(net.expect(rays, score, 30), len(rays))


def test_what_is_harder_to_see_is_less_certain(net):
    exact, noisy = (net.expect(*seen(dance(90, random_seed=3, noise=noise)), 30.0).uncertainty for noise in (0, 2))
    assert noisy.mean() > 1.2 * exact.mean()
    hip, wrist = NET_SKELETON.joints.index("left_hip"), NET_SKELETON.joints.index("left_wrist")
    assert exact[:, hip].mean() < exact[:, wrist].mean()


def test_features_are_those_of_the_body_wherever_it_is_in_the_image(clip):
    """A camera that is turned sees other rays, but the same view frame."""
    rays, score = clip.camera.rays(clip.keypoints2d_clean), clip.keypoints2d_clean[..., 2]
    turn = np.array([[np.cos(0.3), 0, np.sin(0.3)], [0, 1, 0], [-np.sin(0.3), 0, np.cos(0.3)]])
    turned = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ turn.T
    turned = turned[..., :2] / turned[..., 2:]
    (x, view), (y, other) = (
        features(given[None].astype(np.float32), score[None].astype(np.float32)) for given in (rays, turned)
    )
    assert x.dtype == np.float32
    assert x.shape == (1, len(rays), N_FEATURES)
    assert_allclose(view @ np.swapaxes(view, -1, -2), np.broadcast_to(np.eye(3), view.shape), atol=1e-6)
    assert_allclose(y[..., : 2 * J], x[..., : 2 * J], atol=0.12)
    assert_array_equal(y[..., 2 * J : 3 * J], x[..., 2 * J : 3 * J])
    assert_allclose(y[..., -1] - x[..., -1], 0.3, atol=0.01)


def test_half_precision_of_the_file_changes_poses_by_less_than_a_millimetre(net, clip, tmp_path):
    whole = PoseNet({name: weight * np.float32(1.00037) for name, weight in net.weights.items()}, net.dilations)
    anatomy_alone = anthropometric()
    prior = PosePrior(anatomy_alone.mean, anatomy_alone.covariance, "test", nets=(whole,))
    prior.save(tmp_path / "prior.npz")
    (loaded,) = load_prior(tmp_path / "prior.npz").nets
    assert loaded.dilations == whole.dilations
    assert any((loaded.weights[name] != weight).any() for name, weight in whole.weights.items())
    assert all(weight.dtype == np.float32 for weight in loaded.weights.values())
    before, after = (each.expect(*seen(clip), clip.fps).poses3d for each in (whole, loaded))
    assert np.linalg.norm(after - before, axis=-1).max() < 1e-3
