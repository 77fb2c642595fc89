"""Poses as a small drawing of lines (SVG), for notebooks; the colours of the body in every drawing."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton

LEFT, RIGHT, MIDDLE = "#1f77d0", "#e4572e", "#4a4f57"
"""Colours of the dancer's left limbs, right limbs, and of what lies between: apart for the colour-blind too."""

_HEIGHT = 120.0  # px
_WIDTH, _RIGHT_WIDTH = 4.0, 2.0  # px, of lines; the right limbs' are hollow
_MARGIN = 8.0  # px


def sketch(poses: Array, skeleton: Skeleton) -> str:
    """Return an SVG of some poses side by side, as a camera sees them.

    Args:
        poses: (N, J, 3), x right and y down, in any unit.
        skeleton: of the joints.
    """
    low, high = poses[..., :2].min(axis=1), poses[..., :2].max(axis=1)
    scale = (_HEIGHT - 2 * _MARGIN) / max(float((high - low)[:, 1].max()), 1e-9)
    lines, at = [], _MARGIN
    for pose, left, right, bottom in zip(poses, low[:, 0], high[:, 0], high[:, 1], strict=True):
        flat = (pose[:, :2] - [left, bottom]) * scale + [at, _HEIGHT - _MARGIN]
        at += float(right - left) * scale + 2 * _MARGIN
        head = flat[list(skeleton.neck)].mean(axis=0), flat[_head(skeleton)].mean(axis=0)
        lines.append(_line(*head, MIDDLE, _WIDTH))
        for a, b, side in skeleton.drawn_bones:
            lines.append(_line(flat[a], flat[b], {"left": LEFT, "right": RIGHT}.get(side, MIDDLE), _WIDTH))
            if side == "right":
                lines.append(_line(flat[a], flat[b], "white", _WIDTH - _RIGHT_WIDTH))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{at:.0f}" height="{_HEIGHT:.0f}" '
        f'stroke-linecap="round">{"".join(lines)}</svg>'
    )


def _head(skeleton: Skeleton) -> list[int]:
    landmarks = ("nose", "left_ear", "right_ear", "head_top", "jaw")
    found = [joint for joint in map(skeleton.index, landmarks) if joint is not None]
    return found or list(skeleton.neck)


def _line(a: Array, b: Array, colour: str, width: float) -> str:
    if not np.isfinite([a, b]).all():
        return ""
    return (
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"/>'
    )
