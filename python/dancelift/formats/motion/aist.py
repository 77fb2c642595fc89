"""AIST++ annotations: `keypoints3d/SEQ.pkl`, COCO-17 in centimetres at 60 frames per second.

Which axis is up is told by the motion, as the files do not say: y, in the published ones.
"""

import re
from collections.abc import Iterator

import numpy as np

from dancelift.body.skeleton import SKELETONS
from dancelift.formats.keypoints.aist import FPS
from dancelift.formats.motion.clip import Clip, MotionFormat
from dancelift.formats.pickles import load_pickle
from dancelift.formats.source import Source, abbreviate

_KEYS = ("keypoints3d_optim", "keypoints3d")  # the first is the second, smoothed and with gaps filled

_GENRES = {
    "BR": "break",
    "PO": "pop",
    "LO": "lock",
    "MH": "middle hip-hop",
    "LH": "LA-style hip-hop",
    "HO": "house",
    "WA": "waack",
    "KR": "krump",
    "JS": "street jazz",
    "JB": "ballet jazz",
}
"""Genre by the first tag of a sequence's name, such as gBR_sBM_cAll_d04_mBR0_ch01."""


def _recognises(source: Source) -> bool:
    return source.path.suffix.lower() in (".pkl", ".pickle")


def _read(source: Source) -> Iterator[Clip]:
    content = load_pickle(source.path)
    found = [content[key] for key in _KEYS if key in content] if isinstance(content, dict) else []
    if not found or not isinstance(found[0], np.ndarray):
        raise source.error(f"found {abbreviate(content)}; expected an array '{_KEYS[0]}' or '{_KEYS[1]}'")
    tag = re.match(r"g([A-Z]{2})_", source.path.stem)
    yield Clip(
        name=source.path.stem,
        source="AIST++",
        positions=source.numbers(found[0], _KEYS[0]),
        skeleton=SKELETONS["coco17"],
        fps=FPS,
        genre=_GENRES.get(tag[1]) if tag else None,
        unit=0.01,
    )


FORMAT = MotionFormat("aist", _recognises, _read)
