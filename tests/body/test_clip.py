"""A clip: what was seen of one dancer, checked once; what is refused is in lifting/test_bad_input.py."""

import numpy as np
import pytest

from dancelift import Camera, DanceliftWarning, InputError
from dancelift.body.clip import Clip
from dancelift.body.skeleton import SKELETONS
from fixtures.lifts import clip_of, dance, joint

COCO = SKELETONS["coco17"]
SHOULDER, HIP, WRIST, KNEE = (joint(COCO, f"left_{name}") for name in ("shoulder", "hip", "wrist", "knee"))


def shown(*joints: int) -> np.ndarray:
    """(17, 3) keypoints of one frame in which these joints are seen."""
    frame = np.array(dance(1, noise=0).keypoints2d_clean[0])
    unseen = np.ones(17, bool)
    unseen[list(joints)] = False
    frame[unseen] = np.nan
    return frame


def test_clip_has_what_is_known_of_it_in_one_form():
    given = dance(5)
    clip = Clip.of(given.keypoints2d.tolist(), skeleton="coco17", fps=25, image_size=[1920.0, 1080])
    np.testing.assert_array_equal(clip.keypoints2d, given.keypoints2d)
    assert (len(clip), clip.skeleton, clip.fps, clip.image_size) == (5, COCO, 25.0, (1920, 1080))
    assert clip.camera.focal == Camera.typical((1920, 1080)).focal
    assert not clip.camera.focal_known


def test_camera_that_is_given_is_the_clips():
    K = dance(1).camera.matrix
    camera = clip_of(dance(5), camera=K.tolist()).camera
    np.testing.assert_array_equal(camera.matrix, K)
    assert camera.focal_known


def test_keypoints_are_the_clips_own():
    given = np.array(dance(5).keypoints2d)
    clip = clip_of(dance(5), given)
    before = clip.keypoints2d.copy()
    given[:] = 0
    np.testing.assert_array_equal(clip.keypoints2d, before)


@pytest.mark.parametrize(
    "unseen", [(np.nan,) * 3, (np.nan, 3, 0.9), (700, 300, np.nan), (700, 300, 0), (700, 300, -0.1), (0, 0, 0.9)]
)
def test_joint_that_is_not_seen_is_zero(unseen):
    given = np.array(dance(5).keypoints2d_clean)
    given[2, WRIST] = unseen
    clip = clip_of(dance(5), given)
    assert clip.keypoints2d[2, WRIST].tolist() == [0, 0, 0]
    assert np.argwhere(~clip.seen).tolist() == [[2, WRIST]]


def test_keypoints_without_scores_are_all_seen():
    assert clip_of(dance(5), dance(5).keypoints2d_clean[..., :2]).seen.all()


@pytest.mark.parametrize(
    ("score", "expected", "message"),
    [
        (1.2, 1.0, "85 scores are above 1, up to 1.2, expected 0 to 1"),
        (87, 0.87, "scores go up to 87, expected 0 to 1"),
    ],
)
def test_scores_of_another_scale_are_brought_to_one_with_a_warning(score, expected, message):
    given = np.array(dance(5).keypoints2d_clean)
    given[..., 2] = score
    with pytest.warns(DanceliftWarning, match=message):
        clip = clip_of(dance(5), given)
    np.testing.assert_allclose(clip.keypoints2d[..., 2], expected)


def test_some_frames_of_a_clip_are_a_clip_of_the_same():
    clip = clip_of(dance(20), fps=25.0)
    part = clip.frames(slice(5, 12))
    assert len(part) == 7
    np.testing.assert_array_equal(part.keypoints2d, clip.keypoints2d[5:12])
    np.testing.assert_array_equal(part.shows_person, clip.shows_person[5:12])
    assert (part.skeleton, part.fps, part.image_size) == (clip.skeleton, clip.fps, clip.image_size)
    assert part.camera is clip.camera


@pytest.mark.filterwarnings("ignore::dancelift.DanceliftWarning")
def test_frame_shows_a_person_if_two_joints_are_seen_and_one_of_them_is_of_the_trunk():
    frames = [shown(*range(17)), shown(HIP, KNEE), shown(SHOULDER, HIP), shown(HIP), shown(WRIST, KNEE), shown()]
    clip = Clip.of(np.stack(frames), image_size=(1920, 1080))
    assert clip.shows_person.tolist() == [True, True, True, False, False, False]


def test_what_is_doubtful_is_warned_of_once():
    given = np.array(dance(10).keypoints2d)
    given[:, WRIST] = 0
    given[:6] = 0
    with pytest.warns(DanceliftWarning) as warned:
        Clip.of(given)
    first, second, third = (str(warning.message) for warning in warned)
    assert first.startswith("keypoints2d: never seen: left_wrist")
    assert second.startswith("keypoints2d: 6 of 10 frames have no joint")
    assert third.startswith("image_size is None")


def test_clip_that_cannot_be_lifted_is_never_made():
    with pytest.raises(InputError, match="no joint is seen"):
        Clip.of(np.zeros((5, 17, 3)))


@pytest.mark.parametrize("unseen", [(0, 0, 0.9), (-1, -1, 0.9), (500, 300, 0), (500, 300, -1), (np.nan, 300, 1)])
def test_what_is_not_seen_is_not_seen_whatever_the_score_says(unseen):
    keypoints = np.array(dance(5).keypoints2d)
    keypoints[2, WRIST] = unseen
    assert not clip_of(dance(5), keypoints).seen[2, WRIST]


def test_keypoints_without_scores_at_the_origin_are_not_seen():
    keypoints = np.array(dance(5).keypoints2d[..., :2])
    keypoints[2, WRIST] = 0
    assert not clip_of(dance(5), keypoints).seen[2, WRIST]


def test_image_size_the_wrong_way_round_is_turned():
    with pytest.warns(DanceliftWarning, match=r"image_size is \(1080, 1920\), .* taken the other way round"):
        clip = clip_of(dance(20), dance(20).keypoints2d + [600, 0, 0], image_size=(1080, 1920))
    assert clip.image_size == (1920, 1080)


@pytest.mark.parametrize(("fps", "rate"), [(0.04, 25), (1 / 30, 30)])
def test_time_of_a_frame_in_place_of_a_rate_is_refused_with_the_rate(fps, rate):
    with pytest.raises(InputError, match=f"if that is the time of a frame in s, give {rate}"):
        clip_of(dance(5), fps=fps)


def test_frames_know_their_numbers_and_times_in_the_video():
    clip = clip_of(dance(6), fps=25.0, frame_numbers=np.arange(150, 156))
    np.testing.assert_allclose(clip.times, 6 + np.arange(6) / 25)
    part = clip.frames(slice(2, 4))
    assert part.frame_numbers.tolist() == [152, 153] and part.times[0] == clip.times[2]


def test_frames_at_uneven_times_are_brought_to_even_ones():
    given = dance(60, noise=0)
    rng = np.random.default_rng(0)
    times = np.arange(60) / 30 + rng.uniform(-0.4, 0.4, 60) / 30
    points = np.array(given.keypoints2d_clean)
    for joint_index in range(17):
        for axis in range(2):
            points[:, joint_index, axis] = np.interp(
                times, np.arange(60) / 30, given.keypoints2d_clean[:, joint_index, axis]
            )
    clip = clip_of(given, points, times=times)
    assert np.ptp(np.diff(clip.times)) < 1e-9
    expected = np.stack(
        [np.interp(clip.times, np.arange(60) / 30, given.keypoints2d_clean[:, WRIST, a]) for a in (0, 1)], 1
    )
    inner = clip.seen[:, WRIST]
    assert inner.mean() > 0.9
    assert np.abs(clip.keypoints2d[inner, WRIST, :2] - expected[inner]).max() < 4


@pytest.mark.parametrize("times", [[0, 1, 1, 2, 3], [0, 1, 2], [0, 1, np.nan, 3, 4]])
def test_times_that_do_not_rise_or_fit_are_refused(times):
    with pytest.raises(InputError, match="times has shape"):
        clip_of(dance(5), times=times)
