"""Recordings for Rerun's viewer: read back from the files."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift.errors import InputError
from dancelift.recognition.recognize import recognize_by_definitions
from dancelift.synthetic.dance import generate
from fixtures.videos import write_numbered

pytest.importorskip("rerun", reason="the viewer needs the extra 'viewer'")

from dancelift.show.viewer import show


@pytest.fixture(scope="module")
def clip():
    made = generate(24, random_seed=1, fps=25)
    result = dancelift.lift(
        made.keypoints2d, n_seeds=2, fps=25, image_size=made.image_size, sigmas={"reprojection": 4}, keep_seeds=True
    )
    return result, made.keypoints2d


def entities(path: Path) -> str:
    """What Rerun itself says is in a recording."""
    program = Path(sys.executable).with_name("rerun")
    command = [str(program)] if program.exists() else [sys.executable, "-m", "rerun_cli"]
    done = subprocess.run([*command, "rrd", "print", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_recording_has_body_camera_floor_and_movements(clip, tmp_path):
    result, keypoints = clip
    recognition = recognize_by_definitions(result, keypoints2d=keypoints)
    show(result, tmp_path / "a.rrd", keypoints2d=keypoints, recognition=recognition)
    found = entities(tmp_path / "a.rrd")
    for entity in (
        "world/camera", "world/camera/image", "world/camera/image/keypoints/left", "world/camera/image/reprojected",
        "world/dancer/left", "world/dancer/right", "world/dancer/deviation", "world/floor", "world/path", "movements/",
        "now",
    ):  # fmt: skip
        assert f" /{entity}" in found or f"- /{entity}" in found, entity
    assert "24 rows" in found
    assert "world/seeds" not in found


def test_seeds_are_there_on_request(clip, tmp_path):
    show(clip[0], tmp_path / "a.rrd", seeds=True)
    found = entities(tmp_path / "a.rrd")
    assert "world/seeds/1" in found and "world/seeds/2" in found


def test_seeds_that_were_not_kept_are_refused(clip, tmp_path):
    import dataclasses

    with pytest.raises(InputError, match="expected one that was lifted with keep_seeds"):
        show(dataclasses.replace(clip[0], seed_poses3d=None), tmp_path / "a.rrd", seeds=True)


def test_pictures_of_the_video_are_in_it(clip, tmp_path):
    pytest.importorskip("av")
    show(clip[0], tmp_path / "a.rrd", video=write_numbered(tmp_path / "v.mp4", 24))
    assert "world/camera/image/video" in entities(tmp_path / "a.rrd")


def test_without_a_screen_a_file_is_asked_for(clip, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match=r"there is no screen .* -o OUT\.rrd"):
        show(clip[0])


def test_camera_sees_the_dancer_where_the_picture_does(clip):
    """The dancer of the viewer's world, brought to its camera, falls on the reprojection."""
    from dancelift.body.floor import floor_height
    from dancelift.show.scene import Scene, turn_upright

    result, _ = clip
    towards = np.array([1.0, 1.0, -1.0])
    turn = turn_upright(result.camera.up)
    world = Scene.of(result, None).upright * towards
    assert np.linalg.det(np.diag(towards) @ turn.T) == pytest.approx(1)  # a turn, no mirror
    floor = floor_height(result.poses3d @ turn, result.skeleton)
    camera = (world + [0, floor, 0]) @ (np.diag(towards) @ turn.T)
    projected = camera @ result.camera.matrix.T
    np.testing.assert_allclose(projected[..., :2] / projected[..., 2:], result.keypoints2d, atol=1e-6)
