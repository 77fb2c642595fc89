"""How time and memory of a lift grow with the number of frames and seeds.

    python benchmarks/scaling.py [--frames 300 3000 9000] [--seeds 16] [--threads N]

Each row is a process of its own that lifts a clip of dancelift.synthetic; memory is its peak, that of the
interpreter and the clip taken off. Needs a system with `resource` (Linux, macOS).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import dancelift
from dancelift.synthetic import generate

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in kB elsewhere


def peak_mb() -> float:
    """Greatest memory that this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 1e6


def measure(frames: int, seeds: int, threads: int | None) -> None:
    """Lift one clip and print its row."""
    clip = generate(n_frames=frames, seed=1)
    before = peak_mb()
    start = time.perf_counter()
    dancelift.lift(clip.keypoints2d, n_seeds=seeds, fps=clip.fps, image_size=clip.image_size, n_threads=threads)
    seconds = time.perf_counter() - start
    print(f"{frames:8d} {seeds:6d} {seconds:9.2f} {frames / seconds:9.1f} {peak_mb() - before:9.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, nargs="+", default=[300, 3000, 9000])
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--row", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.row:
        measure(args.frames[0], args.seeds, args.threads)
        return
    print(f"{'frames':>8} {'seeds':>6} {'seconds':>9} {'frames/s':>9} {'MB':>9}", flush=True)
    for frames in args.frames:
        command = [sys.executable, __file__, "--row", "--frames", str(frames), "--seeds", str(args.seeds)]
        if args.threads:
            command += ["--threads", str(args.threads)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
