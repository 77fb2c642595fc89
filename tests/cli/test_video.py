"""Videos on the command line: from a video to results, with a detector that reads numbered pictures."""

import numpy as np
import pytest

import dancelift
from dancelift.synthetic.dance import generate
from fixtures.commands import only_line, run
from fixtures.videos import NumberDetector, write_numbered

av = pytest.importorskip("av", reason="videos need the extra 'video'")
pytest.importorskip("PIL", reason="videos need the extra 'video'")

LIFT = ("--n-seeds", "1", "--threads", "1")


@pytest.fixture
def detector(monkeypatch):
    """What `--detector mediapipe` makes."""
    made = NumberDetector(generate(40, random_seed=1, fps=25, image_size=(128, 96)).keypoints2d)
    monkeypatch.setattr("dancelift.video.detect.make_detector", lambda *given: made)
    return made


@pytest.fixture
def video(tmp_path):
    return write_numbered(tmp_path / "dance.mp4", 40)


def test_video_becomes_a_result_and_a_video(video, detector, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("lift", video, "-o", f"{out}/", "--mp4", *LIFT) == 0
    assert sorted(path.name for path in out.iterdir()) == ["dance.keypoints.npz", "dance.mp4", "dance.npz"]
    result = dancelift.load_lift(out / "dance.npz")
    assert result.image_size == (128, 96) and result.fps == pytest.approx(25)
    with av.open(str(out / "dance.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 40
    assert f"drawn in {out / 'dance.mp4'}" in capsys.readouterr().out


def test_second_run_does_not_detect_again(video, detector, tmp_path, capsys):
    assert run("lift", video, "-o", tmp_path / "a.npz", *LIFT, "-q") == 0
    assert len(detector.looked_at) == 40
    capsys.readouterr()
    assert run("lift", video, "-o", tmp_path / "a.npz", "--force", *LIFT, "-q") == 0
    assert len(detector.looked_at) == 40
    assert "keypoints as they are kept in" in only_line(capsys.readouterr().err)


def test_part_of_a_video_is_lifted(video, detector, tmp_path):
    assert run("lift", video, "-o", tmp_path / "a.npz", *LIFT, "-q", "--from", "0:00.4", "--to", "1.2") == 0
    result = dancelift.load_lift(tmp_path / "a.npz")
    np.testing.assert_array_equal(result.frame_numbers, np.arange(10, 31))
    np.testing.assert_allclose(result.times, np.arange(10, 31) / 25, atol=1e-3)


def test_film_over_the_video_of_a_part_of_it(video, detector, tmp_path):
    assert run("lift", video, "-o", tmp_path / "a.npz", *LIFT, "-q", "--from", "0.8") == 0
    assert run("view", tmp_path / "a.npz", "-o", tmp_path / "a.mp4", "--video", video) == 0
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 20


def test_recording_is_written(video, detector, tmp_path):
    pytest.importorskip("rerun")
    assert run("lift", video, "-o", tmp_path / "a.npz", *LIFT, "-q", "--keep-seeds") == 0
    assert run("view", tmp_path / "a.npz", "-o", tmp_path / "a.rrd", "--video", video, "--seeds") == 0
    assert (tmp_path / "a.rrd").stat().st_size > 10_000


@pytest.mark.parametrize("given", ("x", "1:2:3:4", "-3"))
def test_times_that_are_none_are_wrong_usage(video, given, tmp_path, capsys):
    assert run("lift", video, "-o", tmp_path / "a.npz", f"--from={given}") == 2
    assert "expected seconds, M:SS or H:MM:SS" in capsys.readouterr().err


def test_nobody_in_a_video_is_one_line(video, detector, tmp_path, capsys):
    detector.persons = np.zeros((0, 40, 17, 3))
    assert run("lift", video, "-o", tmp_path / "a.npz") == 1
    assert "nobody in any of 40 frames" in only_line(capsys.readouterr().err)


def test_missing_detector_says_what_to_install(video, monkeypatch, tmp_path, capsys):
    import sys

    monkeypatch.setitem(sys.modules, "mediapipe", None)
    assert run("lift", video, "-o", tmp_path / "a.npz", "--detector", "mediapipe") == 1
    assert 'pip install "dancelift[mediapipe]"' in only_line(capsys.readouterr().err)
    assert not (tmp_path / "a.npz").exists()


def test_still_picture_is_one_frame(tmp_path, detector, capsys):
    image = pytest.importorskip("PIL.Image")
    from fixtures.videos import numbered

    image.fromarray(numbered(5)).save(tmp_path / "still.png")
    assert run("lift", tmp_path / "still.png", "-o", tmp_path / "a.npz", "-q", *LIFT) == 0
    assert dancelift.load_lift(tmp_path / "a.npz").poses3d.shape == (1, 17, 3)


def test_corrections_change_what_is_about_them_only(video, detector, tmp_path, capsys):
    (tmp_path / "fixes.csv").write_text("frame,joint,x,y\n10,left_wrist,60,50\n")
    assert run("lift", video, "-o", tmp_path / "a.npz", *LIFT, "-q", "--keep", tmp_path / "kept.npz") == 0
    again = ("--keep", tmp_path / "kept.npz", "--corrections", tmp_path / "fixes.csv", *LIFT, "-q")
    assert run("lift", video, "-o", tmp_path / "b.npz", *again, "--resume-from", tmp_path / "a.npz") == 0
    before, after = (dancelift.load_lift(tmp_path / f"{name}.npz") for name in "ab")
    changed = (before.poses3d != after.poses3d).any(axis=(1, 2))
    assert changed[10] and not changed[30:].any()
    assert len(detector.looked_at) == 40
    capsys.readouterr()
    assert run("lift", video, "-o", tmp_path / "c.npz", *LIFT, "--resume-from", tmp_path / "a.npz") == 1
    assert "--resume-from without --corrections" in only_line(capsys.readouterr().err)
