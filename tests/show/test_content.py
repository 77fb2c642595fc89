"""What the page about recognitions shows: persons on one axis of time, in one room where one camera filmed them."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from dancelift.show.content import page_content
from fixtures.recognition import FPS, MOVEMENT, N_FRAMES, first_frames, lifted, recognised


def unpacked(packed: dict, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["data"]), kind).reshape(shape) * packed["unit"]


def frames_of(person: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(person["frames"]), "<i4")


def later(seconds: float, n_frames: int = N_FRAMES):
    """The recognition of the first frames of the clip, as if they had been filmed later."""
    lift, keypoints2d = lifted()
    lift = first_frames(lift, n_frames)
    found = recognised()
    return replace(
        found,
        lift=replace(lift, times=lift.times + seconds),
        keypoints2d=keypoints2d[:n_frames],
        movements=found.movements[:n_frames],
        name="later",
    )


def runs(person: dict) -> list:
    (movement,) = [movement for movement in person["movements"] if movement["name"] == MOVEMENT]
    return movement["runs"]


def test_a_person_alone_has_the_frames_of_the_lift():
    content = page_content([recognised()])
    (person,) = content["persons"]
    assert content["nFrames"] == N_FRAMES and content["fps"] == FPS
    np.testing.assert_array_equal(frames_of(person), np.arange(N_FRAMES))
    assert runs(person) == [[30, 60]]


def test_persons_share_the_time_of_their_video():
    content = page_content([recognised(), later(1.0, 70)])
    assert content["nFrames"] == 100
    first, second = content["persons"]
    np.testing.assert_array_equal(frames_of(first), [*range(90), *[-1] * 10])
    np.testing.assert_array_equal(frames_of(second), [*[-1] * 30, *range(70)])
    assert runs(first) == [[30, 60]] and runs(second) == [[60, 90]]
    assert second["reasons"][0]["start"] == pytest.approx(2.0)
    assert second["windows"][0] == [1.0, 2.0]


def test_persons_at_different_frame_rates_are_shown_at_the_faster_one():
    found = recognised()
    slow = replace(
        found,
        lift=replace(
            first_frames(found.lift, 45), fps=FPS / 2, times=np.arange(45) * 2 / FPS, frame_numbers=np.arange(45)
        ),
        keypoints2d=found.keypoints2d[:45],
        movements=found.movements[:45],
    )
    content = page_content([found, slow])
    assert content["fps"] == FPS and content["nFrames"] == N_FRAMES
    frames = frames_of(content["persons"][1])
    np.testing.assert_array_equal(frames[::2], np.arange(45))
    assert (np.diff(frames) >= 0).all() and (frames >= 0).all()
    assert runs(content["persons"][1]) == [[60, 90]]


def test_a_gap_in_the_video_is_one_on_the_page():
    lift, _ = lifted()
    times = lift.times + 0.5 * (np.arange(N_FRAMES) >= 40)
    (person,) = page_content([recognised(lift=replace(lift, times=times))])["persons"]
    np.testing.assert_array_equal(frames_of(person), [*range(40), *[-1] * 15, *range(40, 90)])


def test_one_camera_makes_one_room_and_keeps_how_the_dancers_stand_to_each_other():
    lift, keypoints2d = lifted()
    beside = replace(lift, poses3d=lift.poses3d + [1.0, 0, 0])
    content = page_content([recognised(), recognised(lift=beside)])
    assert content["inOneRoom"] and content["inOnePicture"]
    one, other = (unpacked(person["poses"], "<i2", lift.poses3d.shape) for person in content["persons"])
    step = np.linalg.norm((other - one).mean(axis=(0, 1))[[0, 2]])
    assert step == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("what", ["focal", "up", "image_size", "model"])
def test_other_cameras_make_other_rooms(what):
    lift, _ = lifted()
    camera = lift.camera
    other = {
        "focal": lambda: replace(lift, camera=replace(camera, matrix=camera.matrix * [[1.1], [1.1], [1]])),
        "up": lambda: replace(lift, camera=replace(camera, up=np.array([0.0, -np.cos(0.2), np.sin(0.2)]))),
        "image_size": lambda: replace(lift, image_size=(640, 480)),
        "model": lambda: replace(lift, camera=replace(camera, model="weak_perspective")),
    }[what]()
    content = page_content([recognised(), recognised(lift=other)])
    assert not content["inOneRoom"]
    assert content["inOnePicture"] == (what != "image_size")


def test_deviations_and_the_camera_are_where_the_joints_are():
    lift, _ = lifted()
    (person,) = page_content([recognised()])["persons"]
    packed = unpacked(person["deviations"], "u1", lift.deviations.shape)
    np.testing.assert_allclose(packed, lift.deviations, atol=person["deviations"]["unit"])
    poses = unpacked(person["poses"], "<i2", lift.poses3d.shape)
    distance = np.linalg.norm(poses - person["eye"], axis=2)
    np.testing.assert_allclose(distance, np.linalg.norm(lift.poses3d, axis=2), atol=0.01)
    (without,) = page_content([recognised(lift=replace(lift, deviations=np.empty((0, 0, 2))))])["persons"]
    assert without["deviations"] is None


def test_exchanged_names_of_left_and_right_are_put_right_everywhere():
    lift, keypoints2d = lifted()
    other = list(lift.skeleton.mirrored)
    swapped = replace(
        lift,
        poses3d=lift.poses3d[:, other],
        keypoints2d=lift.keypoints2d[:, other],
        deviations=lift.deviations[:, other],
        left_right_swapped=True,
    )
    right = page_content([recognised()])["persons"]
    assert page_content([recognised(lift=swapped, keypoints2d=keypoints2d[:, other])])["persons"] == right


def test_no_genre_without_a_reason_is_none_too(monkeypatch):
    monkeypatch.setattr("dancelift.recognition.result.Recognition.genre", None)
    (person,) = page_content([recognised()])["persons"]
    assert person["genre"] is None and person["genres"]
