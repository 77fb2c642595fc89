"""`dancelift recognize`: 2D keypoints, or a lift, to what every body part does and the name of the dance."""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from dancelift.cli.common import (
    Commands,
    add_lifting,
    add_reading,
    check_output,
    fail,
    lifting_options,
    needs_extra,
    read_tracks,
)
from dancelift.errors import DanceliftError, InputError
from dancelift.files import write
from dancelift.lifting import LiftResult, load
from dancelift.readers.source import Source
from dancelift.recognition import recognize
from dancelift.recognition_result import Recognition
from dancelift.report import write_report
from dancelift.skeleton import SKELETONS

_USUAL_FPS = 30.0
_MOST_SHOWN = 3  # movements of a part
_N_SEEDS = 4


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "recognize",
        help="2D keypoints to the name of the dance, and why",
        description="Lifts the keypoints of every person in a file, tells what every body part does, names the dance "
        "and says why.",
        epilog="examples:\n"
        "  dancelift recognize keypoints.json -o duo --report     one result and one page a person\n"
        "  dancelift recognize out.npz -o solo.npz                of a lift that is there already",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("input", type=Path, metavar="IN", help="2D keypoints, or what `dancelift lift` wrote")
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="an .npz for one person, or a folder",
    )
    command.add_argument("--report", action="store_true", help="also write a page to look at beside each result")
    command.add_argument("--movements", type=Path, metavar="FILE", help="weights of `dancelift train movements`")
    command.add_argument("--genre", type=Path, metavar="FILE", help="weights of `dancelift train genre`")
    command.add_argument("--fps", type=float, metavar="N", help="frames per second, where the file does not say")
    command.add_argument("--skeleton", choices=SKELETONS, metavar="NAME", help="of the keypoints, usually recognised")
    command.add_argument("--no-reasons", action="store_true", help="do not say why")
    command.add_argument("--force", action="store_true", help="replace results that exist")
    add_reading(command)
    add_lifting(command, n_seeds=_N_SEEDS)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    with needs_extra("recognize", "recognition"):
        import torch

        from dancelift.genre_model import load_genre_model
        from dancelift.movement_model import load_model

    if arguments.report and arguments.output is None:
        raise InputError("--report without -o, expected a place to write to")
    torch.set_num_threads(arguments.threads or 1)  # the steps are so small that threads wait for each other
    models = {"movement_model": load_model("3d", arguments.movements), "genre_model": load_genre_model(arguments.genre)}
    found = _load(arguments)
    code = 0
    for name, output, run in found:
        try:
            if output is not None:
                for path in _outputs(output, arguments.report):
                    check_output(path, arguments.input, arguments.force)
            start = time.perf_counter()
            recognition = run(**models, explain=not arguments.no_reasons, name=name)
            print(summary(recognition, time.perf_counter() - start), flush=True)
            if output is not None:
                write(output, recognition.save)
                if arguments.report:
                    write(output.with_suffix(".html"), partial(write_report, recognition))
        except (DanceliftError, OSError) as error:
            code = fail(error)
    return code


def _outputs(output: Path, report: bool) -> list[Path]:
    return [output, output.with_suffix(".html")] if report else [output]


def _load(arguments: argparse.Namespace) -> list[tuple[str, Path | None, partial[Recognition]]]:
    """Name, file of the result and how to recognize it, of everybody in the input."""
    source = Source(arguments.input)
    if arguments.input.is_file() and {"poses3d", "about"} <= {*source.members}:
        lifted: LiftResult = load(arguments.input)
        name = arguments.input.stem
        return [(name, _file(arguments, name, single=True), partial(recognize, lifted))]
    tracks = read_tracks(arguments.input, arguments, arguments.skeleton, arguments.fps)
    options = lifting_options(arguments)
    found = []
    for track in tracks:
        if track.fps is None:
            print(f"dancelift: warning: {track.source}: no fps, took {_USUAL_FPS:g}", file=sys.stderr)
        name = arguments.input.stem if len(tracks) == 1 else f"{arguments.input.stem} {track.name}"
        run = partial(
            recognize,
            track.keypoints2d,
            skeleton=track.skeleton,
            fps=track.fps or _USUAL_FPS,
            image_size=track.image_size,
            **options,
        )
        found.append((name, _file(arguments, name, single=len(tracks) == 1), run))
    return found


def _file(arguments: argparse.Namespace, name: str, single: bool) -> Path | None:
    output: Path | None = arguments.output
    if output is None:
        return None
    if output.suffix.lower() == ".npz" and not output.is_dir():
        if not single:
            raise InputError(f"{output}: one file for several persons, expected a folder, or one as --person")
        return output
    return output / f"{name.replace('/', ' ')}.npz"


def summary(recognition: Recognition, seconds: float) -> str:
    """What was recognised, in a few lines."""
    n_frames, fps = len(recognition.movements), recognition.lift.fps
    ranked = sorted(recognition.genre_probabilities.items(), key=lambda item: -item[1])
    lines = [
        f"{recognition.name}: " + ", ".join(f"{genre} {share:.0%}" for genre, share in ranked),
        f"  {n_frames} frames, {n_frames / fps:.1f} s of dance, recognised in {seconds:.1f} s",
    ]
    shares = (recognition.movements >= recognition.thresholds).mean(axis=0)
    taxonomy = recognition.taxonomy
    width = max(len(part.name) for part in taxonomy.parts)
    for part in taxonomy.parts:
        movements = np.array(taxonomy.of_part(part.name))
        commonest = movements[np.argsort(-shares[movements], kind="stable")][:_MOST_SHOWN]
        told = ", ".join(f"{taxonomy.names[m]} {shares[m]:.0%}" for m in commonest if shares[m] > 0)
        lines.append(f"  {part.name:{width}}  {told or 'none'}")
    if recognition.reasons:
        lines.append(f"  why {recognition.genre}:")
        lines += [f"    {reason.movement}: {reason.text}" for reason in recognition.reasons]
    return "\n".join(lines)
