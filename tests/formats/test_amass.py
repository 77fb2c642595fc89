"""AMASS: joints by forward kinematics over SMPL's mean body, from z up to y up."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import SKELETONS, DanceliftWarning, InputError
from dancelift.body.motion import Motion
from dancelift.formats.motion import load_motions
from fixtures.amass import NAMES, REST, UPRIGHT, frames, write

COCO17 = SKELETONS["coco17"]
FACE, LIMBS = slice(0, 5), slice(5, 17)

TOLERANCE = 5e-4  # m: the positions above are rounded


def only(path: Path) -> Motion:
    (motion,) = load_motions(path)
    return motion


def rejected(path: Path, *parts: str) -> None:
    """Reading raises InputError, whose message is short, names the path and has all `parts`."""
    with pytest.raises(InputError) as error:
        load_motions(path)
    for part in (str(path), "expected", *parts):
        assert part in str(error.value)
    assert len(str(error.value)) - len(str(path)) < 400


def y_up(points: np.ndarray) -> np.ndarray:
    """What has z up, with y up."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def turn_matrix(vector: np.ndarray) -> np.ndarray:
    """(3, 3): the exponential of a vector's cross-product matrix, by its series."""
    x, y, z = vector
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    total = term = np.eye(3)
    for k in range(1, 40):
        term = term @ cross / k
        total = total + term
    return total


def joints_by_transforms(pose: np.ndarray, trans: np.ndarray) -> np.ndarray:
    """(17, 3) of one frame, y up: each joint turns all that is beyond it about the place where it rests."""
    world: dict[str, np.ndarray] = {}
    found = {}
    for name, (parent, rest) in REST.items():
        to, back, turn = np.eye(4), np.eye(4), np.eye(4)
        to[:3, 3], back[:3, 3] = rest, np.negative(rest)
        turn[:3, :3] = turn_matrix(pose.reshape(-1, 3)[NAMES.index(name)])
        world[name] = (np.eye(4) if parent is None else world[parent]) @ to @ turn @ back
        found[name] = (world[name] @ [*rest, 1])[:3] + trans
    return y_up(np.array([found.get(joint, np.full(3, np.nan)) for joint in COCO17.joints]))


def test_t_pose_stands_with_its_arms_out_and_looks_ahead(tmp_path):
    motion = only(write(tmp_path / "walk_poses.npz"))
    assert (motion.name, motion.source, motion.genre, motion.fps) == ("walk_poses", "AMASS", None, 120)
    assert motion.skeleton is COCO17 and motion.poses3d.shape == (4, 17, 3)
    at = dict(zip(COCO17.joints, motion.poses3d[0], strict=True))
    for side, left in (("left", 1), ("right", -1)):
        assert at[f"{side}_wrist"][0] == pytest.approx(left * 0.683, abs=0.005)
        assert at[f"{side}_wrist"][1] == pytest.approx(at[f"{side}_shoulder"][1], abs=0.01)
        assert at[f"{side}_ankle"][1] < at[f"{side}_knee"][1] < at[f"{side}_hip"][1] < at[f"{side}_shoulder"][1]
        assert at[f"{side}_ear"][0] * left > 0
    assert at["nose"][2] > at["left_eye"][2] > at["left_ear"][2]
    assert at["left_eye"][1] > at["nose"][1] > at["left_shoulder"][1] + 0.1


def test_lengths_of_the_mean_body_are_a_persons(tmp_path):
    poses = only(write(tmp_path / "a.npz")).poses3d[0]

    def length(a: str, b: str) -> float:
        return float(np.linalg.norm(poses[COCO17.joints.index(a)] - poses[COCO17.joints.index(b)]))

    for side in ("left", "right"):
        assert length(f"{side}_hip", f"{side}_knee") == pytest.approx(0.38, abs=0.01)
        assert length(f"{side}_knee", f"{side}_ankle") == pytest.approx(0.40, abs=0.01)
        assert length(f"{side}_shoulder", f"{side}_elbow") == pytest.approx(0.26, abs=0.01)
        assert length(f"{side}_elbow", f"{side}_wrist") == pytest.approx(0.25, abs=0.01)
    assert length("left_shoulder", "right_shoulder") == pytest.approx(0.35, abs=0.01)
    assert length("left_hip", "right_hip") == pytest.approx(0.14, abs=0.01)


def test_z_is_up_whatever_the_dancer_does(tmp_path):
    """A root without a turn lies on its back: SMPL's y is then level, its z up."""
    lying = only(write(tmp_path / "a.npz", frames(pelvis=(0, 0, 0)))).poses3d[0]
    standing = only(write(tmp_path / "b.npz")).poses3d[0]
    assert np.ptp(lying[LIMBS, 1]) < 0.1 < 1.2 < np.ptp(standing[LIMBS, 1])
    assert lying[0, 1] > lying[3, 1]


def test_root_turns_about_the_pelvis(tmp_path):
    straight = only(write(tmp_path / "a.npz")).poses3d
    # first upright, then by 90 degrees about the vertical: together by 120 degrees about (1, 1, 1)
    turned = only(write(tmp_path / "b.npz", frames(pelvis=np.full(3, 2 * np.pi / 3 / np.sqrt(3))))).poses3d
    pelvis = y_up(np.array(REST["pelvis"][1]))
    from_pelvis = straight - pelvis
    expected = np.stack([from_pelvis[..., 2], from_pelvis[..., 1], -from_pelvis[..., 0]], axis=-1) + pelvis
    assert_allclose(turned, expected, atol=1e-9)


def test_knee_bent_by_90_degrees_points_the_shin_back(tmp_path):
    straight = only(write(tmp_path / "a.npz")).poses3d[0]
    bent = only(write(tmp_path / "b.npz", frames(left_knee=(np.pi / 2, 0, 0)))).poses3d[0]
    knee, ankle = COCO17.joints.index("left_knee"), COCO17.joints.index("left_ankle")
    others = [joint for joint in range(17) if joint != ankle]
    assert_allclose(bent[others], straight[others], atol=1e-12)
    x, y, z = straight[ankle] - straight[knee]
    assert_allclose(bent[ankle] - bent[knee], (x, -z, y), atol=1e-12)
    assert (bent[ankle] - bent[knee])[2] < -0.39


def test_face_turns_with_the_head(tmp_path):
    straight = only(write(tmp_path / "a.npz")).poses3d[0]
    turned = only(write(tmp_path / "b.npz", frames(head=(0, np.pi / 2, 0)))).poses3d[0]
    assert_allclose(turned[LIMBS], straight[LIMBS], atol=1e-12)
    x, y, z = (straight[0] - straight[[3, 4]].mean(axis=0)).tolist()  # from between the ears to the nose
    assert_allclose(turned[0] - turned[[3, 4]].mean(axis=0), (z, y, -x), atol=1e-9)


def test_kinematics_is_the_product_of_turns_about_the_joints_at_rest(tmp_path):
    rng = np.random.default_rng(4)
    poses, trans = rng.normal(0, 0.6, (6, 156)), rng.normal(0, 2, (6, 3))
    poses[:, :3] += UPRIGHT
    motion = only(write(tmp_path / "a.npz", poses, trans=trans))
    expected = np.stack([joints_by_transforms(pose, move) for pose, move in zip(poses, trans, strict=True)])
    assert_allclose(motion.poses3d[:, LIMBS], expected[:, LIMBS], atol=2 * TOLERANCE)
    lengths = np.linalg.norm(motion.poses3d[:, None, FACE] - motion.poses3d[:, FACE, None], axis=-1)
    assert_allclose(lengths, lengths[:1].repeat(6, axis=0), atol=1e-9)


@pytest.mark.parametrize("width", [72, 156, 165])
def test_models_share_the_body(tmp_path, width):
    poses = np.random.default_rng(5).normal(0, 0.3, (4, 165))
    motion = only(write(tmp_path / "a.npz", poses[:, :width].astype(np.float32)))
    assert_allclose(motion.poses3d, only(write(tmp_path / "b.npz", poses)).poses3d, atol=1e-6)


@pytest.mark.parametrize("rate", [59.94, np.array([100]), np.float32(250)], ids=str)
@pytest.mark.parametrize("name", ["mocap_framerate", "mocap_frame_rate"])
def test_frame_rate_is_spelled_in_two_ways(tmp_path, name, rate):
    motion = only(write(tmp_path / "a.npz", **({"mocap_framerate": None} | {name: rate})))
    assert motion.fps == pytest.approx(float(np.squeeze(rate)))


def test_members_that_are_not_needed_are_not_read(tmp_path):
    path = write(tmp_path / "a.npz", betas=None, dmpls=None, gender=np.array({"a": None}, dtype=object))
    assert len(only(path).poses3d) == 4


def test_other_files_of_a_folder_are_passed_over(tmp_path):
    write(tmp_path / "walk_poses.npz")
    np.savez(tmp_path / "shape.npz", betas=np.zeros(16), gender="female")
    with pytest.warns(DanceliftWarning, match=r"passed over: .*shape\.npz"):
        assert only(tmp_path).name == "walk_poses"


def wrong(index: tuple[int, int], value: float) -> np.ndarray:
    poses = frames()
    poses[index] = value
    return poses


@pytest.mark.parametrize(
    ("members", "parts"),
    [
        ({"poses": np.zeros((4, 63))}, ("(4, 63)", "156 of SMPL-H")),
        ({"poses": np.zeros(156)}, ("(156,)",)),
        ({"poses": np.zeros((0, 156))}, ("(0, 156)",)),
        ({"poses": np.zeros((4, 52, 3))}, ("(4, 52, 3)",)),
        ({"poses": np.array(3.0)}, ("()",)),
        ({"poses": np.full((4, 156), "x")}, ("poses", "numbers")),
        ({"poses": np.full((4, 156), None)}, ("poses",)),
        ({"poses": wrong((2, 65), np.nan)}, ("poses[2, 65] = nan", "rad")),
        ({"poses": wrong((2, 4), np.inf)}, ("poses[2, 4] = inf", "rad")),
        ({"poses": wrong((1, 0), -90)}, ("poses[1, 0] = -90", "rad")),
        ({"poses": wrong((1, 0), 1e300)}, ("poses[1, 0] = 1e+300", "rad")),
        ({"trans": None}, ("poses", "'trans'")),
        ({"trans": np.zeros((3, 3))}, ("(3, 3)", "(4, 3)")),
        ({"trans": np.zeros(3)}, ("(3,)", "(4, 3)")),
        ({"trans": np.full((4, 3), np.nan)}, ("trans[0, 0] = nan", "metres")),
        ({"trans": np.full((4, 3), 1e6)}, ("trans[0, 0] = 1e+06", "metres")),
        ({"trans": np.full((4, 3), "a")}, ("trans", "numbers")),
        ({"mocap_framerate": None}, ("mocap_framerate", "frames per second")),
        ({"mocap_framerate": 0}, ("mocap_framerate = 0", "frames per second")),
        ({"mocap_framerate": -30}, ("-30",)),
        ({"mocap_framerate": np.nan}, ("nan",)),
        ({"mocap_framerate": np.inf}, ("inf",)),
        ({"mocap_framerate": 1e9}, ("1000000000",)),
        ({"mocap_framerate": [30, 60]}, ("[30, 60]",)),
        ({"mocap_framerate": "fast"}, ("fast", "numbers")),
    ],
)
def test_what_is_wrong_is_named(tmp_path, members, parts):
    rejected(write(tmp_path / "a.npz", **members), *parts)


def test_numbers_of_hands_are_not_looked_at(tmp_path):
    assert np.isfinite(only(write(tmp_path / "a.npz", wrong((2, 70), np.nan))).poses3d).all()


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
def test_truncated_file(tmp_path, cut):
    path = write(tmp_path / "a.npz")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * cut)])
    rejected(path)


def test_array_that_inflates_to_more_than_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("dancelift.files.MOST_BYTES", 10**5)
    rejected(write(tmp_path / "a.npz", frames(200)), "'poses' is of", "at most 100000")


def test_arrays_of_dancelift_come_first(tmp_path):
    poses = only(write(tmp_path / "a.npz")).poses3d
    assert only(write(tmp_path / "b.npz", poses3d=poses, fps=25, up="y")).fps == 25
