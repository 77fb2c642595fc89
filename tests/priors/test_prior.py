"""The prior of a dancer's pose: a Gaussian over the landmarks of an upright body."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import dancelift
from dancelift import PosePrior
from dancelift.body import anatomy
from dancelift.body.anatomy import LANDMARKS, STANDARD_HEIGHT
from dancelift.priors.prior import anthropometric, get_prior, load_prior
from fixtures.lifts import PEDESTRIAN, dance, lift

MIRRORED = [LANDMARKS.index(anatomy.mirror(landmark)) for landmark in LANDMARKS]


@pytest.fixture(scope="module", params=["anthropometric", "default"])
def prior(request):
    return get_prior(request.param)


def mean_of(prior: PosePrior, landmark: str) -> np.ndarray:
    return prior.mean[LANDMARKS.index(landmark)]


def deviation_of(prior: PosePrior, landmark: str) -> float:
    i = 3 * LANDMARKS.index(landmark)
    return float(np.sqrt(np.trace(prior.covariance[i : i + 3, i : i + 3])))


def test_mean_is_left_right_symmetric(prior):
    assert_allclose(prior.mean[MIRRORED] * [-1, 1, 1], prior.mean, atol=1e-9)


def test_covariance_is_left_right_symmetric(prior):
    mirror = np.kron(np.eye(len(LANDMARKS))[MIRRORED], np.diag([-1, 1, 1]))
    assert_allclose(mirror @ prior.covariance @ mirror.T, prior.covariance, atol=1e-9)


def test_covariance_is_positive_semidefinite(prior):
    assert_allclose(prior.covariance, prior.covariance.T, atol=1e-12)
    assert np.linalg.eigvalsh(prior.covariance).min() > -1e-9


def test_mean_is_a_body_of_standard_height_that_stands_upright_and_faces_forward(prior):
    assert_allclose(mean_of(prior, "mid_hip"), 0, atol=1e-9)
    stature = mean_of(prior, "head_top")[1] - mean_of(prior, "left_heel")[1]
    assert 0.85 * STANDARD_HEIGHT < stature < 1.05 * STANDARD_HEIGHT
    order = ["head_top", "left_ear", "left_shoulder", "left_hip", "left_knee", "left_ankle", "left_heel"]
    heights = [mean_of(prior, landmark)[1] for landmark in order]
    assert heights == sorted(heights, reverse=True)
    for landmark in ("shoulder", "hip", "ear", "knee", "elbow"):
        assert mean_of(prior, f"left_{landmark}")[0] > 0 > mean_of(prior, f"right_{landmark}")[0]
    assert mean_of(prior, "nose")[2] > mean_of(prior, "left_ear")[2]
    assert mean_of(prior, "left_big_toe")[2] > mean_of(prior, "left_heel")[2]
    assert mean_of(prior, "left_knee")[2] > mean_of(prior, "left_ankle")[2]


def test_what_moves_more_is_less_certain(prior):
    for near, far in [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]:
        assert deviation_of(prior, f"left_{near}") < deviation_of(prior, f"left_{far}")
    assert 0.1 < deviation_of(prior, "left_wrist") < 0.8
    assert deviation_of(prior, "mid_hip") < 1e-6


def test_bones_are_as_long_in_expectation_as_the_body_says(prior):
    # the root of E |a - b|^2: the mean pose is shorter, for its bones point every way
    bones = [
        ("hip", "knee", anatomy.THIGH),
        ("knee", "ankle", anatomy.SHANK),
        ("elbow", "wrist", anatomy.FOREARM),
    ]
    for a, b, fraction in bones:
        i, j = (LANDMARKS.index(f"left_{name}") for name in (a, b))
        difference = np.zeros((3, 3 * len(LANDMARKS)))
        difference[:, 3 * i : 3 * i + 3], difference[:, 3 * j : 3 * j + 3] = np.eye(3), -np.eye(3)
        mean = difference @ prior.mean.ravel()
        length = np.sqrt(mean @ mean + np.trace(difference @ prior.covariance @ difference.T))
        assert length == pytest.approx(fraction * STANDARD_HEIGHT, rel=0.25)


def test_joints_of_a_skeleton_are_where_its_landmarks_are(prior):
    mean, covariance = prior.of_joints(PEDESTRIAN)
    assert mean.shape == (len(PEDESTRIAN), 3)
    assert covariance.shape == (3 * len(PEDESTRIAN), 3 * len(PEDESTRIAN))
    ears = mean_of(prior, "left_ear"), mean_of(prior, "right_ear")
    assert_allclose(mean[PEDESTRIAN.joints.index("head")], np.mean(ears, axis=0))


def test_saved_prior_is_loaded_as_it_was(prior, tmp_path):
    path = tmp_path / "prior.npz"
    prior.save(path)
    for loaded in (load_prior(path), get_prior(path), get_prior(str(path))):
        assert_array_equal(loaded.mean, prior.mean)
        assert_array_equal(loaded.covariance, prior.covariance)
        assert loaded.name == prior.name
    with np.load(path, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)


def test_prior_is_saved_where_it_is_told(prior, tmp_path):
    prior.save(tmp_path / "dancers.prior")
    assert (tmp_path / "dancers.prior").is_file()


def test_lift_takes_a_prior_by_name_by_file_or_itself(tmp_path):
    clip, prior = dance(10), anthropometric()
    prior.save(tmp_path / "prior.npz")
    poses = lift(clip, prior="anthropometric").poses3d
    for given in (tmp_path / "prior.npz", prior):
        assert_array_equal(lift(clip, prior=given).poses3d, poses)


def test_lift_follows_its_prior():
    """A prior of bodies with one arm raised raises an arm that is never seen."""
    clip, skeleton = dance(20, noise=0), dancelift.SKELETONS["coco17"]
    hidden = [skeleton.index(name) for name in ("left_elbow", "left_wrist")]
    keypoints = np.array(clip.keypoints2d)
    keypoints[:, hidden] = 0
    prior = anthropometric()
    mean = np.array(prior.mean)
    for name, rise in (("elbow", 0.6), ("wrist", 1.0)):
        mean[LANDMARKS.index(f"left_{name}"), 1] += rise
    raised = PosePrior(mean, prior.covariance, "arm raised")
    with pytest.warns(dancelift.DanceliftWarning, match="never seen: left_elbow, left_wrist"):
        usual, higher = (lift(clip, keypoints, n_seeds=1, prior=given).poses3d for given in (prior, raised))
    assert (higher[:, hidden, 1] < usual[:, hidden, 1]).all()  # y is down
