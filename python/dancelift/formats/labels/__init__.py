"""Movement labels as people annotate them: readers and writers, one file a format, listed in FORMATS."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dancelift.checks import check_fps
from dancelift.errors import InputError
from dancelift.formats.labels.csv_table import read_csv, write_csv
from dancelift.formats.labels.elan import read_elan, write_elan
from dancelift.formats.labels.intervals import MOST_FRAMES
from dancelift.formats.labels.npz_labels import holds_labels, read_npz, write_npz
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy


@dataclass(frozen=True)
class AnnotationFormat:
    """One way to keep movement labels."""

    about: str
    read: Callable[[str | os.PathLike[str], Taxonomy, int | None, float | None, float | None], MovementLabels]
    write: Callable[[str | os.PathLike[str], MovementLabels], None]


FORMATS: dict[str, AnnotationFormat] = {
    "npz": AnnotationFormat("numpy, exact", read_npz, write_npz),
    "eaf": AnnotationFormat("ELAN, one tier a body part", read_elan, write_elan),
    "csv": AnnotationFormat("a table of intervals", read_csv, write_csv),
}
"""By the suffix of their files."""


def read_annotations(
    path: str | os.PathLike[str],
    taxonomy: Taxonomy,
    n_frames: int | None = None,
    fps: float | None = None,
    start: float | None = None,
) -> MovementLabels:
    """Read the movement labels of one clip, in the format that the file's suffix says.

    Args:
        path: of an .eaf, .csv or .npz file; the rules of each are in its module.
        taxonomy: of the movements.
        n_frames: of the clip; given together with `fps`, and needed where the file does not say them: for a .csv,
            and for an .eaf that dancelift has not written.
        fps: frames per second of the clip.
        start: time of its first frame in the video, s, by which its times count; None: as the file says, or else 0.

    Raises:
        InputError: the file cannot be read, is of another taxonomy, or of a clip of another length.
    """
    if (n_frames is None) != (fps is None):
        raise InputError(f"{n_frames} frames of {fps} a second, expected both or neither to be given")
    if n_frames is not None and not 0 <= n_frames <= MOST_FRAMES:
        raise InputError(f"{n_frames} frames, expected 0 to {MOST_FRAMES}")
    fps = None if fps is None else check_fps(fps)
    try:
        if not Path(path).stat().st_size:
            raise InputError("the file is empty, expected movement labels")
        return get_format(path).read(path, taxonomy, n_frames, fps, start)
    except OSError as reason:
        raise InputError(f"{path}: cannot be read ({reason.strerror}), expected a file of movement labels") from None
    except InputError as reason:
        text = str(reason)
        raise InputError(text if text.startswith(f"{path}: ") else f"{path}: {text}") from None


def write_annotations(path: str | os.PathLike[str], labels: MovementLabels, format: str | None = None) -> None:
    """Write the movement labels of one clip; `read_annotations` reads them as they were.

    Args:
        path: of the file.
        labels: what to write.
        format: one of FORMATS; None: as the file's suffix says.

    Raises:
        InputError: there is no such format.
    """
    get_format(path if format is None else f"labels.{format}").write(path, labels)


def get_format(path: str | os.PathLike[str]) -> AnnotationFormat:
    """Return the format that a file's suffix says.

    Raises:
        InputError: there is none.
    """
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise InputError(f"{path}: expected a name that ends in {', '.join('.' + known for known in FORMATS)}")
    return FORMATS[suffix]


def holds_annotations(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is one of movement labels, by its suffix, and of an npz by what is in it."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    return suffix in FORMATS and (suffix != "npz" or holds_labels(path))
