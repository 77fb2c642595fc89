"""glTF 2.0 files, binary (.glb) and text (.gltf): their JSON, the arrays that it refers to, and how both are packed.

What is read is checked no further than it is used; the specification is Khronos's glTF 2.0.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from dancelift.errors import InputError

MAGIC = b"glTF"
"""With which a binary file starts."""

_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<II")
_JSON, _BINARY = 0x4E4F534A, 0x004E4942
_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_MOST_BYTES = 2**30  # of an array
_DATA_URI = "data:application/octet-stream;base64,"
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963


@dataclass(frozen=True, eq=False)
class Gltf:
    """A document and the bytes that it refers to."""

    path: Path
    document: dict[str, Any]
    buffers: tuple[bytes, ...]

    def array(self, accessor: int) -> NDArray[Any]:
        """Return the values of an accessor, (count,) or (count, components); normalised integers as fractions.

        Raises:
            InputError: it refers to what is not there.
        """
        try:
            return self._array(self.document["accessors"][accessor])
        except (LookupError, TypeError, ValueError) as reason:
            raise InputError(f"{self.path}: accessor {accessor} cannot be read ({reason}), expected values") from reason

    def _array(self, about: Mapping[str, Any]) -> NDArray[Any]:
        dtype, size, count = np.dtype(_COMPONENTS[about["componentType"]]), _SIZES[about["type"]], int(about["count"])
        if not 0 < count * size * dtype.itemsize <= _MOST_BYTES:
            raise ValueError(f"{count} values")
        if "sparse" in about:
            raise ValueError("sparse values")
        view = self.document["bufferViews"][about["bufferView"]]
        start = view.get("byteOffset", 0) + about.get("byteOffset", 0)
        stride = view.get("byteStride") or size * dtype.itemsize
        data = self.buffers[view["buffer"]]
        if (
            start < 0
            or stride < size * dtype.itemsize
            or start + (count - 1) * stride + size * dtype.itemsize > len(data)
        ):
            raise ValueError("the buffer ends before it")
        strided = np.ndarray((count, size), dtype, data, start, (stride, dtype.itemsize))
        values = strided.astype(np.float64) if dtype.kind == "f" or about.get("normalized") else strided.copy()
        if about.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values / np.iinfo(dtype).max, -1.0)
        return values[:, 0] if size == 1 else values


def read_gltf(path: Path) -> Gltf:
    """Read a glTF file, binary or text, and the buffers beside it.

    Raises:
        InputError: it is none, is damaged, or a buffer is missing.
    """
    try:
        data = path.read_bytes()
        binary: bytes | None = None
        if data.startswith(MAGIC):
            text, binary = _chunks(data)
        else:
            text = data
        document = json.loads(text.decode("utf-8-sig"))
        if not isinstance(document, dict) or not str(document["asset"]["version"]).startswith("2."):
            raise ValueError("another version than 2")
        buffers = tuple(_buffer(path, about, binary) for about in document.get("buffers", []))
    except (OSError, LookupError, TypeError, ValueError, RecursionError, struct.error) as reason:
        raise InputError(f"{path}: cannot be read ({reason}); expected a glTF 2.0 file") from reason
    return Gltf(path, document, buffers)


def _chunks(data: bytes) -> tuple[bytes, bytes | None]:
    """The JSON and the binary chunk of a .glb."""
    _, version, length = _HEADER.unpack_from(data)
    if version != 2 or length > len(data):
        raise ValueError(f"version {version}, {length} bytes of which {len(data)} are there")
    chunks: dict[int, bytes] = {}
    at = _HEADER.size
    while at < length:
        size, kind = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if at + size > length:
            raise ValueError("a chunk is cut")
        chunks.setdefault(kind, data[at : at + size])
        at += size
    return chunks[_JSON], chunks.get(_BINARY)


def _buffer(path: Path, about: Mapping[str, Any], binary: bytes | None) -> bytes:
    uri = about.get("uri")
    if uri is None:
        if binary is None:
            raise ValueError("a buffer without bytes")
        return binary
    if uri.startswith("data:"):
        return base64.b64decode(uri.partition(",")[2], validate=True)
    beside = path.parent / unquote(uri)
    if beside.resolve().parent != path.parent.resolve():
        raise ValueError(f"a buffer {uri!r} in another folder")
    return beside.read_bytes()


@dataclass
class Packer:
    """A document in the making and the bytes that it refers to."""

    document: dict[str, Any] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)

    def add(self, kind: str, **values: Any) -> int:
        """Append an object to a list of the document, such as "nodes"; its index."""
        entries = self.document.setdefault(kind, [])
        entries.append(values)
        return len(entries) - 1

    def add_array(self, values: NDArray[Any], *, bounds: bool = False, target: int | None = None) -> int:
        """Append an array (N,), (N, 2 to 4) or (N, 4, 4); the index of its accessor.

        Args:
            values: matrices are stored by columns.
            bounds: whether its least and largest values are recorded.
            target: what the graphics processor uses it for.
        """
        values = np.ascontiguousarray(np.swapaxes(values, -1, -2) if values.ndim == 3 else values)
        if values.dtype == np.float64:
            values = values.astype("<f4")
        self.data += b"\0" * (-len(self.data) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": values.nbytes}
        if target is not None:
            view["target"] = target
        self.data += values.tobytes()
        flat = values.reshape(len(values), -1)
        kind = "MAT4" if values.ndim == 3 else ("SCALAR", "VEC2", "VEC3", "VEC4")[flat.shape[1] - 1]
        component = next(code for code, dtype in _COMPONENTS.items() if np.dtype(dtype) == values.dtype)
        about: dict[str, Any] = {
            "bufferView": self.add("bufferViews", **view),
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if bounds:
            about |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        return self.add("accessors", **about)

    def add_vertices(self, values: NDArray[Any], *, bounds: bool = False) -> int:
        """Append an attribute of a mesh's vertices; the index of its accessor."""
        return self.add_array(values, bounds=bounds, target=_ARRAY_BUFFER)

    def add_indices(self, values: NDArray[Any]) -> int:
        """Append the indices of a mesh's vertices; the index of their accessor."""
        return self.add_array(values, target=_ELEMENT_ARRAY_BUFFER)

    def save(self, path: Path, binary: bool) -> None:
        """Write the document and its bytes as one file, .glb where `binary`, else .gltf."""
        buffer: dict[str, Any] = {"byteLength": len(self.data)}
        if not binary:
            buffer["uri"] = _DATA_URI + base64.b64encode(self.data).decode()
        document = {**self.document, "buffers": [buffer]}
        text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
        if not binary:
            path.write_bytes(text)
            return
        text += b" " * (-len(text) % 4)
        data = bytes(self.data) + b"\0" * (-len(self.data) % 4)
        length = _HEADER.size + 2 * _CHUNK.size + len(text) + len(data)
        path.write_bytes(
            _HEADER.pack(MAGIC, 2, length)
            + _CHUNK.pack(len(text), _JSON)
            + text
            + _CHUNK.pack(len(data), _BINARY)
            + data
        )
