"""Workers that die, and the threads of those that live."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("joblib", reason="batches need the extra 'batch'")
pytest.importorskip("threadpoolctl", reason="batches need the extra 'batch'")

from dancelift.batch.record import DONE, RUNNING, WAITING, Record, load_records
from dancelift.batch.threads import environment, limited_threads
from dancelift.batch.workers import n_processors, work_here, work_on_dask
from dancelift.synthetic.dance import generate
from fixtures.batch import Scripted, scripted_jobs, write_clip
from fixtures.networks import person_detector, pose_network

TROUBLE = {
    "a": "ok", "b": "slow kill-once", "c": "ok", "d": "slow", "e": "kill", "f": "ok", "g": "bad", "h": "slow",
}  # fmt: skip


def check_trouble(records: list[Record], folder: Path) -> None:
    """Every clip has one record, the one that kills is given up, and no other one is lost or computed twice."""
    assert sorted(record.clip for record in records) == sorted(TROUBLE)
    found = {record.clip: record for record in records}
    assert [clip for clip in sorted(found) if found[clip].status != DONE] == ["e", "g"]
    assert "killed 2 times" in found["e"].error
    assert found["b"].attempts == 2 and len(found["b"].persons) == 2
    assert {record.clip: record.status for record in load_records(folder / "results")} == {
        clip: record.status for clip, record in found.items()
    }
    starts = Counter(Scripted(folder / "log").starts())
    assert starts["e 0"] == 2 and starts["b 0"] == 1 and starts["b 1"] == 2
    assert {who: n for who, n in starts.items() if n > 1} == {"e 0": 2, "b 1": 2}


@pytest.mark.slow
def test_worker_that_is_killed_takes_nothing_with_it(tmp_path):
    check_trouble(list(work_here(scripted_jobs(tmp_path, TROUBLE), 2, 1)), tmp_path)


@contextmanager
def local_cluster():
    distributed = pytest.importorskip("distributed", reason="clusters need the extra 'dask'")
    dask = pytest.importorskip("dask")
    with (
        dask.config.set(
            {
                "distributed.admin.log-format": "",
                "logging.distributed": "critical",
                "distributed.deploy.lost-worker-timeout": "300s",  # on a busy machine one takes long to start again
            }
        ),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50, host="127.0.0.1"
        ) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Dask, about its own sockets
def test_worker_of_a_cluster_that_is_killed_takes_nothing_with_it(tmp_path):
    with local_cluster() as address:
        check_trouble(list(work_on_dask(scripted_jobs(tmp_path, TROUBLE), address)), tmp_path)


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_the_run_goes_on_where_it_was(tmp_path):
    clips, results = tmp_path / "clips", tmp_path / "results"
    clips.mkdir()
    for i in range(10):
        keypoints2d = generate(60, random_seed=i).keypoints2d
        np.savez(clips / f"{i}.npz", keypoints2d=keypoints2d, fps=30.0, image_size=(1920, 1080))
    command = [sys.executable, "-m", "dancelift.cli", "batch", clips, "-o", results, "--workers", "2", "--n-seeds", "1"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(list(results.glob("*.npz"))) < 4 and run.poll() is None:  # two workers may not have recorded theirs
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    output, errors = run.communicate(timeout=120)
    if run.returncode == 0:
        pytest.skip("it was done before it was stopped")
    assert (run.returncode, errors) == (130, "dancelift: interrupted\n")
    assert "manifest" in output
    assert list(results.rglob(".*.part")) == []
    records = load_records(results)
    assert {record.status for record in records} <= {DONE, WAITING}
    finished = [results / f"{record.clip}.npz" for record in records if record.status == DONE]
    done = {path: path.stat().st_mtime_ns for path in finished}
    assert len(done) > 1
    again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert again.returncode == 0, again.stderr
    assert f"{10 - len(done)} made, {len(done)} there already, 0 failed" in again.stdout
    assert len(list(results.glob("*.npz"))) == 10
    assert all(path.stat().st_mtime_ns == before for path, before in done.items())


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")
def test_workers_end_with_a_command_that_is_killed_and_the_next_one_goes_on(tmp_path):
    for name, n_frames in (("first", 12), ("long", 700), ("third", 12)):
        write_clip(tmp_path / "clips" / f"{name}.npz", n_frames)
    program = [sys.executable, "-m", "dancelift.cli", "batch", tmp_path / "clips", "-o", tmp_path / "results"]
    command = [*program, "--workers", "1", "--n-seeds", "8"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while (record := Record.load(Record.path(tmp_path / "results", "long"))) is None:
        assert run.poll() is None
        time.sleep(0.02)
    run.kill()
    run.wait()
    end = time.monotonic() + 120
    while is_running(record.process):
        assert time.monotonic() < end
        time.sleep(0.1)
    states = {one.clip: one.status for one in load_records(tmp_path / "results")}
    assert states == {"first": DONE, "long": RUNNING}
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0 and "2 made, 1 there already, 0 failed" in again.stdout, again.stderr


TRACKERS = """
import os, signal, time
from multiprocessing import resource_tracker
from joblib.externals.loky.backend import resource_tracker as of_loky
from dancelift.batch.workers import _start_trackers
signal.signal(signal.SIGHUP, lambda *_: None)
_start_trackers()
trackers = [each._resource_tracker._pid for each in (resource_tracker, of_loky)]
time.sleep(0.5)
for number in (signal.SIGHUP, signal.SIGINT):
    for tracker in trackers:
        os.kill(tracker, number)
time.sleep(0.5)
print([os.waitpid(tracker, os.WNOHANG)[0] for tracker in trackers])
print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of terminals")
def test_what_tracks_what_workers_share_outlives_the_end_of_a_terminal():
    tried = subprocess.run([sys.executable, "-c", TRACKERS], capture_output=True, text=True, check=False)
    assert tried.stdout.split("\n")[:2] == ["[0, 0]", "set()"], tried.stderr


def is_running(process: int) -> bool:
    """Whether a process is there and has not ended, though maybe nobody has asked how yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


MEASURE = """
import sys, threading
import numpy as np
from dancelift.batch.threads import limited_threads
import dancelift
from dancelift.synthetic.dance import generate
from threadpoolctl import threadpool_info
try:
    import torch
except ImportError:
    torch = None
n_threads, most = int(sys.argv[1]), [0]
over = threading.Event()
def watch():
    while not over.wait(0.002):
        with open("/proc/self/status") as status:
            most[0] = max(most[0], *(int(line.split()[1]) for line in status if line.startswith("Threads:")))
with limited_threads(n_threads, with_torch=torch is not None):
    watcher = threading.Thread(target=watch)
    watcher.start()
    np.linalg.svd(np.ones((600, 600)))
    clip = generate(60)
    dancelift.lift(clip.keypoints2d, n_seeds=8, n_threads=n_threads, image_size=clip.image_size)
    if torch is not None:
        torch.ones(800, 800) @ torch.ones(800, 800)
    over.set()
    watcher.join()
    pools = [pool["num_threads"] for pool in threadpool_info()] + ([] if torch is None else [torch.get_num_threads()])
    print(max(pools), most[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
@pytest.mark.parametrize("n_threads", [1, 2])
def test_worker_has_no_more_threads_than_it_may(n_threads):
    """Its pools have as many as it may use; besides them there are Python's own and the watcher.

    The core has one that waits for Ctrl-C, and for a moment two for each thread that it wants, to see if it gets it.
    """
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, str(n_threads)],
        env={**os.environ, **environment(n_threads)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    pools, threads = map(int, measured.stdout.split())
    assert pools <= n_threads
    n_runtimes = 3  # OpenMP, BLAS, torch: each keeps its threads, of which only one runtime's work at a time
    assert threads <= 2 + n_runtimes * (n_threads - 1) + 1 + 2 * (n_threads - 1)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_threads_of_all_workers_that_run_are_no_more_than_the_processors(tmp_path):
    """By the processor time that workers take while they decode, detect, lift and recognise, by all their libraries."""
    for module, extra in (("torch", "recognize"), ("rtmlib", "video"), ("onnxruntime", "video"), ("av", "video")):
        pytest.importorskip(module, reason=f"the whole way needs the extra {extra!r}")
    from dancelift.video.encoding import write_mp4

    pose = generate(60, random_seed=1, skeleton="halpe26").keypoints2d[0, :, :2]
    bins = (pose - pose.min(axis=0)) / np.ptp(pose, axis=0).max() * 300 + (40, 60)
    weights = [
        person_detector(tmp_path / "yolox.onnx", (200, 20, 400, 460), size=416, work=3),
        pose_network(tmp_path / "rtmpose.onnx", 26, bins.round().astype(int), work=3),
    ]
    clips, pictures = tmp_path / "clips", np.random.default_rng(0).integers(0, 255, (60, 480, 640, 3), np.uint8)
    for i in range(2):
        write_clip(clips / f"{i}.npz", 400, random_seed=i)
        write_mp4(clips / f"video{i}.mp4", iter(pictures), 25.0, (640, 480))
    command = [sys.executable, "-m", "dancelift.cli", "batch", clips, "-o", tmp_path / "results", "--recognize"]
    run = subprocess.Popen([*command, "--no-reasons", "--n-seeds", "4", "--weights", *weights])
    seen, most = {}, Counter()
    while run.poll() is None:
        time.sleep(_INTERVAL)
        for process in {record.process for record in load_records(tmp_path / "results")}:
            now = time.monotonic(), processor_time(process)
            before, taken = seen.get(process, now)
            if now[0] - before >= _INTERVAL:
                most[process] = max(most[process], (now[1] - taken) / (now[0] - before))
            seen[process] = now
    assert run.returncode == 0
    n_workers = min(4, n_processors())
    assert most and max(most.values()) < n_processors() // n_workers + 0.25, most


_INTERVAL = 0.5  # s


def processor_time(process: int) -> float:
    """That a process took so far, s; 0 where it has ended."""
    try:
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0.0
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def test_threads_of_libraries_that_are_loaded_are_limited_and_given_back():
    from threadpoolctl import threadpool_info

    np.linalg.svd(np.ones((50, 50)))
    before = [pool["num_threads"] for pool in threadpool_info()]
    with limited_threads(1):
        assert all(pool["num_threads"] == 1 for pool in threadpool_info())
    assert [pool["num_threads"] for pool in threadpool_info()] == before


@pytest.mark.parametrize(
    ("options", "n_jobs", "workers", "threads"),
    [((), 100, 4, 1), ((), 1, 1, 4), ((), 3, 3, 1), (("--workers", "2"), 100, 2, 2), (("--threads", "2"), 100, 2, 2)],
)
def test_workers_times_threads_are_no_more_than_the_processors(
    tmp_path, monkeypatch, options, n_jobs, workers, threads
):
    from dancelift import cli

    seen = []
    monkeypatch.setattr(cli.batch, "n_processors", lambda: 4)
    monkeypatch.setattr(
        cli.batch, "work_here", lambda jobs, *how: seen.append((jobs, *how)) or (record for record in ())
    )
    (tmp_path / "clips").mkdir()
    for i in range(n_jobs):
        (tmp_path / "clips" / f"{i}.json").write_text("{}")
    assert cli.main(["batch", str(tmp_path / "clips"), "-o", str(tmp_path / "out"), *options]) == 0
    ((jobs, n_workers, n_threads),) = seen
    assert (n_workers, n_threads) == (workers, threads)
    assert {job.n_threads for job in jobs} == {job.task.arguments.threads for job in jobs} == {threads}


def test_processors_are_counted():
    assert 1 <= n_processors() <= (os.cpu_count() or 1)
