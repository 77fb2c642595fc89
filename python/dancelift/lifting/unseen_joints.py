"""Joints that nobody sees in all of a clip: left out of what is solved, so that they move no other one.

They hang on the solved joints afterwards as they do in the seed. Those of arms and legs stay in: what hangs on them,
and how long the bones are, is to be known all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body.skeleton import Skeleton
from dancelift.lifting.problem import LiftProblem

_PASSING = 0.3  # s in which an unseen joint passes over from where it hung in held frames to where the seed has it


@dataclass(frozen=True, eq=False)
class SolvedSeeds:
    """What the seeds of a problem come to; as `_core.SolvedSeeds`.

    Attributes:
        best_seed: the seed with the least total error.
        errors: (K, T), the sum of all terms.
        terms: (K, len(TERMS), T), each term's cost.
        unknowns: where each seed ended.
    """

    best_seed: int
    errors: Array
    terms: Array
    unknowns: _core.Unknowns


def joints_to_solve(skeleton: Skeleton, seen: Flags) -> Indices:
    """Return the joints that are solved for, given which (J,) are ever seen: also the other side's, and the limbs."""
    kept = seen | seen[list(skeleton.mirrored)]
    for limb in skeleton.limbs:
        kept[limb] = True
    return np.flatnonzero(kept)


def of_joints(problem: LiftProblem, joints: Indices) -> LiftProblem:
    """The same problem with some of its joints only."""
    whole, clip, seeds = problem.clip.skeleton, problem.clip, problem.seeds
    names = [whole.joints[joint] for joint in joints]
    own_landmarks = {name: landmark for name, landmark in whole.landmarks.items() if name in names}
    skeleton = Skeleton(whole.name, tuple(names), own_landmarks)
    lengths = [whole.length_names.index(name) for name in skeleton.length_names]
    number = {int(joint): i for i, joint in enumerate(joints)}
    feet = [i for i, foot in enumerate(problem.feet) if foot.joint in number]
    contacts = problem.contacts
    return replace(
        problem,
        clip=replace(
            clip,
            keypoints2d=clip.keypoints2d[:, joints],
            skeleton=skeleton,
            certain=None if clip.certain is None else clip.certain[:, joints],
            ever_seen=None,
        ),
        lengths=[problem.lengths[i] for i in lengths],
        feet=tuple(problem.feet[i]._replace(joint=number[problem.feet[i].joint]) for i in feet),
        seeds=replace(
            seeds,
            poses3d=seeds.poses3d[:, :, joints],
            uncertainty=seeds.uncertainty[:, :, joints],
            acceleration=seeds.acceleration[:, :, joints],
        ),
        contacts=replace(
            contacts, on_floor=contacts.on_floor[:, :, feet], standing=contacts.standing[:, :, feet]
        ),
        poses3d=problem.poses3d[:, :, joints],
        log_lengths=problem.log_lengths[:, lengths],
    )  # fmt: skip


def with_unseen(problem: LiftProblem, part: LiftProblem, joints: Indices, solved: _core.SolvedSeeds) -> SolvedSeeds:
    """What was solved for some joints of a problem, with the others hung on them and their bones as long in proportion.

    Args:
        problem: with all joints.
        part: the one that was solved, `of_joints` of these.
        joints: that it has.
        solved: what it came to.
    """
    found = solved.unknowns
    poses = problem.poses3d.copy()
    poses[:, :, joints] = found.poses
    is_known = np.zeros(len(problem.clip.skeleton), np.bool_)
    is_known[joints] = True
    while nearest := _hanging(problem.clip.skeleton, is_known):
        for joint, others in nearest.items():
            poses[:, :, joint] = poses[:, :, others].mean(axis=2) + _offset(problem, joint, others)
            is_known[joint] = True
    whole, skeleton = problem.clip.skeleton, part.clip.skeleton
    bones = [bone.length for bone in skeleton.bones]
    grown = np.exp(found.log_lengths)[:, bones].sum(axis=1) / np.asarray(part.lengths)[bones].sum()
    log_lengths = np.log(problem.lengths) + np.log(grown)[:, None]
    log_lengths[:, [whole.length_names.index(name) for name in skeleton.length_names]] = found.log_lengths
    unknowns = _core.Unknowns(
        poses=poses, imaging=found.imaging, log_lengths=log_lengths, up=found.up, floor=found.floor, depth=found.depth
    )
    return SolvedSeeds(solved.best_seed, solved.errors, solved.terms, unknowns)


def _hanging(skeleton: Skeleton, is_known: Flags) -> dict[int, list[int]]:
    """The joints that are not known and hang on some that are, and on which."""
    found: dict[int, list[int]] = {}
    for a, b, *_ in (*skeleton.bones, *skeleton.head):
        for joint, other in ((a, b), (b, a)):
            if not is_known[joint] and is_known[other]:
                found.setdefault(joint, []).append(other)
    return found


def _offset(problem: LiftProblem, joint: int, others: list[int]) -> Array:
    """(K, T, 3), m, of a joint from the mean of others: the seed's; after held frames it begins with the last one's."""

    def of(poses: Array) -> Array:
        offset: Array = poses[:, :, joint] - poses[:, :, others].mean(axis=2)
        return offset

    offset, lead = of(problem.poses3d), problem.n_held
    if lead and not problem.is_weak_perspective:
        last = lead - 1
        before = offset[:, last] - of(problem.seeds.poses3d)[:, last]
        frames = np.arange(1, offset.shape[1] - last)
        offset[:, lead:] += before[:, None] * np.exp(-frames / (_PASSING * problem.clip.fps))[:, None]
    return offset
