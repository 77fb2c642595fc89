"""Files of invented structure: reading one gives something or a short error that names it, soon."""

import json
import pickle

import numpy as np
import pytest

hypothesis = pytest.importorskip("hypothesis")
pytest.importorskip("resource", reason="memory is measured as POSIX systems do")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

from trust.readers import BY_NAME, READERS  # noqa: E402
from trust.verdict import judge  # noqa: E402

pytestmark = [pytest.mark.trust, pytest.mark.filterwarnings("ignore")]

numbers = st.one_of(st.integers(-(10**30), 10**30), st.floats(), st.integers(-3, 400))
leaves = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8))
KEYS = (
    "people", "pose_keypoints_2d", "keypoints", "keypoint_scores", "score", "image_id", "category_id", "idx", "bbox",
    "instance_info", "instances", "frame_id", "frame", "frames", "landmarks", "x", "y", "visible", "visibility", "fps",
    "timestamp_ms", "image_size", "annotations", "images", "name", "meta_info", "results", "track_id", "box", "fit",
    "canvas_width", "canvas_height", "person_id", "confidence", "class", "prior", "n_seeds", "time",
)  # fmt: skip
points = st.lists(st.one_of(st.floats(-1e4, 1e4), numbers), min_size=51, max_size=51)


def nested(keys):
    """Plain containers, whose objects have these keys."""
    return st.recursive(
        st.one_of(leaves, points),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(keys), inner, min_size=1, max_size=6)
        ),
        max_leaves=20,
    )


documents = nested(KEYS)
arrays = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.bool_, "U3", np.complex64]),
    st.one_of(
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        st.tuples(st.integers(0, 3), st.sampled_from([17, 26, 33, 43]), st.integers(1, 4)),
    ),
)
MEMBERS = (
    "keypoints2d", "keypoints", "scores", "keypoints3d", "poses3d", "fps", "image_size", "skeleton", "names", "up",
    "times", "persons", "about", "seed_losses", "terms", "active", "known", "mean", "covariance", "landmarks", "trans",
    "poses", "mocap_framerate", "recognition_about", "recognition_movements", "positions_2d", "keypoints2d_detected",
    "frames", "rows", "frame_numbers", "camera_matrix", "seen", "deviations", "unit", "positions_3d", "genre", "R", "t",
    "K", "betas", "gender", "mixture/weights", "mixture/means", "mixture/covariances", "net0/in_bias",
)  # fmt: skip
ABOUT = (
    "format", "best_seed", "seed_labels", "bone_lengths", "skeleton", "name", "joints", "landmarks", "fps", "floor",
    "image_size", "left_right_swapped", "takes", "camera_model", "focal_known", "dilations", "taxonomy", "reasons",
    "genre_probabilities", "no_genre", "novelty", "architecture", "n_channels", "hidden", "layers", "delay", "window",
    "temperature", "inputs", "genres", "members", "features", "figures", "movement_vectors", "novelty_threshold",
    "input", "projected", "n_genres", "dropout", "left_hip",
)  # fmt: skip


def of(*names: str):
    """The readers of these names whose modules are there."""
    chosen = [BY_NAME[name] for name in names]
    return [reader for reader in chosen if all(map(pytest.importorskip, reader.needs))]


def unfailing(readers, folder, write) -> None:
    """All these readers give something or a proper error of a file."""
    for reader in readers:
        place = folder / reader.name.replace(" ", "-")
        place.mkdir(exist_ok=True)
        write(reader.prepare(place))
        verdict = judge(reader, place)
        assert not verdict.fault, verdict


def _json_readers():
    return [reader for reader in READERS if reader.file.endswith((".json", ".gltf"))]


@given(documents)
def test_json(tmp_path, document):
    unfailing(_json_readers(), tmp_path, lambda path: path.write_text(json.dumps(document)))


@given(st.lists(st.fixed_dictionaries({"image_id": leaves, "keypoints": st.one_of(points, documents)},
                                      optional={"score": leaves, "category_id": leaves, "track_id": leaves}),
                min_size=1, max_size=5))  # fmt: skip
def test_coco_results(tmp_path, records):
    unfailing(of("keypoints json"), tmp_path, lambda path: path.write_text(json.dumps(records)))


@given(st.fixed_dictionaries({"keypoints": st.one_of(st.none(), st.lists(points, max_size=3), documents)},
                             optional={"time": leaves}), st.text(max_size=5))  # fmt: skip
def test_lines_of_a_stream(tmp_path, frame, after):
    line = json.dumps(frame) + "\n"
    unfailing(
        of("stream"), tmp_path, lambda path: path.write_bytes((line + line + after).encode("utf-8", "surrogatepass"))
    )


npz_readers = [
    "keypoints npz", "motion npz", "lift", "recognition", "prior", "labels npz", "dance clip", "Human3.6M"
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(MEMBERS), arrays, min_size=1, max_size=6), nested(ABOUT))
def test_npz(tmp_path, members, about):
    members |= {name: np.array(json.dumps(about)) for name in ("about", "recognition_about") if name in members}
    unfailing(of(*npz_readers), tmp_path, lambda path: np.savez(path, **members))


@given(st.data())
def test_npz_with_a_member_of_another_shape_or_type(tmp_path, data):
    """Of every kind that dancelift writes, one member is replaced."""
    readers = of("lift", "recognition", "prior", "labels npz", "keypoints npz", "motion npz")
    for reader in readers:
        good = data.draw(st.sampled_from(sorted(SEEDS.setdefault(reader.name, reader.good()).items())))[1]
        path = reader.prepare(tmp_path)
        path.write_bytes(good)
        try:
            with np.load(path) as file:
                members = dict(file)
        except ValueError:  # a pickle is in it
            continue
        name = data.draw(st.sampled_from(sorted(members)))
        members[name] = data.draw(
            st.one_of(arrays, hnp.arrays(members[name].dtype, members[name].shape) if members[name].ndim else arrays)
        )
        np.savez(path, **members)
        verdict = judge(reader, tmp_path)
        assert not verdict.fault, (reader.name, name, verdict)


SEEDS: dict[str, dict[str, bytes]] = {}


@given(st.one_of(documents, arrays, st.dictionaries(st.sampled_from(MEMBERS), st.one_of(arrays, documents))))
def test_pickle(tmp_path, content):
    unfailing(
        of("keypoints pickle", "motion pickle", "sequence of AIST++"),
        tmp_path,
        lambda path: path.write_bytes(pickle.dumps(content)),
    )


@given(nested(ABOUT), st.dictionaries(st.sampled_from(["thresholds", "n_positives", "mean"]), arrays, max_size=3))
def test_weights(tmp_path, about, tensors):
    pytest.importorskip("torch")
    from safetensors.numpy import save_file

    plain = {name: np.ascontiguousarray(a, np.float32) for name, a in tensors.items() if a.dtype.kind in "fi"}
    unfailing(
        of("movement model", "genre model"),
        tmp_path,
        lambda path: save_file(plain, path, {"about": json.dumps(about)}),
    )


WORDS = ("frame", "x", "joint", "y", "input", "1", "2.5", "start_s", "end_s", "part", "movement", "[[part]]", "name")
cells = st.one_of(st.text(max_size=6), st.sampled_from(WORDS))


@given(st.lists(st.lists(cells, max_size=6), max_size=8))
def test_tables(tmp_path, rows):
    text = "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")
    tables = of(
        "keypoints csv", "labels csv", "corrections", "list of clips", "keypoints trc", "motion trc", "taxonomy"
    )
    unfailing(tables, tmp_path, lambda path: path.write_bytes(text))


@given(st.recursive(
    st.tuples(st.sampled_from(["End Site", "JOINT x"]), st.lists(leaves, max_size=4)),
    lambda inner: st.tuples(st.sampled_from(["JOINT Hips", "ROOT Hips", "JOINT", "{"]), st.lists(inner, max_size=3)),
    max_leaves=8,
), st.one_of(st.integers(), st.floats()), st.one_of(st.integers(-2, 3), st.floats()))  # fmt: skip
def test_bvh(tmp_path, joints, n_frames, frame_time):
    def lines(entry):
        kind, inside = entry
        yield kind
        yield "{"
        yield f"OFFSET {' '.join(str(x) for x in inside if not isinstance(x, tuple))}"
        yield "CHANNELS 3 Zrotation Xrotation Yrotation"
        for child in inside:
            if isinstance(child, tuple):
                yield from lines(child)
        yield "}"

    text = "\n".join(
        ["HIERARCHY", *lines(joints), "MOTION", f"Frames: {n_frames}", f"Frame Time: {frame_time}", "0 0 0"]
    )
    unfailing(of("motion bvh"), tmp_path, lambda path: path.write_bytes(text.encode("utf-8", "surrogatepass")))
