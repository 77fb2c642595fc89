"""What commands that lift 2D keypoints share: options, reading, lifting with a bar, and where results go."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from dancelift.body.clip import Clip
from dancelift.body.skeleton import SKELETONS
from dancelift.camera import Camera
from dancelift.cli.common import add_lifting, add_reading, lifting_options, read_tracks
from dancelift.errors import InputError
from dancelift.formats.source import Source, read_json
from dancelift.keypoints import Track
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult


def add_lift_input(command: argparse.ArgumentParser, n_seeds: int = 16) -> None:
    """Add the options for reading and lifting, see `read_lift_input`, `lift_track`; `n_seeds` is the default."""
    add_reading(command)
    command.add_argument("--fps", type=float, metavar="N", help="frames per second, where the file does not say")
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
    command.add_argument("--height", type=float, metavar="M", help="of the dancer in metres: sets the scale")
    add_lifting(command, n_seeds)


def read_lift_input(path: Path, arguments: argparse.Namespace) -> list[Track]:
    """Read the persons in a file that were asked for, by the options of `add_lift_input`."""
    return read_tracks(path, arguments, arguments.skeleton, arguments.fps, arguments.image_size)


def result_file(track: Track, folder: Path, one_of_several: bool) -> Path:
    """Return where the result of a track goes in a folder."""
    source = Path(track.source)
    words = [source.resolve().name if source.is_dir() else source.stem]
    if one_of_several:
        words.append(re.sub(r"[^\w.-]+", "-", track.name))
    return folder / f"{'-'.join(words)}.npz"


def lift_track(track: Track, arguments: argparse.Namespace, quiet: bool) -> tuple[LiftResult, Clip]:
    """Lift a track by the options of `add_lift_input`; the lift, and the clip that the track was made."""
    clip = Clip.of_track(track, _camera(arguments.camera, track))
    title = f"{Path(track.source).name} {track.name}".strip()
    return lift_with_bar(clip, lifting_options(arguments, arguments.height), title, quiet), clip


def lift_with_bar(clip: Clip, options: LiftOptions, title: str, quiet: bool) -> LiftResult:
    """Lift a clip with a progress bar, where there is a terminal to draw it on."""
    bar: tqdm[Any] | None = None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, desc=title, unit="seed", leave=False, disable=quiet or not sys.stderr.isatty())
        bar.update(done - bar.n)

    try:
        return lift_clip(clip, options, progress)
    finally:
        if bar is not None:
            bar.close()


def _camera(given: list[float] | Path | None, track: Track) -> Camera | None:
    if given is None:
        return None
    if isinstance(given, Path):
        source = Source(given)
        with source.guard():
            return Camera(read_json(given) if given.suffix == ".json" else source.array())
    if len(given) == 4:
        fx, fy, cx, cy = given
    elif track.image_size is None:
        raise InputError("camera: image_size is unknown, expected --image-size or --camera FX,FY,CX,CY")
    else:
        fx = fy = given[0]
        cx, cy = (size / 2 for size in track.image_size)
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
