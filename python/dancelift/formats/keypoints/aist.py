"""AIST++ annotations: `keypoints2d/SEQ.pkl`, nine views of a dance, one track a view, named as its video.

A folder (the annotations' root, or its keypoints2d/) is read as all its sequences but those in
ignore_list.txt, where the dataset's authors found their own annotation wrong.
"""

from pathlib import Path

import numpy as np

from dancelift.errors import InputError
from dancelift.formats.pickles import load_pickle
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

FPS = 60.0
IMAGE_SIZE = (1920, 1080)
SEQUENCES = "keypoints2d"
"""The folder of the sequences."""


def sequence_files(path: Path) -> list[Path]:
    """The file given, or those of a folder."""
    if not path.is_dir():
        return [path]
    folder = path / SEQUENCES if (path / SEQUENCES).is_dir() else path
    ignore_list = folder.parent / "ignore_list.txt"
    ignored = set(ignore_list.read_text(encoding="utf-8").split()) if ignore_list.is_file() else set()
    return [file for file in sorted(folder.glob("*.pkl")) if file.stem not in ignored]


def _recognises(source: Source) -> bool:
    path = source.path
    return bool(sequence_files(path)) if path.is_dir() else path.suffix.lower() in (".pkl", ".pickle")


def _read(source: Source) -> list[Track]:
    files = sequence_files(source.path)
    if not files:
        raise source.error("no sequence keypoints2d/*.pkl; expected at least one")
    return [track for file in files for track in _views(source, file)]


def _views(source: Source, file: Path) -> list[Track]:
    content = load_pickle(file)
    views = content.get("keypoints2d") if isinstance(content, dict) else None
    if not isinstance(views, np.ndarray) or views.ndim != 4:
        found = views.shape if isinstance(views, np.ndarray) else abbreviate(content)
        raise InputError(f"{file}: found {found}; expected an array 'keypoints2d' of (views, frames, 17, 3)")
    sequence = Source(file, source.skeleton, source.fps, source.image_size)
    return [
        sequence.track(view, (17,), name=_video(file.stem, f"c{i + 1:02}"), fps=FPS, image_size=IMAGE_SIZE)
        for i, view in enumerate(views)
    ]


def _video(sequence: str, camera: str) -> str:
    """The video of a sequence from one camera: gBR_sBM_cAll_d04_mBR0_ch01 -> gBR_sBM_c01_d04_mBR0_ch01."""
    return sequence.replace("cAll", camera) if "cAll" in sequence else f"{sequence} {camera}"


FORMAT = Format("aist", _recognises, _read)
