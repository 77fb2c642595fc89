"""Every reader of files that dancelift has, with good files for it; what fuzzers damage and tests demand of all."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dancelift.batch.inputs import find_inputs
from dancelift.cli.lift_input import parse_camera
from dancelift.cli.stream import parse_frames
from dancelift.datasets.kept_lifts import KeptLifts
from dancelift.datasets.registry import open_dataset
from dancelift.formats.corrections import load_corrections
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.labels import read_annotations
from dancelift.formats.motion import load_motions
from dancelift.formats.selection import split_names
from dancelift.lifting.result import load_lift
from dancelift.movements.taxonomy import load_taxonomy
from dancelift.priors.prior import load_prior
from dancelift.recognition.result import load_recognition
from fixtures.labels import TAXONOMY
from trust import seeds


@dataclass(frozen=True)
class Reader:
    """One way in which dancelift reads a kind of file.

    Attributes:
        name: of the reader and of the kind.
        file: that is damaged, by its name in a folder of its own.
        load: reads it, given `opens` in that folder, or raises an InputError.
        seeds: good files, each the content of `file`, by what they are; given a folder to write others into.
        opens: what is opened, by its name in the folder; "": the file itself, ".": the folder.
        beside: writes what must lie beside the file.
        needs: modules without which it cannot be read.
    """

    name: str
    file: str
    load: Callable[[Path], object]
    seeds: Callable[[Path], dict[str, bytes]]
    opens: str = ""
    beside: Callable[[Path], object] | None = None
    needs: tuple[str, ...] = ()

    def prepare(self, folder: Path) -> Path:
        """Write what must lie beside the file into a folder, once; the place of the file."""
        if self.beside is not None and not any(folder.iterdir()):
            self.beside(folder)
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def opened(self, folder: Path) -> Path:
        """What `load` is given."""
        return folder / (self.opens or self.file)

    def good(self) -> dict[str, bytes]:
        """The seeds, by what they are."""
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.seeds(Path(folder))


def _labels(path: Path) -> object:
    return read_annotations(path, TAXONOMY, 40, 30.0)


def _movement_model(path: Path) -> object:
    from dancelift.movements.model import load_movement_model

    return load_movement_model(path, taxonomy=seeds.taxonomy_of_networks(), device="cpu")


def _genre_model(path: Path) -> object:
    from dancelift.genres.model import load_genre_model

    return load_genre_model(path, taxonomy=seeds.taxonomy_of_networks(), device="cpu")


def _dataset(path: Path) -> object:
    dataset = open_dataset(path)
    return [list(dataset.read(clip, "detected", 1)) for clip in sorted(dataset.clips(None))[:1]]


def _of_known_size(path: Path) -> object:
    return load_keypoints(path, image_size=seeds.SIZE)


def _lines(path: Path) -> object:
    with open(path, encoding="utf-8") as lines:
        return list(parse_frames(lines, str(path)))


_KEYPOINTS = Reader("", "", load_keypoints, seeds.none)
_MOTION = Reader("", "", load_motions, seeds.none)


def _keypoints(name: str, file: str, made: Callable[[Path], dict[str, bytes]], **more: Any) -> Reader:
    return replace(_KEYPOINTS, name=f"keypoints {name}", file=file, seeds=made, **more)


def _motion(name: str, file: str, made: Callable[[Path], dict[str, bytes]], **more: Any) -> Reader:
    return replace(_MOTION, name=f"motion {name}", file=file, seeds=made, **more)


READERS = (
    _keypoints("json", "a.json", seeds.keypoints_json),
    _keypoints("npz", "a.npz", seeds.keypoints_npz),
    _keypoints("npy", "a.npy", seeds.keypoints_npy, load=_of_known_size),
    _keypoints("pickle", "gBR_sBM_cAll_d04_mBR0_ch01.pkl", seeds.keypoints_pickle),
    _keypoints("csv", "a.csv", seeds.keypoints_csv),
    _keypoints("trc", "a_px.trc", seeds.keypoints_trc),
    _keypoints("hdf5", "a.h5", seeds.keypoints_hdf5, needs=("h5py",)),
    _keypoints("openpose", "v/v_000000000001_keypoints.json", seeds.openpose, opens="v", beside=seeds.openpose_folder),
    _keypoints("yolo labels", "v/v_2.txt", seeds.yolo_labels, opens="v", beside=seeds.yolo_folder, load=_of_known_size),
    _motion("bvh", "a.bvh", seeds.bvh),
    _motion("amc", "07_01.amc", seeds.amc, beside=seeds.acclaim_skeleton),
    _motion("asf", "07.asf", seeds.asf, opens="07_01.amc", beside=seeds.acclaim_take),
    _motion("trc", "a.trc", seeds.motion_trc),
    _motion("c3d", "a.c3d", seeds.c3d, needs=("ezc3d",)),
    _motion("glb", "a.glb", seeds.glb),
    _motion("gltf", "a.gltf", seeds.gltf),
    _motion("npz", "a.npz", seeds.motion_npz),
    _motion("pickle", "gBR_sBM_cAll_d04_mBR0_ch01.pkl", seeds.motion_pickle),
    Reader("lift", "a.npz", load_lift, seeds.lifts),
    Reader("recognition", "a.npz", load_recognition, seeds.recognitions),
    Reader("prior", "a.npz", load_prior, seeds.priors),
    Reader("movement model", "a.safetensors", _movement_model, seeds.movement_models, needs=("torch", "safetensors")),
    Reader("genre model", "a.safetensors", _genre_model, seeds.genre_models, needs=("torch", "safetensors")),
    Reader("labels npz", "a.npz", _labels, seeds.labels(".npz")),
    Reader("labels eaf", "a.eaf", _labels, seeds.labels(".eaf"), needs=("pympi", "defusedxml")),
    Reader("labels csv", "a.csv", _labels, seeds.labels(".csv")),
    Reader("corrections", "a.csv", load_corrections, seeds.corrections),
    Reader("list of clips", "a.csv", lambda path: find_inputs([str(path)]), seeds.clip_list),
    Reader("camera json", "a.json", lambda path: parse_camera(path, None), seeds.camera_json),
    Reader("camera npy", "a.npy", lambda path: parse_camera(path, None), seeds.camera_npy),
    Reader("taxonomy", "a.toml", load_taxonomy, seeds.taxonomy),
    Reader("stream", "a.jsonl", _lines, seeds.stream),
    Reader("options of kept lifts", "options.json", lambda path: KeptLifts(folder=path), seeds.kept_options, opens="."),
    Reader("split", "split.json", lambda path: split_names(path, "fit"), seeds.split, opens="."),
    Reader("cameras of AIST++", "cameras/setting1.json", _dataset, seeds.aist_cameras, ".", seeds.aist_folder),
    Reader("sequence of AIST++", f"keypoints2d/{seeds.SEQUENCE}.pkl", _dataset, seeds.aist_sequence, ".",
           seeds.aist_folder),
    Reader("dance clip", "dance/one.npz", _dataset, seeds.dance_clip, "dance", seeds.dance_folder),
    Reader("Human3.6M", "h/data_3d_h36m.npz", _dataset, seeds.human36m, "h", seeds.human36m_folder),
)  # fmt: skip
"""By what they read."""

BY_NAME = {reader.name: reader for reader in READERS}
