"""`dancelift stream`: lines of JSON in, lines of JSON out."""

import io
import json

import numpy as np
import pytest

from dancelift.synthetic.dance import generate
from fixtures.commands import only_line, run
from fixtures.videos import NumberDetector, write_numbered

POSES = ("--no-movements", "--threads", "1")


@pytest.fixture(scope="module")
def dance():
    return generate(45, random_seed=1)


def lines(keypoints, fps=30.0):
    return "".join(
        json.dumps({"time": i / fps, "keypoints": None if frame is None else np.round(frame, 2).tolist()}) + "\n"
        for i, frame in enumerate(keypoints)
    )


def said(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_standard_input_becomes_poses(dance, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(lines(dance.keypoints2d)))
    assert run("stream", "--image-size", "1920x1080", *POSES) == 0
    frames = said(capsys)
    assert [frame["frame"] for frame in frames] == list(range(45))
    assert frames[30]["time"] == 1.0
    assert np.array(frames[-1]["poses3d"]).shape == (17, 3)
    depth = np.mean([np.array(frame["poses3d"])[:, 2].mean() for frame in frames])
    assert 1 < depth < 10


def test_movements_are_named(dance, tmp_path, capsys):
    pytest.importorskip("torch")
    (tmp_path / "in.jsonl").write_text(lines(dance.keypoints2d))
    assert run("stream", tmp_path / "in.jsonl", "--image-size", "1920x1080", "--threads", "1") == 0
    frames = said(capsys)
    assert frames[0]["movements"] is None
    assert all(0 < share <= 1 for share in frames[-1]["movements"].values()) and frames[-1]["movements"]


def test_nobody_is_null(dance, tmp_path, capsys):
    (tmp_path / "in.jsonl").write_text(lines([None] * 20))
    assert run("stream", tmp_path / "in.jsonl", "--image-size", "1920x1080", *POSES) == 0
    assert [frame["poses3d"] for frame in said(capsys)] == [None] * 20


def test_video_is_followed_as_if_it_were_live(tmp_path, monkeypatch, capsys):
    pytest.importorskip("av")
    detector = NumberDetector(generate(40, random_seed=1, fps=25, image_size=(128, 96)).keypoints2d)
    monkeypatch.setattr("dancelift.video.detectors.make_detector", lambda *given: detector)
    video = write_numbered(tmp_path / "dance.mp4", 40)
    assert run("stream", video, *POSES) == 0
    assert [frame["frame"] for frame in said(capsys)] == list(range(40))
    assert detector.looked_at == list(range(40))


@pytest.mark.parametrize(
    "text, message",
    [
        ("not json\n", "line 1: Expecting value"),
        ('{"time": 0}\n', "line 1: 'keypoints', expected"),
        ('{"time": "now", "keypoints": null}\n', "line 1: time is 'now'"),
        ('{"keypoints": [[1, 2, 1]]}\n', "keypoints of shape (1, 3), expected (17, 3)"),
        ('{"time": 1e999, "keypoints": null}\n', "line 1: time is inf"),
        ("[" * 100_000, "line 1: maximum recursion depth"),
        ("1" * 5000, "line 1: Exceeds the limit"),
        (" " * 10**6 + "\n\n", "line 1: more than 1000000 characters"),
        ("", "no frame, expected at least one"),
    ],
)
def test_bad_lines_are_named(text, message, tmp_path, capsys):
    (tmp_path / "in.jsonl").write_text(text)
    assert run("stream", tmp_path / "in.jsonl", "--image-size", "1920x1080", *POSES) == 1
    error = only_line(capsys.readouterr().err)
    assert message in error
    assert not message.startswith("line") or f"{tmp_path / 'in.jsonl'}: {message}" in error


def test_camera_that_is_not_there_is_named(capsys):
    pytest.importorskip("av")
    assert run("stream", "camera:97", *POSES) == 1
    assert "camera 97: cannot be opened" in only_line(capsys.readouterr().err)
