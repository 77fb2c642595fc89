"""`dancelift recognize`: 2D keypoints, or a lift, to what every body part does and the name of the dance."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from dancelift.body.clip import Clip
from dancelift.cli.common import Commands, Failures, check_output, file_or_folder, only_main
from dancelift.cli.film import write_film
from dancelift.cli.lift_input import (
    add_lift_input,
    add_together,
    lift_together,
    lift_track,
    read_lift_input,
    result_file,
)
from dancelift.errors import InputError, require
from dancelift.files import write
from dancelift.keypoints import Track
from dancelift.lifting.result import LiftResult, holds_lift, load_lift
from dancelift.recognition.recognize import N_SEEDS, recognize_lift
from dancelift.recognition.result import Recognition
from dancelift.show.report import write_report
from dancelift.video.decoding import is_video

_MOST_SHOWN = 3  # movements of a part


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "recognize",
        help="2D keypoints to the name of the dance, and why",
        description="Lifts the keypoints of every person in a file, predicts what every body part does and which dance "
        "it is, and explains why.",
        epilog="examples:\n"
        "  dancelift recognize keypoints.json -o duo --report     one result and one page a person\n"
        "  dancelift recognize dance.mp4 -o out.npz --mp4         finds the keypoints first, draws what was found\n"
        "  dancelift recognize out.npz -o solo.npz                of a lift that is there already",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("input", type=Path, metavar="IN", help="a video, 2D keypoints, or what `dancelift lift` wrote")
    command.add_argument(
        "-o",
        "--output",
        type=file_or_folder(".npz"),
        metavar="OUT",
        help="an .npz for one person, or a folder",
    )
    command.add_argument("--report", action="store_true", help="also write a page to look at beside each result")
    command.add_argument("--mp4", action="store_true", help="also draw a video beside each result")
    command.add_argument("--movement-model", type=Path, metavar="FILE", help="of `dancelift train movements`")
    command.add_argument("--genre-model", type=Path, metavar="FILE", help="of `dancelift train genre`")
    command.add_argument("--no-reasons", action="store_true", help="do not explain the genre")
    command.add_argument("--force", action="store_true", help="replace results that exist")
    add_together(command)
    add_lift_input(command, N_SEEDS)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    require("recognize", "recognition", "torch", "safetensors", *(() if arguments.no_reasons else ("captum",)))
    from dancelift.genres.model import load_genre_model
    from dancelift.movements.model import load_movement_model

    shown = [(".html", _page)] * arguments.report + [(".mp4", _film)] * arguments.mp4
    if shown and arguments.output is None:
        raise InputError(f"--{'report' if arguments.report else 'mp4'} without -o, expected a place to write to")
    movement_model = load_movement_model(arguments.movement_model or "3d")
    genre_model = load_genre_model(arguments.genre_model)
    failures = Failures()
    for name, output, lift in _load(arguments):
        with failures.of(name):
            outputs = [] if output is None else [output, *(output.with_suffix(ending) for ending, _ in shown)]
            for path in outputs:
                check_output(path, arguments.input, arguments.force)
            start = time.perf_counter()
            result, clip = lift()
            recognition = recognize_lift(
                result,
                keypoints2d=clip,
                movement_model=movement_model,
                genre_model=genre_model,
                explain=not arguments.no_reasons,
                name=name,
            )
            print(summary(recognition, time.perf_counter() - start), flush=True)
            if outputs:
                write(outputs[0], recognition.save)
            for path, (_, show) in zip(outputs[1:], shown, strict=False):
                show(recognition, path, arguments.input)
    return failures.code()


def _page(recognition: Recognition, path: Path, source: Path) -> None:
    write(path, partial(write_report, recognition))


def _film(recognition: Recognition, path: Path, source: Path) -> None:
    video = source if is_video(source) else None
    write_film(recognition.lift, path, video, recognition.keypoints2d, recognition)


Lift: TypeAlias = "Callable[[], tuple[LiftResult, Clip | None]]"
"""Gives a lift, and the clip that it is of where that is known."""


def _load(arguments: argparse.Namespace) -> list[tuple[str, Path | None, Lift]]:
    """Return name, file of the result and the lift of everybody in the input."""
    path, output = arguments.input, arguments.output
    to_file = output is not None and output.suffix.lower() == ".npz" and not output.is_dir()
    if path.is_file() and holds_lift(path):
        to = output if output is None or to_file else output / f"{path.stem}.npz"
        return [(path.stem, to, lambda: (load_lift(path), None))]
    tracks = read_lift_input(path, arguments)
    if to_file:
        tracks = only_main(path, tracks, arguments)

    @cache
    def together() -> dict[str, LiftResult]:
        return lift_together(tracks, arguments, quiet=False)

    def lifted(track: Track) -> tuple[LiftResult, Clip | None]:
        result = together().get(track.name)
        return lift_track(track, arguments, quiet=False) if result is None else (result, None)

    found: list[tuple[str, Path | None, Lift]] = []
    for track in tracks:
        file = result_file(track, output or Path(), len(tracks) > 1)
        found.append((file.stem, output if output is None or to_file else file, partial(lifted, track)))
    return found


def summary(recognition: Recognition, seconds: float) -> str:
    """Return what was recognised, in a few lines."""
    n_frames, fps = len(recognition.movements), recognition.lift.fps
    ranked = sorted(recognition.genre_probabilities.items(), key=lambda item: -item[1])
    why = f" ({recognition.no_genre})" if recognition.no_genre else ""
    nearest = f"none of the dances that are known{why}; nearest: " if recognition.genre is None else ""
    lines = [
        f"{recognition.name}: {nearest}" + ", ".join(f"{genre} {share:.0%}" for genre, share in ranked),
        f"  {n_frames} frames, {n_frames / fps:.1f} s of dance, recognised in {seconds:.1f} s",
    ]
    shares = (recognition.movements >= recognition.thresholds).mean(axis=0)
    taxonomy = recognition.taxonomy
    width = max(len(part.name) for part in taxonomy.parts)
    for part in taxonomy.parts:
        movements = np.array(taxonomy.of_part(part.name))
        commonest = movements[np.argsort(-shares[movements], kind="stable")][:_MOST_SHOWN]
        text = ", ".join(f"{taxonomy.names[m]} {shares[m]:.0%}" for m in commonest if shares[m] > 0)
        lines.append(f"  {part.name:{width}}  {text or 'none'}")
    if recognition.reasons:
        lines.append(f"  why {recognition.genre or f'{ranked[0][0]} is nearest'}:")
        lines += [f"    {reason.movement}: {reason.text}" for reason in recognition.reasons]
    return "\n".join(lines)
