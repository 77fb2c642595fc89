"""C3D of every processor and kind of number, as the guide has them, and of ezc3d; counts that lie are found."""

import struct

import numpy as np
import pytest

from dancelift.errors import InputError
from dancelift.formats.c3d import read_c3d

NAMES = ["LHip", "RHip", "LShoulder"]
FPS = 100.0
UNSEEN = (1, 2)  # frame and marker that are missing


def positions(n_frames=4):
    """mm."""
    return np.arange(n_frames * 9, dtype=float).reshape(n_frames, 3, 3) * 10 - 100


def dec_float(value: float) -> bytes:
    """VAX F-floating: 4 times the number, its halves the other way round."""
    low, high = struct.unpack("<HH", struct.pack("<f", 4 * value))
    return struct.pack("<HH", high, low)


def c3d(processor=84, scale=-0.1, n_frames=4, n_analog=2, **header):
    order = ">" if processor == 86 else "<"

    def real(value):
        return dec_float(value) if processor == 85 else struct.pack(f"{order}f", value)

    def parameter(group, name, kind, shape, data):
        rest = struct.pack("bB", kind, len(shape)) + bytes(shape) + data + b"\0"
        return struct.pack("bb", len(name), group) + name + struct.pack(f"{order}h", 2 + len(rest)) + rest

    labels = b"".join(name.encode().ljust(12) for name in NAMES)
    records = struct.pack("bb", 5, -1) + b"POINT" + struct.pack(f"{order}h", 3) + b"\0"
    records += parameter(1, b"LABELS", -1, (12, len(NAMES)), labels)
    records += parameter(1, b"UNITS", -1, (4,), b"mm  ")
    records += parameter(1, b"RATE", 4, (), real(FPS)) + b"\0\0"
    section = (bytes([0, 0, 1, processor]) + records).ljust(512, b"\0")
    given = {"n_points": 3, "n_analog": n_analog, "first": 1, "last": n_frames, "start": 3} | header
    words = [given["n_points"], given["n_analog"], given["first"], given["last"], 10]
    head = bytes([2, 0x50]) + struct.pack(f"{order}5H", *words) + real(scale)
    head += struct.pack(f"{order}HH", given["start"], 1) + real(FPS)
    frames = b""
    for t, frame in enumerate(positions(n_frames)):
        for j, point in enumerate(frame):
            residual = -1 if (t, j) == UNSEEN else 3
            if scale < 0:
                frames += b"".join(map(real, (*point, residual)))
            else:
                frames += struct.pack(f"{order}4h", *(round(x / scale) for x in point), residual)
        frames += b"".join(real(7.0) if scale < 0 else struct.pack(f"{order}h", 7) for _ in range(n_analog))
    return head.ljust(512, b"\0") + section + frames


@pytest.mark.parametrize("processor", [84, 85, 86], ids=["Intel", "DEC", "MIPS"])
@pytest.mark.parametrize("scale", [-0.1, 0.5], ids=["floats", "integers"])
def test_files_of_every_processor(tmp_path, processor, scale):
    path = tmp_path / "a.c3d"
    path.write_bytes(c3d(processor, scale))
    found = read_c3d(path)
    expected = positions()
    expected[UNSEEN] = np.nan
    np.testing.assert_allclose(found.positions, expected, atol=1e-4)
    assert (found.names, found.fps, found.unit, found.first) == (tuple(NAMES), FPS, 0.001, 0)


def test_what_ezc3d_writes_is_read_as_it_reads_it(tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [FPS]
    file["parameters"]["POINT"]["LABELS"]["value"] = NAMES
    file["parameters"]["POINT"]["UNITS"]["value"] = ["m"]
    file["data"]["points"] = np.concatenate([positions(), np.ones((4, 3, 1))], axis=2).transpose(2, 1, 0)
    path = tmp_path / "a.c3d"
    file.write(str(path))
    theirs, ours = ezc3d.c3d(str(path)), read_c3d(path)
    points = np.moveaxis(theirs["data"]["points"][:3], 0, -1).swapaxes(0, 1)
    np.testing.assert_allclose(ours.positions, points)
    assert list(ours.names) == theirs["parameters"]["POINT"]["LABELS"]["value"] == NAMES
    assert (ours.unit, ours.fps) == (1.0, theirs["header"]["points"]["frame_rate"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        c3d()[:512],
        c3d()[:-1],
        c3d(n_points=65535),
        c3d(n_points=0),
        c3d(n_points=4),
        c3d(last=65535),
        c3d(first=5),
        c3d(start=0),
        c3d(start=2),
        c3d(start=65535),
        c3d(n_analog=0, n_frames=4).replace(b"\x54LABELS", b"LABELS")[:600] + bytes(600),
        b"\xff" + c3d()[1:],
        b"\x00" + c3d()[1:],
        c3d(processor=84).replace(b"\0\0\x01\x54", b"\0\0\x01\x07"),
        c3d().replace(b"LABELS", b"LABELZ"),
        c3d().replace(b"\xff\x02\x0c\x03", b"\xff\x02\xff\xff"),
        c3d().replace(b"\xff\x02\x0c\x03", b"\x09\x02\x0c\x03"),
        c3d().replace(b"\xff\x02\x0c\x03", b"\x04\x02\x0c\x03"),
        c3d().replace(b"\xff\x02\x0c\x03", b"\xff\xff\x0c\x03"),
    ],
    ids=range(20),
)
def test_counts_that_lie_are_found(tmp_path, content):
    path = tmp_path / "a.c3d"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.c3d: cannot be read .*expected a whole C3D file$"):
        read_c3d(path)


def test_a_file_that_took_ezc3d_down_is_an_error_or_markers(tmp_path):
    """Of parameters whose offset leads back: found by fuzzing."""
    content = c3d()
    at = content.index(b"LABELS") + 6
    for step in (-8, 0, 1, 2, 32767, -32768):
        (tmp_path / "a.c3d").write_bytes(content[:at] + struct.pack("<h", step) + content[at + 2 :])
        try:
            assert read_c3d(tmp_path / "a.c3d").positions.shape == (4, 3, 3)
        except InputError as error:
            assert "a.c3d: " in str(error)
