"""`dancelift show`: every kind of file that dancelift writes is said what it is, and results how they were made."""

import json
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift.files import DATA, content_hash
from dancelift.formats.export import export
from dancelift.formats.labels import write_annotations
from dancelift.movements.labeller import label_movements
from dancelift.priors.prior import anthropometric
from dancelift.show.report import write_report
from fixtures.commands import only_line, run
from fixtures.recognition import lifted, recognised


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A recognition, and what is made of it."""
    folder = tmp_path_factory.mktemp("show")
    found = recognised()
    made = found.lift.provenance.by_command("lift", "a clip.json", "lead", ["--n-seeds=1"], {"input": "5" * 64})
    found = recognised(lift=found.lift.__class__(**{**vars(found.lift), "provenance": made}), provenance=made)
    found.save(folder / "recognition.npz")
    found.lift.save(folder / "lift.npz")
    write_report(found, folder / "page.html")
    labels = label_movements(found.lift.motion("a"))
    labels = labels.__class__(**{**vars(labels), "provenance": made})
    for suffix in ("npz", "csv"):
        write_annotations(folder / f"labels.{suffix}", labels)
    for suffix in ("bvh", "trc", "glb", "csv", "json", "npz"):
        export({"lead": found.lift}, folder / f"motion.{suffix}")
    anthropometric().save(folder / "prior.npz")
    return folder


def said(path: Path, capsys) -> list[str]:
    capsys.readouterr()
    assert run("show", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"  SHA-256 of the file: {content_hash(path)}"
    return [line.strip() for line in lines]


KINDS = {
    "recognition.npz": "a recognition",
    "lift.npz": "a lift",
    "page.html": "a page, 'take <1>'",
    "labels.npz": "movement labels",
    "motion.glb": "3D motion",
    "motion.json": "motion 1, JSON of dancelift",
    "motion.npz": "3D motion",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_result_says_how_it_was_made(folder, name, capsys):
    first, *lines = said(folder / name, capsys)
    assert first == f"{folder / name}: {KINDS[name]}"
    assert f"made by dancelift {dancelift.__version__} on {lifted()[0].provenance.machine}" in lines
    assert "dancelift lift a clip.json --n-seeds=1   (lead)" in lines
    assert any(line.split() == ["input", "5" * 64] for line in lines)


def test_what_is_in_a_lift(folder, capsys):
    lines = said(folder / "lift.npz", capsys)
    assert "1 person, 90 frames, 3.0 s at 30 frames/s, coco17, image 1920x1080" in lines
    assert any(line.startswith("camera: perspective, focal length") for line in lines)
    assert any(line.startswith("reprojection: ") for line in lines)


def test_what_is_in_a_recognition(folder, capsys):
    lines = said(folder / "recognition.npz", capsys)
    assert "dance: salsa" in lines and "salsa 70%, cha-cha 25%, waltz 5%" in lines


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("motion.bvh", "motion: 90 frames, 3.0 s at 30 frames/s"),
        ("motion.trc", "motion: 90 frames, 3.0 s at 30 frames/s"),
        ("motion.csv", "1530 rows of person, frame, time, joint"),
        ("labels.csv", "rows of start_s, end_s, part, movement, state"),
        ("prior.npz", f"hash of its numbers: {anthropometric().hash}"),
    ],
)
def test_other_files(folder, name, expected, capsys):
    assert any(expected in line for line in said(folder / name, capsys))


def test_files_with_an_extra(folder, capsys):
    pytest.importorskip("pympi")
    result = dancelift.load_lift(folder / "lift.npz")
    labels = label_movements(result.motion("a"))
    write_annotations(folder / "a.eaf", labels.__class__(**{**vars(labels), "provenance": result.provenance}))
    assert "dancelift lift a clip.json --n-seeds=1   (lead)" in said(folder / "a.eaf", capsys)


@pytest.mark.parametrize("suffix", ["png", "gif", "mp4", "usdc"])
def test_pictures_videos_and_scenes_say_it_too(folder, suffix, capsys):
    pytest.importorskip({"png": "matplotlib", "gif": "matplotlib", "mp4": "av", "usdc": "pxr"}[suffix])
    path = folder / f"view.{suffix}"
    if suffix == "usdc":
        export({"lead": dancelift.load_lift(folder / "lift.npz")}, path)
    else:
        assert run("view", folder / "lift.npz", "-o", path) == 0
    assert "dancelift lift a clip.json --n-seeds=1   (lead)" in said(path, capsys)


def test_weights_are_read_without_torch(capsys, monkeypatch):
    monkeypatch.setattr("dancelift.cli.contents.find_spec", lambda name: None)
    lines = said(DATA / "genre.safetensors", capsys)
    assert "genres: cha-cha, rumba, salsa, waltz" in lines


def test_weights_say_the_hash_that_a_recognition_has(capsys):
    pytest.importorskip("torch")
    from dancelift.genres.model import load_genre_model

    assert f"hash of its numbers: {load_genre_model().hash}" in said(DATA / "genre.safetensors", capsys)


def test_keypoints(capsys):
    assert any("300 frames, 30 frames/s, 17 joints (coco17)" in line for line in said(DATA / "sample.npz", capsys))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.safetensors", b"\xff" * 40, "not weights of dancelift"),
        ("a.npz", b"words", "expected"),
        ("a.html", b'<title>x</title><meta name="dancelift" content="{">', "is damaged"),
        ("a.xyz", b"words", "expected one of the formats"),
        ("a.csv", b"\xff\xfe\x00", "expected"),
    ],
)
def test_what_cannot_be_shown_is_an_error_in_one_line(tmp_path, name, content, expected, capsys):
    (tmp_path / name).write_bytes(content)
    assert run("show", tmp_path / name) == 1
    error = only_line(capsys.readouterr().err)
    assert error.startswith(f"dancelift: error: {tmp_path / name}: ") and expected in error


def test_a_file_that_is_not_there_and_one_that_says_nothing(tmp_path, folder, capsys):
    with np.load(folder / "lift.npz") as file:
        members = dict(file)
    about = json.loads(str(members["about"]))
    about["provenance"] = None
    np.savez(tmp_path / "old.npz", **members | {"about": np.array(json.dumps(about))})
    assert run("show", tmp_path / "none.npz", tmp_path / "old.npz") == 1
    printed = capsys.readouterr()
    assert "does not say how it was made" in printed.out
    assert "there is no such file or folder" in printed.err and "1 of 2 failed" in printed.err
