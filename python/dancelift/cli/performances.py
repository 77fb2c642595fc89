"""Reading performances for the commands of choreography: results, 3D motion, or keypoints, which are lifted."""

from __future__ import annotations

import argparse
from argparse import Namespace
from pathlib import Path

from dancelift.choreography.performance import Performance
from dancelift.cli.common import note, only_main
from dancelift.cli.lift_input import lift_track, read_lift_input
from dancelift.errors import InputError
from dancelift.formats.motion import holds_motion, load_motions
from dancelift.lifting.result import holds_lift, load_lift
from dancelift.recognition.result import holds_recognition, load_recognition

INPUT = "what `dancelift recognize` or `dancelift lift` wrote, 3D motion, or 2D keypoints, which are lifted"


def add_from_keypoints(command: argparse.ArgumentParser) -> None:
    """Add the option by which a file of both is read as keypoints, see `read_performance`."""
    command.add_argument(
        "--from-keypoints", action="store_true", help="lift the 2D keypoints of a file that has 3D motion too"
    )


def read_performance(path: Path, arguments: Namespace, person: str | None = None) -> Performance:
    """Read the one performance in a file.

    Args:
        path: of the file, or the folder of keypoints.
        arguments: of a command with the options of `add_lift_input` and `add_from_keypoints`.
        person: which of several in a file of keypoints; None: as --person says.

    Raises:
        InputError: there is nothing to read; the message says what was found and what was expected.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; expected {INPUT}")
    try:
        return _read(path, arguments, person)
    except InputError as reason:
        text = str(reason)
        raise InputError(text if str(path) in text else f"{path}: {text}") from None


def _read(path: Path, arguments: Namespace, person: str | None) -> Performance:
    if path.is_file() and holds_recognition(path):
        return Performance.of(load_recognition(path), path.stem)
    if path.is_file() and holds_lift(path):
        return Performance.of(load_lift(path), path.stem)
    if not arguments.from_keypoints and holds_motion(path):
        motions = load_motions(path)
        longest = max(motions, key=lambda motion: len(motion.poses3d) / motion.fps)
        if len(motions) > 1:
            note(f"{path}: has {len(motions)} motions; the longest, {longest.name}, is taken")
        return Performance.of(longest)
    asked = arguments if person is None else Namespace(**(vars(arguments) | {"person": [person]}))
    (track,) = only_main(path, read_lift_input(path, asked), asked)
    result, _ = lift_track(track, arguments, quiet=False)
    return Performance.of(result, f"{path.stem} {track.name}".strip() if person else path.stem)
