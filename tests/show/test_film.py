"""Videos of a lift: read back from the files."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift.body.sketch import LEFT, RIGHT
from dancelift.errors import InputError
from dancelift.recognition.recognize import recognize_by_definitions
from dancelift.synthetic.dance import generate
from fixtures.videos import number_of, write_numbered

av = pytest.importorskip("av", reason="videos need the extra 'video'")
pytest.importorskip("PIL", reason="videos need the extra 'video'")

from dancelift.show.film import draw_film  # noqa: E402
from dancelift.show.scene import PATH  # noqa: E402


@pytest.fixture(scope="module")
def clip():
    made = generate(24, random_seed=1, fps=25)
    result = dancelift.lift(
        made.keypoints2d, n_seeds=1, fps=25, image_size=made.image_size, sigmas={"reprojection": 4}
    )  # fmt: skip
    return result, made.keypoints2d


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def count(image: np.ndarray, colour: str) -> int:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(image.astype(int) - wanted).max(axis=2) < 40).sum())


def test_every_frame_is_drawn_at_the_clip_s_rate(clip, tmp_path):
    draw_film(clip[0], tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].average_rate == 25
    images = frames_of(tmp_path / "a.mp4")
    assert len(images) == 24
    for image in images:
        assert count(image, LEFT) > 500 and count(image, RIGHT) > 300


def test_dancer_moves(clip, tmp_path):
    draw_film(clip[0], tmp_path / "a.mp4")
    images = frames_of(tmp_path / "a.mp4")
    assert np.abs(images[0].astype(int) - images[-1]).mean() > 0.3


def test_pictures_of_the_video_are_those_of_the_frames(clip, tmp_path):
    """The lift is of frames 7, 9, 11, ...: the video's own picture must be behind each."""
    video = write_numbered(tmp_path / "v.mp4", 60)
    result = replace(clip[0], frame_numbers=np.arange(7, 7 + 48, 2), image_size=(128, 96))
    out_of_sight = replace(result, keypoints2d=result.keypoints2d + 1e4)  # nothing over the numbers
    draw_film(out_of_sight, tmp_path / "a.mp4", video=video)
    height = 720
    for t, image in enumerate(frames_of(tmp_path / "a.mp4")):
        panel = image[:height, : height * 128 // 96]
        step = panel.shape[1] / 128
        small = panel[(np.arange(96) * step + step / 2).astype(int)][:, (np.arange(128) * step + step / 2).astype(int)]
        assert number_of(small) == 7 + 2 * t


def test_skeleton_lies_on_the_keypoints(clip, tmp_path):
    """The left wrist is drawn where it is in the picture."""
    result, keypoints = clip
    size = result.image_size
    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for _ in range(24):
            black = np.zeros((size[1], size[0], 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(black, format="rgb24")))
        container.mux(stream.encode())
    draw_film(result, tmp_path / "a.mp4", video=tmp_path / "v.mp4", keypoints2d=keypoints)
    scale = min(720 / size[1], 1280 / size[0])
    image = frames_of(tmp_path / "a.mp4")[12]
    for joint in range(17):
        x, y, score = keypoints[12, joint]
        if score:
            x, y = round(x * scale), round(y * scale)
            assert image[y - 3 : y + 4, x - 3 : x + 4].max() > 150, joint  # on a black picture


def test_movements_and_path_are_named(clip, tmp_path):
    recognition = recognize_by_definitions(clip[0], keypoints2d=clip[1])
    draw_film(clip[0], tmp_path / "a.mp4", recognition=recognition)
    draw_film(clip[0], tmp_path / "b.mp4")
    captions = [[image[720 + 30 :, :].min() for image in frames_of(tmp_path / f"{name}.mp4")] for name in "ab"]
    assert max(captions[0]) < 120 and min(captions[1]) > 200  # ink, and none
    assert count(frames_of(tmp_path / "a.mp4")[-1], PATH) > 20


def test_keypoints_of_another_clip_are_refused(clip, tmp_path):
    with pytest.raises(InputError, match="expected those that were lifted"):
        draw_film(clip[0], tmp_path / "a.mp4", keypoints2d=clip[1][1:])


def test_progress_counts_frames(clip, tmp_path):
    seen = []
    draw_film(clip[0], tmp_path / "a.mp4", progress=lambda *at: seen.append(at))
    assert seen == [(t, 24) for t in range(1, 25)]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of the size of a file")
def test_full_disk_leaves_nothing_and_is_said(clip, tmp_path):
    """A process that may write 20 kB to a file, as if the disk were full then."""
    clip[0].save(tmp_path / "out.npz")
    code = (
        "import resource, signal, sys; from dancelift import cli\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))\n"
        f"returned = cli.main(['view', {str(tmp_path / 'out.npz')!r}, '-o', {str(tmp_path / 'a.mp4')!r}])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, before)  # for what a measure of coverage writes at the end\n"
        "sys.exit(returned)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "dancelift: error:" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.npz"]
