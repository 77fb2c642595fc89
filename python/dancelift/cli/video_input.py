"""Options of commands that take videos: which detector finds the keypoints, in which frames."""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

from tqdm import tqdm

from dancelift.cli.common import note, whole_number
from dancelift.formats.export import FORMATS
from dancelift.keypoints import Track
from dancelift.video.detect import detect_keypoints
from dancelift.video.detectors import DETECTORS

_OTHER_FILES = (".html", ".htm", ".eaf")  # that commands which read videos write


def add_detecting(command: argparse.ArgumentParser) -> None:
    """Add the options for finding keypoints in a video, see `find_persons`."""
    group = command.add_argument_group("of a video")
    add_detector(group)
    group.add_argument("--every", type=whole_number, default=1, metavar="N", help="look at every Nth frame only")
    group.add_argument(
        "--from", type=_time, default=0.0, dest="start", metavar="TIME", help="start there: seconds, M:SS or H:MM:SS"
    )
    group.add_argument("--to", type=_time, default=math.inf, dest="end", metavar="TIME", help="end there")
    group.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="npz that keeps the keypoints, so that they are found once (default: beside the result, *.keypoints.npz)",
    )


def add_detector(command: argparse._ActionsContainer) -> None:
    """Add the options for which detector is used."""
    command.add_argument(
        "--detector", choices=DETECTORS, default=DETECTORS[0], help=f"of the keypoints (default: {DETECTORS[0]})"
    )
    command.add_argument(
        "--weights",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="of the detector: two .onnx, of YOLOX and of RTMPose, or MediaPipe's .task (default: fetched once)",
    )
    command.add_argument(
        "--n-persons", type=whole_number, metavar="N", help="that are looked for at most (default: all, or four)"
    )


def find_persons(path: Path, arguments: argparse.Namespace) -> list[Track]:
    """Find everybody in a video by the options of `add_detecting`, with a bar where there is a terminal."""
    keep = arguments.keep or kept_keypoints(path, arguments.output)
    n_looked_at = 0
    with tqdm(desc=path.name, unit="frame", leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            nonlocal n_looked_at
            n_looked_at, bar.total = done, total
            bar.update(done - bar.n)

        found = detect_keypoints(
            path,
            detector=arguments.detector,
            weights=arguments.weights,
            n_persons=arguments.n_persons,
            every=arguments.every,
            start=arguments.start,
            end=arguments.end,
            keep=keep,
            fps=arguments.fps,
            progress=progress,
            n_threads=arguments.threads,
        )
    if not n_looked_at:
        note(f"{path}: keypoints as they are kept in {keep}")
    return found


def kept_keypoints(path: Path, output: Path | None) -> Path | None:
    """Where the keypoints of a video are kept, beside its result; None where there is no result."""
    if output is None:
        return None
    if output.suffix.lower() in (*FORMATS, *_OTHER_FILES) and not output.is_dir():
        return output.with_name(f"{output.stem}.keypoints.npz")
    return output / f"{path.stem}.keypoints.npz"


def _time(text: str) -> float:
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d*)?", text):
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds, M:SS or H:MM:SS")
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds
