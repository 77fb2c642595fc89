"""Acclaim's skeletons and takes: kinematics about a bone's own axes, the skeleton beside a take, units and rates."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import InputError
from dancelift.body.motion import Motion
from dancelift.formats.motion import asf_amc, load_motions
from fixtures.acclaim import BONES, amc, asf, frame, write
from fixtures.paths import REAL_MOTION

CMU_UNIT = 2.54 / 100 / 0.45  # m

JOINTS = {  # where the landmark is: at the end of the bone before
    "hip": "hipjoint", "knee": "femur", "ankle": "tibia", "shoulder": "clavicle", "elbow": "humerus", "wrist": "radius",
    "foot_index": "toes",
}  # fmt: skip


def only(path: Path) -> Motion:
    (motion,) = load_motions(path)
    return motion


def landmarks(motion: Motion) -> dict[str, np.ndarray]:
    """(T, 3) of each landmark, m."""
    return {name: motion.poses3d[:, index] for index, name in enumerate(motion.skeleton.joints)}


def rejected(path: Path, *parts: str, of: Path | None = None) -> None:
    """Reading raises InputError, whose message is short, names the path (or that it is `of`) and has all `parts`."""
    named = of or path
    with pytest.raises(InputError) as error:
        load_motions(path)
    for part in (str(named), "expected", *parts):
        assert part in str(error.value)
    assert len(str(error.value)) - len(str(named)) < 400


def test_rest_pose_is_in_metres_with_y_up(tmp_path):
    motion = only(write(tmp_path))
    assert (motion.name, motion.source, motion.genre, motion.fps) == ("07_01", "ASF", None, 120)
    at = {name: rows[0] / CMU_UNIT for name, rows in landmarks(motion).items()}
    for side, left in (("left", 1), ("right", -1)):
        assert_allclose(at[f"{side}_hip"], (left * 1.6, 16.8, 0), atol=1e-9)
        assert_allclose(at[f"{side}_knee"], (left * 1.6, 9.8, 0), atol=1e-9)
        assert_allclose(at[f"{side}_ankle"], (left * 1.6, 2.8, 0), atol=1e-9)
        assert_allclose(at[f"{side}_foot_index"], (left * 1.6, 2.8 - 0.56, 2.92), atol=1e-9)
        assert_allclose(at[f"{side}_shoulder"], (left * 3.2, 25, 0), atol=1e-9)
        assert_allclose(at[f"{side}_elbow"], (left * 8.2, 25, 0), atol=1e-9)
        assert_allclose(at[f"{side}_wrist"], (left * 12.2, 25, 0), atol=1e-9)
        assert at[f"{side}_ear"][0] * left > 0
    assert at["nose"][2] > at["left_eye"][2] > at["left_ear"][2]
    assert at["left_eye"][1] > at["nose"][1] > 25


def test_root_moves_and_turns_everything(tmp_path):
    still = landmarks(only(write(tmp_path)))
    turned = landmarks(only(write(tmp_path, frame(root=[3, 18, -2, 0, 90, 0]))))
    middle = np.array([0, 18, 0]) * CMU_UNIT
    for name, rows in still.items():
        x, y, z = (rows - middle).T
        expected = np.stack([z, y, -x], axis=1) + np.array([3, 18, -2]) * CMU_UNIT
        assert_allclose(turned[name], expected, atol=1e-9)


def test_knee_bent_by_90_degrees_points_the_shin_back(tmp_path):
    still = landmarks(only(write(tmp_path)))
    bent = landmarks(only(write(tmp_path, frame(ltibia=[90]))))
    for name in still:
        if name not in ("left_ankle", "left_foot_index"):
            assert_allclose(bent[name], still[name], atol=1e-9)
    assert_allclose((bent["left_ankle"] - bent["left_knee"])[0] / CMU_UNIT, (0, 0, -7), atol=1e-9)


def test_a_bone_turns_about_its_own_axes(tmp_path):
    """A femur whose axes are turned by 20 degrees about z swings about an x that is turned so, too."""
    bent = landmarks(only(write(tmp_path, frame(lfemur=[90, 0, 0]))))
    x = np.array([np.cos(np.radians(20)), np.sin(np.radians(20)), 0])
    down = np.array([0, -1.0, 0])
    expected = (down @ x) * x + np.cross(x, down)  # Rodrigues at 90 degrees
    assert_allclose((bent["left_knee"] - bent["left_hip"])[0] / CMU_UNIT, 7 * expected, atol=1e-9)


def matrix(axis: str, degrees: float) -> np.ndarray:
    """(3, 3) about "x", "y" or "z", written out."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(
        {
            "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
            "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
            "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
        }[axis]
    )


def ends(values: dict[str, np.ndarray], index: int, order: str) -> dict[str, np.ndarray]:
    """(3,): the ends of the bones of one frame, from the root outwards."""
    place = np.zeros(3)
    turn = np.eye(3)
    for channel, value in zip(order.lower().split(), values["root"][index], strict=True):
        if channel[0] == "t":
            place["xyz".index(channel[1])] = value
        else:
            turn = matrix(channel[1], value) @ turn
    end, world = {"root": place}, {"root": turn}
    for name, (parent, direction, length, axis, dof) in BONES.items():
        c = matrix("z", axis[2]) @ matrix("y", axis[1]) @ matrix("x", axis[0])
        m = np.eye(3)
        for channel, value in zip(dof.split(), values[name][index], strict=True):
            m = matrix(channel[1], value) @ m
        world[name] = world[parent] @ c @ m @ np.linalg.inv(c)
        end[name] = end[parent] + world[name] @ direction * length
    return end


@pytest.mark.parametrize("order", ["TX TY TZ RX RY RZ", "RZ RY RX TZ TY TX", "tx ry ty rx tz rz"])
def test_kinematics_is_the_product_of_turns_along_the_bones(tmp_path, order):
    rng = np.random.default_rng(6)
    values = {name: rng.uniform(-60, 60, rows.shape) for name, rows in frame(5).items()}
    found = landmarks(only(write(tmp_path, values, asf(order=order))))
    for index in range(5):
        end = ends(values, index, order)
        for landmark, bone in JOINTS.items():
            for side in ("left", "right"):
                expected = end[f"{side[0]}{bone}"] * CMU_UNIT
                assert_allclose(found[f"{side}_{landmark}"][index], expected, atol=1e-9)


def test_angles_in_rad(tmp_path):
    motion = frame(ltibia=[90], root=[0, 18, 0, 10, 20, 30])
    expected = only(write(tmp_path, motion)).poses3d
    radians = {name: np.radians(rows) for name, rows in motion.items()}
    radians["root"][:, :3] = motion["root"][:, :3]
    (tmp_path / "07.asf").write_text(asf(angle="rad"))
    for head in (":FULLY-SPECIFIED\n:RADIANS\n", ":FULLY-SPECIFIED\n"):
        (tmp_path / "07_01.amc").write_text(amc(radians, head))
        assert_allclose(only(tmp_path / "07_01.amc").poses3d, expected, atol=1e-9)
    (tmp_path / "07_01.amc").write_text(amc(motion))  # the take says degrees
    assert_allclose(only(tmp_path / "07_01.amc").poses3d, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("length", "unit"),
    [
        ("  length 0.45\n", CMU_UNIT),
        ("  length 0.5\n", 0.0508),
        ("", CMU_UNIT),  # found from the performer's size
        ("  length 0.01\n", CMU_UNIT),  # means something else
    ],
)
def test_unit(tmp_path, length, unit):
    motion = only(write(tmp_path, skeleton=asf(length)))
    at = landmarks(motion)
    assert np.linalg.norm(at["left_knee"] - at["left_hip"], axis=1) == pytest.approx(7 * unit)


def test_vertical_is_y_whatever_the_dancer_does(tmp_path):
    lying = landmarks(only(write(tmp_path, frame(root=[0, 3, 0, -90, 0, 0]))))
    limbs = np.stack([lying[f"left_{joint}"] for joint in ("shoulder", "elbow", "hip", "knee", "ankle")])
    assert np.ptp(limbs[..., 1]) < 1e-9 and limbs[0, 0, 1] == pytest.approx(3 * CMU_UNIT)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\n\n").replace("  ", "\t"),
        lambda text: text.replace("XYZ", "xyz").replace("name lfemur", "name LFemur"),
        lambda text: text.replace(" XYZ\n  end", "\n  end"),
        lambda text: text.replace("rx ry rz", "RX RY RZ"),
        lambda text: text.replace("length 7", "length 7.0e0 # inches"),
        lambda text: text.replace(":hierarchy\n  begin\n    root lhipjoint", ":hierarchy\nbegin\nroot lhipjoint\nroot"),
        lambda text: text.replace(" limits (-160.0 20.0)", " limits (-inf inf)"),
    ],
)
def test_skeleton_is_written_in_many_ways(tmp_path, change):
    motion = frame(lfemur=[10, 20, 30], root=[0, 18, 0, 10, 20, 30])
    expected = only(write(tmp_path, motion)).poses3d
    text = change(asf())
    assert text != asf()
    (tmp_path / "07.asf").write_bytes(text.encode())
    assert_allclose(only(tmp_path / "07_01.amc").poses3d, expected, atol=1e-9)


def test_take_is_told_by_its_content_and_may_start_at_any_frame(tmp_path):
    write(tmp_path)
    (tmp_path / "07_02.txt").write_text(amc(frame(), first=301))
    assert len(only(tmp_path / "07_02.txt").poses3d) == 3


def test_folder_of_takes(tmp_path):
    for subject in ("07", "08"):
        (tmp_path / subject).mkdir()
        (tmp_path / subject / f"{subject}.asf").write_text(asf())
        for take in ("01", "02"):
            (tmp_path / subject / f"{subject}_{take}.amc").write_text(amc(frame()))
    names = [motion.name for motion in load_motions(tmp_path)]
    assert names == ["07_01", "07_02", "08_01", "08_02"]
    assert [motion.name for motion in load_motions(tmp_path, match=["08"])] == ["08_01", "08_02"]


# which skeleton a take is of

TALL = asf("  length 0.4\n")


@pytest.mark.parametrize(
    ("take", "skeletons", "right"),
    [
        ("07_01", ("07", "08"), "07"),
        ("07_01", ("walker",), "walker"),
        ("bd_kick_01", ("bd", "bd_kick"), "bd_kick"),
        ("walk", ("walk", "run"), "walk"),
        ("HDM_01", ("hdm", "other"), "hdm"),
    ],
)
def test_skeleton_beside_a_take(tmp_path, take, skeletons, right):
    for name in skeletons:
        (tmp_path / f"{name}.asf").write_text(TALL if name == right else asf())
    (tmp_path / f"{take}.amc").write_text(amc(frame()))
    at = landmarks(only(tmp_path / f"{take}.amc"))
    assert np.linalg.norm((at["left_knee"] - at["left_hip"])[0]) == pytest.approx(7 * 0.0254 / 0.4)


def test_missing_skeleton(tmp_path):
    (tmp_path / "07_01.amc").write_text(amc(frame()))
    rejected(tmp_path / "07_01.amc", "no '07.asf' beside it", "skeleton")
    for name in ("08", "071"):
        (tmp_path / f"{name}.asf").write_text(asf())
    rejected(tmp_path / "07_01.amc", "no '07.asf' beside it, but 2 other .asf files")


def test_skeleton_alone_is_no_motion(tmp_path):
    write(tmp_path)
    rejected(tmp_path / "07.asf", "without motion", ".amc")


# what is damaged


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (":bonedata", ":bones", ("no section :bonedata",)),
        ("length 0.45", "length 0", ("line 6", "length 0", "0.001 to 1000")),
        ("length 0.45", "length 1e-320", ("line 6", "1e-320")),
        ("length 0.45", "length nan", ("line 6", "nan")),
        ("angle deg", "angle grad", ("line 7", "grad", "'rad'")),
        ("order TX", "order TY", ("line 11", "each once")),
        ("   order TX TY TZ RX RY RZ\n", "", ("'order'",)),
        ("   axis XYZ", "   axis ZYX", ("line 12", "ZYX")),
        ("orientation 0 0 0", "orientation 0 0", ("line 14", "3 numbers")),
        ("name lfemur", "title lfemur", ("bone 2", "'name'")),
        ("name lfemur", "name l femur", ("name l femur", "one word")),
        ("name lfemur", "name ltibia", ("name ltibia", "once")),
        ("name lfemur", "name root", ("name root", "another name")),
        ("direction 0 -1 0", "direction 0 -1", ("direction 0 -1", "3 numbers")),
        ("direction 0 -1 0", "direction 0 -2 0", ("direction 0 -2 0", "length 1")),
        ("direction 0 -1 0", "direction 0 nan 0", ("nan", "3 numbers")),
        ("     length 7", "     length -7", ("length -7", "0 or more")),
        ("     length 7", "     length inf", ("inf", "1 number,")),
        ("     length 7 \n", "", ("name lfemur", "'length'")),
        ("axis 0 0 20   XYZ", "axis 0 0 20   ZYX", ("ZYX", "XYZ")),
        ("axis 0 0 20   XYZ", "axis 0 0", ("axis 0 0", "3 numbers")),
        ("dof rx ry rz", "dof rx ry rx", ("rx ry rx", "at most once")),
        ("dof rx ry rz", "dof rx ry l", ("rx ry l", "rz")),
        ("  end\n  begin\n     id 2", "  begin\n     id 2", ("begin", "'end'")),
        ("  begin\n     id 2\n", "     id 2\n", ("id 2", "'begin'")),
        ("    lfemur ltibia\n", "", ("lfoot", "hang from nothing")),
        ("    lfemur ltibia\n", "    lfemur ltibia rtibia\n", ("rfemur rtibia", "one bone only")),
        ("    lfemur ltibia\n", "    lfemur lfemur ltibia\n", ("one bone only",)),
        ("    lfemur ltibia\n", "    lfemur ltibia root\n", ("one bone only",)),
        ("    lfemur ltibia\n", "    lfemur tail\n", ("lfemur tail", "'tail'")),
        ("    root lhipjoint rhipjoint", "    lhipjoint rhipjoint", ("hang from nothing",)),
    ],
)
def test_error_in_a_skeleton_is_named(tmp_path, old, new, parts):
    assert old in asf()
    rejected(write(tmp_path, skeleton=asf().replace(old, new, 1)), *parts, of=tmp_path / "07.asf")


def test_any_cut_of_a_skeleton_is_an_error(tmp_path):
    text = asf()
    for end in range(1, len(text) - 4, 37):
        rejected(write(tmp_path, skeleton=text[:end]), of=tmp_path / "07.asf")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("\n1\nroot", "\nroot", ("line 4", "number of the first frame")),
        ("\n2\n", "\n3\n", ("'3'", "frame 2")),
        ("\n2\n", "\n", ("frame 1 has 2 lines of bone 'root'",)),
        ("root 0.0 18.0", "root 18.0", ("line 5", "root 18.0", "6 numbers")),
        ("ltibia 0.0", "ltibia 0.O", ("ltibia 0.O", "1 number,")),
        ("ltibia 0.0", "ltibia nan", ("ltibia nan", "1 number,")),
        ("ltibia 0.0", "ltibia -inf", ("ltibia -inf", "1 number,")),
        ("ltibia 0.0", "ltibia 1e300", ("ltibia 1e300", "1 number,")),
        ("ltibia 0.0", "ltibia 0.0 1", ("ltibia 0.0 1", "1 number,")),
        ("ltibia 0.0", "ltail 0.0", ("ltail", "bone of the skeleton")),
        ("ltibia 0.0\n", "", ("frame 1 has 0 lines of bone 'ltibia'",)),
        ("ltibia 0.0\n", "ltibia 0.0\nltibia 0.0\n", ("frame 1 has 2 lines of bone 'ltibia'",)),
        ("ltibia 0.0\n", "ltibia 0.0\nlhipjoint 1\n", ("lhipjoint 1", "0 numbers")),
    ],
)
def test_error_in_a_take_is_named(tmp_path, old, new, parts):
    path = write(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    rejected(path, *parts)


def test_take_that_ends_within_a_frame(tmp_path):
    path = write(tmp_path)
    text = path.read_text()
    path.write_text(text[: text.rindex("lradius")])
    rejected(path, "frame 3 has 0 lines of bone 'lradius'")
    path.write_text(text[: text.index("\n1\n") + 1])
    rejected(path, "no frame")
    path.write_bytes(b":FULLY-SPECIFIED\n\xff\xfe\x00")
    rejected(path, "text file")


def test_size_is_bounded(tmp_path, monkeypatch):
    path = write(tmp_path)
    monkeypatch.setattr(asf_amc, "_MOST_POSITIONS", 60)
    rejected(path, "at most 2 frames")
    monkeypatch.setitem(asf_amc._MOST_BYTES, ".amc", 100)
    rejected(path, "bytes", "at most 100")
    monkeypatch.setitem(asf_amc._MOST_BYTES, ".asf", 100)
    rejected(path, "bytes", "at most 100", of=tmp_path / "07.asf")


def test_skeleton_of_no_person(tmp_path):
    text = asf().replace("ltibia", "ltail")
    path = write(tmp_path, skeleton=text)
    path.write_text(path.read_text().replace("ltibia", "ltail"))
    rejected(path, "left_knee", "'root'")


# --- BVH files of the same database


def test_the_thorax_that_the_database_s_bvh_files_have_lost_is_put_back():
    if not REAL_MOTION.exists():
        pytest.skip(f"{REAL_MOTION} is absent")
    for path in sorted(REAL_MOTION.glob("*_01.bvh")):
        (motion,) = load_motions(path)
        joints = motion.as_coco17()
        shoulders, hips = (joints[:, [a, a + 1]].mean(axis=1) for a in (5, 11))
        trunk = np.linalg.norm(shoulders - hips, axis=1).mean()
        leg = sum(np.linalg.norm(joints[:, a] - joints[:, b], axis=1).mean() for a, b in ((11, 13), (13, 15)))
        assert 0.55 < trunk / leg < 0.68, path.stem  # 0.46 without; 0.59 by the ASF of subject 02
