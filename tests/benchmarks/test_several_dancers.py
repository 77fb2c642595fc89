"""benchmarks/several_dancers.py: scenes of several dancers, scored as what is known of them says."""

import importlib.util
import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest

from fixtures.datasets import write_dance
from fixtures.paths import BENCHMARKS

SPLIT = {"test": ["salsa_1", "waltz_1"]}


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    spec = importlib.util.spec_from_file_location("several_dancers", BENCHMARKS / "several_dancers.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "several_dancers", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scene(bench, tmp_path):
    write_dance(tmp_path / "dance", {name: name.split("_")[0] for name in SPLIT["test"]}, 160)
    (tmp_path / "split.json").write_text(json.dumps(SPLIT))
    (made,) = bench.made_scenes(tmp_path, "test", 2, 1, 150)
    return made


def test_a_made_scene_is_two_on_one_floor_in_the_picture(scene):
    assert scene.poses3d.shape == (2, 150, 17, 3) and scene.keypoints2d.shape == (2, 150, 17, 3)
    lowest = [np.percentile((dancer @ scene.camera.up).min(axis=1), 5) for dancer in scene.poses3d]
    assert lowest[0] == pytest.approx(lowest[1], abs=0.01)
    seen = scene.keypoints2d[scene.keypoints2d[..., 2] > 0.8]
    assert (seen[:, 0] > -100).all() and (seen[:, 0] < scene.image_size[0] + 100).all()
    hips = scene.poses3d[:, :, 11:13].mean(axis=2)
    assert np.linalg.norm(hips[0] - hips[1], axis=1).min() > 0.3


def test_identities_are_scored(bench, scene):
    pytest.importorskip("trackeval")
    tracks = bench.track(scene)
    true = [
        replace(tracks[0], keypoints2d=points, frame_numbers=np.arange(len(points))) for points in scene.keypoints2d
    ]
    assert bench.tracking_scores(scene, true)["IDF1"] == pytest.approx(1)
    halves = np.where(np.arange(150)[None, :, None, None] < 75, scene.keypoints2d, scene.keypoints2d[::-1])
    swapped = [replace(track, keypoints2d=points) for track, points in zip(true, halves, strict=True)]
    assert bench.tracking_scores(scene, swapped)["IDF1"] == pytest.approx(0.5, abs=0.05)


def test_places_are_measured_after_one_similarity_of_the_scene(bench, scene):
    true = scene.poses3d
    moved = 1.3 * true + [0.2, -0.1, 3.0]
    assert bench.room_scores(moved, true)["relative place"] == pytest.approx(0, abs=1e-6)
    moved[1] += [0, 0, 0.3]
    assert 10 < bench.room_scores(moved, true)["relative place"] < 25
    assert math.isnan(bench.room_scores(true, true + np.array([[[[0.0]]], [[[9.0]]]]))["held hands"])
    near = np.stack([true[0], true[0] + [0.1, 0, 0]])
    apart = np.stack([true[0], true[0] + [0.3, 0, 0]])
    assert bench.room_scores(apart, near)["held hands"] == pytest.approx(20, abs=3)
