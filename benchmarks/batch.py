"""`dancelift batch` under trouble and on long clips: what it survives, how fast it is, how much memory it takes.

    python benchmarks/batch.py killed --clips 500             workers killed twice, Ctrl-C, and the run resumed
    python benchmarks/batch.py killed --clips 500 --dask      the same on a LocalCluster of 2 workers
    python benchmarks/batch.py corpus --workers 2             41 clips of 2450 frames, the mean of the paper's
    python benchmarks/batch.py corpus --clips 1 --frames 100000
                                                              one long clip in one worker

Everything is in a temporary folder, or with --folder in one that is kept. The clips are invented dances of
`dancelift.synthetic`. Processor time is that of the command and all its workers: what takes it does not wait for others
on the machine, though it is slower beside them.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dancelift.batch.manifest import COLUMNS
from dancelift.batch.record import DONE, RUNNING, Record, load_records
from dancelift.batch.workers import n_processors
from dancelift.synthetic.dance import generate
from machine import machine

_PROGRAM = (sys.executable, "-m", "dancelift.cli", "batch")
_MILLIONS = 2.8  # frames of the paper's data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("killed", "corpus"))
    parser.add_argument("--clips", type=int, help="(default: 500, or 41 of the corpus)")
    parser.add_argument("--frames", type=int, help="of each clip (default: 60, or 2450 of the corpus)")
    parser.add_argument("--workers", type=int, default=1, help="of the corpus (default: 1)")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--dask", action="store_true", help="on a LocalCluster of 2 workers")
    parser.add_argument("--folder", type=Path, help="a new one, kept with clips and results (default: temporary)")
    arguments, options = parser.parse_known_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and what they start
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.what == "killed":
            n_clips, n_frames = arguments.clips or 500, arguments.frames or 60
            killed(folder, n_clips, n_frames, arguments.kills, arguments.dask, options)
        else:
            n_clips, n_frames = arguments.clips or 41, arguments.frames or 2450
            corpus(folder, n_clips, n_frames, arguments.workers, options)


def write_clips(folder: Path, n_clips: int, n_frames: int) -> None:
    folder.mkdir()
    for i in range(n_clips):
        clip = generate(n_frames, random_seed=i)
        np.savez(folder / f"clip{i:04}.npz", keypoints2d=clip.keypoints2d, fps=30.0, image_size=(1920, 1080))


def killed(folder: Path, n_clips: int, n_frames: int, n_kills: int, on_dask: bool, options: list[str]) -> None:
    """Kill workers while they are at work, stop the whole run half-way, resume it, and count."""
    clips, results = folder / "clips", folder / "results"
    write_clips(clips, n_clips, n_frames)
    with cluster(on_dask) as where:
        command = [*_PROGRAM, str(clips), "-o", str(results), *where, *options]
        start = time.perf_counter()
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        victims: list[str] = []
        for kill in range(n_kills):
            wait_for(run, lambda share=(kill + 1) / (n_kills + 2): n_done(results) >= share * n_clips)
            victims.append(kill_a_worker(results, run, victims))
        wait_for(run, lambda: n_done(results) >= (n_kills + 1) / (n_kills + 2) * n_clips)
        run.send_signal(signal.SIGINT)
        print(f"first run, stopped by Ctrl-C:\n{run.communicate()[0].strip()}\ncode {run.returncode}")
        if on_dask:
            time.sleep(5)  # what its workers are at is finished by them
        before = {record.clip: record.finished for record in load_records(results) if record.status == DONE}
        times = {path: path.stat().st_mtime_ns for path in results.rglob("*.npz") if path.stem in before}
        again = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        seconds = time.perf_counter() - start
    print(f"resumed:\n{again.stdout.strip()}\ncode {again.returncode}")
    records = load_records(results)
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(results / "manifest.parquet")
    twice = [str(path) for path, changed in times.items() if path.stat().st_mtime_ns != changed]
    twice += [record.clip for record in records if record.clip in before and record.finished != before[record.clip]]
    attempts = {record.clip: record.attempts for record in records}
    print(
        f"{n_clips} clips of {n_frames} frames on 2 workers, {'LocalCluster' if on_dask else 'loky'}, {seconds:.0f} s: "
        f"{sum(record.status == DONE for record in records)} done, {len(before)} of them before Ctrl-C; "
        f"{len(list(results.rglob('*.npz')))} results, {len(list(results.rglob('.*.part')))} half written\n"
        f"killed at work: {', '.join(f'{victim} (attempts: {attempts[victim]})' for victim in victims)}; "
        f"computed twice: {len(twice)}; attempts of all: {dict(Counter(attempts.values()))}\n"
        f"manifest: {table.num_rows} rows, {dict(Counter(table['status'].to_pylist()))}, "
        f"{len(COLUMNS)} columns, clips missing: {n_clips - len(set(table['clip'].to_pylist()))}"
    )


@contextmanager
def cluster(on_dask: bool):
    """The options for where the work is done, while that is there."""
    if not on_dask:
        yield ["--workers", "2"]
        return
    import dask
    import distributed

    # on a busy machine a worker takes long to start again
    patient = {"distributed.comm.timeouts.connect": "300s", "distributed.deploy.lost-worker-timeout": "300s"}
    with (
        dask.config.set(patient),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
    ):
        yield ["--dask", local.scheduler_address]


def n_done(results: Path) -> int:
    return sum(1 for _ in results.glob("*.npz"))


def kill_a_worker(results: Path, run: subprocess.Popen[str], victims: list[str]) -> str:
    """Kill a worker that is at work; returns the clip that it was working on, which is none of the earlier victims."""
    while run.poll() is None:
        for record in load_records(results):
            if record.status == RUNNING and record.clip not in victims and is_worker(record.process):
                os.kill(record.process, signal.SIGKILL)
                time.sleep(0.05)
                now = Record.load(Record.path(results, record.clip))
                if now is not None and (now.status, now.attempts) == (RUNNING, record.attempts):
                    return record.clip
    raise SystemExit("the run ended before its workers were killed")


def is_worker(process: int) -> bool:
    """Whether a process is one of loky or Dask, and still there."""
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return b"loky" in command or b"spawn" in command or b"distributed" in command


def wait_for(run: subprocess.Popen[str], condition) -> None:
    while not condition():
        if run.poll() is not None:
            raise SystemExit(f"the run ended early: {run.communicate()[0]}")
        time.sleep(0.05)


def corpus(folder: Path, n_clips: int, n_frames: int, n_workers: int, options: list[str]) -> None:
    """Work on clips, and watch the workers' memory and threads, and the processor time of all."""
    write_clips(folder / "clips", n_clips, n_frames)
    results = folder / "results"
    command = [*_PROGRAM, str(folder / "clips"), "-o", str(results), "--workers", str(n_workers), *options]
    start = time.perf_counter()
    run = subprocess.Popen(command)
    peak_mib, samples = 0.0, Counter[int]()
    while run.poll() is None:
        time.sleep(0.2)
        running = 0
        for process in {record.process for record in load_records(results) if record.process}:
            try:
                status = Path(f"/proc/{process}/status").read_text()
                tasks = [task.read_text() for task in Path(f"/proc/{process}/task").glob("*/stat")]
            except OSError:
                continue
            about = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            if "VmHWM" not in about:  # it has ended
                continue
            peak_mib = max(peak_mib, int(about["VmHWM"].split()[0]) / 1024)
            running += sum(task.rpartition(")")[2].split()[0] == "R" for task in tasks)
        samples[running] += 1
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    records = load_records(results)
    size = sum(path.stat().st_size for path in results.rglob("*.npz"))
    speed, busy = n_clips * n_frames / seconds, n_clips * n_frames / (used.ru_utime + used.ru_stime)
    more = sum(n for running, n in samples.items() if running > n_processors()) / samples.total()
    print(
        f"{machine(n_workers, [])['processor']}: {n_clips} clips of {n_frames} frames by {n_workers} workers, "
        f"{records[0].persons[0].seeds} seeds {' '.join(options)}; {dict(Counter(one.status for one in records))}\n"
        f"{seconds:.0f} s, {speed:.0f} frames/s; 2.8 million take {_MILLIONS * 1e6 / speed / 3600:.2f} h\n"
        f"{used.ru_utime + used.ru_stime:.0f} s of a processor, {busy:.0f} frames/s of one; "
        f"2.8 million take {_MILLIONS * 1e6 / busy / 3600:.2f} processor hours\n"
        f"a worker's peak memory: {peak_mib:.0f} MiB; results: {size / 2**20:.0f} MiB; "
        f"more threads of them that run than processors: in {100 * more:.0f} % of {samples.total()} samples"
    )


if __name__ == "__main__":
    main()
