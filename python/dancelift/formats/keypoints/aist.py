"""AIST++ annotations: `keypoints2d/SEQ.pkl`, nine views of a dance, one track a view, named as its video.

A folder (the annotations' root, or its keypoints2d/) is read as all its sequences but those in ignore_list.txt.
"""

from pathlib import Path

from dancelift.formats import aist
from dancelift.formats.keypoints.tracks import track_of
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track


def sequence_files(path: Path) -> list[Path]:
    """Return the file given, or the sequences of a folder of annotations."""
    if not path.is_dir():
        return [path]
    return aist.sequence_files(path / aist.KEYPOINTS if (path / aist.KEYPOINTS).is_dir() else path)


def _recognises(source: Source) -> bool:
    return bool(sequence_files(source.path)) if source.path.is_dir() else aist.is_pickle(source.path)


def _read(source: Source) -> list[Track]:
    files = sequence_files(source.path)
    if not files:
        raise source.error(f"no sequence {aist.KEYPOINTS}/*.pkl; expected at least one")
    return [track for file in files for track in _views(source, file)]


def _views(source: Source, file: Path) -> list[Track]:
    sequence = Source(file, source.skeleton, source.fps, source.image_size)
    return [
        track_of(sequence, view, name=aist.video_name(file.stem, i), fps=aist.FPS, image_size=aist.IMAGE_SIZE)
        for i, view in enumerate(aist.read_keypoints(file))
    ]


FORMAT = Format("aist", _recognises, _read)
