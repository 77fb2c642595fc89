"""AlphaPose results: as COCO's, with a tracker's "idx" and images by file name."""

from dancelift.formats.keypoints.coco import read_persons
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track


def _recognises(source: Source) -> bool:
    first = source.json[0] if isinstance(source.json, list) else None
    return isinstance(first, dict) and {"image_id", "keypoints"} <= first.keys() and ("idx" in first or "box" in first)


def _read(source: Source) -> list[Track]:
    return read_persons(source, source.json, id_key="idx")


FORMAT = Format("alphapose", _recognises, _read)
