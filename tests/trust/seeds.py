"""Good files of every kind, a few frames each, as other programs and dancelift write them: where fuzzers begin."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.body.anatomy import LANDMARKS
from dancelift.body.skeleton import SKELETONS
from dancelift.datasets.kept_lifts import KeptLifts
from dancelift.formats.export import export
from dancelift.formats.keypoints.detections import VideoDetections
from dancelift.formats.labels import write_annotations
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult
from dancelift.priors.pose_net import PoseNet
from dancelift.priors.prior import PoseMixture, PosePrior
from fixtures import acclaim, amass, datasets, exports, keypoints, motion, movements, recognition
from fixtures import labels as label_fixtures
from fixtures.keypoints import dancer

N_FRAMES = 4
SIZE = (1280, 720)
COCO17 = SKELETONS["coco17"].joints
SEQUENCE = "gBR_sBM_cAll_d04_mBR0_ch01"

Files = dict[str, bytes]


def none(folder: Path) -> Files:
    return {}


def _written(path: Path) -> bytes:
    return path.read_bytes()


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


def _npz(folder: Path, **arrays: Any) -> bytes:
    np.savez(folder / "made.npz", **arrays)
    return _written(folder / "made.npz")


# 2D keypoints


def keypoints_json(folder: Path) -> Files:
    persons = [dancer(N_FRAMES), dancer(N_FRAMES, x=200.0)]
    mediapipe = keypoints.mediapipe_frames(dancer(N_FRAMES, 33), SIZE)
    return {
        "coco": _json(keypoints.coco_results(persons)),
        "alphapose": _json(keypoints.alphapose_results(persons, [1, 2])),
        "mmpose": _json(keypoints.mmpose_results(persons)),
        "ultralytics": _json(keypoints.ultralytics_results(persons)),
        "comfyui": _json(keypoints.comfyui_frames([dancer(N_FRAMES, 18)], SIZE, False)),
        "mediapipe": _json({"image_size": SIZE, "frames": mediapipe}),
    }


def keypoints_npz(folder: Path) -> Files:
    views = np.stack([dancer(N_FRAMES), dancer(N_FRAMES, x=300.0)])
    keypoints.write_videopose3d(
        folder / "v.npz", {"S1": {"Walking": list(views[..., :2])}}, {"layout_name": "coco", "num_joints": 17}
    )
    detections = VideoDetections(
        np.arange(N_FRAMES), np.arange(N_FRAMES) / 25, np.arange(N_FRAMES), dancer(N_FRAMES), SIZE, {"video": "v.mp4"}
    )
    detections.save(folder / "d.npz")
    return {
        "arrays": _npz(folder, keypoints2d=dancer(N_FRAMES), fps=25.0, image_size=SIZE, skeleton="coco17"),
        "persons": _npz(folder, keypoints=views, scores=np.ones((2, N_FRAMES)), fps="30000/1001"),
        "dance clip": _written(keypoints.write_dance_clip(folder / "c.npz", views, views, SIZE)),
        "videopose3d": _written(folder / "v.npz"),
        "detections": _written(folder / "d.npz"),
    }


def keypoints_npy(folder: Path) -> Files:
    def npy(array: np.ndarray) -> bytes:
        np.save(folder / "made.npy", array)
        return _written(folder / "made.npy")

    return {
        "one": npy(dancer(N_FRAMES)),
        "persons": npy(np.stack([dancer(N_FRAMES), dancer(N_FRAMES, x=100.0)]).astype(np.float32)),
        "fractions": npy((dancer(N_FRAMES) / [*SIZE, 1]).astype(np.float32)),
    }


def keypoints_pickle(folder: Path) -> Files:
    views = np.stack([dancer(N_FRAMES)] * 2)
    published = _written(keypoints.write_aist(folder, SEQUENCE, views))
    return {"aist": published, "bare": pickle.dumps({"keypoints2d": views})}


def keypoints_csv(folder: Path) -> Files:
    names = list(COCO17)
    head = ",".join(["frame", "time", *(f"{name}_{what}" for name in names for what in ("x", "y", "score"))])
    rows = [
        ",".join([str(t), str(t / 25), *map(repr, frame.ravel().tolist())]) for t, frame in enumerate(dancer(N_FRAMES))
    ]
    two = {"a": dancer(N_FRAMES), "b": dancer(N_FRAMES, x=300.0)}
    return {
        "deeplabcut": _written(keypoints.write_deeplabcut(folder / "d.csv", names, {"": dancer(N_FRAMES)})),
        "two of deeplabcut": _written(keypoints.write_deeplabcut(folder / "e.csv", names, two)),
        "table": "\n".join([head, *rows]).encode(),
    }


def keypoints_trc(folder: Path) -> Files:
    return {"sports2d": _written(keypoints.write_trc(folder / "a_px.trc", list(COCO17), dancer(N_FRAMES), 25.0))}


def keypoints_hdf5(folder: Path) -> Files:
    return {
        "deeplabcut": _written(keypoints.write_deeplabcut_hdf5(folder / "d.h5", COCO17, dancer(N_FRAMES))),
        "sleap": _written(keypoints.write_sleap(folder / "s.h5", COCO17, dancer(N_FRAMES)[None])),
    }


def openpose(folder: Path) -> Files:
    openpose_folder(folder)
    return {"frame": _written(folder / "v" / "v_000000000001_keypoints.json")}


def openpose_folder(folder: Path) -> None:
    keypoints.write_openpose(folder / "v", [dancer(3, 25)])
    for file in (folder / "v").iterdir():
        file.rename(file.with_name(file.name.replace("video", "v")))


def yolo_labels(folder: Path) -> Files:
    yolo_folder(folder)
    return {"frame": _written(folder / "v" / "v_2.txt")}


def yolo_folder(folder: Path) -> None:
    keypoints.write_yolo_labels(folder / "v", [dancer(3)], SIZE)
    for file in (folder / "v").iterdir():
        file.rename(file.with_name(file.name.replace("video", "v")))


# 3D motion


@cache
def _rig() -> tuple[motion.Node, ...]:
    return tuple(
        replace(node, position=node.position[:N_FRAMES], turn=node.turn[:N_FRAMES]) for node in motion.dancer_rig()
    )


def bvh(folder: Path) -> Files:
    return {
        "mixamo": _written(motion.write_bvh(folder / "a.bvh", list(_rig()))),
        "all positions": _written(motion.write_bvh(folder / "b.bvh", list(_rig()), up="z", all_positions=True)),
        "exported": _exported(folder, ".bvh"),
    }


def amc(folder: Path) -> Files:
    return {"take": _written(acclaim.write(folder))}


def asf(folder: Path) -> Files:
    return {"skeleton": acclaim.asf().encode()}


def acclaim_skeleton(folder: Path) -> None:
    (folder / "07.asf").write_text(acclaim.asf())


def acclaim_take(folder: Path) -> None:
    acclaim.write(folder)


@cache
def _lifted() -> LiftResult:
    return exports.lifted(N_FRAMES)


def _exported(folder: Path, suffix: str) -> bytes:
    (written,) = export({"a": _lifted()}, folder / f"exported{suffix}")
    return _written(written)


def motion_trc(folder: Path) -> Files:
    return {"exported": _exported(folder, ".trc")}


def c3d(folder: Path) -> Files:
    return {"exported": _exported(folder, ".c3d")}


def glb(folder: Path) -> Files:
    return {"exported": _exported(folder, ".glb")}


def gltf(folder: Path) -> Files:
    return {"exported": _exported(folder, ".gltf")}


def motion_npz(folder: Path) -> Files:
    world = datasets.world_motion(N_FRAMES)
    poses = np.zeros((N_FRAMES, 32, 3), np.float32)
    poses[:, datasets.H36M_JOINTS] = datasets.world_motion(N_FRAMES, 0, "h36m17", up_axis=2)
    motion.write_human36m(folder / "data_3d_h36m.npz", {"S1": {"Walking": poses}})
    return {
        "exported": _exported(folder, ".npz"),
        "arrays": _npz(folder, poses3d=world, skeleton="coco17", fps=25.0, unit="m", up=[0, 1, 0]),
        "persons": _npz(folder, poses3d=np.stack([world, world + 1]), skeleton="coco17", fps=25.0),
        "dance clip": _written(motion.write_dance_clip(folder / "c.npz", world)),
        "human3.6m": _written(folder / "data_3d_h36m.npz"),
        "amass": _written(amass.write(folder / "m.npz")),
        "lift": lifts(folder)["lift"],
    }


def motion_pickle(folder: Path) -> Files:
    return {"aist": _written(motion.write_aist(folder, SEQUENCE, datasets.world_motion(N_FRAMES)))}


# dancelift's own


def _stored(folder: Path, save: Callable[[Path], object]) -> bytes:
    """What `save` writes, its members not compressed, so that bytes of them can be changed."""
    save(folder / "saved.npz")
    with np.load(folder / "saved.npz") as file:
        return _npz(folder, **file)


def lifts(folder: Path) -> Files:
    result = _lifted()
    n_frames, n_joints = result.poses3d.shape[:2]
    scale = replace(result.camera, model="weak_perspective", scale=np.ones(n_frames), shift=np.zeros((n_frames, 2)))
    more = replace(
        result,
        camera=scale,
        initial_poses3d=result.poses3d[None],
        frame_seeds=np.zeros(n_frames, int),
        observed2d=np.ones((n_frames, n_joints, 3)),
        floor=0.0,
    )
    return {"lift": _stored(folder, result.save), "weak perspective": _stored(folder, more.save)}


def recognitions(folder: Path) -> Files:
    result = _lifted()
    whole = recognition.recognised(name="take")
    short = replace(
        whole,
        lift=result,
        keypoints2d=np.ones((*result.poses3d.shape[:2], 3)),
        movements=whole.movements[:N_FRAMES],
        window_times=whole.window_times[:1],
        window_probabilities=whole.window_probabilities[:1],
    )
    return {"recognition": _stored(folder, short.save)}


def priors(folder: Path) -> Files:
    n = len(LANDMARKS)
    mixture = PoseMixture(np.array([0.5, 0.5]), np.zeros((2, n, 3)), np.stack([np.eye(3 * n)] * 2))
    weights = {name: np.zeros(shape, np.float32) for name, shape in PoseNet.shapes(2, 1).items()}
    prior = PosePrior(np.zeros((n, 3)), np.eye(3 * n), "made up", mixture, (PoseNet(weights, (1,)),))
    return {"prior": _stored(folder, prior.save)}


@lru_cache
def taxonomy_of_networks() -> Any:
    """Of the movement and genre models here: small, so that their files are."""
    return movements.taxonomy("head", "left arm")


def movement_models(folder: Path) -> Files:
    from fixtures.movement_weights import write_weights

    return {"untrained": _written(write_weights(folder / "m.safetensors", "3d", taxonomy_of_networks()))}


def genre_models(folder: Path) -> Files:
    import torch

    from dancelift.genres.model import GenreArchitecture, GenreEnsemble, GenreLSTM, GenreModel
    from dancelift.genres.novelty import N_STATISTICS, Novelty

    n = len(taxonomy_of_networks())
    torch.manual_seed(0)
    network = GenreEnsemble([GenreLSTM(GenreArchitecture(n, 2, 3, 4))]).eval()
    s, d = N_STATISTICS * n, 2
    novelty = Novelty(np.zeros(s), np.ones(s), np.eye(d, s), np.zeros((2, d)), np.eye(d), np.ones(2), 3.0)
    model = GenreModel(
        network, ("a", "b"), ("movements",), taxonomy_of_networks(), 4.0, 1.0, {"F": 0.5}, novelty=novelty
    )
    model.save(folder / "g.safetensors")
    return {"untrained": _written(folder / "g.safetensors")}


def labels(suffix: str) -> Callable[[Path], Files]:
    """Labels as dancelift writes them in a format."""

    def made(folder: Path) -> Files:
        write_annotations(folder / f"l{suffix}", label_fixtures.random_labels(0, 40))
        return {"written": _written(folder / f"l{suffix}")}

    return made


def corrections(folder: Path) -> Files:
    return {"table": b"frame,joint,x,y,person\n12,left_wrist,100,200.5,1\n14,nose,,,person 0\n16,nose,7,8,\n"}


def clip_list(folder: Path) -> Files:
    return {"list": b"input,name,skeleton,fps\na.json,one,coco17,25\nb/c.npz,two,,\n"}


def camera_json(folder: Path) -> Files:
    return {"matrix": b"[[1000, 0, 640], [0, 1000.5, 360], [0, 0, 1]]"}


def camera_npy(folder: Path) -> Files:
    np.save(folder / "k.npy", np.array([[1000.0, 0, 640], [0, 1000.5, 360], [0, 0, 1]]))
    return {"matrix": _written(folder / "k.npy")}


def taxonomy(folder: Path) -> Files:
    return {
        "two parts": b"""[[part]]
name = "forearm"
sided = true
joints = ["{side}_shoulder", "{side}_elbow", "{side}_wrist"]

[[part]]
name = "head"
joints = ["nose"]

[[movement]]
name = "bent"
part = "forearm"
dancer = "You bend the {side} elbow."
when = [{ quantity = "elbow flexion", above = 60, release = 50, unit = "deg" }]
min_duration = 0.3
"""
    }


def stream(folder: Path) -> Files:
    lines = [json.dumps({"time": t / 25, "keypoints": frame.tolist()}) for t, frame in enumerate(dancer(2))]
    return {"lines": "\n".join([*lines, '{"keypoints": null}', ""]).encode()}


def kept_options(folder: Path) -> Files:
    return {"options": _json(KeptLifts(LiftOptions()).options.made_by)}


def split(folder: Path) -> Files:
    return {"lists": _json({"fit": ["one", "two"], "test": ["three"]})}


# datasets


def aist_folder(folder: Path) -> None:
    datasets.write_aist(folder, [SEQUENCE, SEQUENCE[:-2] + "02"], N_FRAMES)


def aist_cameras(folder: Path) -> Files:
    aist_folder(folder)
    return {"cameras": _written(folder / "cameras" / "setting1.json")}


def aist_sequence(folder: Path) -> Files:
    aist_folder(folder)
    return {"keypoints": _written(folder / "keypoints2d" / f"{SEQUENCE}.pkl")}


def dance_folder(folder: Path) -> None:
    datasets.write_dance(folder / "dance", {"one": "waltz"}, N_FRAMES)


def dance_clip(folder: Path) -> Files:
    dance_folder(folder)
    return {"clip": _written(folder / "dance" / "one.npz")}


def human36m_folder(folder: Path) -> None:
    datasets.write_h36m(folder / "h", {"S1": ["Walking"]}, N_FRAMES)


def human36m(folder: Path) -> Files:
    human36m_folder(folder)
    return {"poses": _written(folder / "h" / "data_3d_h36m.npz")}
