"""Readers of 3D motion: one file a format, listed in FORMATS."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from dancelift.body.motion import Motion
from dancelift.errors import InputError, warn
from dancelift.formats.motion import aist, amass, arrays, asf_amc, bvh, dance_clip, gltf, human36m, markers
from dancelift.formats.motion.recording import MotionFormat, motions_of
from dancelift.formats.selection import is_wanted, motion_files
from dancelift.formats.source import Source

# Tried in this order: a special layout before the general one that it would pass for.
FORMATS: tuple[MotionFormat, ...] = (
    bvh.FORMAT,
    asf_amc.FORMAT,
    markers.TRC,
    markers.C3D,
    gltf.FORMAT,
    dance_clip.FORMAT,
    human36m.FORMAT,
    arrays.LIFT,
    arrays.ARRAYS,
    amass.FORMAT,
    aist.FORMAT,
)


def load_motions(path: str | os.PathLike[str], split: str | None = None, match: Sequence[str] = ()) -> list[Motion]:
    """Read 3D motion from a file, or from all files below a folder, as metres with y up.

    What a file does not record is found from its content: the format, the unit from the performer's size, the vertical
    from the posture. Gaps of up to 0.2 s are interpolated; at longer ones a clip is cut into parts.

    Args:
        path: of the file or the folder. Files in a folder that cannot be read are warned of and passed over.
        split: name of a list in a split.json, or in AIST++'s splits/, in the folder or beside it; None: everything.
        match: names must start with one of these; empty: any name.

    Returns:
        The motions, in the order of their files' paths.

    Raises:
        InputError: nothing can be read; the message names what was found and what was expected.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; expected 3D motion")
    wanted = is_wanted(path, split, match)
    if not path.is_dir():
        motions = _read(path, wanted)
    else:
        motions, failures = [], []
        for file in motion_files(path):
            try:
                motions += _read(file, wanted)
            except InputError as reason:
                failures.append(str(reason))
        if failures and not motions:
            raise InputError(
                f"{path}: none of {len(failures)} files of 3D motion can be read; the first: {failures[0]}"
            )
        for failure in failures:
            warn(f"passed over: {failure}")
    if not motions:
        asked = "" if split is None else f" of split {split!r}"
        asked += f" with a name that starts with {match!r}" if match else ""
        raise InputError(f"{path}: no 3D motion{asked}; expected some, as {', '.join(known.name for known in FORMATS)}")
    return motions


def holds_motion(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of 3D motion, by its content; what cannot be read is none."""
    source = Source(Path(path))
    try:
        with source.guard():
            return source.path.is_file() and any(known.recognises(source) for known in FORMATS)
    except InputError:
        return False


def _read(path: Path, wanted: Callable[[str], bool]) -> list[Motion]:
    source = Source(path)
    with source.guard():
        if not path.stat().st_size:
            raise source.error("the file is empty; expected 3D motion")
        candidate = next((known for known in FORMATS if known.recognises(source)), None)
        if candidate is None:
            formats = ", ".join(known.name for known in FORMATS)
            raise source.error(f"found {source.describe()}; expected 3D motion as {formats}")
        if candidate.one_a_file and not wanted(path.stem):
            return []
        recordings = (recording for recording in candidate.read(source) if wanted(recording.name))
        return [motion for recording in recordings for motion in motions_of(recording, path)]
