"""`dancelift lift`: 2D keypoints to 3D motion."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np

from dancelift.camera import Camera
from dancelift.cli.common import Commands, Failures, check_output, only_main
from dancelift.cli.film import video_of, write_film
from dancelift.cli.lift_input import add_lift_input, lift_track, read_lift_input, result_file
from dancelift.errors import InputError
from dancelift.files import write
from dancelift.keypoints import Track
from dancelift.lifting.result import LiftResult, load_lift

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
        "  dancelift lift dance.mp4 -o results/ --mp4             finds the keypoints, draws what comes out\n"
        "  dancelift lift openpose_folder clip.npz -o results/     one file a person\n"
        '  dancelift lift duo.json -o lead.npz --person "person 0"\n'
        "  dancelift lift clip.npz -o out.npz --camera 1450 --height 1.68 --sigma smooth3d=1.5\n"
        "\nThe result is an npz that dancelift.load_lift and `dancelift view` read. Its poses3d are\n"
        "(frames, joints, 3) in metres, in the camera frame: x right, y down, z forward.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "inputs", nargs="+", type=Path, metavar="IN", help="a video, or a file or folder of 2D keypoints"
    )
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="an .npz for one person, or a folder"
    )
    command.add_argument("--force", action="store_true", help="replace results that exist")
    command.add_argument("--mp4", action="store_true", help="also draw a video beside each result")
    command.add_argument(
        "--resume-from", type=Path, metavar="RESULT",
        help="an earlier result of the same keypoints: only what is about the --corrections is solved again",
    )  # fmt: skip
    add_lift_input(command)
    command.add_argument("-q", "--quiet", action="store_true", help="print errors and warnings only")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    to_file = arguments.output.suffix.lower() == ".npz" and not arguments.output.is_dir()
    if to_file and len(arguments.inputs) > 1:
        raise InputError(f"{arguments.output}: one file for {len(arguments.inputs)} inputs, expected a folder")
    if arguments.resume_from is not None and arguments.corrections is None:
        raise InputError("--resume-from without --corrections, expected both: nothing else is solved again")
    failures = Failures()
    written: set[Path] = set()
    for path in arguments.inputs:
        tracks: list[Track] = []
        with failures.of(str(path), is_whole=False):
            found = read_lift_input(path, arguments)
            tracks = only_main(path, found, arguments) if to_file else found
        for track in tracks:
            output = arguments.output if to_file else result_file(track, arguments.output, len(tracks) > 1)
            with failures.of(f"{path} {track.name}".strip()):
                for each in (output, output.with_suffix(".mp4")) if arguments.mp4 else (output,):
                    check_output(each, path, arguments.force and each not in written)
                    written.add(each)
                _lift(track, output, arguments)
    return failures.code()


def _lift(track: Track, output: Path, arguments: argparse.Namespace) -> None:
    start = time.perf_counter()
    before = None if arguments.resume_from is None else load_lift(arguments.resume_from)
    result, clip = lift_track(track, arguments, arguments.quiet, before)
    seconds = time.perf_counter() - start
    write(output, result.save)
    if not arguments.quiet:
        print(summary(track, result, arguments.camera is not None, seconds))
        print(f"  written to {output}")
    if arguments.mp4:
        film = output.with_suffix(".mp4")
        write_film(result, film, video_of(track), clip.keypoints2d, quiet=arguments.quiet)
        if not arguments.quiet:
            print(f"  drawn in {film}")


def summary(track: Track, result: LiftResult, camera_given: bool, seconds: float) -> str:
    """Return what went in, what was assumed, and what the result costs, for a person to read."""
    n_frames, n_joints = result.poses3d.shape[:2]
    image = f", image {result.image_size[0]}x{result.image_size[1]}" if result.image_size else ""
    lines = [
        f"{track.source} {track.name}".strip(),
        f"  {n_frames} frames, {n_frames / result.fps:.1f} s of dance at {result.fps:g} frames/s, "
        f"{n_joints} joints ({result.skeleton.name}){image}",
        _seeds(result),
        f"  total error {sum(result.losses.values()):.0f}, of it",
    ]
    for name, total in sorted(result.losses.items(), key=lambda loss: -loss[1]):
        if total >= 0.5:
            lines.append(f"  {total:10.0f}  {name:17} {_TERMS.get(name, '')}".rstrip())
    focal = f"focal length {result.camera.focal:.0f} px, {'as given' if camera_given else 'estimated'}"
    lines.append(f"  camera: {focal}{_tilt(result.camera)}")
    lines.append(f"  lifted in {seconds:.1f} s, {n_frames / seconds:.0f} frames/s")
    return "\n".join(lines)


def _seeds(result: LiftResult) -> str:
    n_seeds, best = len(result.seed_labels), result.best_seed
    text = f"  {n_seeds} seed{'s' if n_seeds > 1 else ''}"
    if result.frame_seeds is None:
        return f"{text}, the best is number {best + 1}: {result.seed_labels[best]}"
    best = int(np.bincount(result.frame_seeds).argmax())
    return f"{text} in each window, the best of most frames is number {best + 1}: {result.seed_labels[best]}"


def _tilt(camera: Camera) -> str:
    if camera.up is None:
        return ""
    x, y, z = camera.up.tolist()
    pitch, roll = math.degrees(math.asin(max(-1.0, min(1.0, -z)))), math.degrees(math.atan2(x, -y))
    return f"; looks {'down' if pitch >= 0 else 'up'} by {abs(pitch):.0f} degrees, rolled by {roll:.0f}"
