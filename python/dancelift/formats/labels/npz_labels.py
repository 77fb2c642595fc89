"""Movement labels as an npz, exactly as they are.

Members: `active` and `known`, (T, M) bool; `names`, (M,) of the movements; `about`, JSON with the format, the hash of
the taxonomy and fps.
"""

from __future__ import annotations

import json
import os

import numpy as np

from dancelift.errors import InputError
from dancelift.files import open_npz
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy
from dancelift.provenance import Provenance
from dancelift.stored import StoredArrays

_FORMAT = "dancelift movement labels 2"
_EXPECTED = "movement labels, expected an npz that `dancelift label` wrote"


def holds_labels(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is an npz of movement labels."""
    try:
        with open_npz(path, _EXPECTED) as file:
            return bool(StoredArrays(file).json().get("format") == _FORMAT)
    except InputError:
        return False


def read_npz(
    path: str | os.PathLike[str], taxonomy: Taxonomy, n_frames: int | None, fps: float | None, start: float | None
) -> MovementLabels:
    """See `dancelift.formats.labels.read_annotations`."""
    with open_npz(path, _EXPECTED) as file:
        stored = StoredArrays(file)
        about = stored.json()
        if about["format"] != _FORMAT:
            raise InputError(f"labels of format {about['format']!r}, expected {_FORMAT!r}")
        check_taxonomy(about.text("taxonomy"), taxonomy)
        active, known = (stored(name, None, len(taxonomy), kind="flags") for name in ("active", "known"))
        made = Provenance.of_json(about.get("provenance"))
        labels = MovementLabels(active, known, about.fps(), taxonomy, about.number("start"), made)
    for name, found, expected in (
        ("frames", len(labels), n_frames),
        ("frames a second", labels.fps, fps),
        ("s before it", labels.start, start),
    ):
        if expected is not None and found != expected:
            raise InputError(f"has {found:g} {name}, expected {expected:g}")
    return labels


def write_npz(path: str | os.PathLike[str], labels: MovementLabels) -> None:
    """See `dancelift.formats.labels.write_annotations`."""
    about = {
        "format": _FORMAT,
        "taxonomy": labels.taxonomy.hash,
        "fps": labels.fps,
        "start": labels.start,
        "provenance": None if labels.provenance is None else labels.provenance.as_json(),
    }
    with open(path, "wb") as file:
        np.savez_compressed(
            file,
            active=labels.active,
            known=labels.known,
            names=np.array(labels.taxonomy.names),
            about=np.array(json.dumps(about)),
        )


def check_taxonomy(found: str, taxonomy: Taxonomy) -> None:
    """Refuse labels of another taxonomy.

    Raises:
        InputError: the hash found in a file is not the taxonomy's.
    """
    if found != taxonomy.hash:
        raise InputError(f"the labels are of another taxonomy ({found:.12}), expected {taxonomy.hash:.12}")
