"""What is doubtful is warned of once, at the line that called dancelift."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import dancelift
from dancelift import DanceliftWarning
from fixtures.keypoints import dancer, write_openpose
from fixtures.lifts import dance, joint

WRIST = joint(dancelift.SKELETONS["coco17"], "left_wrist")


def without_a_wrist(n_frames: int = 30) -> np.ndarray:
    keypoints = np.array(dance(n_frames).keypoints2d)
    keypoints[:, WRIST] = 0
    return keypoints


def lift(tmp_path):
    keypoints = without_a_wrist()
    return lambda: dancelift.lift(keypoints, n_seeds=1, image_size=(1920, 1080))


def recognize(tmp_path):
    pytest.importorskip("captum", reason="recognition needs the extra 'recognize'")
    keypoints = without_a_wrist()
    return lambda: dancelift.recognize(keypoints, n_seeds=1, image_size=(1920, 1080), explain=False)


def load_keypoints(tmp_path):
    folder = write_openpose(tmp_path / "clip", [dancer(12, 25)])
    (folder / "video_000000000004_keypoints.json").unlink()
    return lambda: dancelift.load_keypoints(folder, fps=25, image_size=(1920, 1080))


@pytest.mark.parametrize(
    ("prepared", "message"),
    [(lift, "never seen: left_wrist"), (recognize, "never seen: left_wrist"), (load_keypoints, "no frame 4")],
)
def test_warning_appears_once_and_points_at_the_line_that_called(prepared, message, tmp_path):
    call = prepared(tmp_path)
    with pytest.warns(DanceliftWarning, match=message) as warned:
        call()
    (warning,) = warned
    source, line = inspect.getsourcelines(call)
    assert (warning.filename, warning.lineno) == (__file__, line)


def test_clip_that_is_lifted_in_windows_is_warned_of_once(monkeypatch):
    monkeypatch.setattr("dancelift.lifting.lift.LONGEST", 100)
    keypoints = without_a_wrist(210)
    with pytest.warns(DanceliftWarning, match="never seen: left_wrist") as warned:
        dancelift.lift(keypoints, n_seeds=1, image_size=(1920, 1080))
    assert len(warned) == 1


def test_camera_that_is_given_to_recognize_is_the_only_one_that_is_asked_for():
    pytest.importorskip("captum", reason="recognition needs the extra 'recognize'")
    clip = dance(30)
    found = dancelift.recognize(clip.keypoints2d, n_seeds=1, camera=clip.camera, explain=False)
    np.testing.assert_allclose(found.lift.camera.matrix, clip.camera.matrix)


def test_folder_whose_name_begins_like_that_of_the_package_is_outside_of_it(tmp_path):
    package = dancelift.__path__[0]
    program = tmp_path / "caller.py"
    program.write_text(
        "from dancelift.errors import warn\n"
        f"exec(compile('warn(\"doubtful\")', {package + '_users/own.py'!r}, 'exec'))\n"
    )
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    assert done.stderr.startswith(f"{package}_users/own.py:1: DanceliftWarning: doubtful")
