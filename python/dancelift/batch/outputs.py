"""What is written for every person of a clip: one entry an output, listed in OUTPUTS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from dancelift.batch.record import RESULT
from dancelift.errors import require
from dancelift.formats.export import FORMATS
from dancelift.formats.export.scene import make_scene
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
        module: of the extra that it needs; "": none.
        extra: that extra.
    """

    suffix: str
    about: str
    write: Callable[[Result, str, Path], None]
    module: str = ""
    extra: str = ""


def _lift_of(result: Result) -> LiftResult:
    return result.lift if isinstance(result, Recognition) else result


def _write_result(result: Result, name: str, path: Path) -> None:
    result.save(path)


def _write_report(result: Result, name: str, path: Path) -> None:
    found = result if isinstance(result, Recognition) else recognize_by_definitions(result, name=name)
    write_report(found, path)


def _write_labels(format: str) -> Callable[[Result, str, Path], None]:
    def write(result: Result, name: str, path: Path) -> None:
        lift = _lift_of(result)
        labels = label_movements(lift.motion(name, seen_only=True))
        write_annotations(path, replace(labels, provenance=lift.provenance), format)

    return write


def _write_export(suffix: str) -> Callable[[Result, str, Path], None]:
    def write(result: Result, name: str, path: Path) -> None:
        known = FORMATS[suffix]
        known.write(make_scene({name: _lift_of(result)}), path, known.up)

    return write


LABELS = ("eaf", "csv")
"""Outputs of movements."""

EXPORTS = {suffix.removeprefix("."): f"export {suffix}" for suffix in FORMATS}
"""Outputs for other programs, by the name of the format."""

OUTPUTS: dict[str, Output] = {
    RESULT: Output(".npz", "the motion, and what was recognised", _write_result),
    "report": Output(".html", "a page to look at", _write_report),
    "eaf": Output(".eaf", "movements for ELAN", _write_labels("eaf"), "pympi", "annotate"),
    "csv": Output(".movements.csv", "a table of movements", _write_labels("csv")),
    **{
        f"export {suffix}": Output(
            ".export.npz" if suffix == ".npz" else suffix, known.about, _write_export(suffix), known.module, "export"
        )
        for suffix, known in FORMATS.items()
    },
}
"""By name, in the order in which they are written."""


def check_outputs(names: Iterable[str]) -> None:
    """Raise unless outputs can be written, before what takes long.

    Raises:
        MissingExtraError: what writes one is not installed.
    """
    for name in names:
        output = OUTPUTS[name]
        if output.module:
            require(output.extra, output.suffix, output.module)


def load_result(path: Path, recognized: bool) -> Result:
    """Read what the output RESULT wrote: a recognition, or else a lift.

    Raises:
        InputError: it is not there, or something else.
    """
    return load_recognition(path) if recognized else load_lift(path)
