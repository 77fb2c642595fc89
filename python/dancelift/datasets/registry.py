"""The datasets that a lift can be evaluated on, by name and by what a folder looks like."""

from __future__ import annotations

from pathlib import Path

from dancelift.datasets.aist import AistPlusPlus
from dancelift.datasets.dance_clips import DanceClips
from dancelift.datasets.human36m import Human36M
from dancelift.datasets.sequence import Dataset
from dancelift.errors import InputError

DATASETS = (DanceClips, AistPlusPlus, Human36M)


def open_dataset(folder: Path, name: str | None = None) -> Dataset:
    """Open the dataset in a folder.

    Args:
        folder: of the dataset, in the layout in which it is published.
        name: one of DATASETS' names; None: recognised from the folder.

    Raises:
        InputError: there is no such folder, or it is none of the known datasets.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder, expected a dataset")
    for dataset in DATASETS:
        if dataset.name == name or (name is None and dataset.recognises(folder)):
            return dataset(folder)
    raise InputError(f"{folder}: dataset {name or 'not recognised'}, expected {', '.join(d.name for d in DATASETS)}")
