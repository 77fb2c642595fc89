"""Clips of one dancer are told by the lengths of the bones."""

import numpy as np

from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS
from dancelift.datasets.dancers import group_by_dancer

COCO17 = SKELETONS["coco17"]


def dancer(name: str, thigh: float, forearm: float, random_seed: int = 0) -> Motion:
    """A motion of somebody with these bones, who stands somewhere and turns the limbs at random."""
    rng = np.random.default_rng(random_seed)
    poses = np.zeros((40, 17, 3)) + rng.normal(size=3)
    lengths = {"knee": thigh, "ankle": 0.42, "elbow": 0.3, "wrist": forearm}
    for side in ("left", "right"):
        for chain in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            for a, b in zip(chain, chain[1:], strict=False):
                bone = rng.normal(size=(40, 3))
                bone *= lengths[b] * rng.normal(1, 0.005, (40, 1)) / np.linalg.norm(bone, axis=1, keepdims=True)
                poses[:, COCO17.joints.index(f"{side}_{b}")] = poses[:, COCO17.joints.index(f"{side}_{a}")] + bone
    return Motion(name, "test", poses, COCO17, 25.0)


def test_dancers_are_told_apart_by_one_bone():
    motions = [
        dancer("tango 2", 0.44, 0.25),
        dancer("polka 1", 0.44, 0.28, 1),
        dancer("tango 1", 0.443, 0.251, 2),
        dancer("reel", 0.40, 0.25, 3),
        dancer("tango 1", 0.443, 0.251, 4),
    ]
    assert group_by_dancer(motions) == [["tango 1", "tango 2"], ["polka 1"], ["reel"]]


def test_recordings_that_are_linked_by_another_are_of_one_dancer():
    between = dancer("b", 0.413, 0.25)
    apart = [dancer("a", 0.40, 0.25, 1), dancer("c", 0.425, 0.25, 2)]
    assert len(group_by_dancer(apart)) == 2
    assert group_by_dancer([*apart, between]) == [["a", "b", "c"]]


def test_a_joint_that_a_recording_lacks_tells_nothing():
    whole, without = dancer("a", 0.40, 0.25), dancer("b", 0.40, 0.25, 1)
    without.poses3d[:, [COCO17.joints.index(f"{side}_wrist") for side in ("left", "right")]] = np.nan
    assert group_by_dancer([whole, without]) == [["a", "b"]]
