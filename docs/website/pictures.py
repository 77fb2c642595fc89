"""Pictures and animations of the site, of the sample that ships and of an invented dance whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copy
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import dancelift
from dancelift import LiftResult, Recognition
from dancelift.files import DATA
from dancelift.show.pictures import draw_animation, draw_picture
from dancelift.show.report import write_report
from dancelift.synthetic import SyntheticClip, generate
from website.pages import ROOT

INVENTED = "An invented dance: synthetic motion and keypoints"
LEFT, RIGHT = "#1f77d0", "#e4572e"  # as in all pictures of dancers
_KEPT = ("frames.svg", "rooms.svg", "demo.png", "comparison.png", "phrases.png")  # in docs/
_SHOWN = 14  # movements in the picture of them
_PIECE = 60  # frames, that are an animation's


@dataclass(frozen=True)
class _Theme:
    """Colours of a picture on a light or a dark page."""

    ink: str
    faint: str
    line: str
    accent: str
    suffix: str


_THEMES = (
    _Theme("#20242a", "#5b6470", "#d9dde2", LEFT, ""),
    _Theme("#e6e8eb", "#a9b1ba", "#3a4048", "#5fa8ee", "-dark"),
)


def make_pictures(folder: Path) -> None:
    """Write the pictures that the pages ask for, and in `pages/` the page that `dancelift recognize` writes."""
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        copy(ROOT / "docs" / name, folder / name)
    for path in (ROOT / "benchmarks").glob("*.svg"):
        copy(path, folder / path.name)

    (track,) = dancelift.load_keypoints(DATA / "sample.npz")
    sample = dancelift.lift(
        track.keypoints2d, skeleton=track.skeleton, fps=track.fps or 30.0, image_size=track.image_size
    )
    draw_picture(sample, None, folder / "sample.png")
    draw_animation(sample, None, folder / "sample.gif")
    _draw_seeds(sample, folder / "seeds.png")

    found = replace(dancelift.recognize_lift(sample, name="sample"), no_genre="it was invented")
    write_report(found, folder / "pages" / "report.html", title=INVENTED)
    _draw_movements(found, folder / "movements.png")

    clip = generate(n_frames=240, random_seed=3)
    lifted = dancelift.lift(
        clip.keypoints2d, skeleton=clip.skeleton, fps=clip.fps, image_size=clip.image_size, n_seeds=4
    )
    _draw_doubt(lifted, clip, folder / "doubt.png")


def _draw_seeds(result: LiftResult, path: Path) -> None:
    """The error of every seed, which it was, and which one won."""
    errors = result.seed_errors.sum(axis=1)
    order = np.argsort(errors)[:8]

    def draw(axes: Axes, theme: _Theme) -> None:
        colours = [theme.accent if k == result.best_seed else theme.line for k in order]
        axes.barh(range(len(order)), errors[order], color=colours, height=0.62)
        axes.set_yticks(range(len(order)), [_wrapped(result.seed_labels[k]) for k in order])
        axes.invert_yaxis()
        axes.set_xlabel("error of the seed over the clip; the least wins")

    _draw(path, draw, (7.2, 4.2))


def _draw_movements(found: Recognition, path: Path) -> None:
    """When some of the movements take place."""
    active = found.active
    change = np.abs(np.diff(active.astype(int), axis=0)).sum(axis=0)
    share = active.mean(axis=0)
    chosen: list[int] = []
    for m in np.argsort(-np.minimum(share, 1 - share)):
        of_part = sum(found.taxonomy.movements[m].part == found.taxonomy.movements[k].part for k in chosen)
        if of_part < 2 and 2 <= change[m] <= 16:
            chosen.append(int(m))
        if len(chosen) == _SHOWN:
            break
    chosen.sort()

    def draw(axes: Axes, theme: _Theme) -> None:
        for row, m in enumerate(chosen):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], active[:, m].astype(int), [0]])))
            spans = [(a / found.lift.fps, (b - a) / found.lift.fps) for a, b in edges.reshape(-1, 2)]
            name = found.taxonomy.names[m]
            colour = {"left": LEFT, "right": RIGHT}.get(name.split()[0], theme.faint)
            axes.broken_barh(spans, (row - 0.34, 0.68), facecolors=colour)
        axes.set_yticks(range(len(chosen)), [found.taxonomy.names[m] for m in chosen])
        axes.invert_yaxis()
        axes.set_xlim(0, len(active) / found.lift.fps)
        axes.set_xlabel("s")

    _draw(path, draw, (7.2, 4.6))


def _draw_doubt(result: LiftResult, clip: SyntheticClip, path: Path) -> None:
    """How far a wrist is in front of the hips: as lifted, with its doubt, and in truth."""
    wrist = result.skeleton.joints.index("left_wrist")
    hips = [result.skeleton.joints.index(f"{side}_hip") for side in ("left", "right")]
    scale = np.linalg.norm(result.poses3d[:, wrist]) / np.linalg.norm(clip.poses3d[:, wrist])

    def depth(poses3d: Any) -> Any:
        return poses3d[:, hips, 2].mean(axis=1) - poses3d[:, wrist, 2]

    lifted, true = 100 * depth(result.poses3d), 100 * scale * depth(clip.poses3d)
    doubt = 100 * result.deviations[:, wrist, 1]
    times = np.arange(len(lifted)) / result.fps

    def draw(axes: Axes, theme: _Theme) -> None:
        for width, alpha in ((2, 0.16), (1, 0.28)):
            axes.fill_between(
                times, lifted - width * doubt, lifted + width * doubt, color=theme.accent, alpha=alpha, linewidth=0
            )
        axes.plot(times, lifted, color=theme.accent, linewidth=2, label="as lifted, with one and two deviations")
        axes.plot(times, true, color=theme.ink, linewidth=1.2, linestyle=(0, (4, 3)), label="in truth")
        axes.set_xlim(0, times[-1])
        axes.set_xlabel("s")
        axes.set_ylabel("left wrist before the hips, cm")
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 1.16), ncols=2, borderaxespad=0)

    _draw(path, draw, (7.2, 3.4))


def _draw(path: Path, draw: Callable[[Axes, _Theme], None], size: tuple[float, float]) -> None:
    """Draw a picture for light pages and one for dark ones."""
    for theme in _THEMES:
        with _style(theme):
            figure = Figure(size, dpi=160, layout="constrained")
            FigureCanvasAgg(figure)
            axes = figure.add_subplot()
            axes.spines[["top", "right"]].set_visible(False)
            draw(axes, theme)
            figure.savefig(path.with_stem(path.stem + theme.suffix), transparent=True)


@contextmanager
def _style(theme: _Theme) -> Iterator[None]:
    ink = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), theme.ink)
    with matplotlib.rc_context({**ink, "axes.edgecolor": theme.faint, "font.size": 11}):
        yield


def _wrapped(words: str, width: int = 34) -> str:
    lines: Sequence[str] = [""]
    for word in words.split():
        lines = [*lines, word] if len(lines[-1]) + len(word) >= width else [*lines[:-1], f"{lines[-1]} {word}".strip()]
    return "\n".join(lines)
