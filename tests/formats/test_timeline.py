"""Time is the video's: frame numbers, times, steps and gaps."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import DanceliftWarning, InputError
from dancelift.formats.keypoints import load_keypoints
from fixtures.keypoints import (
    alphapose_results,
    coco_results,
    dancer,
    mediapipe_frames,
    mmpose_results,
    write_json,
    write_openpose,
)


def test_a_gap_in_the_numbers_is_a_gap_in_the_track(tmp_path):
    keypoints = dancer(40)
    keypoints[10:20] = 0
    (track,) = load_keypoints(write_json(tmp_path / "a.json", alphapose_results([keypoints], [1])))
    assert_array_equal(track.frame_numbers, np.arange(40))
    assert_allclose(track.keypoints2d, keypoints)


def test_the_first_frame_of_a_track_is_the_one_of_the_video(tmp_path):
    entries = coco_results([dancer(10)], lambda t: f"{150 + t}.jpg")
    (track,) = load_keypoints(write_json(tmp_path / "a.json", entries))
    assert_array_equal(track.frame_numbers, np.arange(150, 160))


@pytest.mark.parametrize("step", [2, 3, 10])
def test_a_detector_that_ran_on_every_nth_frame_keeps_its_step(tmp_path, step):
    keypoints = dancer(20)
    path = write_json(tmp_path / "a.json", coco_results([keypoints], lambda t: 100 + step * t))
    with pytest.warns(DanceliftWarning, match=f"every {step}(nd|rd|th) frame"):
        (track,) = load_keypoints(path, fps=60)
    assert_allclose(track.keypoints2d, keypoints)
    assert_array_equal(track.frame_numbers, 100 + step * np.arange(20))
    assert track.fps == 60 / step


@pytest.mark.parametrize(("fps", "given"), [(30, None), (25, None), (60, None), (25, 25), (30000 / 1001, None)])
def test_image_ids_that_count_milliseconds_are_times(tmp_path, fps, given):
    keypoints = dancer(80)
    milliseconds = np.floor(1000 * np.arange(80) / fps).astype(int).tolist()
    keypoints[30:40] = 0
    path = write_json(tmp_path / "a.json", coco_results([keypoints], lambda t: milliseconds[t]))
    with pytest.warns(DanceliftWarning, match="count milliseconds"):
        (track,) = load_keypoints(path, fps=given)
    assert_allclose(track.keypoints2d, keypoints)
    assert track.fps == pytest.approx(fps, rel=2e-3)
    assert_array_equal(track.frame_numbers, np.arange(80))
    assert_allclose(track.times, np.arange(80) / fps, atol=0.0011)


def test_steps_that_are_not_those_of_the_frame_rate_are_no_milliseconds(tmp_path):
    path = write_json(tmp_path / "a.json", coco_results([dancer(20)], lambda t: 20 * t))
    with pytest.warns(DanceliftWarning, match="every 20th frame"):
        (track,) = load_keypoints(path, fps=30)
    assert track.times is None


@pytest.mark.parametrize(("key", "unit"), [("timestamp_ms", 1000), ("timestamp", 1), ("timestamp", 1000), ("time", 1)])
def test_times_of_frames_are_kept(tmp_path, key, unit):
    frames: list[Any] = [
        {"landmarks": frame, key: (2 + t / 24) * unit}
        for t, frame in enumerate(mediapipe_frames(dancer(30, 33), (9, 9)))
    ]
    frames[0]["landmarks"] = []
    (track,) = load_keypoints(write_json(tmp_path / "a.json", frames), image_size=(900, 900))
    assert_allclose(track.times, 2 + np.arange(1, 30) / 24)
    assert track.fps == 24
    assert_array_equal(track.frame_numbers, np.arange(1, 30))


def test_times_beside_mmpose_frames(tmp_path):
    content = mmpose_results([dancer(12)], first=1)
    for t, frame in enumerate(content["instance_info"]):
        frame["timestamp"] = t * 40
    (track,) = load_keypoints(write_json(tmp_path / "a.json", content))
    assert_allclose(track.times, np.arange(12) * 0.04)
    assert_array_equal(track.frame_numbers, np.arange(1, 13))


def test_frame_rate_told_by_times_is_that_of_the_frames_that_are_there(tmp_path):
    content = mmpose_results([dancer(12)])
    for t, frame in enumerate(content["instance_info"]):
        frame.update(frame_id=2 * t, timestamp_ms=t * 40)
    with pytest.warns(DanceliftWarning, match="every 2nd frame"):
        (track,) = load_keypoints(write_json(tmp_path / "a.json", content))
    assert track.fps == 25
    assert_allclose(track.times, np.arange(12) * 0.04)


def test_times_that_fall_are_left_out_with_a_warning(tmp_path):
    content = mmpose_results([dancer(5)])
    for t, frame in enumerate(content["instance_info"]):
        frame["timestamp"] = -t
    with pytest.warns(DanceliftWarning, match="times.*left out"):
        (track,) = load_keypoints(write_json(tmp_path / "a.json", content))
    assert track.times is None


def test_openpose_numbers_are_the_videos(tmp_path):
    (track,) = load_keypoints(write_openpose(tmp_path / "json", [dancer(5, 25)], first=300))
    assert_array_equal(track.frame_numbers, np.arange(300, 305))


@pytest.mark.parametrize(("text", "fps"), [("30000/1001", 30000 / 1001), ("25", 25), (" 59.94 ", 59.94)])
def test_frame_rates_written_as_text(tmp_path, text, fps):
    np.savez(tmp_path / "a.npz", keypoints=dancer(4), fps=text)
    assert load_keypoints(tmp_path / "a.npz")[0].fps == pytest.approx(fps)
    assert load_keypoints(tmp_path / "a.npz", fps=text)[0].fps == pytest.approx(fps)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["fast", "0", "30/0", "-25", "1e999"])
def test_text_that_is_no_frame_rate(tmp_path, text):
    np.savez(tmp_path / "a.npz", keypoints=dancer(4), fps=text)
    with pytest.raises(InputError, match="a.npz: fps"):
        load_keypoints(tmp_path / "a.npz")


@pytest.mark.parametrize("ids", [[0, 3, 10**6], [0, 10**30, 10**31], [0, 99, 198, 297, 396]])
def test_numbers_that_are_of_no_video(tmp_path, ids):
    path = write_json(tmp_path / "a.json", coco_results([dancer(len(ids))], lambda t: ids[t]))
    with pytest.raises(InputError, match="a.json.*expected"):
        load_keypoints(path)
