"""What the movement networks read: the same wherever, however big and whichever way the dancer is."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS
from dancelift.errors import InputError
from dancelift.geometry import rotation
from dancelift.movements.features import JOINTS, FeatureStream, Scale3D, by_definition, features_2d, features_3d
from dancelift.movements.kinematics import look_ahead
from dancelift.movements.labeller import label_movements
from dancelift.movements.taxonomy import Part, Taxonomy, standard_taxonomy
from fixtures.movements import dancing, standing, taxonomy

FPS = 27.0
TAXONOMY = taxonomy()
POSES = dancing(80)


def in_image(poses: np.ndarray, scale: float = 300.0, at: tuple[float, float] = (640.0, 700.0)) -> np.ndarray:
    """(T, 17, 3) keypoints as a distant camera sees poses from the front, all with score 0.9."""
    xy = np.array(at) + scale * poses[..., :2] * [1, -1]
    return np.concatenate([xy, np.full((*xy.shape[:2], 1), 0.9)], axis=-1)


@pytest.mark.parametrize(
    "make", [lambda: features_3d(POSES, FPS, TAXONOMY), lambda: features_2d(in_image(POSES), FPS, TAXONOMY)]
)
def test_every_part_has_a_row_padded_to_the_widest(make):
    x = make()
    assert x.shape[:2] == (80, 3)
    assert x.dtype == np.float32
    varies = (x.std(axis=0) > 0).sum(axis=1)
    assert varies[1] < varies[0] < varies[2] <= x.shape[2]


def test_channels_of_a_dance_are_of_order_one():
    x = features_3d(POSES, FPS, TAXONOMY)
    assert np.abs(x).max() < 12
    assert np.median(np.abs(x[x != 0])) > 0.05


@pytest.mark.parametrize(
    "change",
    [
        lambda poses: poses @ rotation(1, 2.1).T,
        lambda poses: poses + [3.0, 0.0, -7.0],
        lambda poses: poses + [0.0, 11.0, 0.0],
        lambda poses: 1.3 * poses,
    ],
    ids=["turned", "moved over the floor", "floor elsewhere", "bigger"],
)
def test_features_3d_do_not_depend_on_the_world(change):
    assert_allclose(features_3d(change(POSES), FPS, TAXONOMY), features_3d(POSES, FPS, TAXONOMY), atol=2e-5)


@pytest.mark.parametrize("options", [{"scale": 90.0}, {"at": (-20.0, 300.0)}], ids=["smaller", "elsewhere"])
def test_features_2d_do_not_depend_on_where_and_how_big_the_image_is(options):
    assert_allclose(
        features_2d(in_image(POSES, **options), FPS, TAXONOMY), features_2d(in_image(POSES), FPS, TAXONOMY), atol=2e-5
    )


def test_left_hand_stays_to_the_left_of_a_dancer_who_turns():
    yaw = np.linspace(0, 6, 50)
    turning = standing(50) @ np.swapaxes(rotation(1, yaw), -1, -2)
    x = features_3d(turning, FPS, taxonomy("left arm"))[:, 0]
    wrist = x[:, 12:15]
    assert_allclose(wrist, np.tile(wrist[:1], (50, 1)), atol=1e-4)
    assert wrist[0, 0] > 0.5
    assert_allclose(np.diff(x[1:, -1]), 0, atol=1e-4)  # it turns at a constant rate
    assert x[1, -1] > 0


def test_travel_is_told_in_the_dancers_own_directions():
    forward = standing(40) + np.arange(40)[:, None, None] / FPS * np.array([0, 0, 1.0])
    for yaw in (0.0, 1.5):
        shared = features_3d(forward @ rotation(1, yaw).T, FPS, TAXONOMY)[1:, 0, -5:]
        assert_allclose(shared[:, [0, 1, 4]], 0, atol=1e-4)
        assert (shared[:, 2] > 0.4).all()


def test_features_look_back_in_time_only():
    other = np.array(POSES)
    other[60:, JOINTS.index("left_wrist")] += 0.2
    assert_allclose(features_3d(other, FPS, TAXONOMY)[:60], features_3d(POSES, FPS, TAXONOMY)[:60], atol=1e-6)


def test_velocities_are_alike_at_any_frame_rate():
    slow, fast = (
        features_3d(dancing(60, fps=27.0), 27.0, TAXONOMY),
        features_3d(dancing(240, fps=108.0), 108.0, TAXONOMY),
    )
    assert_allclose(fast[4::4], slow[1:], atol=0.02)


def test_3d_features_of_a_joint_never_seen_are_0_and_the_others_stay():
    poses = np.array(POSES)
    poses[:, JOINTS.index("left_elbow")] = np.nan
    x, whole = features_3d(poses, FPS, taxonomy("left arm")), features_3d(POSES, FPS, taxonomy("left arm"))
    elbow = np.arange(6, 12)
    assert_array_equal(x[:, 0, elbow], 0)
    assert (whole[1:, 0, elbow] != 0).all()
    assert_array_equal(np.delete(x, elbow, axis=2), np.delete(whole, elbow, axis=2))


@pytest.mark.parametrize("missing", [np.nan, 0.0])
def test_2d_features_of_a_joint_not_seen_are_0_with_score_0(missing):
    keypoints = in_image(POSES)
    row = JOINTS.index("nose")
    keypoints[10:20, row] = [5.0, 5.0, missing]
    x = features_2d(keypoints, FPS, taxonomy("head"))[:, 0]
    assert_array_equal(x[10:20, :5], 0)
    assert np.isfinite(x).all()
    assert (x[:10, 4] > 0).all()
    whole = features_2d(in_image(POSES), FPS, taxonomy("head"))[:, 0]
    assert_allclose(x[21:], whole[21:], atol=0.02)


def test_hips_that_are_hidden_for_a_while_lie_between_where_they_were_seen():
    keypoints = in_image(POSES)
    keypoints[30:34, [JOINTS.index("left_hip"), JOINTS.index("right_hip")], 2] = 0
    found = features_2d(keypoints, FPS, taxonomy("head"))[30:34, 0, :2]
    assert_allclose(found, features_2d(in_image(POSES), FPS, taxonomy("head"))[30:34, 0, :2], atol=0.05)


def test_keypoints_of_which_none_is_seen_are_0():
    assert_array_equal(features_2d(np.zeros((5, 17, 3)), FPS, TAXONOMY), 0)


@pytest.mark.parametrize("make", [features_3d, features_2d])
def test_a_single_frame_has_features(make):
    assert np.isfinite(make(POSES[:1], FPS, TAXONOMY)).all()


@pytest.mark.parametrize("make", [features_3d, features_2d])
@pytest.mark.parametrize("shape", [(0, 17, 3), (5, 16, 3), (5, 17, 2), (17, 3)])
def test_arrays_of_another_shape_are_refused(make, shape):
    with pytest.raises(InputError, match="expected \\(frames, 17, 3\\)"):
        make(np.zeros(shape), FPS, TAXONOMY)


@pytest.mark.parametrize("fps", [0.0, -1.0, np.nan])
def test_a_frame_rate_that_cannot_be_is_refused(fps):
    with pytest.raises(InputError, match="fps is"):
        features_3d(POSES, fps, TAXONOMY)


def test_a_body_without_size_is_refused():
    with pytest.raises(InputError, match="a body that has a size"):
        features_3d(np.zeros((5, 17, 3)), FPS, TAXONOMY)


def test_joints_that_coco17_lacks_are_refused():
    odd = Taxonomy((Part("foot", ("left_heel", "left_ankle")),), ())
    with pytest.raises(InputError, match="part 'foot' has joints left_heel, expected"):
        features_3d(POSES, FPS, odd)


def test_stream_of_features_is_that_of_the_whole_dance_frame_by_frame():
    taxonomy = standard_taxonomy()
    poses = dancing(150)
    stream = FeatureStream(taxonomy, FPS, Scale3D.measure(poses))
    found = [stream.push(pose) for pose in poses]
    late = sum(x is None for x in found)
    assert late == look_ahead(FPS) < 1.6 * FPS
    whole = np.concatenate([np.stack(found[late:]), stream.finish()])
    assert_allclose(whole, features_3d(poses, FPS, taxonomy), atol=1e-6)


def test_conditions_of_a_part_are_among_its_features():
    taxonomy = standard_taxonomy()
    hand = [part.name for part in taxonomy.parts].index("left hand")
    up = standing(60)
    up[:, JOINTS.index("left_wrist")] += [0, 0.9, 0]
    down, raised = (features_3d(poses, FPS, taxonomy)[30, hand] for poses in (standing(60), up))
    assert (down != raised).sum() > 6
    assert set(np.unique(raised[-2 * 13 :][-13:])) <= {-1.0, 0.0, 1.0}


def test_features_tell_what_the_definitions_tell_but_for_the_shortest_duration():
    whole = standard_taxonomy()
    instant = replace(whole, movements=tuple(replace(movement, min_duration=0.0) for movement in whole.movements))
    poses = dancing(300)
    labels = label_movements(Motion("dance", "test", poses, SKELETONS["coco17"], FPS), instant)
    found = by_definition(features_3d(poses, FPS, instant), instant)
    assert_array_equal(found == 1, labels.active)
    assert 0.1 < found.mean() < 0.6
