"""How a live lift compares with the lift of the whole clip: errors, delay, and time.

    OPENBLAS_NUM_THREADS=1 python benchmarks/stream.py [DANCE] [--split test] [--frames 300] [--look-ahead 0.5]

Prints a row a clip, and their mean: N-MPJPE, mm, of the stream and of the whole clip against the truth, and of the two
against each other; the first two after the first two seconds, in which a stream knows little of the dance; the longest
delay, in frames; time of the processor a frame, ms, and of the longest step.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import dancelift
from dancelift.datasets.dance_clips import DanceClips
from dancelift.datasets.sequence import EvaluationSequence
from dancelift.lifting.stream import LOOK_AHEAD, LiftStream
from dancelift.metrics import n_mpjpe
from machine import machine
from workloads import DANCE

_HIPS = (11, 12)
_BEGINNING = 2.0  # s
_COLUMNS = ("stream", "whole", "apart", "s. later", "w. later", "delay", "ms/frame", "longest")


def measure(clip: EvaluationSequence, n_frames: int, look_ahead: float, n_threads: int) -> list[float]:
    """One clip's row."""
    keypoints, truth = clip.keypoints2d[:n_frames], clip.poses3d[:n_frames]
    given = {"skeleton": clip.skeleton, "fps": clip.fps, "image_size": clip.image_size, "n_threads": n_threads}
    whole = dancelift.lift(keypoints, n_seeds=1, **given).poses3d
    stream = LiftStream(look_ahead=look_ahead, **given)
    frames, seconds, delay = [], [], 0
    for number, frame in enumerate(keypoints):
        start = time.process_time()
        found = stream.push(frame)
        seconds.append(time.process_time() - start)
        delay = max([delay, *(number - one.number for one in found)])
        frames += found
    streamed = np.stack([one.poses3d for one in [*frames, *stream.finish()]])
    errors = [n_mpjpe(a, b, _HIPS) for a, b in ((streamed, truth), (whole, truth), (streamed, whole))]
    later = slice(round(_BEGINNING * clip.fps) if len(truth) > 2 * _BEGINNING * clip.fps else 0, None)
    errors += [n_mpjpe(found[later], truth[later], _HIPS) for found in (streamed, whole)]
    return [*errors, delay, 1e3 * float(np.mean(seconds)), 1e3 * max(seconds)]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dance", nargs="?", type=Path, default=DANCE, metavar="DANCE", help="folder of dance clips")
    parser.add_argument("--split", default="test", help="list of clips (default: test)")
    parser.add_argument("--frames", type=int, default=300, metavar="N", help="of each clip (default: 300)")
    parser.add_argument("--look-ahead", type=float, default=LOOK_AHEAD, metavar="S")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    arguments = parser.parse_args(argv)
    warnings.simplefilter("ignore", dancelift.DanceliftWarning)
    print(", ".join(f"{name} {value}" for name, value in machine(arguments.threads, ["numpy"]).items()))
    print(f"{'clip':16}" + "".join(f"{column:>10}" for column in _COLUMNS))
    dataset, rows = DanceClips(arguments.dance), []
    for name in dataset.clips(arguments.split):
        (clip,) = dataset.read(name, "detected", 1)
        rows.append(measure(clip, arguments.frames, arguments.look_ahead, arguments.threads))
        print(f"{name:16}" + "".join(f"{value:10.1f}" for value in rows[-1]), flush=True)
    print(f"{'mean':16}" + "".join(f"{value:10.1f}" for value in np.mean(rows, axis=0)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
