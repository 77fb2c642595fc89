"""How close lifted motion comes to real dance. The bounds are above what is reached, to catch a step back."""

import numpy as np
import pytest

import dancelift
from dancelift.datasets.registry import open_dataset
from dancelift.datasets.sequence import EvaluationSequence
from dancelift.evaluation.lift import LiftProtocol, evaluate_sequence
from dancelift.lifting.options import LiftOptions
from fixtures.paths import REAL_CLIPS


def real_clip(name: str, n_frames: int = 200) -> EvaluationSequence:
    if not (REAL_CLIPS / f"{name}.npz").exists():
        pytest.skip(f"no real dance clips at {REAL_CLIPS}")
    (sequence,) = open_dataset(REAL_CLIPS).read(name, "detected", 1)
    return sequence.first(n_frames)


@pytest.mark.parametrize(("name", "bound"), [("salsa_60_03", 80), ("waltz_12", 80), ("rumba_2", 75)])
def test_real_dance_is_lifted_without_3d_data(name, bound):
    protocol = LiftProtocol(options=LiftOptions(n_seeds=2, prior="anthropometric"))
    metrics = evaluate_sequence(real_clip(name), protocol).metrics
    assert metrics["N-MPJPE"] < bound
    assert metrics["tilt"] < 12


def test_a_real_clip_lifts_to_the_same_bits_for_any_number_of_threads():
    sequence = real_clip("salsa_60_03", n_frames=90)
    first, *others = (
        dancelift.lift(
            sequence.keypoints2d,
            n_seeds=5,
            fps=sequence.fps,
            image_size=sequence.image_size,
            prior="anthropometric",
            n_threads=n_threads,
        )
        for n_threads in (1, 2, 4)
    )
    for other in others:
        np.testing.assert_array_equal(first.poses3d, other.poses3d)
        np.testing.assert_array_equal(first.seed_errors, other.seed_errors)
