"""The network that tells a pose from keypoints: any clip in, finite poses out, left and right alike."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

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


def test_numpy_computes_what_torch_does():
    torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
    from dancelift.training.pose_net_training import _Network

    torch.manual_seed(0)
    network = _Network(32).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.15)
        x = torch.randn(2, 50, N_FEATURES)
        truth = network(x).numpy()
    found = network.as_pose_net()._run(x.numpy())
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
    assert expected.contact[lifted].mean() < expected.contact[~lifted].mean() - 0.3


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
