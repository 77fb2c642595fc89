"""A file or folder being read, parsed once for all formats, with what the caller says about it."""

import csv
import json
import re
import reprlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypedDict

import numpy as np
from numpy.typing import NDArray

from dancelift.body.skeleton import Skeleton
from dancelift.checks import check_fps
from dancelift.errors import DanceliftError, InputError, warn
from dancelift.files import check_sizes
from dancelift.keypoints import Track


class Recorded(TypedDict, total=False):
    """What is known about a recording besides its keypoints."""

    fps: float
    image_size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Source:
    """A path, and the caller's word on it, which comes before the file's own."""

    path: Path
    skeleton: str | Skeleton | None = None
    fps: float | None = None
    image_size: tuple[int, int] | None = None
    ignore_ids: bool = False  # of a detector's persons

    def error(self, message: str) -> InputError:
        """Make an error about the source, whose message names it."""
        return InputError(f"{self.path}: {message}")

    def warn(self, message: str) -> None:
        """Warn of something about the source, naming it and blaming the caller's line."""
        warn(f"{self.path}: {message}")

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn whatever a damaged file makes a reader fail with into an error that names the file."""
        try:
            yield
        except InputError as reason:  # of what knows nothing of files, such as a skeleton
            raise reason if str(self.path) in str(reason) else self.error(str(reason)) from reason
        except (DanceliftError, Warning):
            raise
        except Exception as reason:
            raise self.error(
                f"cannot be read ({type(reason).__name__}: {reason}); expected an undamaged file"
            ) from reason

    @cached_property
    def json(self) -> Any:
        """Content of a .json file; None for any other kind."""
        if self.path.is_dir() or self.path.suffix.lower() != ".json":
            return None
        content = read_json(self.path)
        if content in ([], {}):
            raise self.error(f"holds {content}; expected keypoints of at least one frame")
        return content

    @cached_property
    def lines(self) -> list[str]:
        """Lines of a text file."""
        try:
            return self.path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, ValueError) as reason:
            raise self.error(f"cannot be read ({reason}); expected a text file") from reason

    @cached_property
    def csv(self) -> list[list[str]]:
        """Rows of a .csv file."""
        try:
            return list(csv.reader(self.lines))
        except csv.Error as reason:
            raise self.error(f"cannot be read ({reason}); expected a complete .csv file") from reason

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Names of the arrays in an .npz file; none for any other kind."""
        if self.path.is_dir() or self.path.suffix.lower() != ".npz":
            return ()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return tuple(name.removesuffix(".npy") for name in archive.namelist())
        except Exception as reason:  # zipfile has its own, and a few of Python's
            raise self.error(f"cannot be read ({reason}); expected a complete .npz file") from reason

    def array(self, member: str = "") -> NDArray[Any]:
        """Read a plain array: a member of an .npz file, or the one in an .npy file."""
        try:
            check_sizes(self.path)
            loaded = np.load(self.path, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                return np.asarray(loaded)
            with loaded:
                return np.asarray(loaded[member])
        except InputError:
            raise
        except Exception as reason:  # zipfile, zlib, numpy and the file system each have their own
            what = f"array '{member}'" if member else "array"
            raise self.error(f"{what} cannot be read ({reason}); expected a complete file of plain arrays") from reason

    def numbers(self, values: Any, what: str) -> NDArray[np.float64]:
        """Return `values` as an array of numbers; null is NaN."""
        try:
            array = np.asarray(values)
            if array.dtype.kind in "biufO":
                return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass  # ragged, or holds what is no number
        raise self.error(f"{what} = {abbreviate(values)}; expected numbers")

    def text(self, member: str) -> str | None:
        """Return the text that an .npz file holds under `member`, if it does."""
        return str(self.array(member)) if member in self.members else None

    def floats(self, texts: Any, what: str) -> NDArray[np.float64]:
        """Return texts as an array of numbers; "nan" is NaN."""
        try:
            return np.asarray(texts).astype(np.float64)
        except (TypeError, ValueError) as reason:
            raise self.error(f"{what} cannot be read ({reason}); expected numbers") from reason

    def triples(self, values: Any, what: str) -> NDArray[np.float64]:
        """Return [x, y, score, x, y, score, ...] as (J, 3)."""
        flat = self.numbers(values, what)
        if flat.ndim != 1 or flat.size % 3:
            raise self.error(f"{what} have shape {flat.shape}; expected three numbers a joint in one list")
        return flat.reshape(-1, 3)

    def recorded(self, values: Mapping[str, Any]) -> Recorded:
        """Check the "fps" and "image_size" in `values`, where they are there."""
        known = Recorded()
        if values.get("fps") is not None:
            fps = self._rate(values["fps"])
            if fps.size != 1:
                raise self.error(f"fps = {abbreviate(values['fps'])}; expected one number")
            try:
                known["fps"] = check_fps(float(fps[0]))
            except InputError as reason:
                raise self.error(str(reason)) from None
        if values.get("image_size") is not None:
            size = self.numbers(values["image_size"], "image_size").ravel()
            if size.size != 2 or not (size >= 1).all() or np.isinf(size).any():
                raise self.error(f"image_size = {abbreviate(values['image_size'])}; expected (width, height) in pixels")
            known["image_size"] = (int(size[0]), int(size[1]))
        return known

    def recorded_members(self) -> Recorded:
        """Read the `fps` and `image_size` of an .npz file, where it holds them."""
        return self.recorded({name: self.array(name) for name in ("fps", "image_size") if name in self.members})

    def _rate(self, fps: Any) -> NDArray[np.float64]:
        """Frames per second, also of text such as "30000/1001"."""
        text = np.asarray(fps)
        if text.dtype.kind == "U" and text.ndim == 0:
            fraction = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*(?:/\s*(\d+(?:\.\d*)?)\s*)?", str(text))
            if fraction and float(fraction[2] or 1):
                return np.array([float(fraction[1]) / float(fraction[2] or 1)])
        return self.numbers(fps, "fps").ravel()

    def describe(self) -> str:
        """Say what is there, for the message that no format recognises it."""
        if self.path.is_dir():
            names = sorted(entry.name for entry in self.path.iterdir())
            return f"a folder of {len(names)} entries {abbreviate(names[:3])}"
        if self.members:
            return f"an .npz file of arrays {abbreviate(list(self.members))}"
        if self.json is not None:
            return f"JSON that starts {abbreviate(self.json)}"
        return f"a file named *{self.path.suffix}"


@dataclass(frozen=True)
class Format:
    """One way in which people keep 2D keypoints."""

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], list[Track]]


def read_json(path: Path) -> Any:
    """Read a JSON file; NaN and Infinity, which JSON does not have, are refused."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"it holds {constant}; a joint not seen is null or 0, 0, 0")

    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=refuse)
    except (OSError, ValueError, RecursionError) as reason:
        raise InputError(f"{path}: cannot be read ({reason}); expected a complete JSON file") from reason


def read_words(path: Path) -> list[str]:
    """Read the words of a text file, such as a list of names."""
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as reason:
        raise InputError(f"{path}: cannot be read ({reason}); expected a list of names") from reason


def abbreviate(value: Any) -> str:
    """Show a value in a message, cut to a readable length."""
    try:
        text = reprlib.repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or what is nested without end
        text = f"a {type(value).__name__} too large to show"
    return text if len(text) <= 80 else text[:77] + "..."
