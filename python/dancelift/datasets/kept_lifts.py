"""Lifts of a dataset's clips, kept in a folder so that each is made only once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from dancelift.checks import shown
from dancelift.datasets.sequence import EvaluationSequence
from dancelift.errors import InputError
from dancelift.files import write_all
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult, load_lift

_OPTIONS = "options.json"  # of the lifts in a folder


@dataclass(frozen=True)
class KeptLifts:
    """Lifts views of clips, or finds what was lifted before.

    Attributes:
        options: of the lifts.
        folder: with a file "CLIP VIEW.npz" of each lift, and how they were made in options.json; None: none is kept.

    Raises:
        InputError: the folder holds lifts that were made by other options.
    """

    options: LiftOptions = field(default_factory=LiftOptions)
    folder: Path | None = None

    def __post_init__(self) -> None:
        if self.folder is None or not (self.folder / _OPTIONS).is_file():
            return
        path = self.folder / _OPTIONS
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read ({error}), expected the options of the lifts beside it") from None
        if not isinstance(found, dict):
            raise InputError(f"{path}: holds {shown(found)}, expected the options of the lifts beside it, by name")
        expected = self.options.made_by
        for name in sorted({*found, *expected}):
            if found.get(name) != expected.get(name):
                raise InputError(
                    f"{self.folder}: lifts made with {name} {found.get(name, 'as usual')}, "
                    f"expected {expected.get(name, 'as usual')}, "
                    "or another folder"
                )

    def lift(self, sequence: EvaluationSequence) -> LiftResult:
        """Lift a sequence, or find its lift.

        Raises:
            InputError: what was kept is damaged, or is of another sequence.
        """
        if self.folder is None:
            return self._lift(sequence)
        name = re.sub(r"[/\\]", " ", f"{sequence.name} {sequence.view}")
        path = self.folder / f"{name}.npz"
        if not path.exists():
            result = self._lift(sequence)
            # before the lift, which without them would pass for one by any others
            write_all({self.folder / _OPTIONS: self._write_options, path: result.save})
            return result
        result = load_lift(path)
        if len(result.poses3d) != len(sequence.keypoints2d) or result.skeleton.name != sequence.skeleton:
            raise InputError(
                f"{path}: {len(result.poses3d)} frames of {result.skeleton.name}, expected "
                f"{len(sequence.keypoints2d)} of {sequence.skeleton} as in the dataset"
            )
        return result

    def _write_options(self, path: Path) -> None:
        path.write_text(json.dumps(self.options.made_by) + "\n", encoding="utf-8")

    def _lift(self, sequence: EvaluationSequence) -> LiftResult:
        return lift_clip(sequence.clip(), self.options)
