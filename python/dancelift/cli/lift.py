"""`dancelift lift`: 2D keypoints to 3D motion."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.camera import Camera
from dancelift.cli.common import Commands, Failures, check_output, file_or_folder, only_main
from dancelift.cli.export import write_export
from dancelift.cli.film import video_of, write_film
from dancelift.cli.lift_input import (
    LIFT_OPTIONS,
    add_lift_input,
    add_resuming,
    add_together,
    lift_together,
    lift_track,
    read_lift_input,
    result_file,
    same_person,
)
from dancelift.cli.repeat import check_known, find_prior, say_whether_same, source_of, warn_of_differences
from dancelift.errors import InputError
from dancelift.files import write
from dancelift.formats.export import FORMATS, check_export, export_files
from dancelift.formats.export.scene import clean_names
from dancelift.keypoints import Track
from dancelift.lifting.result import LiftResult, load_lift

_EXPORTED = tuple(suffix for suffix in FORMATS if suffix != ".npz")  # an .npz of a lift has everything in it

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
        description="Lifts 2D keypoints to 3D motion, one result a person. The persons of one video are lifted "
        "together: with one camera, on one floor, and as large and as far apart as they are beside each other.",
        epilog="examples:\n"
        "  dancelift lift keypoints.json -o out.npz --fps 25 --image-size 1920x1080\n"
        "  dancelift lift dance.mp4 -o results/ --mp4              finds the keypoints, draws what comes out\n"
        "  dancelift lift dance.mp4 -o lifted.bvh --mp4            for Blender, and a film to look at\n"
        "  dancelift lift openpose_folder clip.npz -o results/     one file a person\n"
        "  dancelift lift duo.json -o duo.glb                      for other programs, see `dancelift export`\n"
        "  dancelift lift duo.json -o results/ --alone             each as if nobody else were there\n"
        '  dancelift lift duo.json -o lead.npz --person "person 0"\n'
        "  dancelift lift clip.npz -o out.npz --camera 1450 --height 1.68 --sigma smooth3d=1.5\n"
        "  dancelift lift --like out.npz -o again.npz              the same once more, or by the same options of IN\n"
        "\nThe result is an npz that dancelift.load_lift and `dancelift view` read. Its poses3d are\n"
        "(frames, joints, 3) in metres, in the camera frame: x right, y down, z forward.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "inputs", nargs="*", type=Path, metavar="IN", help="a video, or a file or folder of 2D keypoints"
    )
    command.add_argument(
        "-o", "--output", type=file_or_folder(".npz", *_EXPORTED), required=True, metavar="OUT",
        help=f"an .npz for one person; a folder; or for other programs {', '.join(_EXPORTED)}, of all persons",
    )  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace results that exist")
    add_together(command)
    command.add_argument("--mp4", action="store_true", help="also draw a video beside each result")
    add_resuming(command)
    command.add_argument(
        "--like", type=Path, metavar="RESULT",
        help="make a result again: of what it was made of, or of IN, by its options where none are given",
    )  # fmt: skip
    add_lift_input(command)
    command.add_argument("-q", "--quiet", action="store_true", help="print errors and warnings only")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.like is not None:
        return _lift_like(arguments)
    if not arguments.inputs:
        raise InputError("no input, expected a video, or a file or folder of 2D keypoints")
    suffix = arguments.output.suffix.lower()
    to_file = suffix in (".npz", *_EXPORTED) and not arguments.output.is_dir()
    if to_file and len(arguments.inputs) > 1:
        raise InputError(f"{arguments.output}: one file for {len(arguments.inputs)} inputs, expected a folder")
    if arguments.resume_from is not None and arguments.corrections is None:
        raise InputError("--resume-from without --corrections, expected both: nothing else is solved again")
    if to_file and suffix in _EXPORTED:
        return _lift_and_export(arguments)
    failures = Failures()
    written: set[Path] = set()
    for path in arguments.inputs:
        tracks: list[Track] = []
        with failures.of(str(path), is_whole=False):
            found = read_lift_input(path, arguments)
            tracks = only_main(path, found, arguments) if to_file else found
        outputs: dict[str, Path] = {}
        for track in tracks:
            output = arguments.output if to_file else result_file(track, arguments.output, len(tracks) > 1)
            with failures.of(f"{path} {track.name}".strip(), is_whole=False):
                for each in _files(output, arguments):
                    check_output(each, path, arguments.force and each not in written)
                outputs[track.name] = output
        tracks = [track for track in tracks if track.name in outputs]
        together = _together(tracks, arguments)
        for track in tracks:
            output = outputs[track.name]
            with failures.of(f"{path} {track.name}".strip()):
                _write(track, _lifted(track, together.get(track.name), arguments), output, arguments)
                written.update(_files(output, arguments))
    return failures.code()


def _files(output: Path, arguments: argparse.Namespace) -> list[Path]:
    """The files that are written of a person."""
    return [output, output.with_suffix(".mp4")] if arguments.mp4 else [output]


def _lift_and_export(arguments: argparse.Namespace) -> int:
    """Lift all persons of the one input, of whom it can be done, into a file for another program."""
    check_export(arguments.output, None)
    (path,) = arguments.inputs
    tracks = {track.name or path.stem: track for track in read_lift_input(path, arguments)}
    films = _films(arguments.output, list(tracks)) if arguments.mp4 else {}
    for file in [*export_files(arguments.output, list(tracks)), *films.values()]:
        check_output(file, path, arguments.force)
    failures = Failures()
    together = _together(list(tracks.values()), arguments)
    results = {}
    for name, track in tracks.items():
        with failures.of(f"{path} {track.name}".strip()):
            results[name] = _lifted(track, together.get(track.name), arguments)
    if results:
        write_export(results, arguments.output, None, arguments.quiet)
    for name, result in results.items():
        if name in films:
            _draw(tracks[name], result, films[name], arguments)
    return failures.code()


def _lift_like(arguments: argparse.Namespace) -> int:
    """Make a result again, and say whether it is the same."""
    if len(arguments.inputs) > 1 or arguments.output.suffix.lower() != ".npz":
        raise InputError(f"--like {arguments.like}: expected one input at most, and an .npz as the output")
    before = load_lift(arguments.like)
    like = check_known(arguments.like, before.provenance)
    source = source_of(arguments.like, like, *(arguments.inputs or [None]))
    LIFT_OPTIONS.fill(arguments, like)
    arguments.prior = find_prior(arguments.prior, like)
    LIFT_OPTIONS.check_files(arguments, like)
    for each in _files(arguments.output, arguments):
        check_output(each, arguments.like, arguments.force)
        check_output(each, source, arguments.force)
    track, tracks = same_person(source, like, arguments)
    result = _lifted(track, _together(tracks, arguments).get(track.name), arguments)
    if result.provenance is not None:
        warn_of_differences(arguments.like, result.provenance, like)
    _write(track, result, arguments.output, arguments)
    say_whether_same(arguments.like, numbers_of(before), numbers_of(result), arguments.quiet)
    return 0


def numbers_of(result: LiftResult) -> dict[str, Array]:
    """What a lift found, that it is told by whether another one is the same."""
    found = {name: getattr(result, name) for name in ("poses3d", "keypoints2d", "seed_errors", "deviations")}
    return {**found, "camera": result.camera.matrix}


def _films(output: Path, names: Sequence[str]) -> dict[str, Path]:
    """Where the films of dancers are drawn, by their names: beside the output, OUTPUT-NAME.mp4 of each of several."""
    if len(names) == 1:
        return {names[0]: output.with_suffix(".mp4")}
    words = clean_names(names)
    return {name: output.with_name(f"{output.stem}-{word}.mp4") for name, word in zip(names, words, strict=True)}


def _together(tracks: Sequence[Track], arguments: argparse.Namespace) -> dict[str, LiftResult]:
    return {} if arguments.resume_from is not None else lift_together(tracks, arguments, arguments.quiet)


def _write(track: Track, result: LiftResult, output: Path, arguments: argparse.Namespace) -> None:
    write(output, result.save)
    if not arguments.quiet:
        print(f"  written to {output}")
    if arguments.mp4:
        _draw(track, result, output.with_suffix(".mp4"), arguments)


def _draw(track: Track, result: LiftResult, film: Path, arguments: argparse.Namespace) -> None:
    write_film(result, film, video_of(track), result.observed2d, quiet=arguments.quiet)
    if not arguments.quiet:
        print(f"  drawn in {film}")


def _lifted(track: Track, result: LiftResult | None, arguments: argparse.Namespace) -> LiftResult:
    """A person's result, lifted alone unless it is there already, of which it says what came out."""
    seconds = None
    if result is None:
        start = time.perf_counter()
        before = None if arguments.resume_from is None else load_lift(arguments.resume_from)
        result, _ = lift_track(track, arguments, arguments.quiet, before)
        seconds = time.perf_counter() - start
    if not arguments.quiet:
        print(summary(track, result, arguments.camera is not None, seconds))
    return result


def summary(track: Track, result: LiftResult, camera_given: bool, seconds: float | None) -> str:
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
    if result.floor is not None:
        lines.append(f"  the floor is {-result.floor:.2f} m below the camera")
    if seconds is not None:
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
