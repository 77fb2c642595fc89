"""What is written for every person of a clip: one entry an output, listed in OUTPUTS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from dancelift.formats.labels import write_annotations
from dancelift.lifting.result import LiftResult, load_lift
from dancelift.movements.labeller import label_movements
from dancelift.recognition.recognize import recognize_by_definitions
from dancelift.recognition.result import Recognition, load_recognition
from dancelift.show.report import write_report

Result: TypeAlias = "LiftResult | Recognition"
"""What is known of a person."""


@dataclass(frozen=True)
class Output:
    """A kind of file about one person.

    Attributes:
        suffix: that is added to the person's name; no two outputs share one.
        about: what it is.
        write: writes the result of a person by that name to a path.
    """

    suffix: str
    about: str
    write: Callable[[Result, str, Path], None]


def _write_result(result: Result, name: str, path: Path) -> None:
    result.save(path)


def _write_report(result: Result, name: str, path: Path) -> None:
    found = result if isinstance(result, Recognition) else recognize_by_definitions(result, name=name)
    write_report(found, path)


def _write_labels(format: str) -> Callable[[Result, str, Path], None]:
    def write(result: Result, name: str, path: Path) -> None:
        lift = result.lift if isinstance(result, Recognition) else result
        labels = label_movements(lift.motion(name, seen_only=True))
        write_annotations(path, replace(labels, provenance=lift.provenance), format)

    return write


RESULT = "result"
"""Name of the output that is always written, and from which the others can be made later."""

OUTPUTS: dict[str, Output] = {
    RESULT: Output(".npz", "the motion, and what was recognised", _write_result),
    "report": Output(".html", "a page to look at", _write_report),
    "eaf": Output(".eaf", "movements for ELAN", _write_labels("eaf")),
    "csv": Output(".movements.csv", "a table of movements", _write_labels("csv")),
}
"""By name, in the order in which they are written."""

LABELS = ("eaf", "csv")
"""Outputs of movements."""


def load_result(path: Path, recognized: bool) -> Result:
    """Read what the output RESULT wrote: a recognition, or else a lift.

    Raises:
        InputError: it is not there, or something else.
    """
    return load_recognition(path) if recognized else load_lift(path)
