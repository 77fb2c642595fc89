"""SLEAP's analysis file, HDF5: `tracks`, `node_names` and `point_scores` of all tracks over all frames.

As h5py reads it, tracks is (tracks, 2, nodes, frames) and point_scores (tracks, nodes, frames): MATLAB's order of axes
(sleap.ai, Analysis HDF5). The names of the nodes tell the joints.
"""

from __future__ import annotations

import numpy as np

from dancelift.formats.hdf5 import is_hdf5, open_hdf5
from dancelift.formats.keypoints.tracks import Detection, tracks_of
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track


def _recognises(source: Source) -> bool:
    if not is_hdf5(source.path):
        return False
    with open_hdf5(source.path) as file:
        return "tracks" in file and "node_names" in file


def _read(source: Source) -> list[Track]:
    with open_hdf5(source.path) as file:
        places = source.numbers(np.asarray(file["tracks"]), "tracks")
        scores = source.numbers(np.asarray(file["point_scores"]), "point_scores") if "point_scores" in file else None
        names = tuple(name.decode() if isinstance(name, bytes) else str(name) for name in file["node_names"][:])
    if places.ndim != 4 or places.shape[1:3] != (2, len(names)):
        raise source.error(f"tracks of shape {places.shape}; expected (tracks, 2, {len(names)} nodes, frames)")
    keypoints = places.transpose(3, 0, 2, 1)
    if scores is not None and scores.shape == (places.shape[0], *places.shape[2:]):
        sure = np.where(np.isnan(scores), 1.0, scores).transpose(2, 0, 1)  # what a person has placed has no score
        keypoints = np.concatenate([keypoints, sure[..., None]], axis=-1)
    detections = [
        Detection(t, joints, person)
        for t, persons in enumerate(keypoints)
        for person, joints in enumerate(persons)
        if not np.isnan(joints[:, :2]).all()
    ]
    return tracks_of(source, detections, range(len(keypoints)), every_frame_listed=True, names=names)


FORMAT = Format("sleap", _recognises, _read)
