"""BENCHMARK.md and its plots, from what speed.json holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dancelift.evaluation.tables import NO_FIGURE, Table
from speed_figures import NEAR, slope
from speed_limit import section as limit_section

matplotlib.use("Agg")

PLOT = "speed.svg"
_MEASURE = "dancelift_all"  # is charged as its peers are
_ABOUT = f"""\
All peers solve the same objective from the same seeds: before anything is timed, each one's objective, term by term
where it has terms, must equal dancelift's to 1e-9 at two points. A seed is *there* once its objective is within
{100 * (NEAR - 1):.0f} % of the best that any peer reaches for it.

- **all there**: s until every seed is there; in brackets how many are, where that is not all
- **times**: as long as dancelift, no seed given up, until all are there
- **can win**: s until the seeds are there that can win, those whose best objective is at most 1.5 times the least
- **median seed**: s until the median seed is there
- **returns**: s until the peer stops by itself, or > s after which it was cut off; what steps (dancelift, Ceres, JAX,
  SciPy, pyceres) stops where a step gains less than 1e-4, and dancelift goes on with the seed that wins to 1e-8
- **memory**: MB, most that the peer's processes hold; in brackets what its process held before it began
- **set up**: s for imports and compilation, in no other figure

Solvers that take one seed after the other are charged for each seed until it is there and no longer, as if they knew;
solvers that take all seeds at once are charged until all are. dancelift gives up seeds that cannot win, and is charged
until all are there too; its second row, without giving up, is charged as the solvers that take one after the other."""


def write(record: Mapping[str, Any], folder: Path) -> None:
    """BENCHMARK.md and the plot that it shows."""
    plot(record, folder / PLOT)
    (folder / "BENCHMARK.md").write_text(markdown(record))


def markdown(record: Mapping[str, Any]) -> str:
    about = ", ".join(f"{name} {value}" for name, value in record["machine"].items())
    parts = [
        "# Speed",
        f"Written by `{record['command']}`. {about[0].upper()}{about[1:]}.",
        _ABOUT,
        *(_workload_table(name, record).markdown() for name in record["workloads"]),
        *_scaling(record),
        *_parts(record),
        *_networks(record),
        f"![time against frames and seeds]({PLOT})",
        limit_section(record),
        _notes(record),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _workload_table(workload: str, record: Mapping[str, Any]) -> Table:
    rows = []
    found = best_settings(row for row in record["rows"] if row["workload"] == workload)
    own = next((row["every"] for row in found if row["peer"] == _MEASURE), None)
    for row in found:
        if "skipped" in row:
            rows.append([row["title"], row["skipped"], *[NO_FIGURE] * 6])
            continue
        there, n_seeds = row["n_there"], row["n_seeds"]
        every = _seconds(row["every"]) if there == n_seeds else f"{NO_FIGURE} ({there} of {n_seeds})"
        title = row["title"] + (f", {row['knob']} {row['setting']:g}" if row["knob"] else "")
        rows.append(
            [
                title,
                every,
                f"{row['every'] / own:.1f}" if row["every"] and own else NO_FIGURE,
                _seconds(row["able"]),
                _seconds(row["median"]),
                ("> " if row["cut_off"] else "") + _seconds(row["returns"]),
                f"{row['peak']:.0f}" + (f" ({row['before']:.0f})" if row["before"] else ""),
                _seconds(row["importing"] + row["setup"]),
            ]
        )
    columns = ["", "all there", "times", "can win", "median seed", "returns", "memory", "set up"]
    return Table(workload, columns, rows, record["workloads"][workload])


def best_settings(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One row a peer: the setting with which most seeds are there, soonest."""
    by_peer: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_peer.setdefault(row["peer"], []).append(row)
    return [min(found, key=_rank) for found in by_peer.values()]


def _rank(row: Mapping[str, Any]) -> tuple[float, ...]:
    if "skipped" in row:
        return (1.0,)
    return (0.0, -row["n_there"], row["every"] or row["median"] or row["returns"])


def _seconds(seconds: float | None) -> str:
    return NO_FIGURE if seconds is None else f"{seconds:.3g}"


def _scaling(record: Mapping[str, Any]) -> Iterator[str]:
    points = [point for point in record["scaling"] if point["kernels"] == record["machine"]["kernels"]]
    if not points:
        return
    yield "## dancelift by frames and seeds"
    most = max(point["threads"] for point in points)
    slopes = "; ".join(
        f"{_VERBS[what]} by {over}, {n} thread{'s' if n > 1 else ''}: {found:.2f}"
        for what in _VERBS
        for over in ("frames", "seeds")
        for n in sorted({1, most})
        if (found := _slope(points, what, over, n)) is not None
    )
    growth = "; ".join(
        f"{n} thread{'s' if n > 1 else ''}: {found:.2f}"
        for n in sorted({1, most})
        if (found := _growth(points, n)) is not None
    )
    yield f"""\
`dancelift.lift` from keypoints to the result, seeds and all, and the solver by itself, where a clip is solved as a
whole; NumPy's BLAS on one thread. Memory is that of the process, Python and its libraries included. Slope of log time
over log size: {slopes}. Time of a frame of the longest clip, in times that of a frame of {_SHORT} frames, with 16
seeds: {growth}."""
    rows = []
    for point in sorted(points, key=lambda one: (one["frames"], one["seeds"], one["threads"])):
        alone = _at(points, point, 1)
        rows.append(
            [
                f"{point['frames']} x {point['seeds']}",
                str(point["threads"]),
                _seconds(point["lift"]),
                _seconds(point.get("solve")),
                f"{alone['lift'] / point['lift']:.2f}",
                f"{alone['solve'] / point['solve']:.2f}" if "solve" in point else NO_FIGURE,
                f"{point['peak']:.0f}",
            ]
        )
    columns = ["frames x seeds", "threads", "lift, s", "solver, s", "faster than on 1: lift", "solver", "memory, MB"]
    yield Table("", columns, rows).markdown().partition("\n\n")[2]


_VERBS = {"lift": "lift", "solve": "solver"}
_SHORT = 300  # frames
_KERNELS = {"avx512": "AVX-512", "avx2": "AVX2", "baseline": "the least"}


def _growth(points: Sequence[Mapping[str, Any]], threads: int) -> float | None:
    """Time of a frame of the longest clip of 16 seeds relative to that of a short one's; None: there is none."""
    of_threads = [point for point in points if point["threads"] == threads and point["seeds"] == 16]
    short = [point for point in of_threads if point["frames"] == _SHORT]
    longest = max(of_threads, key=lambda point: point["frames"], default=None)
    if not short or longest is None or longest["frames"] == _SHORT:
        return None
    return float(longest["lift"] / longest["frames"] / (short[0]["lift"] / _SHORT))


def _parts(record: Mapping[str, Any]) -> Iterator[str]:
    points = [point for point in record["scaling"] if "seeding" in point]
    if not points:
        return
    yield "## Parts of a lift"
    yield """\
Reading is whether the keypoints are what they seem and whether the camera moves, seeding is where the solver starts,
and finishing is what is left of the lift. Kernels are the innermost loops that run: AVX2 on a processor with more is
what one without it would use, in the core, NumPy and PyTorch, at the clock of this one. Processor time is that of all
threads together, the least of the runs."""
    columns = ["frames x seeds", "kernels", "threads", "reading, s", "seeding", "solving", "finishing", "lift"]
    columns += ["faster than on 1", "processor time"]
    rows = []
    for point in sorted(points, key=lambda one: (one["frames"], one["seeds"], one["kernels"], one["threads"])):
        alone = _at([one for one in points if one["kernels"] == point["kernels"]], point, 1)
        rows.append(
            [
                f"{point['frames']} x {point['seeds']}",
                _KERNELS[point["kernels"]],
                str(point["threads"]),
                *(_seconds(point[name]) for name in ("reading", "seeding", "solving", "finishing", "lift")),
                f"{alone['lift'] / point['lift']:.2f}",
                _seconds(point["processor"]),
            ]
        )
    yield Table("", columns, rows).markdown().partition("\n\n")[2]


def _networks(record: Mapping[str, Any]) -> Iterator[str]:
    if not record["networks"]:
        return
    frames = record["networks"][0]["frames"]
    yield "## Networks that people lift with"
    yield f"""\
VideoPose3D (Pavllo et al. 2019, 243 frames) and MotionBERT (Zhu et al. 2023), written anew from their papers in PyTorch
with random weights, for a clip of {frames} frames: speed only. They say poses relative to the mid-hip; dancelift's rows
are whole lifts: with the camera, the path, the floor, bones that keep their lengths, and seeds."""
    rows = []
    for found in record["networks"]:
        title = f"{found['name']}, {found['parameters'] / 1e6:.2f} M parameters (paper: {found['published'] / 1e6:g} M)"
        rows.append([title, found["kernels"], found["threads"], found["seconds"]])
    for point in record["scaling"]:
        if point["frames"] == frames and point["seeds"] in (1, 16):
            seeds = f"{point['seeds']} seed{'s' if point['seeds'] > 1 else ''}"
            rows.append([f"dancelift.lift, {seeds}", point["kernels"], point["threads"], point["lift"]])
    table = [
        [title, _KERNELS[kernels], str(threads), _seconds(seconds), f"{1000 * seconds / frames:.3g}"]
        for title, kernels, threads, seconds in sorted(rows, key=lambda row: row[1:3])
    ]
    yield Table("", ["", "kernels", "threads", "s", "ms a frame"], table).markdown().partition("\n\n")[2]


def _at(points: Sequence[Mapping[str, Any]], like: Mapping[str, Any], threads: int) -> Mapping[str, Any]:
    """The point of the same size on so many threads."""
    size = (like["frames"], like["seeds"], threads)
    return next(one for one in points if (one["frames"], one["seeds"], one["threads"]) == size)


def _slope(points: Sequence[Mapping[str, Any]], what: str, over: str, threads: int) -> float | None:
    """Of the time for `what`, over the sizes that differ in nothing else; None: there are too few."""
    other = "seeds" if over == "frames" else "frames"
    of_threads = [point for point in points if point["threads"] == threads and what in point]
    counts = [point[other] for point in of_threads]
    line = [point for point in of_threads if point[other] == max(set(counts), key=counts.count)]
    sizes = [point[over] for point in line]
    return slope(sizes, [point[what] for point in line]) if len(set(sizes)) > 1 else None


def _notes(record: Mapping[str, Any]) -> str:
    return "\n".join(["## Peers", "", *(f"- {note}" for note in record["notes"])])


def plot(record: Mapping[str, Any], path: Path) -> None:
    """Time until all seeds are there over the frames and over the seeds, of every peer."""
    canvas = Figure(figsize=(12, 4.2), layout="constrained")
    by_frames, by_seeds = canvas.subplots(1, 2, sharey=True)
    colours: dict[str, str] = {}
    _draw(by_frames, record, "frames", "seeds", 16, colours)
    _draw(by_seeds, record, "seeds", "frames", 300, colours)
    by_frames.set_ylabel("s until all seeds that can win are there")
    lines = {str(line.get_label()): line for axes in (by_frames, by_seeds) for line in axes.lines}
    if lines:
        canvas.legend(list(lines.values()), list(lines), loc="outside right upper", fontsize="small")
    canvas.savefig(path, metadata={"Date": None})


def _draw(axes: Axes, record: Mapping[str, Any], what: str, other: str, fixed: int, colours: dict[str, str]) -> None:
    """One of the two plots; `colours` of the lines by title, to which those of new ones are added."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for workload in record["workloads"]:
        for row in best_settings(row for row in record["rows"] if row["workload"] == workload):
            if row["synthetic"] and row[other] == fixed and row.get("able") is not None:
                lines.setdefault(row["title"], []).append((row[what], row["able"]))
    for title, points in lines.items():
        colour = colours.setdefault(title, f"C{len(colours)}")
        axes.plot(*zip(*sorted(points), strict=True), marker="o", color=colour, label=title)
    scaling = [point for point in record["scaling"] if point["kernels"] == record["machine"]["kernels"]]
    for threads in sorted({point["threads"] for point in scaling}):
        returns = [point for point in scaling if point["threads"] == threads and point[other] == fixed]
        line = sorted((point[what], point["lift"]) for point in returns)
        if line:
            title = f"dancelift.lift, all of it, {threads} thread{'s' if threads > 1 else ''}"
            colour = colours.setdefault(title, f"C{len(colours)}")
            axes.plot(*zip(*line, strict=True), marker=".", ls=":", color=colour, label=title)
    axes.set(xscale="log", yscale="log", xlabel=f"{what}, {fixed} {other}")
    axes.grid(alpha=0.3)
