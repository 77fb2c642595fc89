"""The detectors themselves: MediaPipe where it is installed, RTMPose's way through ONNX with networks made here."""

import importlib
import os
import sys
import urllib.request

import numpy as np
import pytest

from dancelift.errors import InputError, MissingExtraError
from dancelift.formats.keypoints.detections import VideoDetections
from dancelift.video.detectors import make_detector
from fixtures.networks import person_detector, pose_network


def test_what_is_not_installed_is_named(monkeypatch):
    for module in ("rtmlib", "mediapipe"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r'RTMPose needs rtmlib.*: pip install "dancelift\[video\]"'):
        make_detector("rtmpose")
    with pytest.raises(MissingExtraError, match=r'MediaPipe needs mediapipe: pip install "dancelift\[mediapipe\]"'):
        make_detector("mediapipe")


@pytest.fixture
def networks(tmp_path):
    pytest.importorskip("rtmlib", reason="RTMPose needs the extra 'video'")
    pytest.importorskip("onnxruntime", reason="RTMPose needs the extra 'video'")
    persons = person_detector(tmp_path / "yolox.onnx", (20, 10, 60, 110))
    return persons, pose_network(tmp_path / "rtmpose.onnx", 26, (192, 256))


def test_rtmpose_finds_joints_in_the_person_s_box(networks):
    detector = make_detector("rtmpose", networks)
    found = detector.detect(np.zeros((128, 128, 3), np.uint8), 0.0)
    assert found.shape == (1, 26, 3)
    np.testing.assert_allclose(found[0, :, :2], [[40, 60]] * 26, atol=1)  # the middle of SimCC is that of the box
    np.testing.assert_allclose(found[0, :, 2], 0.8, atol=1e-3)
    assert "yolox.onnx" in detector.name and "rtmpose.onnx" in detector.name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_rtmpose_has_no_more_threads_than_it_may(networks):
    def tasks():
        return set(os.listdir("/proc/self/task"))

    before = tasks()
    found = make_detector("rtmpose", networks, n_threads=1).detect(np.zeros((128, 128, 3), np.uint8), 0.0)
    assert found.shape == (1, 26, 3)
    assert tasks() <= before
    detector = make_detector("rtmpose", networks, n_threads=3)
    assert len(tasks() - before) == 2 * (3 - 1)  # of both networks, besides the one that calls them
    assert detector.detect(np.zeros((128, 128, 3), np.uint8), 0.0).shape == (1, 26, 3)


def test_rtmpose_finds_nobody_without_a_box(networks, tmp_path):
    persons = person_detector(tmp_path / "nobody.onnx", (20, 10, 60, 110), score=0.1)
    found = make_detector("rtmpose", (persons, networks[1])).detect(np.zeros((128, 128, 3), np.uint8), 0.0)
    assert len(found) == 0


def test_weights_in_the_wrong_order_are_named(networks):
    with pytest.raises(InputError, match="expected weights of a YOLOX person detector, then of RTMPose"):
        make_detector("rtmpose", networks[::-1])


def test_one_file_of_weights_is_too_few(networks):
    with pytest.raises(InputError, match="1 file of weights, expected two .onnx files"):
        make_detector("rtmpose", networks[:1])


def test_damaged_weights_are_named(networks, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    with pytest.raises(InputError, match=r"bad\.onnx: cannot be read .* expected weights in ONNX format"):
        make_detector("rtmpose", (tmp_path / "bad.onnx", networks[1]))


def test_weights_that_cannot_be_fetched_say_what_to_give(monkeypatch, tmp_path):
    rtmlib = pytest.importorskip("rtmlib")
    base = importlib.import_module("rtmlib.tools.base")

    def fail(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(base, "download_checkpoint", fail)
    with pytest.raises(InputError, match=r"cannot be fetched \(no route to host\); expected .* --weights YOLOX"):
        make_detector("rtmpose")
    assert rtmlib.BodyWithFeet.MODE["balanced"]["pose"].find("halpe26") > 0  # what the usual ones are


def test_mediapipe_weights_that_cannot_be_fetched_say_what_to_give(monkeypatch, tmp_path):
    from dancelift.video import mediapipe

    def fail(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", fail)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"cannot be fetched .* --weights, from https://.*\.task"):
        mediapipe._fetched()
    assert not list(tmp_path.rglob("*.task*"))


def test_mediapipe_sees_nobody_in_an_empty_picture():
    mediapipe = pytest.importorskip("mediapipe", reason="MediaPipe needs the extra 'mediapipe'")
    if not hasattr(mediapipe, "solutions"):
        pytest.skip("this release has no model of its own")
    found = make_detector("mediapipe").detect(np.full((240, 320, 3), 127, np.uint8), 0.0)
    assert found.shape[0] == 0


def test_mediapipe_finds_a_person(request):
    """On a real video, which the variable DANCELIFT_TEST_VIDEO names."""
    mediapipe = pytest.importorskip("mediapipe", reason="MediaPipe needs the extra 'mediapipe'")
    path = os.environ.get("DANCELIFT_TEST_VIDEO")
    if path is None or not hasattr(mediapipe, "solutions"):
        pytest.skip("DANCELIFT_TEST_VIDEO names no video of a person")
    from dancelift.video.detect import detect_keypoints

    (track,) = detect_keypoints(path, detector="mediapipe", end=1.0)
    assert track.skeleton == "blazepose33" and track.keypoints2d[..., 2].mean() > 0.5
    ankles, nose = track.keypoints2d[:, 27:29, 1].mean(), track.keypoints2d[:, 0, 1].mean()
    assert ankles > nose  # a person who stands


def test_kept_detections_of_nobody_are_written_and_read(tmp_path):
    nobody = VideoDetections(np.arange(3), np.arange(3) / 25, np.array([], int), np.empty((0, 0, 3)), (64, 48), {})
    nobody.save(tmp_path / "a.npz")
    assert VideoDetections.load(tmp_path / "a.npz").frames.tolist() == [0, 1, 2]
