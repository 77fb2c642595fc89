"""How close lifted motion comes to real dance. The bounds are above what is reached, to catch a step back."""

from pathlib import Path

import numpy as np
import pytest

import dancelift
from motion import n_mpjpe

CLIPS = Path(__file__).parents[2] / "shared" / "data" / "dance"
COCO17 = dancelift.SKELETONS["coco17"]


def real_clip(name, n_frames=200):
    path = CLIPS / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"no real dance clips at {CLIPS}")
    (track, *_) = dancelift.load_keypoints(path)
    clip = np.load(path)
    truth = clip["keypoints3d"] @ clip["R"][0].T + clip["t"][0]
    return track, truth[:n_frames].astype(float), clip["R"][0] @ [0, 1, 0]


def lift(track, n_frames=200, **options):
    return dancelift.lift(
        track.keypoints2d[:n_frames],
        skeleton=track.skeleton,
        fps=track.fps,
        image_size=track.image_size,
        prior="anthropometric",
        **options,
    )


@pytest.mark.parametrize(("name", "bound"), [("salsa_60_03", 95), ("waltz_12", 95), ("rumba_2", 95)])
def test_real_dance_is_lifted_without_3d_data(name, bound):
    track, truth, up = real_clip(name)
    result = lift(track, n_seeds=2)
    assert n_mpjpe(result.poses3d, truth, COCO17) < bound
    assert np.degrees(np.arccos(result.camera.up @ up)) < 12


def test_a_real_clip_lifts_to_the_same_bits_for_any_number_of_threads():
    track, _, _ = real_clip("salsa_60_03")
    first, *others = (lift(track, n_frames=90, n_seeds=5, n_threads=n) for n in (1, 2, 4))
    for other in others:
        np.testing.assert_array_equal(first.poses3d, other.poses3d)
        np.testing.assert_array_equal(first.seed_errors, other.seed_errors)
