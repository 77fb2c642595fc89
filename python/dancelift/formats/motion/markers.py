"""TRC and C3D: markers at joints, by the names that Pose2Sim, OpenSim and detectors give them.

Of several performers in one file, the markers have the performer's name before a colon, as Vicon has it. Markers on the
skin, which lie beside the joints, are no joints: a file needs markers at both shoulders and both hips.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import get_skeleton
from dancelift.formats.c3d import KEY, read_c3d
from dancelift.formats.keypoints.joints import choose_layout, landmark
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.source import Source, abbreviate
from dancelift.formats.trc import read_trc

_UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "meters": 1.0}  # m
_NEEDED = frozenset({"left_shoulder", "right_shoulder", "left_hip", "right_hip"})


def _read_trc(source: Source) -> Iterator[Recording]:
    trc = read_trc(source)
    recorded = source.recorded({"fps": trc.rate})
    steps = (trc.times[-1] - trc.times[0]) / max(len(trc.times) - 1, 1)
    fps = recorded.get("fps") or (1 / steps if steps > 0 else 0.0)
    if not fps:
        raise source.error("neither a DataRate nor times; expected frames per second")
    yield from _recordings(source, "TRC", trc.names, trc.positions, fps, _UNITS.get(trc.unit.lower()), trc.times[0])


def _read_c3d(source: Source) -> Iterator[Recording]:
    c3d = read_c3d(source.path)
    if not c3d.fps > 0:
        raise source.error(f"{c3d.fps:g} frames per second; expected more than 0")
    yield from _recordings(source, "C3D", c3d.names, c3d.positions, c3d.fps, c3d.unit, c3d.first / c3d.fps)


def _recordings(
    source: Source, program: str, names: Sequence[str], positions: Array, fps: float, unit: float | None, start: float
) -> Iterator[Recording]:
    """The recordings of the performers whose markers are at positions (T, M, 3)."""
    performers: dict[str, list[int]] = {}
    for marker, name in enumerate(names):
        performers.setdefault(name.rpartition(":")[0], []).append(marker)
    whole = {
        performer: markers
        for performer, markers in performers.items()
        if {landmark(names[marker].rpartition(":")[2]) for marker in markers} >= _NEEDED
    }
    if not whole:
        raise source.error(
            f"markers {abbreviate(list(names))}; expected some at the joints, among them LShoulder, RShoulder, LHip "
            "and RHip"
        )
    for performer, markers in whole.items():
        own = [names[marker].rpartition(":")[2] for marker in markers]
        layout = choose_layout(len(own), own, None, source.error)
        yield Recording(
            name=f"{source.path.stem} {performer}" if len(whole) > 1 else source.path.stem,
            source=program,
            positions=positions[:, [markers[joint] for joint in layout.joints]],
            skeleton=get_skeleton(layout.skeleton),
            fps=fps,
            unit=unit,
            start=float(np.nan_to_num(start)),
        )


def _is_trc(source: Source) -> bool:
    return source.path.suffix.lower() == ".trc"


def _is_c3d(source: Source) -> bool:
    with source.path.open("rb") as file:
        return source.path.suffix.lower() == ".c3d" and file.read(2)[1:] == bytes([KEY])


TRC = MotionFormat("trc", _is_trc, _read_trc, one_a_file=False)
C3D = MotionFormat("c3d", _is_c3d, _read_c3d, one_a_file=False)
