"""`dancelift label`: what every body part does, from 3D motion or from what people annotated."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from dancelift.body.motion import Motion
from dancelift.cli.common import Commands, check_output, file_or_folder
from dancelift.cli.repeat import INPUT
from dancelift.errors import InputError
from dancelift.files import content_hash, write
from dancelift.formats.labels import FORMATS, get_format, holds_annotations, read_annotations, write_annotations
from dancelift.formats.motion import load_motions
from dancelift.lifting.result import holds_lift, load_lift
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.provenance import Provenance

_MOST_SHOWN = 3  # movements of a part in the table


def add(commands: Commands) -> None:
    formats = "\n".join(f"  {name:4} {known.about}" for name, known in FORMATS.items())
    command = commands.add_parser(
        "label",
        help="what every body part does, in every frame",
        description="Labels 3D motion with the movements that take place, by their definitions; "
        "or brings labels from one format to another.",
        epilog="examples:\n"
        "  dancelift label out.npz -o out.eaf                          a lifted clip, to look at in ELAN\n"
        "  dancelift label data/dance -o labels --format npz           a file for each clip\n"
        "  dancelift label expert.eaf --frames 300 --fps 25 -o expert.npz\n"
        f"\nformats:\n{formats}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "input", type=Path, metavar="IN", help="3D motion, true or lifted: a file or a folder; or a file of labels"
    )
    command.add_argument(
        "-o", "--output", type=file_or_folder(".npz", ".eaf", ".csv"), required=True, metavar="OUT",
        help="file.npz, .eaf or .csv; with --format, a folder",
    )  # fmt: skip
    command.add_argument(
        "--format", choices=list(FORMATS), help="OUT is a folder, with a file of this format for each clip"
    )
    command.add_argument(
        "--frames", type=int, metavar="N", help="of the clip, for an .eaf or .csv that does not say so; with --fps"
    )
    command.add_argument("--fps", type=float, metavar="N", help="frames per second, with --frames")
    command.add_argument("--force", action="store_true", help="replace files of labels that exist")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    names: list[str]
    all_labels: Iterable[MovementLabels]
    if arguments.input.is_file() and holds_annotations(arguments.input):
        names = [arguments.input.stem]
        all_labels = [read_annotations(arguments.input, standard_taxonomy(), arguments.frames, arguments.fps)]
    else:
        if arguments.frames is not None or arguments.fps is not None:
            raise InputError(f"{arguments.input}: no labels, expected an .eaf or a .csv with --frames and --fps")
        motions = _motions(arguments.input)
        names = [motion.name for motion in motions]
        all_labels = map(label_movements, motions)
    outputs = _outputs(arguments, names)
    hashes = {INPUT: content_hash(arguments.input)}
    for name, output, labels in zip(names, outputs, all_labels, strict=True):
        made = labels.provenance or Provenance.here()
        labels = replace(labels, provenance=made.by_command("label", str(arguments.input), name, (), hashes))
        write(output, partial(write_annotations, labels=labels, format=output.suffix.removeprefix(".")))
        print(table(name, labels), f"written to {output}", sep="\n", flush=True)
    return 0


def _motions(path: Path) -> list[Motion]:
    """Motions of a file or a folder; of a lift, joints that were not seen are not known."""
    if holds_lift(path):
        return [load_lift(path).motion(path.stem, seen_only=True)]
    return load_motions(path)


def _outputs(arguments: argparse.Namespace, names: Sequence[str]) -> list[Path]:
    """Return the files to write, one for each clip.

    Raises:
        InputError: there are several and no folder for them, two would have one name, or one is there already.
    """
    if arguments.format is None:
        get_format(arguments.output)
        if len(names) > 1:
            raise InputError(
                f"{arguments.input}: has {len(names)} clips ({names[0]}, ...), expected one, or --format and a folder"
            )
        check_output(arguments.output, arguments.input, arguments.force)
        return [arguments.output]
    outputs = [arguments.output / f"{_file_name(name)}.{arguments.format}" for name in names]
    for output, count in Counter(outputs).items():
        if count > 1:
            raise InputError(f"{arguments.input}: {count} clips are called {output.stem!r}, expected different names")
        check_output(output, arguments.input, arguments.force)
        if output.exists() and not holds_annotations(output):  # it may be the clip itself
            raise InputError(f"{output}: holds no labels, expected to replace nothing but labels")
    return outputs


def _file_name(clip: str) -> str:
    return re.sub(r"[/\\\x00-\x1f\ud800-\udfff]", " ", clip)


def table(name: str, labels: MovementLabels) -> str:
    """Return what takes place in a clip: a line a part, with its commonest movements and their share of the frames."""
    active, known = labels.active.sum(axis=0), labels.known.sum(axis=0)
    lines = [
        f"{name}: {len(labels)} frames of {labels.fps:g} a second, "
        f"{np.count_nonzero(active)} of {len(active)} movements take place"
    ]
    parts = labels.taxonomy.parts
    width = max(len(part.name) for part in parts)
    for part in parts:
        movements = np.array(labels.taxonomy.of_part(part.name))
        seen = sorted(movements[active[movements] > 0], key=lambda m: -active[m] / known[m])
        shown = [f"{labels.taxonomy.names[m]} {active[m] / known[m]:.0%}" for m in seen[:_MOST_SHOWN]]
        if len(seen) > _MOST_SHOWN:
            shown.append(f"{len(seen) - _MOST_SHOWN} more")
        text = ", ".join(shown)
        n_unknown = np.count_nonzero(~labels.known[:, movements].all(axis=1))
        if n_unknown:
            text = f"{text} ({n_unknown} frames not known)".strip()
        lines.append(f"  {part.name:{width}}  {text or 'none'}")
    return "\n".join(lines)
