"""ComfyUI's DWPose and OpenPose nodes: a list of frames in OpenPose's layout, in one file.

A frame is `{"people": [{"pose_keypoints_2d": [...]}], "canvas_width", "canvas_height"}`, of 18 joints; coordinates are
pixels of the canvas or fractions of it (github.com/Fannovel16/comfyui_controlnet_aux, POSE_KEYPOINT).
"""

from dancelift.formats.keypoints.openpose import tracks_of_frames
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track


def _recognises(source: Source) -> bool:
    first = source.json[0] if isinstance(source.json, list) else None
    return isinstance(first, dict) and "people" in first


def _read(source: Source) -> list[Track]:
    if not isinstance(source.json, list):
        raise source.error(f"found {abbreviate(source.json)}; expected a list of frames with 'people'")
    return tracks_of_frames(source, {i: (f"frame {i}", content) for i, content in enumerate(source.json)})


FORMAT = Format("comfyui", _recognises, _read)
