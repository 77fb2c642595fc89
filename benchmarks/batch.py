"""`dancelift batch` under trouble and on long clips: what it survives, how fast it is, how much memory it takes.

    python benchmarks/batch.py killed --clips 500             workers killed twice, Ctrl-C, and the run resumed
    python benchmarks/batch.py killed --clips 500 --dask      the same on a LocalCluster of 2 workers
    python benchmarks/batch.py long --frames 100000           one long clip in one worker

Everything is in a temporary folder. The clips are invented dances of `dancelift.synthetic`.
"""

from __future__ import annotations

import argparse
import os
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
from dancelift.synthetic.dance import generate

_PROGRAM = (sys.executable, "-m", "dancelift.cli", "batch")
_MILLIONS = 2.8  # frames of the paper's data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("killed", "long"))
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--frames", type=int, help="of each clip (default: 60, or 100000 of the long one)")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--dask", action="store_true", help="on a LocalCluster of 2 workers")
    arguments, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.what == "killed":
            killed(Path(folder), arguments.clips, arguments.frames or 60, arguments.kills, arguments.dask, options)
        else:
            long(Path(folder), arguments.frames or 100_000, options)


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
    import distributed

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
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


def long(folder: Path, n_frames: int, options: list[str]) -> None:
    """Work on one long clip in one worker, and watch the worker's memory, threads and processor time."""
    write_clips(folder / "clips", 1, n_frames)
    results = folder / "results"
    command = [*_PROGRAM, str(folder / "clips"), "-o", str(results), "--workers", "1", *options]
    run = subprocess.Popen(command)
    peak_mib, n_threads, processor_seconds = 0.0, 0, 0.0
    while run.poll() is None:
        time.sleep(0.2)
        for process in {record.process for record in load_records(results)}:
            try:
                status = Path(f"/proc/{process}/status").read_text()
                times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
            except OSError:
                continue
            about = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            if "VmHWM" not in about:  # it has ended
                continue
            peak_mib = max(peak_mib, int(about["VmHWM"].split()[0]) / 1024)
            n_threads = max(n_threads, int(about["Threads"]))
            processor_seconds = max(processor_seconds, sum(map(int, times)) / os.sysconf("SC_CLK_TCK"))
    (record,) = load_records(results)
    (person,) = record.persons
    size = (results / person.outputs["result"]).stat().st_size
    speed, busy = n_frames / record.seconds, n_frames / processor_seconds
    print(
        f"{n_frames} frames, {person.seeds} seeds, status {record.status}\n"
        f"{record.seconds:.0f} s, {speed:.0f} frames/s; 2.8 million take {_MILLIONS * 1e6 / speed / 3600:.1f} h\n"
        f"{processor_seconds:.0f} s of a processor, {busy:.0f} frames/s of one; "
        f"2.8 million take {_MILLIONS * 1e6 / busy / 3600:.1f} processor hours\n"
        f"worker: peak memory {peak_mib:.0f} MiB, {n_threads} threads; result {size / 2**20:.0f} MiB"
    )


if __name__ == "__main__":
    main()
