"""Keypoints of a video: found once, kept, gone on with, and given as tracks."""

import warnings

import numpy as np
import pytest

import dancelift
from dancelift.errors import InputError
from dancelift.formats.keypoints.detections import VideoDetections
from dancelift.synthetic.dance import generate
from fixtures.videos import NumberDetector, write_numbered

pytest.importorskip("av", reason="videos need the extra 'video'")

from dancelift.video.detect import detect_keypoints


@pytest.fixture(scope="module")
def dance():
    return generate(40, random_seed=1, fps=25)


@pytest.fixture
def video(tmp_path):
    return write_numbered(tmp_path / "a.mp4", 40)


def test_keypoints_are_those_of_each_frame(video, dance):
    (track,) = detect_keypoints(video, detector=NumberDetector(dance.keypoints2d))
    seen = dance.keypoints2d[..., 2] > 0
    np.testing.assert_allclose(track.keypoints2d[seen], dance.keypoints2d[seen])
    np.testing.assert_array_equal(track.frame_numbers, np.arange(40))
    assert (track.fps, track.image_size, track.skeleton) == (25, (128, 96), "coco17")
    assert track.source == str(video)


def test_some_frames_only_keep_their_numbers_and_times(video, dance):
    detector = NumberDetector(dance.keypoints2d)
    with pytest.warns(dancelift.DanceliftWarning, match="every 2nd frame"):
        (track,) = detect_keypoints(video, detector=detector, every=2, start=0.4, end=1.2)
    assert detector.looked_at == track.frame_numbers.tolist() == list(range(10, 31, 2))
    np.testing.assert_allclose(track.times, np.arange(10, 31, 2) / 25, atol=1e-3)
    assert track.fps == 12.5


def test_second_run_reads_what_was_kept(video, dance, tmp_path):
    first = NumberDetector(dance.keypoints2d)
    (found,) = detect_keypoints(video, detector=first, keep=tmp_path / "kept.npz")
    again = NumberDetector(dance.keypoints2d)
    (kept,) = detect_keypoints(video, detector=again, keep=tmp_path / "kept.npz")
    assert len(first.looked_at) == 40 and not again.looked_at
    np.testing.assert_allclose(kept.keypoints2d, found.keypoints2d, atol=1e-4)
    (read,) = dancelift.load_keypoints(tmp_path / "kept.npz")
    np.testing.assert_array_equal(read.keypoints2d, kept.keypoints2d)


def test_what_was_kept_of_something_else_is_not_used(video, dance, tmp_path):
    keep = tmp_path / "kept.npz"
    detect_keypoints(video, detector=NumberDetector(dance.keypoints2d), keep=keep)
    other = write_numbered(tmp_path / "b.mp4", 38)
    for changed in ({"every": 2}, {"start": 0.2}, {"end": 1.0}, {"n_persons": 1}, {"video": other}):
        detector = NumberDetector(dance.keypoints2d)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dancelift.DanceliftWarning)
            detect_keypoints(**({"video": video, "detector": detector, "keep": keep} | changed))
        assert detector.looked_at, changed


def test_interrupted_run_goes_on_where_it_was(video, dance, tmp_path):
    keep = tmp_path / "kept.npz"
    detector = NumberDetector(dance.keypoints2d)
    detector.stop_before = 23
    with pytest.raises(KeyboardInterrupt):
        detect_keypoints(video, detector=detector, keep=keep)
    rest = NumberDetector(dance.keypoints2d)
    (track,) = detect_keypoints(video, detector=rest, keep=keep)
    assert detector.looked_at == list(range(23)) and rest.looked_at == list(range(23, 40))
    (whole,) = detect_keypoints(video, detector=NumberDetector(dance.keypoints2d))
    np.testing.assert_allclose(track.keypoints2d, whole.keypoints2d, atol=1e-4)


def test_persons_of_a_video_are_tracked(tmp_path, dance):
    places = np.arange(10) * 400.0
    persons = np.stack([dance.keypoints2d + [at, 0, 0] * (dance.keypoints2d[..., 2:] > 0) for at in places])
    shuffled = NumberDetector(persons)
    generator = np.random.default_rng(0)
    shuffled.persons = np.stack([persons[generator.permutation(10), t] for t in range(40)], axis=1)
    tracks = detect_keypoints(write_numbered(tmp_path / "a.mp4", 40), detector=shuffled)
    assert len(tracks) == 10
    starts = sorted(track.keypoints2d[0, 5, 0] for track in tracks)
    np.testing.assert_allclose(starts, persons[:, 0, 5, 0])
    for track in tracks:
        assert np.abs(np.diff(track.keypoints2d[:, 5, 0])).max() < 200  # nobody becomes another


def test_nobody_is_said(video):
    nobody = NumberDetector(np.zeros((0, 40, 17, 3)))
    with pytest.raises(InputError, match=r"a\.mp4: nobody in any of 40 frames; expected at least one person"):
        detect_keypoints(video, detector=nobody)


def test_rate_that_is_given_replaces_the_times(video, dance):
    (track,) = detect_keypoints(video, detector=NumberDetector(dance.keypoints2d), fps=100)
    assert track.fps == 100 and track.times is None


def test_uneven_times_reach_the_lift(tmp_path, dance):
    times = np.arange(40) / 25
    times[20:] += 0.08
    (track,) = detect_keypoints(
        write_numbered(tmp_path / "a.mp4", 40, times=times), detector=NumberDetector(dance.keypoints2d)
    )
    np.testing.assert_allclose(track.times, times, atol=1e-3)


def test_progress_counts_frames(video, dance):
    seen = []
    detect_keypoints(video, detector=NumberDetector(dance.keypoints2d), progress=lambda *at: seen.append(at))
    assert seen[-1] == (40, 40) and len(seen) == 40


def test_damaged_file_of_kept_keypoints_is_made_anew(video, dance, tmp_path):
    (tmp_path / "kept.npz").write_bytes(b"PK damaged")
    detect_keypoints(video, detector=NumberDetector(dance.keypoints2d), keep=tmp_path / "kept.npz")
    assert len(VideoDetections.load(tmp_path / "kept.npz").frames) == 40


@pytest.mark.parametrize(
    "options, message",
    [
        ({"every": 0}, "every is 0"),
        ({"n_persons": 0}, "n_persons is 0"),
        ({"start": 2.0, "end": 1.0}, "from 2 s to 1 s, expected times from 0 s that rise"),
        ({"detector": "openpose"}, "detector 'openpose' is unknown, expected one of rtmpose, mediapipe"),
        ({"weights": ["absent.onnx", "b.onnx"]}, "absent.onnx: there is no such file, expected weights of rtmpose"),
    ],
)
def test_bad_options_are_named(video, options, message):
    with pytest.raises(InputError, match=message):
        detect_keypoints(video, **options)
