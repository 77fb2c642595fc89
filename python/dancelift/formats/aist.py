"""The layout of the AIST++ annotations, which the readers of keypoints and of motion and the dataset share.

`keypoints2d/SEQ.pkl` holds the views of a sequence, `keypoints3d/SEQ.pkl` its motion triangulated from them, both at
60 frames per second; `ignore_list.txt` names the sequences whose annotation the authors found wrong, and `splits/`
lists others by name (Li et al. 2021, AI Choreographer; google.github.io/aistplusplus_dataset).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array
from dancelift.errors import InputError
from dancelift.formats.pickles import load_pickle
from dancelift.formats.source import abbreviate, read_words

FPS = 60.0
IMAGE_SIZE = (1920, 1080)
SKELETON = "coco17"
UP = np.array([0.0, 1.0, 0.0])
"""Against gravity in the world of the cameras as it was set up; bundle adjustment may have turned it a little."""

KEYPOINTS, MOTIONS = "keypoints2d", "keypoints3d"
"""The folders of the sequences' 2D keypoints and of their motion."""

_POSITIONS = ("keypoints3d_optim", "keypoints3d")  # the first is the second, smoothed and with gaps filled
_CM = 0.01  # m
_GENRES = {
    "BR": "break", "PO": "pop", "LO": "lock", "MH": "middle hip-hop", "LH": "LA-style hip-hop", "HO": "house",
    "WA": "waack", "KR": "krump", "JS": "street jazz", "JB": "ballet jazz",
}  # fmt: skip


def is_pickle(path: Path) -> bool:
    """Tell whether a file may be a sequence, by its name."""
    return path.suffix.lower() in (".pkl", ".pickle")


def genre(sequence: str) -> str | None:
    """Return the genre by the first tag of a sequence's name, such as gBR_sBM_cAll_d04_mBR0_ch01."""
    tag = re.match(r"g([A-Z]{2})_", sequence)
    return _GENRES.get(tag[1]) if tag else None


def view_name(view: int) -> str:
    """Return the name of a camera, counted from 0, as the videos have it."""
    return f"c{view + 1:02}"


def video_name(sequence: str, view: int) -> str:
    """Return the video of a sequence from one camera: gBR_sBM_cAll_d04_mBR0_ch01 -> gBR_sBM_c01_d04_mBR0_ch01."""
    name = view_name(view)
    return sequence.replace("cAll", name) if "cAll" in sequence else f"{sequence} {name}"


def sequence_files(folder: Path) -> list[Path]:
    """Return the sequences in keypoints2d/ or keypoints3d/ but those on the ignore list beside it, sorted by name."""
    ignore_list = folder.absolute().parent / "ignore_list.txt"
    ignored = set(read_words(ignore_list)) if ignore_list.is_file() else set()
    return [file for file in sorted(folder.glob("*.pkl")) if file.stem not in ignored]


def read_keypoints(path: Path) -> NDArray[Any]:
    """Read the views of a sequence.

    Returns:
        (views, T, 17, 3), px and score; NaN is not seen.

    Raises:
        InputError: the file is no such pickle.
    """
    found = _arrays(path, (KEYPOINTS,))
    if found.ndim != 4:
        raise InputError(f"{path}: found {found.shape}; expected an array '{KEYPOINTS}' of (views, frames, 17, 3)")
    return found


def read_motion(path: Path) -> Array:
    """Read the motion of a sequence: the smoothed one, or else the triangulated one.

    Returns:
        (T, 17, 3), m, in the world of the cameras; NaN is missing.

    Raises:
        InputError: the file is no such pickle.
    """
    found = _arrays(path, _POSITIONS)
    if found.ndim != 3 or found.shape[1:] != (17, 3) or found.dtype.kind not in "iuf":
        raise InputError(
            f"{path}: found {found.shape} of {found.dtype}; expected an array '{_POSITIONS[0]}' of (frames, 17, 3), "
            f"the joints of {SKELETON}"
        )
    return _CM * found.astype(np.float64)


def _arrays(path: Path, keys: tuple[str, ...]) -> NDArray[Any]:
    """The array that a sequence holds under the first of `keys` that it has."""
    content = load_pickle(path)
    found = next((content[key] for key in keys if key in content), None) if isinstance(content, dict) else None
    if not isinstance(found, np.ndarray):
        names = " or ".join(f"'{key}'" for key in keys)
        raise InputError(f"{path}: found {abbreviate(content)}; expected an array {names}")
    return found
