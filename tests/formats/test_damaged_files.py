"""Small files that must not get far: each is an error that names the file, soon and without filling the memory."""

import json
import math
import pickle
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dancelift import InputError
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.labels import read_annotations
from dancelift.formats.motion import load_motions
from dancelift.formats.pickles import loads
from dancelift.lifting.result import load_lift
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.priors.prior import load_prior
from dancelift.recognition.result import load_recognition
from fixtures.commands import only_line, run
from fixtures.keypoints import dancer
from fixtures.lifts import dance, lift
from fixtures.motion import dancer_rig, write_bvh


def refused(path: Path) -> None:
    """Both kinds of reading raise an InputError that names the file, within seconds."""
    start = time.monotonic()
    for load in (load_keypoints, load_motions):
        with pytest.raises(InputError) as error:
            load(path)
        assert str(path) in str(error.value)
    assert time.monotonic() - start < 10


LONG = 10**5000


@pytest.mark.parametrize("content", [LONG, {"keypoints2d": LONG}, {"keypoints3d": [LONG]}], ids=["bare", "2d", "3d"])
def test_integers_of_thousands_of_digits_in_a_pickle(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
    refused(tmp_path / "a.pkl")


@pytest.mark.parametrize("member", ["positions_2d", "positions_3d"])
@pytest.mark.parametrize("name", [LONG, "a\0b", None], ids=["long", "nul", "none"])
def test_subjects_and_actions_without_a_proper_name(tmp_path, member, name):
    clip = np.zeros((4, 17, 3))
    for positions in ({name: {"Walking": clip}}, {"S1": {name: clip}}):
        np.savez(tmp_path / "a.npz", **{member: np.array(positions, dtype=object)})
        refused(tmp_path / "a.npz")


def test_few_bytes_that_stand_for_millions_of_tracks(tmp_path):
    cameras = [np.zeros((4, 17, 2))] * 300
    actions = {str(i): cameras for i in range(300)}
    positions = {str(i): actions for i in range(300)}
    np.savez_compressed(tmp_path / "a.npz", positions_2d=np.array(positions, dtype=object))
    refused(tmp_path / "a.npz")


def test_array_that_inflates_to_more_than_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("dancelift.files.MOST_BYTES", 10**6)
    np.savez_compressed(tmp_path / "a.npz", keypoints=np.zeros((20000, 17, 3)))
    with pytest.raises(InputError, match="a.npz: array 'keypoints' is of 8160128 bytes; expected at most 1000000"):
        load_keypoints(tmp_path / "a.npz")


@pytest.mark.parametrize("depth", [5000, 100000])
def test_json_nested_without_end(tmp_path, depth):
    (tmp_path / "a.json").write_text("[" * depth + "]" * depth)
    refused(tmp_path / "a.json")


def test_lift_result_whose_description_is_nested_without_end(tmp_path):
    np.savez(tmp_path / "a.npz", poses3d=np.zeros((4, 17, 3)), about="[" * 100000)
    with pytest.raises(InputError, match="a.npz"):
        load_motions(tmp_path / "a.npz")


@pytest.mark.parametrize("frame_time", ["5e-324", "1e300", "inf"])
def test_frame_times_of_no_camera(tmp_path, frame_time):
    path = write_bvh(tmp_path / "a.bvh", dancer_rig())
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f"Frame Time: {frame_time}" if "Frame Time" in line else line for line in lines))
    refused(path)


def test_a_long_chain_of_joints_of_one_name(tmp_path):
    n = 1000
    joint = "\n{\nOFFSET 0 1 0\nCHANNELS 1 Xrotation\nJOINT LeftLeg"
    text = "HIERARCHY\nROOT LeftLeg" + joint * n + "\n{\nOFFSET 0 1 0\nCHANNELS 0\n" + "}\n" * (n + 1)
    (tmp_path / "a.bvh").write_text(text + f"MOTION\nFrames: 1\nFrame Time: 0.04\n{' 0' * n}\n")
    refused(tmp_path / "a.bvh")


def test_a_reader_that_fails_says_of_which_file(tmp_path):
    content = [{"image_id": [1], "keypoints": dancer(1).ravel().tolist()}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    refused(tmp_path / "a.json")


def test_a_lift_result_is_no_keypoints(tmp_path):
    lift(dance(12), n_seeds=1).save(tmp_path / "a.npz")
    with pytest.raises(InputError, match=r"a.npz: is what `dancelift lift` wrote; expected 2D keypoints"):
        load_keypoints(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("fps", "expected"),
    [(0.04, "fps is 0.04.* give 25$"), (0.001, "give 1000$"), (5000, "at most 1000"), (-1, "above 0")],
)
def test_frame_rate_of_a_file_or_a_caller_that_is_none(tmp_path, fps, expected):
    np.savez(tmp_path / "a.npz", keypoints2d=dancer(90), fps=fps)
    with pytest.raises(InputError, match=f"a.npz: .*{expected}"):
        load_keypoints(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", dancer(90))
    with pytest.raises(InputError, match=f"b.npy: .*{expected}"):
        load_keypoints(tmp_path / "b.npy", fps=fps)


def test_frame_rate_in_place_of_the_time_of_a_frame(tmp_path):
    path = write_bvh(tmp_path / "a.bvh", dancer_rig())
    lines = path.read_text().splitlines()
    path.write_text("\n".join("Frame Time: 25" if "Frame Time" in line else line for line in lines))
    with pytest.raises(InputError, match=r"a.bvh: line \d+: .* expected 0.001 to 1 s; .* per second, give 0.04"):
        load_motions(path)


def with_more_ends(path: Path, ends: str) -> Path:
    rig = write_bvh(path, dancer_rig()).read_text()
    path.write_text(rig.replace("End Site", f"{ends}End Site", 1))
    return path


def test_thousands_of_end_sites_or_nested_joints(tmp_path):
    joint = "JOINT LeftLeg\n{\nOFFSET 0 1 0\nCHANNELS 0\n"
    for ends in ("End Site\n{\nOFFSET 0 1 0\n}\n" * 20_000, joint * 2000 + "}\n" * 2000):
        start = time.process_time()
        with pytest.raises(InputError, match=r"a.bvh: line \d+: more than 1000 joints and end sites"):
            load_motions(with_more_ends(tmp_path / "a.bvh", ends))
        assert time.process_time() - start < 2


def test_frames_of_a_bvh_that_no_file_has(tmp_path):
    path = write_bvh(tmp_path / "a.bvh", dancer_rig())
    lines = path.read_text().splitlines()
    path.write_text("\n".join("Frames: 1e308" if "Frames:" in line else line for line in lines))
    with pytest.raises(InputError, match=r"frames follow; expected 1e\+308"):
        load_motions(path)


@pytest.mark.parametrize(
    "content", [b"\x80\x04Nr\xff\xff\xff\x7f.", b"\x80\x00Np2147483647\n."], ids=["binary", "text"]
)
def test_pickle_that_makes_room_for_what_is_not_in_it(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(content)
    start = time.process_time()
    refused(tmp_path / "a.pkl")
    assert time.process_time() - start < 2


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA], ids=["deflate", "lzma"])
def test_a_small_npz_that_inflates_to_hundreds_of_megabytes(tmp_path, compression):
    shape = (4, 500_000, 17, 3)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", compression) as archive, archive.open("keypoints2d.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        for _ in range(shape[0]):
            file.write(bytes(4 * math.prod(shape[1:])))
    refused_as_too_large = "a.npz: array 'keypoints2d' is of 408000128 bytes; expected at most"
    with pytest.raises(InputError, match=refused_as_too_large):
        load_keypoints(tmp_path / "a.npz")
    for load in (load_lift, load_prior, load_recognition):
        with pytest.raises(InputError, match=refused_as_too_large):
            load(tmp_path / "a.npz")


def test_npz_of_another_compression_or_with_a_password(tmp_path):
    np.savez(tmp_path / "a.npz", about="x", poses3d=np.zeros((3, 17, 3)), landmarks=["a"], recognition_about="x")
    good = (tmp_path / "a.npz").read_bytes()
    for bit, at in ((b"\x63\x00", 10), (b"\x01\x00", 8)):  # method 99 and the flag of encryption, of local and central
        bad = bytearray(good)
        for mark, where in ((b"PK\x03\x04", at - 2), (b"PK\x01\x02", at)):
            place = bad.find(mark)
            while place >= 0:
                bad[place + where : place + where + 2] = bit
                place = bad.find(mark, place + 4)
        (tmp_path / "a.npz").write_bytes(bad)
        for load in (load_lift, load_prior, load_recognition, load_motions, load_keypoints):
            with pytest.raises(InputError, match=r"a\.npz: "):
                load(tmp_path / "a.npz")


HOSTILE = Path("../shared/hostile")


def greatest_memory() -> float:
    """That this process has had, MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


@pytest.mark.slow
@pytest.mark.skipif(not HOSTILE.exists(), reason=f"{HOSTILE} is absent")
def test_files_that_must_not_get_far():
    pytest.importorskip("torch", reason="networks need the extra 'recognize'")
    from dancelift.genres.model import load_genre_model
    from dancelift.movements.model import load_movement_model

    def labels(path):
        return read_annotations(path, standard_taxonomy())

    loads = {
        ".npz": (load_motions, load_keypoints, load_lift, load_recognition, load_prior, labels),
        ".npy": (load_keypoints, load_motions),
        ".json": (load_keypoints, load_motions),
        ".pkl": (load_keypoints, load_motions),
        ".bvh": (load_keypoints, load_motions),
        ".eaf": (labels,),
        ".safetensors": (load_movement_model, load_genre_model),
    }
    for path in sorted(HOSTILE.iterdir()):
        for load in loads.get(path.suffix, ()):
            start, before = time.process_time(), greatest_memory()
            with pytest.raises(InputError) as error:
                load(path)
            assert str(error.value).startswith(f"{path}: ") and len(str(error.value)) <= 500
            assert time.process_time() - start < 2
            assert greatest_memory() - before < 500
    assert len(list(HOSTILE.iterdir())) > 40


@pytest.mark.parametrize("shape", [(0, 50, 17, 3), (2, 0, 17, 3), (2, 50, 17, 3), (50, 17, 3)], ids=str)
def test_a_file_of_nobody_is_no_success(tmp_path, capsys, shape):
    np.savez(tmp_path / "a.npz", keypoints2d=np.zeros(shape))
    assert run("lift", tmp_path / "a.npz", "-o", tmp_path / "out") == 1
    assert f"{tmp_path / 'a.npz'}: " in only_line(capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["k.json", "k.npy", "absent.npy"])
def test_a_camera_that_is_none(tmp_path, capsys, name):
    np.savez(tmp_path / "a.npz", keypoints2d=dancer(12), fps=25.0)
    (tmp_path / "k.json").write_text("[" * 100_000)
    (tmp_path / "k.npy").write_bytes(b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': ((((")
    assert run("lift", tmp_path / "a.npz", "-o", tmp_path / "out.npz", "--camera", tmp_path / name) == 1
    assert only_line(capsys.readouterr().err).startswith(f"dancelift: error: {tmp_path / name}: ")


@pytest.mark.parametrize("code", ["S0", "U0", "U9999999"])
def test_pickle_of_text_without_room_or_with_too_much(code):
    """Of elements that take no room there may be any number, which no check of the content's length would bound."""
    array = pickle.dumps(np.zeros(3, "S4"), protocol=2)
    assert loads(array, "a.pkl").shape == (3,)
    forged = array.replace(b"X\x02\x00\x00\x00S4", b"X" + len(code).to_bytes(4, "little") + code.encode())
    assert forged != array
    with pytest.raises(InputError, match=f"a.pkl: cannot be read .dtype '{code}'"):
        loads(forged, "a.pkl")


def array_in_the_making(*states: bytes) -> bytes:
    """A pickle of an array that is given states one after the other."""
    start = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntC\x01btR"
    return b"\x80\x03" + start + b"".join(state + b"b" for state in states) + b"."


def state(shape: tuple[int, ...], code: str, content: bytes) -> bytes:
    """Of an array, in the protocol's words."""
    sizes = b"".join(b"L%dL\n" % n for n in shape)
    dtype = b"cnumpy\ndtype\n(X" + len(code).to_bytes(4, "little") + code.encode() + b"I00\nI01\ntR"
    return b"(I1\n(" + sizes + b"t" + dtype + b"I00\n" + content + b"t"


def in_bytes(content: bytes) -> bytes:
    return b"B" + len(content).to_bytes(4, "little") + content


GOOD = state((1,), "U3", in_bytes(b"a\0\0\0" * 3))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], "an array without a state"),
        ([GOOD, GOOD], "an array with two states"),
        ([GOOD, state((1,), "U25", in_bytes(b"x"))], "an array with two states"),
        ([state((1,), "U25", in_bytes(b"x"))], "buffer size must be a multiple of element size"),
        ([state((2,), "U3", in_bytes(b"a\0\0\0" * 3))], "cannot reshape"),
        ([state((0, 2**63), "O8", b"]")], "Maximum allowed dimension exceeded"),
        ([state((-1,), "U3", in_bytes(b"a\0\0\0" * 3))], "shape"),
        ([state((1,), "O8", b"]")], "object array of shape .1,. with other content"),
        ([state((1,), "O8", in_bytes(bytes(8)))], "object array of shape .1,. with other content"),
    ],
)
def test_array_of_a_pickle_with_a_state_that_does_not_fit(states, expected):
    """NumPy frees what an array had by the type of its second state, although it then refuses that."""
    assert loads(array_in_the_making(GOOD), "a.pkl").tolist() == ["aaa"]
    with pytest.raises(InputError, match=f"a.pkl: cannot be read .*{expected}"):
        loads(array_in_the_making(*states), "a.pkl")


MADE = """
import sys
import numpy as np
from dancelift.errors import InputError
from dancelift.formats.pickles import loads

content, kept = sys.stdin.buffer.read(), []
for _ in range(300):
    try:
        loads(content, "a.pkl")
    except InputError:
        pass
    kept.append(np.array(["abc"]).astype("U25"))
    kept[-1][:] = 25 * "z"
print("alive")
"""


def test_array_of_a_pickle_with_two_states_does_not_damage_memory():
    content = array_in_the_making(GOOD, state((1,), "U25", in_bytes(b"x")))
    run = subprocess.run([sys.executable, "-c", MADE], input=content, capture_output=True, check=False)
    assert (run.returncode, run.stdout) == (0, b"alive\n")


def test_arrays_of_a_pickle_are_those_that_were_pickled():
    row = np.arange(3.0)
    objects = np.empty((2, 2), object)
    objects[0, 0], objects[0, 1], objects[1, 0], objects[1, 1] = [1, [2]], row, {"a": row}, None
    alone = np.array(None, object)
    alone[()] = [1, 2]
    arrays = [
        np.asfortranarray(np.arange(6, dtype=">f4").reshape(2, 3)), np.zeros((0, 5)), np.array(7), np.zeros(5000),
        np.array(["ab", "c"]), np.array([b"ab"]), np.asfortranarray(objects), alone,
    ]  # fmt: skip
    for protocol in range(6):
        for array in arrays:
            found = loads(pickle.dumps(array, protocol), "a.pkl")
            assert (found.shape, found.dtype) == (array.shape, array.dtype)
            if array.dtype != object:
                assert found.tolist() == array.tolist()
        found = loads(pickle.dumps(objects, protocol), "a.pkl")
        assert found[0, 0] == [1, [2]] and found[0, 1].tolist() == [0, 1, 2] and found[1, 1] is None
        assert found[1, 0]["a"] is found[0, 1]
        assert loads(pickle.dumps(alone, protocol), "a.pkl").item() == [1, 2]


def test_array_of_a_pickle_that_is_complete_is_given_no_state():
    complete = pickle.dumps(np.zeros(3), 5)
    with pytest.raises(InputError, match="a.pkl: cannot be read .__setstate__"):
        loads(complete[:-1] + GOOD + b"b.", "a.pkl")
