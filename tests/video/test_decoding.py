"""Frames of videos: which, when, which way up, and what is said of files that are no good."""

import warnings
import wave

import numpy as np
import pytest

from dancelift.errors import DanceliftWarning, InputError
from fixtures.videos import BLOCK, number_of, numbered, write_numbered

av = pytest.importorskip("av", reason="videos need the extra 'video'")
image_module = pytest.importorskip("PIL.Image")

from dancelift.video.decoding import Video, is_video  # noqa: E402


def test_every_frame_comes_with_its_number_and_time(tmp_path):
    video = Video.open(write_numbered(tmp_path / "a.mp4", 30))
    assert video.image_size == (128, 96) and video.fps == pytest.approx(25) and video.n_frames == 30
    frames = list(video.frames())
    assert [frame.number for frame in frames] == [number_of(frame.image) for frame in frames] == list(range(30))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(30) / 25, abs=1e-3)


def test_uneven_times_are_kept(tmp_path):
    times = np.cumsum([0, 0.04, 0.04, 0.12, 0.04, 0.2, 0.04, 0.04])
    frames = list(Video.open(write_numbered(tmp_path / "a.mkv", 8, times=times)).frames())
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-3)


@pytest.mark.parametrize("rotation", (90, 180, 270))
def test_frames_are_turned_as_their_tag_says(tmp_path, rotation):
    video = Video.open(write_numbered(tmp_path / "a.mp4", 3, rotation=rotation))
    assert video.image_size == (128, 96)
    for frame in video.frames():
        assert number_of(frame.image) == frame.number
        corner = frame.image[-BLOCK, BLOCK].astype(int)
        assert corner[0] > 150 and corner[1:].max() < 100  # red stays red


@pytest.mark.parametrize("start", (0.0, 3.0, 5.6, 7.0, 9.3))
def test_part_of_a_video_has_the_numbers_and_times_of_the_whole(tmp_path, start):
    video = Video.open(write_numbered(tmp_path / "a.mp4", 250))
    found = list(video.frames(every=3, start=start, end=9.5))
    expected = [n for n in range(250) if n % 3 == 0 and start - 1e-6 <= n / 25 <= 9.5 + 1e-6]
    assert [frame.number for frame in found] == [number_of(frame.image) for frame in found] == expected
    assert [frame.time for frame in found] == pytest.approx(np.array(expected) / 25, abs=1e-3)


def test_part_that_is_not_there_is_refused(tmp_path):
    video = Video.open(write_numbered(tmp_path / "a.mp4", 5))
    with pytest.raises(InputError, match="no frame from 8 s to 9 s, expected times within its 5 frames"):
        list(video.frames(start=8, end=9))


def test_pixels_that_are_not_square_become_square(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = 2
        for number in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(number), format="rgb24")))
        container.mux(stream.encode())
    video = Video.open(path)
    assert video.image_size == (256, 96)
    assert next(video.frames()).image.shape == (96, 256, 3)


def test_video_that_breaks_off_is_used_as_far_as_it_goes(tmp_path):
    whole = write_numbered(tmp_path / "a.mp4", 200, movflags="faststart").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.warns(DanceliftWarning, match=r"cut\.mp4: .* frames"):
        frames = list(Video.open(cut).frames())
    assert 20 < len(frames) < 200
    good = [number_of(frame.image) == frame.number for frame in frames[:-2]]  # the last may be half a picture
    assert all(good)


def test_whole_video_is_not_warned_of(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(Video.open(write_numbered(tmp_path / "a.mp4", 40)).frames())


def test_video_that_misses_its_index_is_refused(tmp_path):
    whole = write_numbered(tmp_path / "a.mp4", 50).read_bytes()  # the index is at the end
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.mp4: cannot be read as a video .* expected a complete file"):
        Video.open(tmp_path / "cut.mp4")


def test_empty_file_is_refused(tmp_path):
    (tmp_path / "a.mp4").touch()
    with pytest.raises(InputError, match=r"a\.mp4: the file is empty, expected a video"):
        Video.open(tmp_path / "a.mp4")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        Video.open(tmp_path / "a.mp4")


def test_text_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_text("not a video " * 100)
    with pytest.raises(InputError, match="cannot be read as a video"):
        Video.open(tmp_path / "a.mp4")


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "song.mp4"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(InputError, match=r"song\.mp4: holds audio and no picture, expected a video"):
        Video.open(path)


def test_still_picture_is_a_video_of_one_frame(tmp_path):
    image_module.fromarray(numbered(77)).save(tmp_path / "a.png")
    video = Video.open(tmp_path / "a.png")
    (frame,) = video.frames()
    assert (frame.number, frame.time, number_of(frame.image)) == (0, 0.0, 77)
    assert is_video(tmp_path / "a.png") and is_video(tmp_path / "A.MOV") and not is_video(tmp_path / "a.json")


def test_fingerprint_tells_videos_apart(tmp_path):
    a, b = (Video.open(write_numbered(tmp_path / f"{n}.mp4", 5, first=n)) for n in (0, 1))
    assert a.fingerprint() == Video.open(a.path).fingerprint() != b.fingerprint()
