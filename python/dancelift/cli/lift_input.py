"""What commands that lift 2D keypoints share: options, reading, lifting with a bar, and where results go."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from dancelift.body.clip import Clip
from dancelift.body.skeleton import SKELETONS
from dancelift.camera import Camera
from dancelift.cli.common import add_lifting, add_reading, chosen_persons, lifting_options, load_tracks, names_of, note
from dancelift.cli.repeat import INPUT, RepeatableOptions
from dancelift.cli.video_input import add_detecting, find_persons
from dancelift.errors import DanceliftError, InputError
from dancelift.files import as_file_name, content_hash
from dancelift.formats.corrections import correct, load_corrections
from dancelift.formats.source import Source, read_json
from dancelift.keypoints import Track
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.relift import relift
from dancelift.lifting.result import LiftResult
from dancelift.lifting.solve import Progress
from dancelift.lifting.together import lift_clips_together
from dancelift.provenance import Provenance
from dancelift.video.decoding import is_video


def add_lift_input(command: argparse.ArgumentParser, n_seeds: int = 16, tolerance: float = 1e-8) -> None:
    """Add the options for reading and lifting, see `read_lift_input`, `lift_track`, `add_lifting`."""
    add_reading(command)
    command.add_argument("--fps", type=float, metavar="N", help="frames per second, where the file does not say")
    add_view(command)
    command.add_argument("--keep-seeds", action="store_true", help="keep the poses of every seed in the result")
    command.add_argument(
        "--corrections", type=Path, metavar="CSV",
        help="keypoints corrected by hand, which are taken as true: frame,joint,x,y[,person]; empty x and y: not seen",
    )  # fmt: skip
    add_lifting(command, n_seeds, tolerance)
    add_detecting(command)


def add_view(command: argparse.ArgumentParser) -> None:
    """Add the options for what is known of the joints, the picture, the camera and the dancer."""
    command.add_argument("--image-size", type=_image_size, metavar="WxH", help="in pixels, where the file does not say")
    command.add_argument(
        "--skeleton",
        choices=SKELETONS,
        metavar="NAME",
        help=f"of the keypoints, usually recognised: {', '.join(SKELETONS)}",
    )
    command.add_argument(
        "--camera",
        type=_camera_numbers,
        metavar="K",
        help="focal length in pixels, FX,FY,CX,CY, or an .npy or .json of the 3x3 matrix; default: estimated",
    )
    command.add_argument(
        "--height", type=float, metavar="M", help="of the dancer in metres: sets the scale; of several, of each"
    )


def read_lift_input(path: Path, arguments: argparse.Namespace) -> list[Track]:
    """Read the persons in a file, or find those in a video, that were asked for, by the options of `add_lift_input`."""
    if is_video(path):
        found = find_persons(path, arguments)
    else:
        found = load_tracks(path, arguments, arguments.skeleton, arguments.fps, arguments.image_size)
    if arguments.corrections is not None:
        found = correct(found, load_corrections(arguments.corrections))
    return chosen_persons(path, found, arguments)


def same_person(path: Path, like: Provenance, arguments: argparse.Namespace) -> tuple[Track, list[Track]]:
    """Read, by the options of `add_lift_input`, who is made again, and everybody who was read with them.

    Raises:
        InputError: they are not there.
    """
    tracks = read_lift_input(path, arguments)
    track = next((track for track in tracks if track.name == like.person), tracks[0] if len(tracks) == 1 else None)
    if track is None:
        raise InputError(f"{path}: no person {like.person!r}, expected one of {names_of(tracks)}")
    return track, tracks


def result_file(track: Track, folder: Path, one_of_several: bool) -> Path:
    """Return where the result of a track goes in a folder."""
    source = Path(track.source)
    words = [source.resolve().name if source.is_dir() else source.stem]
    if one_of_several:
        words.append(as_file_name(track.name))
    return folder / f"{'-'.join(words)}.npz"


def lift_track(
    track: Track, arguments: argparse.Namespace, quiet: bool, before: LiftResult | None = None
) -> tuple[LiftResult, Clip]:
    """Lift a track by the options of `add_lift_input`, or a lift of it again about what was corrected in it.

    Returns:
        The lift, and the clip that the track was made.
    """
    clip = Clip.of_track(track, parse_camera(arguments.camera, track.image_size))
    title = f"{Path(track.source).name} {track.name}".strip()
    options = replace(lifting_options(arguments, arguments.height), keep_seeds=arguments.keep_seeds)
    result = lift_with_bar(clip, options, title, quiet, before)
    return _recorded(result, track, argparse.Namespace(**vars(arguments) | {"alone": True})), clip


def add_resuming(command: argparse.ArgumentParser) -> None:
    """Add the option by which an earlier result is corrected."""
    command.add_argument(
        "--resume-from", type=Path, metavar="RESULT",
        help="an earlier result of the same keypoints: only what is about the --corrections is solved again",
    )  # fmt: skip


def add_together(command: argparse.ArgumentParser) -> None:
    """Add the option by which the persons of a video are not lifted together, see `lift_together`."""
    command.add_argument("--alone", action="store_true", help="lift each person of a video alone, not all together")


def lift_together(tracks: Sequence[Track], arguments: argparse.Namespace, quiet: bool) -> dict[str, LiftResult]:
    """Lift persons who are in one video together, by the options of `add_lift_input` and `add_together`.

    Returns:
        Their results by name; who cannot be lifted so, or is alone, is left out, to be lifted alone.
    """
    found: dict[str, LiftResult] = {}
    if arguments.alone:
        return found
    for video in dict.fromkeys(track.video for track in tracks):
        persons = [track for track in tracks if track.video == video]
        if len(persons) < 2:
            continue
        start = time.perf_counter()
        try:
            results = _lift_persons(persons, arguments, quiet)
        except DanceliftError as error:
            note(f"{persons[0].source}: {error}; each person is lifted alone")
            continue
        if not quiet:
            seconds = time.perf_counter() - start
            print(f"{persons[0].source}: {len(persons)} persons lifted together in {seconds:.1f} s")
        recorded = [_recorded(result, track, arguments) for track, result in zip(persons, results, strict=True)]
        found |= {track.name: result for track, result in zip(persons, recorded, strict=True)}
    return found


def _recorded(result: LiftResult, track: Track, arguments: argparse.Namespace) -> LiftResult:
    """The result with what is known of how it was made."""
    if result.provenance is None:
        return result
    hashes = LIFT_OPTIONS.hashes(arguments)
    if Path(track.source).exists():
        hashes[INPUT] = content_hash(Path(track.source))
    known = result.provenance.by_command("lift", track.source, track.name, LIFT_OPTIONS.words(arguments), hashes)
    return replace(result, provenance=known)


def _lift_persons(tracks: Sequence[Track], arguments: argparse.Namespace, quiet: bool) -> list[LiftResult]:
    clips = [Clip.of_track(track, parse_camera(arguments.camera, track.image_size)) for track in tracks]
    options = replace(lifting_options(arguments), keep_seeds=arguments.keep_seeds)
    heights = None if arguments.height is None else [arguments.height] * len(tracks)
    with _bar(Path(tracks[0].source).name, quiet) as progress:
        return lift_clips_together(clips, options, heights, progress)


def lift_with_bar(
    clip: Clip, options: LiftOptions, title: str, quiet: bool, before: LiftResult | None = None
) -> LiftResult:
    """Lift a clip, or solve a lift of it again about what is certain, with a bar where there is a terminal."""
    with _bar(title, quiet) as progress:
        return lift_clip(clip, options, progress) if before is None else relift(before, clip, options, progress)


@contextmanager
def _bar(title: str, quiet: bool) -> Iterator[Progress]:
    bar: tqdm[Any] | None = None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, desc=title, unit="seed", leave=False, disable=quiet or not sys.stderr.isatty())
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.close()


def parse_camera(given: list[float] | Path | None, image_size: tuple[int, int] | None) -> Camera | None:
    """The camera that the option --camera of `add_view` says, of a picture of that size."""
    if given is None:
        return None
    if isinstance(given, Path):
        source = Source(given)
        with source.guard():
            return Camera(read_json(given) if given.suffix == ".json" else source.array())
    if len(given) == 4:
        fx, fy, cx, cy = given
    elif image_size is None:
        raise InputError("camera: image_size is unknown, expected --image-size or --camera FX,FY,CX,CY")
    else:
        fx = fy = given[0]
        cx, cy = (size / 2 for size in image_size)
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]))


def _image_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)[x,](\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r}: expected WIDTHxHEIGHT in pixels, such as 1920x1080")
    return int(match[1]), int(match[2])


def _camera_numbers(text: str) -> list[float] | Path:
    if text.endswith((".npy", ".json")):
        return Path(text)
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 4):
        raise argparse.ArgumentTypeError(f"{text!r}: expected FOCAL, FX,FY,CX,CY, or an .npy or .json file")
    return numbers


def _add_all(command: argparse.ArgumentParser) -> None:
    add_lift_input(command)
    add_together(command)
    add_resuming(command)


LIFT_OPTIONS = RepeatableOptions(_add_all)
"""The options that change a lift."""
