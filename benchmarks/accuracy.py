"""How far lifted dance is from the true motion, over priors, numbers of seeds and terms left out.

    python benchmarks/accuracy.py [--rows REGEX] [--data DIR] [--aist DIR] [--h36m DIR] [--priors DIR] [--threads N]

Writes ACCURACY.md and accuracy.json beside this file. A row that was measured before is taken from accuracy.json
unless REGEX matches its "section: title", so ask again for those that a change of dancelift may have changed. What
cannot run, because its data or its prior is not there, is listed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

import dancelift
from dancelift.datasets.aist import AistPlusPlus
from dancelift.datasets.registry import DATASETS, open_dataset
from dancelift.datasets.sequence import KeypointSource
from dancelift.evaluation.lift import (
    METRICS,
    LiftProtocol,
    LiftSummary,
    chosen_clips,
    evaluate_clip,
    summarise,
    summarise_groups,
)
from dancelift.lifting.options import LiftOptions

_HERE = Path(__file__).parent
_FIGURES = (
    "N-MPJPE", "PA-MPJPE", "MPJPE", "MPJPE-all", "WA-MPJPE", "W-MPJPE", "accel", "jitter", "path", "path-cam", "RTE",
    "slide", "tilt", "bones", "in-1sd", "in-2sd",
)  # fmt: skip
_SEED_FIGURES = ("start", "start-PA", "oracle", "oracle-PA")  # of lifts whose seeds' poses are kept
_GROUP_FIGURES = ("N-MPJPE", "PA-MPJPE", "MPJPE", "accel")
_KEYPOINTS: tuple[KeypointSource, ...] = get_args(KeypointSource)
_LEARNT_PRIORS = (
    "from_2d",
    "from_3d_melody",
    "from_3d_melody_2d_cmu",
    "from_3d_cmu",
    "from_3d_cmu_2d_melody",
)  # files NAME.npz; melody and cmu are the studios

_NOTES = {
    "The other studio": "Priors learnt from one studio's 3D alone, 5,000 steps of `dancelift fit-prior --from-3d` each "
    "on a GPU, without the milder end and speeds of 0.75 to 1.35: CMU's are the salsas of `fit` and data/cmu, those "
    "of Dance with Melody the other clips of `fit`. Where such a network contradicts itself, a fit that no motion data "
    "has shaped shares in what is expected. With 2D: 1,500 steps more from the other studio's keypoints of `fit` "
    "besides, as `--from-2d` adds them, lifted by that prior.",
}  # of what is not the same for all rows


@dataclass(frozen=True)
class Experiment:
    """One row: what is lifted and how, and the figures to compare with."""

    section: str
    title: str
    data: str  # "dance", "dance_tilted", "aist++" or "h36m"
    prior: str  # one that ships, or one of _LEARNT_PRIORS
    target: str = ""  # figures of another method on the same clips: N-MPJPE / PA-MPJPE in mm, or as it says
    split: str | None = "test"  # None: all clips
    match: tuple[str, ...] = ()
    keypoints: KeypointSource = "detected"
    camera_known: bool = False
    n_seeds: int = 16
    n_views: int = 1
    sigmas: Mapping[str, float] = field(default_factory=dict)  # that replace the objective's defaults

    @property
    def name(self) -> str:
        return f"{self.section}: {self.title}"

    def parameters(self, n_frames: int) -> dict[str, Any]:
        """What the figures depend on, as JSON has it, which has no infinity."""
        parameters = {name: value for name, value in asdict(self).items() if name not in ("section", "title", "target")}
        sigmas = {name: "inf" if math.isinf(sigma) else sigma for name, sigma in self.sigmas.items()}
        return {**parameters, "match": list(self.match), "sigmas": sigmas, "n_frames": n_frames}


def experiments() -> Iterator[Experiment]:
    """All rows, in the order of the tables."""
    template, net = "upright template", "conv net, intrinsics known"
    solved = f"{template}, optimised by Ceres"
    baselines = {
        ("anthropometric", "detected"): f"145 / 99 ({solved})",
        ("anthropometric", "clean"): f"134 / 93 ({solved})",
        ("default", "detected"): f"71 / 52 ({net})",
        ("default", "clean"): f"55 / 40 ({net})",
    }
    for keypoints in _KEYPOINTS:
        for prior in ("anthropometric", "from_2d", "default"):
            yield Experiment(
                "Dance",
                f"{prior}, {keypoints}",
                "dance",
                prior,
                baselines.get((prior, keypoints), ""),
                keypoints=keypoints,
            )
    known = f"71 / 52 ({net})"
    yield Experiment("Dance", "default, detected, camera known", "dance", "default", known, camera_known=True)
    for keypoints in _KEYPOINTS:
        target = f"220 / 129 ({template})" if keypoints == "detected" else ""
        for prior in ("anthropometric", "from_2d", "default"):
            yield Experiment(
                "Tilted cameras", f"{prior}, {keypoints}", "dance_tilted", prior, target, keypoints=keypoints
            )
    studio, others = "The other studio", ("cha-cha", "rumba", "waltz")
    for keypoints, on_salsa, on_others in zip(
        _KEYPOINTS, ("109 / 87", "100 / 82"), ("156 / 115", "150 / 110"), strict=True
    ):
        for prior, also in (("from_3d_melody", ""), ("from_3d_melody_2d_cmu", " and salsa's 2D")):
            title, target = f"salsa, prior from the others{also}, {keypoints}", f"{on_salsa} (conv net)"
            yield Experiment(studio, title, "dance", prior, target, match=("salsa",), keypoints=keypoints)
        for prior, also in (("from_3d_cmu", ""), ("from_3d_cmu_2d_melody", " and the others' 2D")):
            title, target = f"others, prior from CMU{also}, {keypoints}", f"{on_others} (conv net)"
            yield Experiment(studio, title, "dance", prior, target, match=others, keypoints=keypoints)
    for prior, counts in (("anthropometric", (1, 16)), ("from_2d", (1, 16)), ("default", (1, 4, 16, 64))):
        for n_seeds in counts:
            yield Experiment("Number of seeds", f"{prior}, {n_seeds}", "dance", prior, n_seeds=n_seeds)
    for n_seeds in (1, 4, 16):
        title = f"default, clean, {n_seeds}"
        yield Experiment("Number of seeds", title, "dance", "default", n_seeds=n_seeds, keypoints="clean")
    yield Experiment("Terms left out", "none, 1 seed", "dance", "default", n_seeds=1)
    for term, sigma in dancelift.default_sigmas().items():
        if math.isinf(sigma) or term in ("robust", "contact_robust", "seed_prior"):  # left out anyway, or no term
            continue
        yield Experiment("Terms left out", f"{term}, 1 seed", "dance", "default", n_seeds=1, sigmas={term: math.inf})
    left_out = {"foot_sliding": math.inf, "floor": math.inf, "gravity_prior": math.inf}
    yield Experiment("Terms left out", "all of contact, 1 seed", "dance", "default", n_seeds=1, sigmas=left_out)
    published = {dataset.name: dataset.published for dataset in DATASETS}
    # nothing is learnt from AIST++
    for section, data, split, n_views in (
        ("AIST++, real detections", "aist++", None, 9),
        ("Human3.6M", "h36m", "test", 4),
    ):
        for prior, supervision in (
            ("anthropometric", "unsupervised"),
            ("from_2d", "unsupervised"),
            ("default", "semi-supervised"),
        ):
            target = f"MPJPE {published[data][f'Hu & Ahuja 2021, {supervision}']} (Hu & Ahuja 2021, {supervision})"
            yield Experiment(section, prior, data, prior, target, split, n_views=n_views)
        yield Experiment(section, "default, 1 seed", data, "default", split=split, n_seeds=1, n_views=n_views)


@dataclass
class Suite:
    """Where data and priors are, and what was measured before."""

    folders: Mapping[str, Path]  # of datasets, by name
    priors: Path | None
    n_threads: int
    n_frames: int
    rows: list[dict[str, Any]] = field(default_factory=list)  # as in accuracy.json

    def cached(self, experiment: Experiment) -> dict[str, Any] | None:
        """What is known of an experiment, unless its prior has changed since."""
        parameters = experiment.parameters(self.n_frames)
        for row in self.rows:
            if row["parameters"] == parameters and self._digest(experiment) in (None, row["prior_digest"]):
                return row
        return None

    def obstacle(self, experiment: Experiment) -> str:
        """Why an experiment cannot run; empty if it can."""
        if not self.folders[experiment.data].is_dir():
            return f"no data {experiment.data}"
        if experiment.prior in _LEARNT_PRIORS and self._prior_file(experiment) is None:
            return f"no prior {experiment.prior}"
        return ""

    def measure(self, experiment: Experiment) -> None:
        """Run an experiment; its figures replace those of an earlier run."""
        protocol = LiftProtocol(
            split=experiment.split,
            match=experiment.match,
            keypoints=experiment.keypoints,
            n_frames=self.n_frames,
            n_views=experiment.n_views,
            camera_known=experiment.camera_known,
            options=LiftOptions(
                n_seeds=experiment.n_seeds,
                prior=self._prior_file(experiment) or experiment.prior,
                sigmas=experiment.sigmas,
                n_threads=self.n_threads,
            ),
        )
        dataset = open_dataset(self.folders[experiment.data])
        clips = tqdm(
            chosen_clips(dataset, protocol), experiment.name, unit="clip", leave=False, disable=not sys.stderr.isatty()
        )
        scores = [score for clip in clips for score in evaluate_clip(dataset, clip, protocol)]
        parameters = experiment.parameters(self.n_frames)
        self.rows = [row for row in self.rows if row["parameters"] != parameters]
        self.rows.append(
            {
                "parameters": parameters,
                "prior_digest": self._digest(experiment),
                "n_threads": self.n_threads,
                "overall": _plain(summarise(scores)),
                "groups": {group: _plain(summary) for group, summary in summarise_groups(scores).items()},
            }
        )

    def _prior_file(self, experiment: Experiment) -> Path | None:
        path = self.priors / f"{experiment.prior}.npz" if self.priors else None
        return path if path and experiment.prior in _LEARNT_PRIORS and path.is_file() else None

    def _digest(self, experiment: Experiment) -> str | None:
        path = self._prior_file(experiment)
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path else None


def _plain(summary: LiftSummary) -> dict[str, Any]:
    figures = {name: None if math.isnan(x) else round(x, 2) for name, x in summary.metrics.items()}
    return {"n_views": summary.n_views, "n_frames": summary.n_frames, "fps": round(summary.fps, 1), **figures}


# --- Other methods on AIST++


@dataclass(frozen=True)
class Paper:
    """Where figures on AIST++ are published, how they were measured, and in what they were read."""

    title: str
    place: str  # and the table
    protocol: str
    quoted_in: str  # empty: read in the paper itself


@dataclass(frozen=True)
class Published:
    """What a paper reports of a method, mm."""

    method: str
    truth: str  # what it learnt from of true 3D motion
    mpjpe: float
    pa_mpjpe: float | None
    paper: str  # key of _PAPERS


_PAPERS = {
    "Hu & Ahuja 2021": Paper(
        "Unsupervised 3D Pose Estimation for Hierarchical Dance Video Recognition",
        "ICCV 2021, arXiv:2109.09166, section 3.2, table on AIST++",
        "0.4 million frames; MPJPE alone is reported",
        "notes on the paper (hojjang98.github.io, paper review, dance action recognition, day 4)",
    ),
    "Li et al. 2024": Paper(
        "Lifting Motion to the 3D World via 2D Diffusion (MVLift)",
        "CVPR 2025, arXiv:2411.18808, table 1",
        "keypoints of ViTPose; MVLift learnt from 2D sequences of the same kind",
        "notes on the paper (github.com/zhaoyang97/Paper-Notes, CVPR2025/image_generation); MotionBERT, WHAM and "
        "MVLift are the same in notes on Wang et al. 2025, WHAM and MVLift in notes on Li et al. 2026",
    ),
    "Wang et al. 2025": Paper(
        "Mocap-2-to-3: Multi-view Lifting for Monocular Motion Recovery with 2D Pretraining",
        "CVPR 2026, arXiv:2503.03222, table on AIST++ with COCO keypoints",
        "keypoints of ViTPose; MPJPE aligned at the root; intrinsics and pose of the camera known, and so the floor",
        "notes on the paper (en.papernotes.org, CVPR2026/human_understanding)",
    ),
    "Li et al. 2026": Paper(
        "AnyLift: Scaling Motion Reconstruction from Internet Videos via 2D Diffusion",
        "CVPR 2026, arXiv:2604.17818, table on AIST++, static camera",
        "keypoints of ViTPose; the table has the rows of WHAM and MVLift as Li et al. 2024 do",
        "notes on the paper (en.papernotes.org, CVPR2026/3d_vision)",
    ),
}
_TRUTH = {  # of the methods in AistPlusPlus.published
    "Hu & Ahuja 2021, unsupervised": "none",
    "Hu & Ahuja 2021, semi-supervised": "some",
    "VideoPose3D, supervised": "yes",
    "Kocabas et al., multi-view self-supervised": "none, but several views",
    "Martinez et al., supervised": "yes",
}
_PUBLISHED = (
    *(
        Published(method, _TRUTH[method], mpjpe, None, "Hu & Ahuja 2021")
        for method, mpjpe in AistPlusPlus.published.items()
    ),
    Published("ElePose", "none", 269.4, 215.1, "Li et al. 2024"),
    Published("MAS", "none", 191.1, 155.6, "Li et al. 2024"),
    Published("SMPLify", "none, by the paper", 171.6, 146.7, "Li et al. 2024"),
    Published("MotionBERT", "yes", 134.0, 108.6, "Li et al. 2024"),
    Published("MVLift", "none", 110.7, 79.2, "Li et al. 2024"),
    Published("WHAM", "yes", 104.8, 75.1, "Li et al. 2024"),
    Published("AnyLift", "none, but estimates", 108.0, 82.3, "Li et al. 2026"),
    Published("GVHMR", "yes", 97.6, 64.4, "Li et al. 2026"),
    Published("GVHMR and SMPLify, camera known", "yes", 102.8, 62.2, "Wang et al. 2025"),
    Published("Mocap-2-to-3, camera known", "yes, and much 2D", 90.9, 60.1, "Wang et al. 2025"),
)


def others_on_aist() -> list[str]:
    """What others report on AIST++, with the place that each figure was read in."""
    lines = [
        "## Other methods on AIST++",
        "",
        "As published, nothing of it run here. **Protocols differ: these rows cannot be compared line by line**, not "
        "with one another and not with the tables above. The clips, the detector, the joints, what a method learnt "
        "from and whether the camera is known are not the same, or not said where the figures were read.",
        "",
        *_grid(
            ["method", "learnt from true 3D", "MPJPE", "PA-MPJPE", "reported by"],
            ([row.method, row.truth, f"{row.mpjpe:.1f}", _figure(row.pa_mpjpe), row.paper] for row in _PUBLISHED),
        ),
        "",
    ]
    for name, paper in _PAPERS.items():
        read = f"As quoted in {paper.quoted_in}" if paper.quoted_in else "Read in the paper"
        lines.append(f"- **{name}**: *{paper.title}*, {paper.place}. Protocol: {paper.protocol}. {read}.")
    return lines


# --- ACCURACY.md


def markdown(suite: Suite) -> str:
    """All tables, of what is known."""
    rows = [(experiment, suite.cached(experiment)) for experiment in experiments()]
    done = [(experiment, row) for experiment, row in rows if row is not None]
    n_threads = sorted({str(row["n_threads"]) for _, row in done})
    lines = [
        "# Accuracy",
        "",
        f"Written by `python benchmarks/accuracy.py`, dancelift {dancelift.__version__}; means over the first "
        f"{suite.n_frames} frames of each clip, the first camera of each, all nine of AIST++, or the first four of "
        f"Human3.6M. Speeds (fps) include all seeds; number of threads: {', '.join(n_threads) or 'none yet'}.",
        "",
    ]
    lines += [f"- **{name}**: {meaning}" for name, meaning in METRICS.items() if name in (*_FIGURES, *_SEED_FIGURES)]
    lines += ["- **target**: N-MPJPE / PA-MPJPE of another method on the same clips, or what it says"]
    for section in dict.fromkeys(experiment.section for experiment, _ in rows):
        part = [(experiment, row) for experiment, row in done if experiment.section == section]
        if not part:
            continue
        note = [_NOTES[section], ""] if section in _NOTES else []
        lines += ["", f"## {section}", "", *note, *_table(part), "", *_group_table(part)]
    lines += ["", *others_on_aist()]
    for dataset in DATASETS:
        if dataset.published and dataset is not AistPlusPlus:
            lines += ["", f"## Published on {dataset.name}", "", *_grid(["method", "MPJPE"], dataset.published.items())]
    missing = [(experiment.name, suite.obstacle(experiment)) for experiment, row in rows if row is None]
    if missing:
        lines += ["", "## Not run", "", *(f"- {name}: {why or 'not asked for'}" for name, why in missing)]
    return "\n".join(lines) + "\n"


def _table(part: Sequence[tuple[Experiment, dict[str, Any]]]) -> list[str]:
    """Every figure over all clips."""
    names = [*_FIGURES, *(name for name in _SEED_FIGURES if any(name in row["overall"] for _, row in part)), "fps"]
    with_target = any(experiment.target for experiment, _ in part)
    return _grid(
        ["", "views", *names, *(["target"] if with_target else [])],
        (
            [
                experiment.title,
                row["overall"]["n_views"],
                *(_figure(row["overall"].get(name)) for name in names),
                *([experiment.target] if with_target else []),
            ]
            for experiment, row in part
        ),
    )


def _group_table(part: Sequence[tuple[Experiment, dict[str, Any]]]) -> list[str]:
    """The main figures by genre or action."""
    groups = sorted({group for _, row in part for group in row["groups"]})
    cells = (
        [
            experiment.title,
            *(
                " / ".join(_figure(row["groups"].get(group, {}).get(name)) for name in _GROUP_FIGURES)
                for group in groups
            ),
        ]
        for experiment, row in part
    )
    return [f"{' / '.join(_GROUP_FIGURES)} by group:", "", *_grid(["", *groups], cells)]


def _grid(titles: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    lines = [titles, ["---"] + ["---:"] * (len(titles) - 1), *rows]
    return [f"| {' | '.join(str(cell) for cell in line)} |" for line in lines]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", metavar="REGEX", help="measure these, again if need be; default: all not yet measured"
    )
    parser.add_argument("--data", type=Path, default=_HERE.parents[1] / "shared" / "data", metavar="DIR")
    parser.add_argument("--aist", type=Path, metavar="DIR", help="annotations of AIST++ (default: aist++ in --data)")
    parser.add_argument("--h36m", type=Path, metavar="DIR", help="VideoPose3D's files (default: h36m in --data)")
    parser.add_argument("--priors", type=Path, metavar="DIR", help=f"of {', '.join(_LEARNT_PRIORS)}, .npz each")
    parser.add_argument("--frames", type=int, default=300, metavar="N", help="of each clip (default: 300)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--output", type=Path, default=_HERE, metavar="DIR", help="default: beside this file")
    args = parser.parse_args(argv)

    record = args.output / "accuracy.json"
    suite = Suite(
        folders={
            "dance": args.data / "dance",
            "dance_tilted": args.data / "dance_tilted",
            "aist++": args.aist or args.data / "aist++",
            "h36m": args.h36m or args.data / "h36m",
        },
        priors=args.priors,
        n_threads=args.threads,
        n_frames=args.frames,
        rows=json.loads(record.read_text())["rows"] if record.exists() else [],
    )
    measured: list[dict[str, Any]] = []
    for experiment in experiments():
        parameters = experiment.parameters(args.frames)
        if args.rows:
            wanted = re.search(args.rows, experiment.name) and parameters not in measured
        else:
            wanted = suite.cached(experiment) is None
        if not wanted or suite.obstacle(experiment):
            continue
        suite.measure(experiment)
        measured.append(parameters)
        record.write_text(json.dumps({"rows": suite.rows}, indent=1) + "\n")
        print(experiment.name, flush=True)
    (args.output / "ACCURACY.md").write_text(markdown(suite))


if __name__ == "__main__":
    main()
