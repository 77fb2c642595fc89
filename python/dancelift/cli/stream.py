"""`dancelift stream`: a dance while it is danced, from keypoints or a camera, to 3D poses and movements."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TextIO, TypeAlias

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import SKELETONS
from dancelift.cli.common import Commands
from dancelift.cli.lift_input import add_view, parse_camera
from dancelift.cli.video_input import add_detector
from dancelift.errors import InputError, require
from dancelift.formats.keypoints.main_persons import body_size
from dancelift.lifting.stream import LOOK_AHEAD, LiftedFrame, LiftStream
from dancelift.stored import as_number

Given: TypeAlias = "tuple[float | None, Any]"
"""A frame: its time, s, and keypoints (J, 2 | 3), or None where nobody is seen."""

_STANDARD_INPUT = "-"
_LONGEST_LINE = 10**6  # characters
_DEVICE = "camera:"
_FURTHEST = 0.5  # of the body's size: by how much a person moves from one frame to the next at most


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "stream",
        help="a dance live: keypoints in, poses and movements out",
        description="Lifts a dance while it is danced and says which movements take place, in JSON, one line a frame.",
        epilog="input, one line a frame:\n"
        '  {"time": 0.033, "keypoints": [[x, y, score], ...]}     px, of one dancer; null where nobody is seen\n'
        "output, one line a frame, at most --look-ahead later:\n"
        '  {"frame": 1, "time": 0.033, "poses3d": [[x, y, z], ...], "movements": {"left knee bent": 0.93, ...}}\n'
        "\nexamples:\n"
        "  detector | dancelift stream --fps 30 --image-size 1280x720 --skeleton halpe26\n"
        "  dancelift stream camera:0                              the first camera; needs the extra video\n"
        "  dancelift stream dance.mp4 --no-movements              a video, as if it were live",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "input", nargs="?", default=_STANDARD_INPUT, metavar="IN",
        help="a file of such lines, - for standard input (default), camera:N, or a video",
    )  # fmt: skip
    command.add_argument("--fps", type=float, metavar="N", help="frames per second (default: 30, or the camera's)")
    add_view(command)
    command.add_argument(
        "--look-ahead", type=float, default=LOOK_AHEAD, metavar="S",
        help=f"seconds after a frame that are awaited at most (default: {LOOK_AHEAD})",
    )  # fmt: skip
    command.add_argument("--n-seeds", type=int, default=1, metavar="K", help="hypotheses tried (default: 1)")
    command.add_argument("--prior", default="default", help="'default' or the file of a pose prior")
    command.add_argument("--threads", type=int, metavar="N", help="default: one a processor")
    command.add_argument("--no-movements", action="store_true", help="poses only, without the extra recognize")
    add_detector(command.add_argument_group("of a camera or a video"))
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from dancelift.video.decoding import Device, Video, is_video

    if not arguments.no_movements:
        require("recognize", "recognising movements live (or else --no-movements)", "torch", "safetensors")
    source = arguments.input
    if source.startswith(_DEVICE) or is_video(Path(source)):
        is_live = source.startswith(_DEVICE)
        opened = Device(source.removeprefix(_DEVICE)) if is_live else Video.open(Path(source))
        return _run(arguments, _detected(opened, arguments), opened.fps, opened.image_size, None)
    if source == _STANDARD_INPUT:
        return _run(arguments, parse_frames(sys.stdin, "standard input"), None, None, "coco17")
    with open(source, encoding="utf-8") as lines:
        return _run(arguments, parse_frames(lines, source), None, None, "coco17")


def _run(
    arguments: argparse.Namespace,
    frames: Iterable[Given],
    fps: float | None,
    image_size: tuple[int, int] | None,
    skeleton: str | None,
) -> int:
    stream: Any = None
    write = _writer(arguments.no_movements)
    for time, keypoints in frames:
        if stream is None:
            if keypoints is None and arguments.skeleton is None and skeleton is None:
                continue  # until it is known which joints the detector finds
            size = arguments.image_size or image_size
            lift = LiftStream(
                skeleton=arguments.skeleton or skeleton or _skeleton_of(keypoints),
                fps=arguments.fps or fps or 30.0,
                image_size=size,
                camera=parse_camera(arguments.camera, size),
                prior=arguments.prior,
                height=arguments.height,
                look_ahead=arguments.look_ahead,
                n_seeds=arguments.n_seeds,
                n_threads=arguments.threads,
            )
            stream = lift if arguments.no_movements else _recognizing(lift)
        write(stream.push(keypoints, time))
    if stream is None:
        raise InputError(f"{arguments.input}: no frame, expected at least one")
    write(stream.finish())
    return 0


def _recognizing(lift: LiftStream) -> Any:
    from dancelift.movements.model import load_movement_model
    from dancelift.recognition.stream import RecognitionStream

    return RecognitionStream(lift, load_movement_model("3d"))


def _writer(poses_only: bool) -> Callable[[Sequence[Any]], None]:
    """What writes frames to standard output, a line each."""
    if poses_only:

        def write(frames: Sequence[Any]) -> None:
            for frame in frames:
                print(json.dumps(_said(frame)), flush=True)

        return write
    from dancelift.movements.model import load_movement_model

    model = load_movement_model("3d")
    names, thresholds = model.taxonomy.names, model.thresholds

    def write_movements(frames: Sequence[Any]) -> None:
        for frame in frames:
            found = frame.movements
            movements = None if found is None else {
                names[m]: round(float(found[m]), 3) for m in np.flatnonzero(found >= thresholds)
            }  # fmt: skip
            print(json.dumps({**_said(frame.lifted), "movements": movements}), flush=True)

    return write_movements


def _said(frame: LiftedFrame) -> dict[str, Any]:
    poses = frame.poses3d.round(4).tolist() if np.isfinite(frame.poses3d).all() else None
    return {"frame": frame.number, "time": round(frame.time, 4), "poses3d": poses}


def parse_frames(lines: TextIO, source: str) -> Iterator[Given]:
    """Parse the frames of lines of JSON: the time, s, or None, and the keypoints as they stand there.

    Args:
        lines: of one frame each; empty ones are passed over.
        source: where they are from, for messages.

    Raises:
        InputError: a line is none of a frame, or too long.
    """
    for number in count(1):
        try:
            line = lines.readline(_LONGEST_LINE + 1)
            if not line:
                return
            if len(line) > _LONGEST_LINE:
                raise ValueError(f"more than {_LONGEST_LINE} characters")
            if not line.strip():
                continue
            frame = json.loads(line)
            time, keypoints = frame.get("time"), frame["keypoints"]
            if time is not None:
                time = as_number("time", time)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f'{source}: line {number}: {error}, expected {{"time": s, "keypoints": [[x, y, score], ...]}}'
            ) from error
        yield time, keypoints


def _detected(opened: Any, arguments: argparse.Namespace) -> Iterator[Given]:
    """The keypoints of one person in the frames of a camera or a video."""
    from dancelift.video.detectors import make_detector

    detector = make_detector(arguments.detector, arguments.weights, arguments.n_persons)
    last: Array | None = None
    for frame in opened.frames():
        persons = detector.detect(frame.image, frame.time)
        last = _same_person(persons, last) if len(persons) else None
        yield frame.time, last


def _same_person(persons: Array, last: Array | None) -> Array:
    """Who is nearest to the person of the frame before, or else the largest and surest one."""
    sizes = body_size(persons)
    if last is not None:
        apart = np.linalg.norm(persons[..., :2] - last[:, :2], axis=2).mean(axis=1) / sizes
        if apart.min() < _FURTHEST:
            return np.asarray(persons[int(apart.argmin())])
    return np.asarray(persons[int((sizes * persons[..., 2].mean(axis=1)).argmax())])


def _skeleton_of(keypoints: Any) -> str:
    found = [name for name, known in SKELETONS.items() if len(known) == len(keypoints)]
    if not found:
        raise InputError(f"the detector finds {len(keypoints)} joints, expected --skeleton to say which")
    return found[0]
