"""`dancelift lift`: 2D keypoints to 3D motion."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from dancelift.camera import Camera
from dancelift.cli.common import (
    Commands,
    add_lifting,
    add_reading,
    check_output,
    fail,
    lifting_options,
    names_of,
    read_tracks,
)
from dancelift.errors import DanceliftError, DanceliftWarning, InputError
from dancelift.files import write
from dancelift.keypoints import Track
from dancelift.lifting import LiftResult, lift
from dancelift.skeleton import SKELETONS

_USUAL_FPS = 30.0

_TERMS = {
    "reprojection": "distance from the keypoints",
    "smooth2d": "speed in the image",
    "acceleration2d": "acceleration in the image",
    "smooth3d": "speed in space",
    "acceleration3d": "acceleration in space",
    "seed_consistency": "departure from the seed's own motion",
    "seed_depth": "departure from the seed's depth",
    "bone_length": "bones that change their length",
    "head_rigidity": "a head that changes its shape",
    "joint_limit": "knees and elbows bent the wrong way",
    "foot_sliding": "standing feet that slide",
    "floor": "standing feet that are not on the floor",
    "gravity_prior": "departure from the seed's direction of gravity",
    "length_prior": "unusual proportions of the body",
    "camera_prior": "unusual focal length",
    "seed_prior": "how unlikely the seed is to begin with",
}


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "lift",
        help="2D keypoints to 3D motion",
        description="Lifts 2D keypoints to 3D motion, one result a person.",
        epilog="examples:\n"
        "  dancelift lift keypoints.json -o out.npz --fps 25 --image-size 1920x1080\n"
        "  dancelift lift openpose_folder clip.npz -o results/     one file a person\n"
        '  dancelift lift duo.json -o lead.npz --person "person 0"\n'
        "  dancelift lift clip.npz -o out.npz --camera 1450 --height 1.68 --weights smooth3d=1.5\n"
        "\nThe result is an npz that dancelift.load and `dancelift view` read. Its poses3d are\n"
        "(frames, joints, 3) in metres, in the camera frame: x right, y down, z forward.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("inputs", nargs="+", type=Path, metavar="IN", help="file or folder of 2D keypoints")
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="an .npz for one person, or a folder"
    )
    command.add_argument("--force", action="store_true", help="replace results that exist")
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
    add_lifting(command)
    command.add_argument("-q", "--quiet", action="store_true", help="print errors and warnings only")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    to_file = arguments.output.suffix.lower() == ".npz" and not arguments.output.is_dir()
    if to_file and len(arguments.inputs) > 1:
        raise InputError(f"{arguments.output}: one file for {len(arguments.inputs)} inputs, expected a folder")
    code = 0
    written: set[Path] = set()
    for path in arguments.inputs:
        try:
            tracks = read_tracks(path, arguments, arguments.skeleton, arguments.fps, arguments.image_size)
            if to_file and len(tracks) > 1:
                raise InputError(
                    f"{path}: holds {names_of(tracks)}, expected a folder as the output or one as --person"
                )
            for track in tracks:
                output = arguments.output if to_file else _file_of(track, arguments.output, len(tracks) > 1)
                try:
                    check_output(output, path, arguments.force and output not in written)
                    _lift_track(track, output, arguments)
                    written.add(output)
                except (DanceliftError, OSError) as error:
                    code = fail(error)
        except (DanceliftError, OSError) as error:
            code = fail(error)
    return code


def _file_of(track: Track, folder: Path, one_of_several: bool) -> Path:
    """Where the result of a track goes in a folder."""
    source = Path(track.source)
    words = [source.resolve().name if source.is_dir() else source.stem]
    if one_of_several:
        words.append(re.sub(r"[^\w.-]+", "-", track.name))
    return folder / f"{'-'.join(words)}.npz"


def _lift_track(track: Track, output: Path, arguments: argparse.Namespace) -> None:
    if track.fps is None:
        warnings.warn(f"{track.source}: fps unknown, taken to be {_USUAL_FPS:g}; give --fps", DanceliftWarning, 2)
    start = time.perf_counter()
    result = lift_with_bar(
        track,
        f"{Path(track.source).name} {track.name}".strip(),
        arguments.quiet,
        camera=_camera(arguments.camera, track),
        height=arguments.height,
        **lifting_options(arguments),
    )
    seconds = time.perf_counter() - start
    write(output, result.save)
    if not arguments.quiet:
        print(summary(track, result, arguments.camera is not None, seconds))
        print(f"  written to {output}")


def lift_with_bar(track: Track, title: str, quiet: bool, **options: Any) -> LiftResult:
    """Lift a track with a progress bar, where there is a terminal to draw it on."""
    bar: tqdm[Any] | None = None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:  # not before the lift's own checks had their say
            bar = tqdm(total=total, desc=title, unit="seed", leave=False, disable=quiet or not sys.stderr.isatty())
        bar.update(done - bar.n)

    try:
        return lift(
            track.keypoints2d,
            skeleton=track.skeleton,
            fps=track.fps or _USUAL_FPS,
            image_size=track.image_size,
            progress=progress,
            **options,
        )
    finally:
        if bar is not None:
            bar.close()


def _camera(given: list[float] | Path | None, track: Track) -> Camera | None:
    if given is None:
        return None
    if isinstance(given, Path):
        try:
            numbers = json.loads(given.read_text()) if given.suffix == ".json" else np.load(given)
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{given}: {error}, expected a 3x3 matrix of intrinsics in px") from error
        return Camera(numbers)
    if len(given) == 4:
        fx, fy, cx, cy = given
    elif track.image_size is None:
        raise InputError("camera: image_size is unknown, expected --image-size or --camera FX,FY,CX,CY")
    else:
        fx = fy = given[0]
        cx, cy = (size / 2 for size in track.image_size)
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]))


def summary(track: Track, result: LiftResult, camera_given: bool, seconds: float) -> str:
    """What went in, what was assumed, and what the result costs, for a person to read."""
    n_frames, n_joints = result.poses3d.shape[:2]
    n_seeds = len(result.seed_labels)
    image = f", image {result.image_size[0]}x{result.image_size[1]}" if result.image_size else ""
    lines = [
        f"{track.source} {track.name}".strip(),
        f"  {n_frames} frames, {n_frames / result.fps:.1f} s of dance at {result.fps:g} frames/s, "
        f"{n_joints} joints ({result.skeleton.name}){image}",
        f"  {n_seeds} seed{'s' if n_seeds > 1 else ''}, the best is number {result.best_seed + 1}: "
        f"{result.seed_labels[result.best_seed]}",
        f"  total error {sum(result.losses.values()):.0f}, of it",
    ]
    for name, total in sorted(result.losses.items(), key=lambda loss: -loss[1]):
        if total >= 0.5:
            lines.append(f"  {total:10.0f}  {name:17} {_TERMS.get(name, '')}".rstrip())
    focal = f"focal length {result.camera.focal:.0f} px, {'as given' if camera_given else 'estimated'}"
    lines.append(f"  camera: {focal}{_tilt(result.camera)}")
    lines.append(f"  lifted in {seconds:.1f} s, {n_frames / seconds:.0f} frames/s")
    return "\n".join(lines)


def _tilt(camera: Camera) -> str:
    if camera.up is None:
        return ""
    x, y, z = camera.up.tolist()
    pitch, roll = math.degrees(math.asin(max(-1.0, min(1.0, -z)))), math.degrees(math.atan2(x, -y))
    return f"; looks {'down' if pitch >= 0 else 'up'} by {abs(pitch):.0f} degrees, rolled by {roll:.0f}"


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
