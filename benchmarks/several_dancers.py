#!/usr/bin/env python3
"""Measures what is made of several dancers in one room: who is who, and where they are beside each other.

    python benchmarks/several_dancers.py [--data DIR] [--seeds K] [--only tracking|lift] [--split test]

Writes SEVERAL_DANCERS.md from what several_dancers.json holds; a part that is not measured is kept. Scenes are those of
scenes.py: the captured couples of data/couples, and scenes made of clips of data/dance.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import dancelift
from dancelift.arraytypes import Array
from dancelift.keypoints import Track
from dancelift.metrics import fit_similarity, floor_tilt, n_mpjpe, pa_mpjpe

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE))

from scenes import Scene, couples, made_scenes  # noqa: E402

BODY, HIPS, WRISTS = list(range(5, 17)), [11, 12], [9, 10]
HELD = 0.2  # m, between wrists in truth
AWAY = 2.0  # s, for which every dancer of a tracked scene is out of sight
_SAME = 1e-3  # px
_TRACKED_FRAMES, _LIFTED_FRAMES = 300, 250
_TRACKED_SCENES = 8


# --- who is who


def write_detections(scene: Scene, path: Path) -> None:
    """COCO results of a scene, the persons of every frame in random order."""
    rng = np.random.default_rng(0)
    entries = [
        {"image_id": t, "category_id": 1, "keypoints": points.ravel().tolist(), "score": float(points[:, 2].mean())}
        for t in range(scene.keypoints2d.shape[1])
        for points in rng.permutation(scene.keypoints2d[:, t])
        if points[:, 2].any()
    ]
    path.write_text(json.dumps(entries))


def track(scene: Scene) -> list[Track]:
    """The tracks that are made of a scene's detections."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        write_detections(scene, path)
        return dancelift.load_keypoints(path, fps=scene.fps, image_size=scene.image_size)


def tracking_scores(scene: Scene, tracks: Sequence[Track]) -> dict[str, float]:
    """IDF1 and HOTA of the identities given to a scene's detections, by TrackEval."""
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it cannot import
        from trackeval.metrics import HOTA, Identity

        identity, hota = Identity({"PRINT_CONFIG": False}), HOTA()
    found = np.zeros((len(tracks), *scene.keypoints2d.shape[1:]))
    for points, one in zip(found, tracks, strict=True):
        assert one.frame_numbers is not None
        points[one.frame_numbers] = one.keypoints2d
    true_ids, ids, similarities = [], [], []
    for t in range(found.shape[1]):
        true_ids.append(np.flatnonzero(scene.keypoints2d[:, t, :, 2].any(axis=1)))
        ids.append(np.flatnonzero(found[:, t, :, 2].any(axis=1)))
        apart = np.abs(scene.keypoints2d[true_ids[-1], t][:, None] - found[ids[-1], t][None]).max(axis=(2, 3))
        similarities.append((apart < _SAME).astype(float))
    data = {
        "num_gt_ids": len(scene.keypoints2d),
        "num_tracker_ids": len(tracks),
        "num_gt_dets": sum(map(len, true_ids)),
        "num_tracker_dets": sum(map(len, ids)),
        "gt_ids": true_ids,
        "tracker_ids": ids,
        "similarity_scores": similarities,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        by_identity, by_hota = identity.eval_sequence(data), hota.eval_sequence(data)
    return {"IDF1": float(by_identity["IDF1"]), "HOTA": float(np.mean(by_hota["HOTA"])), "tracks": len(tracks)}


# --- where they are


def room_scores(predicted: Array, true: Array) -> dict[str, float]:
    """Errors of dancers beside each other, cm, once one similarity has brought the whole scene to the true one.

    Args:
        predicted: (P, T, 17, 3).
        true: (P, T, 17, 3), m.
    """
    fit = fit_similarity(predicted[:, :, BODY].reshape(-1, 3), true[:, :, BODY].reshape(-1, 3))
    aligned = fit.apply(predicted.reshape(-1, 3)).reshape(true.shape)
    place, true_place = aligned[:, :, HIPS].mean(axis=2), true[:, :, HIPS].mean(axis=2)
    apart, held = [], []
    for i in range(len(true)):
        for j in range(i + 1, len(true)):
            apart.append(np.linalg.norm((place[i] - place[j]) - (true_place[i] - true_place[j]), axis=1))
            distances = [
                np.linalg.norm(poses[i][:, WRISTS][:, :, None] - poses[j][:, WRISTS][:, None], axis=-1)
                for poses in (aligned, true)
            ]
            held.append(np.abs(distances[0] - distances[1])[distances[1] < HELD])
    hands = np.concatenate(held)
    return {
        "relative place": 100 * float(np.mean(apart)),
        "held hands": 100 * float(hands.mean()) if len(hands) else math.nan,
    }


def lift_scores(scene: Scene, n_seeds: int) -> dict[str, Any]:
    """Errors of a scene's dancers lifted each alone and all together."""
    options: dict[str, Any] = {"fps": scene.fps, "image_size": scene.image_size, "n_seeds": n_seeds}
    alone = [dancelift.lift(points, **options) for points in scene.keypoints2d]
    together = dancelift.lift_together(list(scene.keypoints2d), **options)
    scores: dict[str, Any] = {}
    for name, results in (("alone", alone), ("together", together)):
        poses = np.stack([result.poses3d for result in results])
        scores[name] = room_scores(poses, scene.poses3d) | {
            "N-MPJPE": [n_mpjpe(p, g, HIPS, BODY) for p, g in zip(poses, scene.poses3d, strict=True)],
            "PA-MPJPE": [pa_mpjpe(p, g, BODY) for p, g in zip(poses, scene.poses3d, strict=True)],
        }
    assert scene.camera.up is not None and together[0].camera.up is not None
    scores["focal"] = together[0].camera.focal / scene.camera.focal
    scores["tilt"] = floor_tilt(together[0].camera.up, scene.camera.up)
    return scores


# --- SEVERAL_DANCERS.md


def markdown(record: dict[str, Any]) -> str:
    lines = [
        "# Several dancers",
        "",
        "Written by `python benchmarks/several_dancers.py`; [docs/several_dancers.md](../docs/several_dancers.md) says",
        "how it is done. Settings were learnt on scenes made of clips of `fit`, but for those of held hands, which are",
        "in none of them.",
    ]
    if "tracking" in record:
        lines += [
            "",
            "## Who is who",
            "",
            "Persons in random order in every frame, identities by `dancelift.load_keypoints`, scored by TrackEval",
            f"over the persons that the detector found. In made scenes of {_TRACKED_FRAMES} frames dancers hide each",
            f"other and, where it says so, each is out of sight for {AWAY:g} s once, whoever else is so then.",
            "",
            "| scenes | number | IDF1 | least | HOTA | tracks for each dancer |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        for name, rows in record["tracking"].items():
            idf1, hota, tracks = (np.array([row[key] for row in rows]) for key in ("IDF1", "HOTA", "tracks"))
            dancers = np.array([row["dancers"] for row in rows])
            lines.append(
                f"| {name} | {len(rows)} | {idf1.mean():.3f} | {idf1.min():.3f} | {hota.mean():.3f} | "
                f"{(tracks / dancers).mean():.2f} |"
            )
    if "lift" in record:
        lines += [
            "",
            "## Where they are",
            "",
            f"Detected keypoints, true identities, unknown camera, {record['n_seeds']} seeds; each dancer lifted",
            "alone / all together. Relative place: mean error of the vector between two dancers, cm, and held hands:",
            f"mean error of the distance of wrists that are within {100 * HELD:g} cm in truth, cm, both after one",
            "similarity for the whole scene. N-MPJPE and PA-MPJPE: mm, of each dancer. Focal: found / true.",
            "Tilt: of the common floor, degrees.",
        ]
        for name, rows in record["lift"].items():
            lines += ["", f"### {name}", ""]
            lines += ["| | relative place | held hands | N-MPJPE | PA-MPJPE | focal | tilt |"]
            lines += ["| --- | ---: | ---: | ---: | ---: | ---: | ---: |", *map(_row, rows)]
            lines.append(_row(_mean(rows)))
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    def both(key: str) -> str:
        return " / ".join("-" if math.isnan(row[way][key]) else f"{row[way][key]:.1f}" for way in ("alone", "together"))

    def each(key: str) -> str:
        return ", ".join(f"{a:.1f} / {b:.1f}" for a, b in zip(row["alone"][key], row["together"][key], strict=True))

    cells = [both("relative place"), both("held hands"), each("N-MPJPE"), each("PA-MPJPE")]
    return f"| {row['scene']} | {' | '.join(cells)} | {row['focal']:.2f} | {row['tilt']:.1f} |"


def _mean(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    mean: dict[str, Any] = {"scene": "mean", "focal": np.mean([row["focal"] for row in rows])}
    mean["tilt"] = np.mean([row["tilt"] for row in rows])
    for way in ("alone", "together"):
        mean[way] = {key: [np.mean([row[way][key] for row in rows])] for key in ("N-MPJPE", "PA-MPJPE")}
        for key in ("relative place", "held hands"):
            known = [row[way][key] for row in rows if not math.isnan(row[way][key])]
            mean[way][key] = float(np.mean(known)) if known else math.nan
    return mean


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=_HERE.parents[1] / "shared" / "data", metavar="DIR")
    parser.add_argument("--only", choices=["tracking", "lift"], help="default: both")
    parser.add_argument("--split", default="test", help="list of the clips of made scenes (default: test)")
    parser.add_argument("--scenes", type=int, default=8, metavar="N", help="that are made and lifted (default: 8)")
    parser.add_argument("--seeds", type=int, default=16, metavar="K", help="of each dancer (default: 16)")
    parser.add_argument("--output", type=Path, default=_HERE, metavar="DIR", help="default: beside this file")
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore", dancelift.DanceliftWarning)

    kept = args.output / "several_dancers.json"
    record: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}

    def keep() -> None:
        kept.write_text(json.dumps(record, indent=1) + "\n")
        (args.output / "SEVERAL_DANCERS.md").write_text(markdown(record))

    if args.only != "lift":
        groups = {"couples": couples(args.data / "couples")}
        for n in (2, 3, 4, 5):
            for away, suffix in ((0.0, ""), (AWAY, f", each {AWAY:g} s out of sight")):
                groups[f"{n} dancers{suffix}"] = made_scenes(
                    args.data, args.split, n, _TRACKED_SCENES, _TRACKED_FRAMES, away
                )
        record["tracking"] = {
            name: [
                {"scene": scene.name, "dancers": len(scene.keypoints2d), **tracking_scores(scene, track(scene))}
                for scene in scenes
            ]
            for name, scenes in groups.items()
        }
        keep()
    if args.only != "tracking":
        record["n_seeds"], record["lift"] = args.seeds, {}
        for name, scenes in (
            ("Couples", couples(args.data / "couples")),
            (
                f"Scenes of two, of clips of {args.split}",
                made_scenes(args.data, args.split, 2, args.scenes, _LIFTED_FRAMES),
            ),
        ):
            record["lift"][name] = []
            for scene in scenes:
                record["lift"][name].append({"scene": scene.name, **lift_scores(scene, args.seeds)})
                keep()
                print(_row(record["lift"][name][-1]), flush=True)


if __name__ == "__main__":
    main()
