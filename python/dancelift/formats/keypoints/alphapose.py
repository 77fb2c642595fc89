"""AlphaPose results: as COCO's, with a tracker's "idx", images by file name, and 17, 26 or 136 joints."""

from dancelift.formats.keypoints.coco import read_persons
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track


def _recognises(source: Source) -> bool:
    first = source.json[0] if isinstance(source.json, list) else None
    return isinstance(first, dict) and "keypoints" in first and ("idx" in first or "box" in first)


def _read(source: Source) -> list[Track]:
    return read_persons(source, source.json, (17, 26, 136), id_key="idx")


FORMAT = Format("alphapose", _recognises, _read)
