"""Movements live: those of the same dance recognised as a whole, in time."""

import numpy as np
import pytest

import dancelift
from dancelift.errors import InputError
from dancelift.lifting.stream import LiftStream
from dancelift.synthetic.dance import generate

pytest.importorskip("torch", reason="movement networks need the extra 'recognize'")

from dancelift.movements.model import load_movement_model
from dancelift.recognition.stream import RecognitionStream

SIZE = (1920, 1080)


@pytest.fixture(scope="module")
def dance():
    return generate(180, random_seed=3)


@pytest.fixture(scope="module")
def recognized(dance):
    stream = RecognitionStream(LiftStream(image_size=SIZE, n_threads=1), load_movement_model("3d"))
    given, when = [], []
    for i, frame in enumerate(dance.keypoints2d):
        new = stream.push(frame)
        given += new
        when += [i] * len(new)
    return [*given, *stream.finish()], np.array(when)


def test_every_frame_is_given_once_in_order_and_in_time(recognized):
    frames, when = recognized
    assert [frame.lifted.number for frame in frames] == list(range(180))
    assert (when - np.arange(len(when))).max() <= 15 + 1


def test_movements_are_mostly_those_of_the_whole_dance(dance, recognized):
    model = load_movement_model("3d")
    lifted = dancelift.lift(dance.keypoints2d, n_seeds=1, image_size=SIZE)
    whole = dancelift.recognize_lift(lifted, movement_model=model, explain=False)
    live = np.stack([
        np.zeros(154) if frame.movements is None else frame.movements for frame in recognized[0]
    ])  # fmt: skip
    assert sum(frame.movements is None for frame in recognized[0]) <= 20
    later = slice(60, None)
    a, b = live[later] >= model.thresholds, whole.active[later]
    f_score = 2 * (a & b).sum() / (a.sum() + b.sum())
    print(f"F {f_score:.3f}")
    assert f_score > 0.75


def test_nobody_has_no_movements(dance):
    keypoints = dance.keypoints2d[:100].copy()
    keypoints[30:] = 0
    stream = RecognitionStream(LiftStream(image_size=SIZE, n_threads=1), load_movement_model("3d"))
    frames = [frame for pose in keypoints for frame in stream.push(pose)] + stream.finish()
    assert [frame.lifted.number for frame in frames] == list(range(100))
    assert all(frame.movements is None for frame in frames[60:])
    assert frames[25].movements is not None


def test_model_of_keypoints_is_refused():
    with pytest.raises(InputError, match="movement model of 2d input, expected one of 3d"):
        RecognitionStream(LiftStream(image_size=SIZE), load_movement_model("2d"))
