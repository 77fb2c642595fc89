"""Pickles from strangers: an unpickler that makes NumPy arrays and plain containers and nothing else.

NumPy's own pickle hooks trust what they are given (a forged dtype, a short object list or a second state reaches raw
memory), so stand-ins that check take their place.
"""

import io
import math
import pickle
import pickletools
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from dancelift.errors import InputError
from dancelift.files import check_sizes


class _Dtype:
    """A plain dtype in the making: of its pickled state only the byte order is believed."""

    def __init__(self, code: str, align: bool = False, copy: bool = False) -> None:
        if not re.fullmatch(r"b1|[iu][1248]|f[248]|c8|c16|[SU][1-9]\d{0,5}|O8?", code):
            raise pickle.UnpicklingError(f"dtype {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """An array in the making: it is given its state once, whose shape must be one, and its content as long as that.

    NumPy believes the type before it has looked at the content, and frees by that type what it had.
    """

    __hash__ = None  # type: ignore[assignment]
    array: NDArray[Any] | None = None
    objects: tuple[object, ...] = ()
    """Of an array of objects, whose own are set in the end."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran_order, content = state
        if self.array is not None:
            raise pickle.UnpicklingError("an array with two states")
        if not (isinstance(shape, tuple) and all(isinstance(n, int) and n >= 0 for n in shape)):
            raise pickle.UnpicklingError(f"shape {shape}")
        if not isinstance(dtype, _Dtype):
            raise pickle.UnpicklingError(f"dtype {dtype}")
        if dtype.dtype.hasobject:
            if not (isinstance(content, list) and len(content) == math.prod(shape)):
                raise pickle.UnpicklingError(f"object array of shape {shape} with other content")
            self.objects = tuple(content)  # in the order of C, whatever the array's
            self.array = np.empty(shape, object)
            return
        if isinstance(content, str):  # as Python 2 wrote bytes
            content = content.encode("latin1")
        self.array = _flat(content, dtype).copy().reshape(shape, order="F" if fortran_order else "C")


def _reconstruct(kind: object, shape: object, code: object) -> _Array:
    return _Array()  # all three are set by the state that follows


def _scalar(dtype: _Dtype, content: object) -> Any:
    return _flat(content, dtype)[0]


def _frombuffer(content: object, dtype: _Dtype, shape: Any, order: Any, axes: Any = None) -> Any:
    flat = _flat(content, dtype)
    return flat.reshape(shape).transpose(axes) if order == "K" else flat.reshape(shape, order=order)


def _flat(content: object, dtype: _Dtype) -> NDArray[Any]:
    if not isinstance(content, (bytes, bytearray)):  # an array could be given other content afterwards
        raise pickle.UnpicklingError(f"buffer of {type(content).__name__}")
    return np.frombuffer(content, dtype.dtype)


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":  # the one in which protocols 0 to 2 write bytes
        raise pickle.UnpicklingError(f"encoding {encoding!r}")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """As which protocols 0 to 2 write those of an empty array."""
    return b""


_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): None,  # only ever the first argument of _reconstruct
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
    ("builtins", "bytes"): _no_bytes,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
}


_MEMO_OPCODES = ("PUT", "BINPUT", "LONG_BINPUT")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = {"__builtin__": "builtins"}.get(module, module).replace("numpy._core.", "numpy.core.")
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _ADMITTED[module, name]


def load_pickle(path: Path) -> Any:
    """Read a pickle file."""
    try:
        content = path.read_bytes()
    except OSError as reason:
        raise InputError(f"{path}: cannot be read ({reason}); expected a pickle") from reason
    return loads(content, str(path))


def load_object_member(path: Path, member: str) -> Any:
    """Read the one object that an .npz file holds under `member` in an object array without dimensions."""
    where = f"{path}: array '{member}'"
    try:
        check_sizes(path)
        with zipfile.ZipFile(path) as archive:
            stream = io.BytesIO(archive.read(f"{member}.npy"))
        version = npy.read_magic(stream)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, _, dtype = read_header(stream)
    except InputError:
        raise
    except Exception as reason:  # zipfile, zlib and numpy each have their own
        raise InputError(f"{where} cannot be read ({reason!r}); expected a complete .npz file") from reason
    if shape != () or not dtype.hasobject:
        raise InputError(f"{where} has shape {shape} and dtype {dtype}; expected one pickled object")
    array = loads(stream.read(), where)
    if not isinstance(array, np.ndarray) or array.shape != ():
        raise InputError(f"{where} holds a {type(array).__name__}; expected one pickled object")
    return array.item()


def loads(content: bytes, where: str) -> Any:
    """Read a pickle; `where` it is from begins the message of an error."""
    try:
        _check_memo(content)
        return _plain(_Unpickler(io.BytesIO(content)).load())
    except Exception as reason:  # a broken pickle can fail in any way
        raise InputError(
            f"{where}: cannot be read ({reason}); expected a complete pickle of only arrays and containers"
        ) from reason


def _check_memo(content: bytes) -> None:
    """Refuse numbers of the memo beyond all that could be in it, for which the unpickler would make room."""
    for opcode, argument, at in pickletools.genops(content):
        if opcode.name in _MEMO_OPCODES and isinstance(argument, int) and argument > len(content):
            raise pickle.UnpicklingError(f"memo {argument} at byte {at}")


def _plain(value: Any, known: dict[int, Any] | None = None) -> Any:
    """The same with arrays instead of those in the making; what is shared stays so."""
    known = {} if known is None else known
    if not isinstance(value, (_Array, dict, list, tuple)):
        return value
    if id(value) not in known:
        if isinstance(value, _Array):
            array = value.array
            if array is None:
                raise pickle.UnpicklingError("an array without a state")
            known[id(value)] = array
            flat = array.reshape(-1)  # the same memory
            for i, item in enumerate(value.objects):
                flat[i] = _plain(item, known)
        elif isinstance(value, dict):
            known[id(value)] = {key: _plain(item, known) for key, item in value.items()}
        else:
            known[id(value)] = type(value)(_plain(item, known) for item in value)
    return known[id(value)]
