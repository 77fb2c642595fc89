"""Clips that movements are learnt from: labels of the true motion, lifts that are kept, what people annotated."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dancelift.body.motion import Motion
from dancelift.datasets.kept_lifts import KeptLifts
from dancelift.datasets.movement_clips import MovementClip, MovementSource
from dancelift.datasets.registry import open_dataset
from dancelift.errors import InputError
from dancelift.formats.labels import write_annotations
from dancelift.lifting.options import LiftOptions
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import standard_taxonomy
from fixtures.datasets import write_dance

TAXONOMY = standard_taxonomy()
N_FRAMES = 16
QUICK = LiftOptions(n_seeds=1, prior="anthropometric", n_threads=1)


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_dance(tmp_path / "data" / "dance", {"waltz_1": "waltz", "salsa_1": "salsa"}, N_FRAMES)


@pytest.fixture
def lifted(monkeypatch) -> list[int]:
    """Numbers of frames of what is lifted."""
    from dancelift.datasets import kept_lifts

    found: list[int] = []

    def lift_clip(clip, options):
        found.append(len(clip))
        return true_lift_clip(clip, options)

    true_lift_clip = kept_lifts.lift_clip
    monkeypatch.setattr(kept_lifts, "lift_clip", lift_clip)
    return found


def source(folder: Path, **others) -> MovementSource:
    arguments = {"lifts": KeptLifts(QUICK)} | others
    return MovementSource(open_dataset(folder), TAXONOMY, **arguments)


def first(folder: Path, **others) -> MovementClip:
    return next(source(folder, **others).read("waltz_1"))


def annotate(path: Path, movement: str, active: bool, n_frames: int = N_FRAMES) -> None:
    """People's labels that know of one movement only."""
    flags = np.zeros((n_frames, len(TAXONOMY)), bool)
    known = flags.copy()
    known[:, TAXONOMY.index(movement)] = True
    path.parent.mkdir(exist_ok=True)
    write_annotations(path, MovementLabels(known & active, known, 30.0, TAXONOMY))


def test_clip_has_the_labels_of_its_true_motion(folder):
    clip = first(folder)
    assert (clip.name, clip.view, clip.group) == ("waltz_1", "view 0", "waltz")
    np.testing.assert_array_equal(clip.labels.active, label_movements(clip.true).active)
    assert clip.labels.active.any()
    assert clip.true.poses3d[:, 0, 1].min() > clip.true.poses3d[:, 16, 1].max()  # nose above ankles: y is up


def test_network_reads_keypoints_or_the_lifted_motion(folder):
    clip = first(folder)
    np.testing.assert_array_equal(clip.joints("2d"), clip.keypoints2d)
    assert clip.joints("2d")[0, 9, 2] == 0  # not seen
    np.testing.assert_array_equal(clip.joints("3d"), clip.lifted.as_coco17())


@pytest.mark.parametrize(("n_views", "expected"), [(1, ["view 0"]), (None, ["view 0", "view 1"])])
def test_as_many_views_are_read_as_asked_for(folder, n_views, expected):
    assert [clip.view for clip in source(folder, n_views=n_views).read("waltz_1")] == expected


def test_first_frames_have_the_labels_of_the_whole_clip(folder):
    whole, part = first(folder), first(folder, n_frames=7)
    assert len(part.keypoints2d) == len(part.true.poses3d) == len(part.lifted.poses3d) == 7
    np.testing.assert_array_equal(part.labels.active, whole.labels.active[:7])


def test_nothing_is_lifted_before_it_is_needed(folder, lifted):
    clip = first(folder)
    assert clip.joints("2d").shape == (N_FRAMES, 17, 3)
    assert lifted == []
    assert clip.lifted is clip.lifted
    assert lifted == [N_FRAMES]


def test_lifts_are_kept_and_found_again(folder, lifted, tmp_path):
    lifts = KeptLifts(QUICK, tmp_path / "lifts")
    once = first(folder, lifts=lifts).lifted.poses3d
    again = first(folder, lifts=KeptLifts(replace(QUICK, n_threads=2), tmp_path / "lifts")).lifted.poses3d
    assert lifted == [N_FRAMES]
    np.testing.assert_array_equal(once, again)
    assert sorted(path.name for path in (tmp_path / "lifts").iterdir()) == ["options.json", "waltz_1 view 0.npz"]


def test_kept_lifts_made_by_other_options_are_refused(folder, tmp_path):
    _ = first(folder, lifts=KeptLifts(QUICK, tmp_path / "lifts")).lifted
    with pytest.raises(InputError, match="lifts made with prior anthropometric, expected as usual, or another folder"):
        KeptLifts(replace(QUICK, prior="default"), tmp_path / "lifts")
    with pytest.raises(InputError, match="lifts made with random_seed as usual, expected 3"):
        KeptLifts(replace(QUICK, random_seed=3), tmp_path / "lifts")
    (tmp_path / "lifts" / "options.json").write_text("[1")
    with pytest.raises(InputError, match=r"options\.json: cannot be read"):
        KeptLifts(QUICK, tmp_path / "lifts")
    (tmp_path / "lifts" / "options.json").write_text("[[null, 1], [false, 1]]")
    with pytest.raises(InputError, match=r"options\.json: holds .*, expected the options"):
        KeptLifts(QUICK, tmp_path / "lifts")


def test_a_kept_lift_of_another_length_is_refused(folder, tmp_path):
    lifts = KeptLifts(QUICK, tmp_path / "lifts")
    _ = first(folder, lifts=lifts, n_frames=7).lifted
    with pytest.raises(InputError, match=r"waltz_1 view 0\.npz: 7 frames of coco17, expected 16 of coco17"):
        _ = first(folder, lifts=lifts).lifted


def test_a_damaged_kept_lift_is_refused(folder, tmp_path):
    (tmp_path / "waltz_1 view 0.npz").write_bytes(b"PK half a file")
    with pytest.raises(InputError, match=r"waltz_1 view 0\.npz"):
        _ = first(folder, lifts=KeptLifts(QUICK, tmp_path)).lifted


@pytest.mark.parametrize("active", [True, False])
def test_what_people_annotated_replaces_the_labels_by_definition(folder, tmp_path, active):
    by_definition = first(folder).labels
    movement = TAXONOMY.names[0]
    annotate(tmp_path / "labels" / "waltz_1.npz", movement, active)
    labels = first(folder, annotations=tmp_path / "labels").labels
    assert (labels.active[:, 0] == active).all()
    np.testing.assert_array_equal(labels.active[:, 1:], by_definition.active[:, 1:])
    (other,) = source(folder, annotations=tmp_path / "labels").read("salsa_1")
    np.testing.assert_array_equal(other.labels.active, label_movements(other.true).active)


def test_annotations_of_first_frames_are_of_the_whole_clip(folder, tmp_path):
    annotate(tmp_path / "labels" / "waltz_1.csv", TAXONOMY.names[0], True)
    labels = first(folder, annotations=tmp_path / "labels", n_frames=7).labels
    assert len(labels) == 7
    assert labels.active[:, 0].all()


def test_two_files_of_annotations_for_a_clip_are_refused(folder, tmp_path):
    for suffix in ("npz", "csv"):
        annotate(tmp_path / "labels" / f"waltz_1.{suffix}", TAXONOMY.names[0], True)
    with pytest.raises(InputError, match=r"waltz_1: annotated in waltz_1\.npz, waltz_1\.csv, expected one file"):
        first(folder, annotations=tmp_path / "labels")


def test_annotations_of_another_length_are_refused(folder, tmp_path):
    annotate(tmp_path / "labels" / "waltz_1.npz", TAXONOMY.names[0], True, n_frames=N_FRAMES + 1)
    with pytest.raises(InputError, match=r"waltz_1\.npz: has 17 frames, expected 16"):
        first(folder, annotations=tmp_path / "labels")


def test_annotations_that_belong_to_no_clip_are_refused(folder, tmp_path):
    with pytest.raises(InputError, match="labels: no such folder"):
        source(folder, annotations=tmp_path / "labels")
    annotate(tmp_path / "labels" / "waltz_l.npz", TAXONOMY.names[0], True)
    with pytest.raises(
        InputError, match=r"waltz_l\.npz: of no clip of the dataset, expected its name, such as salsa_1"
    ):
        source(folder, annotations=tmp_path / "labels")


def test_a_lift_that_fails_leaves_no_file(folder, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk is full")

    clip = first(folder, lifts=KeptLifts(QUICK, tmp_path / "lifts"))
    monkeypatch.setattr("dancelift.lifting.result.LiftResult.save", fail)
    with pytest.raises(OSError, match="full"):
        _ = clip.lifted
    assert list((tmp_path / "lifts").iterdir()) == []


def leg(motion: Motion) -> np.ndarray:
    poses = motion.as_coco17()
    return np.linalg.norm(poses[:, 5] - poses[:, 15], axis=-1)


def test_a_motion_is_filmed_by_cameras_placed_at_random(folder):
    motion = replace(first(folder).true, name="a walk")
    views = list(source(folder).film(motion, 3))
    assert [view.view for view in views] == ["random camera 1", "random camera 2", "random camera 3"]
    for view in views:
        assert view.name == "a walk" and len(view.keypoints2d) == N_FRAMES
        np.testing.assert_array_equal(view.labels.active, label_movements(motion, TAXONOMY).active)
        seen = view.keypoints2d[view.keypoints2d[..., 2] > 0]
        assert (seen[:, 0] > 0).all() and (seen[:, 0] < 1920).all()
        assert (seen[:, 1] > 0).all() and (seen[:, 1] < 1080).all()
        # the motion as it was, but for where the camera stands
        np.testing.assert_allclose(leg(view.true), leg(motion), rtol=1e-6)
    again = list(source(folder).film(motion, 3))
    np.testing.assert_array_equal(again[2].keypoints2d, views[2].keypoints2d)
    assert np.abs(views[0].keypoints2d - views[1].keypoints2d).max() > 10


def test_a_motion_without_all_joints_is_not_filmed(folder):
    motion = first(folder).true
    poses = motion.poses3d.copy()
    poses[3, 9] = np.nan
    with pytest.raises(InputError, match=r"left_wrist missing, expected the joints of COCO-17"):
        list(source(folder).film(replace(motion, poses3d=poses), 1))
