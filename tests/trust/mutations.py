"""Changes to a file that leave its outer form whole, so that what is inside reaches a reader: for fuzzers of bytes."""

from __future__ import annotations

import io
import json
import pickle
import pickletools
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dancelift.formats.pickles import loads

_NASTY = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**30, 10**400, 0.0, -0.0, 0.5, 1e-320, 1e308, -1e308,
    float("nan"), float("inf"), "", "a", "\0", "\ud800", "../x", "x" * 300, "nan", "1e999", [], {}, [[]], [0], {"a": 0},
)  # fmt: skip
_NASTY_TEXTS = (
    "", "0", "-1", "1e308", "1e999", "nan", "inf", "99999999999999999999", "0.0000001", "x", "\0", '"', ",", "é", "1.5",
    "9" * 5000, "-", "1e-320", "\t", " ",
)  # fmt: skip
_DTYPES = ("<f4", "<f8", ">f8", "<f2", "<i8", "<u1", "|b1", "<U3", "<c16", "|S2", "<M8[s]")
_GLB = struct.Struct("<4sIIII")
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")


def mutate(content: bytes, suffix: str, seed: int) -> bytes | None:
    """A file with something in it changed; None where its form is not whole any more, or not known.

    Args:
        content: of the file.
        suffix: of its name.
        seed: of the random choices.
    """
    chosen = random.Random(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _MUTATORS.get(suffix, _text)(content, chosen)
    except Exception:  # what fuzzers made of it before may fail in any way
        return None


def _json(content: bytes, chosen: random.Random) -> bytes:
    return json.dumps(_changed(json.loads(content), chosen)).encode("utf-8", "surrogatepass")


def _lines_of_json(content: bytes, chosen: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = chosen.randrange(len(lines))
    return b"\n".join([*lines[:at], _json(lines[at], chosen), *lines[at + 1 :]])


def _text(content: bytes, chosen: random.Random) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    at = chosen.randrange(len(lines))
    how = chosen.randrange(5)
    if how == 0:
        lines[at:at] = [lines[chosen.randrange(len(lines))]] * chosen.choice((1, 2, 50))
    elif how == 1:
        del lines[at : at + chosen.choice((1, 3))]
    elif how == 2:
        numbers = list(_NUMBER.finditer(lines[at]))
        if numbers:
            one = chosen.choice(numbers)
            lines[at] = lines[at][: one.start()] + chosen.choice(_NASTY_TEXTS) + lines[at][one.end() :]
    elif how == 3:
        cells = re.split(r"([,\t ])", lines[at])
        cells[chosen.randrange(len(cells))] = chosen.choice(_NASTY_TEXTS)
        lines[at] = "".join(cells)
    else:
        words = re.findall(r"\w+", text)
        lines[at] = re.sub(r"\w+", lambda word: chosen.choice([word[0]] * 3 + [chosen.choice(words)]), lines[at])
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _npy(content: bytes, chosen: random.Random) -> bytes:
    stream = io.BytesIO()
    np.save(stream, _changed_array(np.load(io.BytesIO(content), allow_pickle=False), chosen), allow_pickle=False)
    return stream.getvalue()


def _npz(content: bytes, chosen: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chosen.choice(sorted(members))
    how = chosen.randrange(12)
    if how == 0:
        del members[name]
    elif how == 1:
        members[chosen.choice(sorted(members))] = members[name]
    else:
        members[name] = _changed_member(members[name], chosen)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for other, data in members.items():
            archive.writestr(other, data)
    return stream.getvalue()


def _changed_member(content: bytes, chosen: random.Random) -> bytes:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.hasobject:
        return content[: stream.tell()] + _pickle(stream.read(), chosen)
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if dtype.kind == "U" and shape == () and version == (1, 0) and str(array)[:1] in "[{":
        array = np.array(_json(str(array).encode(), chosen).decode("utf-8", "surrogatepass"))
    else:
        array = _changed_array(array, chosen)
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _pickle(content: bytes, chosen: random.Random) -> bytes:
    if chosen.random() < 0.4:
        return _program(content, chosen)
    return pickle.dumps(_changed(loads(content, "a pickle"), chosen), chosen.choice((2, 4)))


def _program(content: bytes, chosen: random.Random) -> bytes:
    """A pickle some of whose operations are left out, repeated, or done elsewhere as well."""
    operations = [(at, operation.name) for operation, _, at in pickletools.genops(content)]
    ends = [at for at, _ in operations[1:]] + [len(content)]
    pieces = [content[at:end] for (at, name), end in zip(operations, ends, strict=True) if name != "FRAME"]
    first = chosen.randrange(len(pieces))
    after = first + chosen.choice((1, 2, 4, 8, 16, 32))
    how = chosen.randrange(4)
    if how == 0:
        del pieces[first:after]
    else:
        to = after if how == 1 else chosen.randrange(len(pieces))
        pieces[to:to] = pieces[first:after]
    return b"".join(pieces)


def _safetensors(content: bytes, chosen: random.Random) -> bytes:
    (length,) = struct.unpack_from("<Q", content)
    header, rest = json.loads(content[8 : 8 + length]), content[8 + length :]
    about = header.get("__metadata__", {}).get("about")
    if about and chosen.random() < 0.7:
        header["__metadata__"]["about"] = _json(about.encode(), chosen).decode()
    elif chosen.random() < 0.5:
        header = _changed(header, chosen)
    else:
        at = chosen.randrange(0, max(len(rest) - 3, 1), 4)
        rest = rest[:at] + struct.pack("<f", chosen.choice((np.nan, np.inf, -1.0, 1e38, 0.0))) + rest[at + 4 :]
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + rest


def _glb(content: bytes, chosen: random.Random) -> bytes:
    magic, version, _, length, kind = _GLB.unpack_from(content)
    text = _json(content[_GLB.size : _GLB.size + length], chosen)
    text += b" " * (-len(text) % 4)
    rest = content[_GLB.size + length :]
    return _GLB.pack(magic, version, _GLB.size + len(text) + len(rest), len(text), kind) + text + rest


def _changed(value: Any, chosen: random.Random) -> Any:
    """Plain containers and arrays with one thing in them changed, at any depth."""
    inside = isinstance(value, (list, tuple, dict)) and len(value) > 0
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiubUS":
        return _changed_array(value, chosen)
    if not inside or chosen.random() < 0.1:
        return chosen.choice(_NASTY)
    if isinstance(value, Mapping):
        key = chosen.choice(list(value))
        how = chosen.randrange(8)
        if how == 0:
            return {other: item for other, item in value.items() if other != key}
        if how == 1:
            return {**value, chosen.choice(list(value)): value[key]}
        if how == 2:
            return {(chosen.choice(_NASTY_TEXTS) if other == key else other): item for other, item in value.items()}
        return {**value, key: _changed(value[key], chosen)}
    items, at, how = list(value), chosen.randrange(len(value)), chosen.randrange(8)
    if how == 0:
        del items[at]
    elif how == 1:
        items[at:at] = [items[at]] * chosen.choice((1, 2, 30))
    elif how == 2:
        chosen.shuffle(items)
    else:
        items[at] = _changed(items[at], chosen)
    return tuple(items) if isinstance(value, tuple) else items


def _changed_array(array: np.ndarray, chosen: random.Random) -> np.ndarray:
    how = chosen.randrange(9)
    if how == 0:
        return array.astype(chosen.choice(_DTYPES))
    if how == 1:
        return array[None] if chosen.random() < 0.5 else array.ravel()
    if how == 2 and array.ndim:
        return array[: chosen.choice((0, 1, len(array) - 1))]
    if how == 3 and array.ndim:
        return np.moveaxis(array, chosen.randrange(array.ndim), 0)
    if how == 4 and array.ndim:
        return np.concatenate([array, array], axis=chosen.randrange(array.ndim))
    if how == 5:
        return np.array(chosen.choice([value for value in _NASTY if isinstance(value, (float, str, bool))]))
    changed = np.array(array)
    if changed.size and changed.dtype.kind in "fiub":
        with np.errstate(all="ignore"):
            value = np.float64(chosen.choice((np.nan, np.inf, -1, 0, 1e30, -1e300, 1e-300, 2**40, 7)))
            where = chosen.choice((slice(None), chosen.randrange(changed.size)))
            changed.flat[where] = value.astype(changed.dtype)
    elif changed.size and changed.dtype.kind == "U":
        changed = changed.astype("U300")
        changed.flat[chosen.randrange(changed.size)] = chosen.choice(_NASTY_TEXTS)[:300]
    return changed


_MUTATORS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    ".json": _json,
    ".gltf": _json,
    ".jsonl": _lines_of_json,
    ".npy": _npy,
    ".npz": _npz,
    ".pkl": _pickle,
    ".safetensors": _safetensors,
    ".glb": _glb,
    ".h5": lambda content, chosen: content,
    ".c3d": lambda content, chosen: content,
}
