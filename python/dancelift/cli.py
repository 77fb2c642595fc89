"""The command line: `dancelift lift`, `dancelift view`, `dancelift demo`."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from tqdm import tqdm

from dancelift import __version__, _core
from dancelift.camera import Camera
from dancelift.errors import DanceliftError, DanceliftWarning, InputError
from dancelift.keypoints import Track
from dancelift.lifting import LiftResult, default_weights, lift, load
from dancelift.readers import FORMATS, load_keypoints
from dancelift.skeleton import SKELETONS

_USUAL_FPS = 30.0

_TERMS = {
    "reprojection": "distance from the keypoints",
    "smooth2d": "speed in the image",
    "acceleration2d": "acceleration in the image",
    "smooth3d": "speed in space",
    "acceleration3d": "acceleration in space",
    "seed_consistency": "departure from the seed's own motion",
    "bone_length": "bones that change their length",
    "head_rigidity": "a head that changes its shape",
    "joint_limit": "knees and elbows bent the wrong way",
    "length_prior": "unusual proportions of the body",
    "camera_prior": "unusual focal length",
    "seed_prior": "how unlikely the seed is to begin with",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit code.

    0: fine. 1: some input could not be used, said in one line on stderr. 2: wrong usage. 130: Ctrl-C.
    """
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:  # after --help, --version, and wrong usage
        return int(stop.code or 0)
    with warnings.catch_warnings():
        warnings.simplefilter("always", DanceliftWarning)
        warnings.showwarning = _show_warning
        try:
            return int(arguments.run(arguments))
        except (DanceliftError, OSError) as error:
            return _fail(error)
        except KeyboardInterrupt:
            print("dancelift: interrupted", file=sys.stderr)
            return 130


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """In place of `warnings.showwarning`: one line, without a place in the code."""
    print(f"dancelift: warning: {_one_line(message)}", file=sys.stderr)


def _fail(error: Exception) -> int:
    print(f"dancelift: error: {_one_line(error)}", file=sys.stderr)
    return 1


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


# --- usage


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dancelift",
        description="Lifts a dancer's 2D keypoints to 3D motion.",
        epilog="examples:\n"
        "  dancelift demo -o demo                  the sample that ships with dancelift, and pictures of it\n"
        "  dancelift lift keypoints.json -o out.npz\n"
        "  dancelift view out.npz -o out.gif",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"dancelift {__version__}, Ceres {_core.describe_ceres()}"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_lift(commands)
    _add_view(commands)
    _add_demo(commands)
    return parser


def _add_lift(commands: Any) -> None:
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
    _add_reading(command)
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
    command.add_argument("--n-seeds", type=int, default=16, metavar="K", help="hypotheses tried (default: 16)")
    command.add_argument("--prior", default="default", help="'default', 'anthropometric' or the file of a pose prior")
    command.add_argument(
        "--weights",
        nargs="+",
        action="extend",
        type=_weight,
        default=[],
        metavar="NAME=VALUE",
        help=f"standard deviations in the objective; inf leaves a term out: {', '.join(default_weights())}",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the random draws (default: 0)")
    command.add_argument("--threads", type=int, metavar="N", help="default: one a processor")
    command.add_argument("-q", "--quiet", action="store_true", help="print errors and warnings only")
    command.set_defaults(run=_lift)


def _add_view(commands: Any) -> None:
    command = commands.add_parser(
        "view",
        help="a picture or an animation of a result",
        description="Draws a result in 2D, and in 3D from two sides.",
        epilog="examples:\n"
        "  dancelift view out.npz -o out.png\n"
        "  dancelift view out.npz -o out.gif --keypoints keypoints.json --start 12",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("result", type=Path, metavar="RESULT", help="what `dancelift lift` wrote")
    command.add_argument(
        "-o", "--output", type=_picture, required=True, metavar="OUT", help="picture.png or animation.gif"
    )
    command.add_argument("--force", action="store_true", help="replace a picture that exists")
    command.add_argument("--keypoints", type=Path, metavar="IN", help="what was lifted: drawn under the reprojection")
    _add_reading(command)
    command.add_argument(
        "--start",
        type=float,
        default=0.0,
        metavar="S",
        help="second at which an animation starts; it lasts 16",
    )
    command.set_defaults(run=_view)


def _add_demo(commands: Any) -> None:
    command = commands.add_parser(
        "demo",
        help="lift the sample that ships with dancelift",
        description="Lifts ten seconds of synthetic dance that ship with dancelift, and draws them.",
        epilog="example:\n  dancelift demo -o demo",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "-o", "--output", type=Path, default=Path("demo"), metavar="DIR", help="folder (default: demo)"
    )
    command.set_defaults(run=_demo)


def _add_reading(command: argparse.ArgumentParser) -> None:
    formats = [known.name for known in FORMATS]
    command.add_argument(
        "--format",
        choices=formats,
        metavar="FORMAT",
        help=f"of the keypoints, usually recognised: {', '.join(formats)}",
    )
    command.add_argument(
        "--person",
        action="append",
        metavar="NAME",
        help="which one of several, by name or its last word; may be repeated; default: all",
    )


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


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE, such as smooth3d=1.5") from None


def _picture(text: str) -> Path:
    if not text.lower().endswith((".png", ".gif")):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a name that ends in .png or .gif")
    return Path(text)


# --- lift


def _lift(arguments: argparse.Namespace) -> int:
    to_file = arguments.output.suffix.lower() == ".npz" and not arguments.output.is_dir()
    if to_file and len(arguments.inputs) > 1:
        raise InputError(f"{arguments.output}: one file for {len(arguments.inputs)} inputs, expected a folder")
    code = 0
    written: set[Path] = set()
    for path in arguments.inputs:
        try:
            tracks = _tracks(path, arguments, arguments.skeleton, arguments.fps, arguments.image_size)
            if to_file and len(tracks) > 1:
                raise InputError(f"{path}: holds {_names(tracks)}, expected a folder as the output or one as --person")
            for track in tracks:
                output = arguments.output if to_file else _file_of(track, arguments.output, len(tracks) > 1)
                try:
                    _check_output(output, path, arguments.force and output not in written)
                    _lift_track(track, output, arguments)
                    written.add(output)
                except (DanceliftError, OSError) as error:
                    code = _fail(error)
        except (DanceliftError, OSError) as error:
            code = _fail(error)
    return code


def _tracks(
    path: Path,
    arguments: argparse.Namespace,
    skeleton: str | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """The persons in a file that were asked for."""
    found = load_keypoints(path, format=arguments.format, skeleton=skeleton, fps=fps, image_size=image_size)
    if not arguments.person:
        return found
    chosen = [t for t in found if {t.name, *t.name.split()[-1:]} & set(arguments.person)]
    if not chosen:
        raise InputError(f"{path}: no person {', '.join(arguments.person)}, expected one of {_names(found)}")
    return chosen


def _names(tracks: Iterable[Track]) -> str:
    return ", ".join(track.name for track in tracks)


def _file_of(track: Track, folder: Path, one_of_several: bool) -> Path:
    """Where the result of a track goes in a folder."""
    source = Path(track.source)
    words = [source.resolve().name if source.is_dir() else source.stem]
    if one_of_several:
        words.append(re.sub(r"[^\w.-]+", "-", track.name))
    return folder / f"{'-'.join(words)}.npz"


def _check_output(output: Path, source: Path, force: bool) -> None:
    """Refuse to write over what is there.

    Raises:
        InputError: the output is there, and not to be replaced, or is the input itself.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"{output}: is the input, expected another file as the output")
    if output.exists() and not force:
        raise InputError(f"{output}: exists, expected a new file, or --force to replace one of an earlier run")


def _write(output: Path, save: Callable[[Path], object]) -> None:
    """Have a file written beside its place and moved there when complete, so that no half a file is left."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.part")
    try:
        save(part)
        os.replace(part, output)
    finally:
        part.unlink(missing_ok=True)


def _lift_track(track: Track, output: Path, arguments: argparse.Namespace) -> None:
    if track.fps is None:
        warnings.warn(f"{track.source}: fps unknown, taken to be {_USUAL_FPS:g}; give --fps", DanceliftWarning, 2)
    start = time.perf_counter()
    result = _lift_with_bar(
        track,
        f"{Path(track.source).name} {track.name}".strip(),
        arguments.quiet,
        n_seeds=arguments.n_seeds,
        camera=_camera(arguments.camera, track),
        prior=arguments.prior,
        height=arguments.height,
        weights=dict(arguments.weights),
        seed=arguments.seed,
        n_threads=arguments.threads,
    )
    seconds = time.perf_counter() - start
    _write(output, result.save)
    if not arguments.quiet:
        print(_summary(track, result, arguments.camera is not None, seconds))
        print(f"  written to {output}")


def _lift_with_bar(track: Track, title: str, quiet: bool, **options: Any) -> LiftResult:
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


def _summary(track: Track, result: LiftResult, camera_given: bool, seconds: float) -> str:
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


# --- view and demo


def _view(arguments: argparse.Namespace) -> int:
    from dancelift import view  # here, because it takes a while to import matplotlib

    _check_output(arguments.output, arguments.keypoints or arguments.result, arguments.force)
    result = load(arguments.result)
    keypoints2d = None
    if arguments.keypoints is not None:
        skeleton = result.skeleton.name if result.skeleton.name in SKELETONS else None
        keypoints2d = _tracks(arguments.keypoints, arguments, skeleton, image_size=result.image_size)[0].keypoints2d
    if arguments.output.suffix.lower() == ".png":
        _write(arguments.output, lambda path: view.draw_picture(result, keypoints2d, path))
    else:
        _write(arguments.output, lambda path: view.draw_animation(result, keypoints2d, path, arguments.start))
    print(f"written to {arguments.output}")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from dancelift import view

    with as_file(files("dancelift") / "data" / "sample.npz") as path:
        (track,) = load_keypoints(path)
    start = time.perf_counter()
    result = _lift_with_bar(track, "demo", quiet=False)
    print(_summary(track, result, camera_given=False, seconds=time.perf_counter() - start))
    writers: dict[str, Callable[[Path], object]] = {
        "demo.npz": result.save,
        "demo.png": lambda path: view.draw_picture(result, track.keypoints2d, path),
        "demo.gif": lambda path: view.draw_animation(result, track.keypoints2d, path),
    }
    print("written:")
    for name, save in writers.items():
        _write(arguments.output / name, save)
        print(f"  {arguments.output / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
