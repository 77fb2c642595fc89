"""What the pictures show: read back from the files, for every skeleton."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift.body.skeleton import SKELETONS, Skeleton, sided
from dancelift.body.sketch import LEFT, RIGHT
from dancelift.errors import InputError
from dancelift.synthetic.dance import generate

pytest.importorskip("matplotlib", reason="pictures need the extra 'view'")
image_module = pytest.importorskip("PIL.Image", reason="pictures need the extra 'view'")

from dancelift.show.pictures import draw_animation, draw_picture  # noqa: E402
from dancelift.show.scene import Scene  # noqa: E402


def lifted(n_frames: int, skeleton: str | Skeleton = "coco17") -> tuple[dancelift.LiftResult, np.ndarray]:
    clip = generate(n_frames, random_seed=1, skeleton=skeleton)
    result = dancelift.lift(
        clip.keypoints2d,
        n_seeds=1,
        skeleton=skeleton,
        image_size=clip.image_size,
        sigmas={"reprojection": 4},
    )
    return result, clip.keypoints2d


@pytest.fixture(scope="module")
def clip() -> tuple[dancelift.LiftResult, np.ndarray]:
    return lifted(60)


def pixels(path: Path) -> np.ndarray:
    """(H, W, 3) of a picture or of the first frame of an animation."""
    with image_module.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def count(image: np.ndarray, colour: str) -> int:
    """Number of pixels of about that colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(image - wanted).max(axis=2) < 24).sum())


def test_picture_shows_left_and_right_limbs_in_2d_and_3d(clip, tmp_path):
    draw_picture(*clip, tmp_path / "out.png")
    image = pixels(tmp_path / "out.png")
    assert image.shape[1] > image.shape[0] > 500
    for row in np.array_split(image[100:-60], 3):
        assert count(row, LEFT) > 300
        assert count(row, RIGHT) > 300


def test_animation_is_as_long_as_the_clip_at_a_lower_frame_rate(clip, tmp_path):
    draw_animation(*clip, tmp_path / "out.gif")
    with image_module.open(tmp_path / "out.gif") as image:
        assert image.n_frames == 25
        assert image.info["duration"] == 80
        assert image.info["loop"] == 0
    assert (tmp_path / "out.gif").stat().st_size < 1_000_000
    first = pixels(tmp_path / "out.gif")
    for panel in np.array_split(first, 3, axis=1):
        assert count(panel, LEFT) > 50
        assert count(panel, RIGHT) > 50


def test_animation_may_start_later(clip, tmp_path):
    draw_animation(*clip, tmp_path / "out.gif", start=1.0)
    with image_module.open(tmp_path / "out.gif") as image:
        assert image.n_frames == 13
    with pytest.raises(InputError, match=r"start is 2 s, expected 0 to 1\.9"):
        draw_animation(*clip, tmp_path / "late.gif", start=2.0)


def test_joints_that_are_missing_are_not_drawn_in_2d(clip, tmp_path):
    result, keypoints2d = clip
    left = [i for i, joint in enumerate(result.skeleton.joints) if joint.startswith("left")]
    without = keypoints2d.copy()
    without[:, left] = 0
    counts = []
    for name, keypoints in (("with", keypoints2d), ("without", without)):
        draw_picture(result, keypoints, tmp_path / f"{name}.png")
        image = pixels(tmp_path / f"{name}.png")
        counts.append(count(image[100 : 100 + (image.shape[0] - 160) // 3], LEFT))
    assert counts[0] > 300
    assert counts[1] == 0


def test_nan_is_missing_as_well(clip, tmp_path):
    result, keypoints2d = clip
    points = keypoints2d[..., :2].copy()
    points[:, 5:] = np.nan
    draw_picture(result, points, tmp_path / "out.png")


def test_keypoints_that_the_lift_keeps_are_drawn(clip, tmp_path):
    result, keypoints2d = clip
    for name, given in (("given", keypoints2d), ("kept", None)):
        draw_picture(result, given, tmp_path / f"{name}.png")
    np.testing.assert_array_equal(pixels(tmp_path / "given.png"), pixels(tmp_path / "kept.png"))


def test_without_keypoints_the_reprojection_is_drawn(clip, tmp_path):
    draw_picture(replace(clip[0], observed2d=None), None, tmp_path / "out.png")
    image = pixels(tmp_path / "out.png")
    assert count(image[100 : 100 + (image.shape[0] - 160) // 3], LEFT) > 300


@pytest.mark.parametrize("skeleton", [*SKELETONS, Skeleton("few", sided("shoulder", "hip", "knee"))])
def test_every_skeleton_can_be_drawn(skeleton, tmp_path):
    result, keypoints2d = lifted(8, skeleton)
    draw_picture(result, keypoints2d, tmp_path / "out.png")
    draw_animation(result, keypoints2d, tmp_path / "out.gif")
    assert count(pixels(tmp_path / "out.png"), LEFT) > 1000


def test_one_frame_can_be_drawn(tmp_path):
    result, keypoints2d = lifted(1)
    draw_picture(result, keypoints2d, tmp_path / "out.png")
    draw_animation(result, keypoints2d, tmp_path / "out.gif")


def test_keypoints_of_another_clip_are_refused(clip, tmp_path):
    result, keypoints2d = clip
    with pytest.raises(InputError, match=r"keypoints2d has shape \(10, 17, 3\), expected those that were lifted"):
        draw_picture(result, keypoints2d[:10], tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_without_matplotlib_the_error_names_the_extra():
    code = "import sys; sys.modules['matplotlib'] = None; import dancelift.show.pictures"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'MissingExtraError: drawing pictures needs matplotlib: pip install "dancelift[view]"' in run.stderr


def test_limbs_have_lines_as_long_as_their_deviation_along_the_line_of_sight(clip):
    result, _ = clip
    scene = Scene.of(result, None)
    joints = [joint for limb in result.skeleton.limbs for joint in limb[1:]]
    length = np.linalg.norm(scene.doubt[:, :, 1] - scene.doubt[:, :, 0], axis=2)
    np.testing.assert_allclose(length, 2 * result.deviations[:, joints, 1])
    np.testing.assert_allclose(scene.doubt.mean(axis=2), scene.upright[:, joints], atol=1e-9)
    without = Scene.of(replace(result, deviations=np.empty((0, 0, 2))), None)
    assert not without.doubt.size
