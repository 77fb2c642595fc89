"""`dancelift recognize`: 2D keypoints, or a lift, to what every body part does and the name of the dance."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.cli.common import Commands, Failures, check_output, file_or_folder, only_main
from dancelift.cli.film import write_film
from dancelift.cli.lift import numbers_of
from dancelift.cli.lift_input import (
    LIFT_OPTIONS,
    add_lift_input,
    add_together,
    lift_together,
    lift_track,
    read_lift_input,
    result_file,
    same_person,
)
from dancelift.cli.repeat import (
    INPUT,
    RepeatableOptions,
    check_known,
    find_prior,
    say_whether_same,
    source_of,
    warn_of_differences,
)
from dancelift.errors import InputError, require
from dancelift.files import content_hash, write
from dancelift.keypoints import Track
from dancelift.lifting.result import LiftResult, holds_lift, load_lift
from dancelift.provenance import Provenance, short
from dancelift.recognition.recognize import N_SEEDS, recognize_lift
from dancelift.recognition.result import Recognition, load_recognition
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
        "  dancelift recognize out.npz -o solo.npz                of a lift that is there already\n"
        "  dancelift recognize --like solo.npz -o again.npz       the same once more",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "input", nargs="?", type=Path, metavar="IN", help="a video, 2D keypoints, or what `dancelift lift` wrote"
    )
    command.add_argument(
        "-o",
        "--output",
        type=file_or_folder(".npz"),
        metavar="OUT",
        help="an .npz for one person, or a folder",
    )
    command.add_argument("--report", action="store_true", help="also write a page to look at beside each result")
    command.add_argument("--mp4", action="store_true", help="also draw a video beside each result")
    _add_recognizing(command)
    command.add_argument(
        "--like", type=Path, metavar="RESULT",
        help="make a result again: of what it was made of, or of IN, by its options where none are given",
    )  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace results that exist")
    add_together(command)
    add_lift_input(command, N_SEEDS)
    command.set_defaults(run=_run)


def _add_recognizing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--movement-model", type=Path, metavar="FILE", help="of `dancelift train movements`")
    command.add_argument("--genre-model", type=Path, metavar="FILE", help="of `dancelift train genre`")
    command.add_argument("--no-reasons", action="store_true", help="do not explain the genre")


_OPTIONS = RepeatableOptions(_add_recognizing)
"""The options that change a recognition of a lift."""


def _run(arguments: argparse.Namespace) -> int:
    before = None if arguments.like is None else _fill_like(arguments)
    if arguments.input is None:
        raise InputError("no input, expected a video, 2D keypoints, or what `dancelift lift` wrote")
    require("recognize", "recognition", "torch", "safetensors", *(() if arguments.no_reasons else ("captum",)))
    from dancelift.genres.model import load_genre_model
    from dancelift.movements.model import load_movement_model

    shown = [(".html", _page)] * arguments.report + [(".mp4", _film)] * arguments.mp4
    if shown and arguments.output is None:
        raise InputError(f"--{'report' if arguments.report else 'mp4'} without -o, expected a place to write to")
    movement_model = load_movement_model(arguments.movement_model or "3d")
    genre_model = load_genre_model(arguments.genre_model)
    if before is not None and before.provenance is not None:
        _check_models(before.provenance, {"movement_model": movement_model.hash, "genre_model": genre_model.hash})
    failures = Failures()
    for name, person, output, lift in [_load_like(before, arguments)] if before is not None else _load(arguments):
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
            recognition = recorded(recognition, arguments.input, person, arguments)
            print(summary(recognition, time.perf_counter() - start), flush=True)
            if outputs:
                write(outputs[0], recognition.save)
            for path, (_, show) in zip(outputs[1:], shown, strict=False):
                show(recognition, path, arguments.input)
            if before is not None:
                _say_whether_like(before, recognition, arguments.like)
    return failures.code()


def recorded(recognition: Recognition, source: Path, person: str, arguments: argparse.Namespace) -> Recognition:
    """The recognition with what is known of how it was made, by the options of the models and the reasons."""
    if recognition.provenance is None:
        return recognition
    words, hashes = _OPTIONS.words(arguments), {INPUT: content_hash(source)}
    known = recognition.provenance.by_command("recognize", str(source), person, words, hashes)
    return replace(recognition, provenance=known)


def _fill_like(arguments: argparse.Namespace) -> Recognition:
    """Take over the input and the options of the result that is made again."""
    if arguments.output is None or arguments.output.suffix.lower() != ".npz":
        raise InputError(f"--like {arguments.like}: expected an .npz as the output, -o again.npz")
    before = load_recognition(arguments.like)
    like = check_known(arguments.like, before.provenance)
    arguments.input = source_of(arguments.like, like, arguments.input)
    check_output(arguments.output, arguments.like, arguments.force)
    _OPTIONS.fill(arguments, like)
    if not holds_lift(arguments.input):
        of_lift = check_known(arguments.like, before.lift.provenance)
        LIFT_OPTIONS.fill(arguments, of_lift)
        arguments.prior = find_prior(arguments.prior, of_lift)
        LIFT_OPTIONS.check_files(arguments, of_lift)
    return before


def _check_models(like: Provenance, hashes: Mapping[str, str]) -> None:
    """Refuse other models than those that were used."""
    for name, hash in hashes.items():
        if hash != like.hashes.get(name):
            expected = short(like.hashes.get(name, "none"))
            option = f"--{name.replace('_', '-')}"
            raise InputError(f"{option}: of hash {short(hash)}, expected {expected} as was used; give its file")


def _say_whether_like(before: Recognition, now: Recognition, file: Path) -> None:
    if now.provenance is not None and before.provenance is not None:
        warn_of_differences(file, now.provenance, before.provenance)
    say_whether_same(file, _numbers(before), _numbers(now), quiet=False)


def _numbers(one: Recognition) -> dict[str, Array]:
    genres = np.array(list(one.genre_probabilities.values()))
    return {**numbers_of(one.lift), "movements": one.movements.astype(float), "genres": genres}


def _page(recognition: Recognition, path: Path, source: Path) -> None:
    write(path, partial(write_report, recognition))


def _film(recognition: Recognition, path: Path, source: Path) -> None:
    video = source if is_video(source) else None
    write_film(recognition.lift, path, video, recognition.keypoints2d, recognition)


Lift: TypeAlias = "Callable[[], tuple[LiftResult, Clip | None]]"
"""Gives a lift, and the clip that it is of where that is known."""


def _load_like(before: Recognition, arguments: argparse.Namespace) -> tuple[str, str, Path, Lift]:
    """Return name, person, file of the result and the lift of whom is recognised again."""
    path = arguments.input
    if path.is_file() and holds_lift(path):
        return before.name, "", arguments.output, lambda: (load_lift(path), None)
    assert before.lift.provenance is not None
    track, tracks = same_person(path, before.lift.provenance, arguments)

    def lifted() -> tuple[LiftResult, Clip | None]:
        result = lift_together(tracks, arguments, quiet=False).get(track.name)
        return lift_track(track, arguments, quiet=False) if result is None else (result, None)

    return before.name, track.name, arguments.output, lifted


def _load(arguments: argparse.Namespace) -> list[tuple[str, str, Path | None, Lift]]:
    """Return name, person, file of the result and the lift of everybody in the input."""
    path, output = arguments.input, arguments.output
    to_file = output is not None and output.suffix.lower() == ".npz" and not output.is_dir()
    if path.is_file() and holds_lift(path):
        to = output if output is None or to_file else output / f"{path.stem}.npz"
        return [(path.stem, "", to, lambda: (load_lift(path), None))]
    tracks = read_lift_input(path, arguments)
    if to_file:
        tracks = only_main(path, tracks, arguments)

    @cache
    def together() -> dict[str, LiftResult]:
        return lift_together(tracks, arguments, quiet=False)

    def lifted(track: Track) -> tuple[LiftResult, Clip | None]:
        result = together().get(track.name)
        return lift_track(track, arguments, quiet=False) if result is None else (result, None)

    found: list[tuple[str, str, Path | None, Lift]] = []
    for track in tracks:
        file = result_file(track, output or Path(), len(tracks) > 1)
        found.append((file.stem, track.name, output if output is None or to_file else file, partial(lifted, track)))
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
