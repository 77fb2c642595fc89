"""`dancelift compare` and `dancelift phrases` as people use them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from dancelift.body.skeleton import SKELETONS
from fixtures.commands import only_line, run
from fixtures.lifts import dance as synthetic_dance
from fixtures.motion import dance, joints_of, write_dance_clip
from fixtures.performances import arm_turned, invented, one_after_another, with_poses
from fixtures.recognition import lifted, recognised

COCO = SKELETONS["coco17"]

pytest.importorskip("dtaidistance")


def write_motion(path: Path, motion) -> Path:
    """A clip of 3D motion in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, poses3d=motion.poses3d, fps=motion.fps, skeleton=motion.skeleton.name, up="y")
    return path


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    """A teacher, and a pupil who holds the right arm otherwise for two seconds."""
    teacher = invented(240)
    pupil = arm_turned(teacher, "right", (0, 0, 1), 25, slice(90, 150))
    return write_motion(tmp_path / "in" / "teacher.npz", teacher), write_motion(tmp_path / "in" / "pupil.npz", pupil)


@pytest.fixture
def repeating(tmp_path) -> Path:
    """A dance whose first six seconds come back after others."""
    phrase, other = invented(180), invented(400, random_seed=1)
    whole = one_after_another(phrase, with_poses(other, other.poses3d[:200]), phrase)
    return write_motion(tmp_path / "in" / "dance.npz", whole)


def test_performances_are_compared_in_words_and_files(pair, tmp_path, capsys):
    page = tmp_path / "out" / "compared.html"
    assert run("compare", *pair, "-o", page) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "In common: 0.0 to 7.9 s of teacher and 0.0 to 7.9 s of pupil." in printed.out
    assert "What differs in pupil:\n  the right arm is held 2" in printed.out
    assert printed.out.splitlines()[-1].startswith(f"written to {page}, ")
    assert sorted(path.name for path in page.parent.iterdir()) == ["compared.csv", "compared.html", "compared.json"]
    about = json.loads(page.with_suffix(".json").read_text())
    assert [remark["part"] for remark in about["remarks"]] == ["right arm"]
    assert "pupil against teacher" in page.read_text(encoding="utf-8")


def test_nothing_is_replaced_unless_asked(pair, tmp_path, capsys):
    page = tmp_path / "compared.html"
    page.with_suffix(".json").write_text("mine")
    assert run("compare", *pair, "-o", page) == 1
    assert "compared.json: exists, expected a new file, or --force" in only_line(capsys.readouterr().err)
    assert not page.exists() and page.with_suffix(".json").read_text() == "mine"
    assert run("compare", *pair, "-o", page, "--force") == 0
    assert json.loads(page.with_suffix(".json").read_text())["format"] == "dancelift comparison 1"


def test_lifts_recognitions_and_motion_are_read(tmp_path, capsys):
    recognised().save(tmp_path / "recognised.npz")
    lifted()[0].save(tmp_path / "lift.npz")
    assert run("compare", tmp_path / "recognised.npz", tmp_path / "lift.npz") == 0
    printed = capsys.readouterr()
    assert "In common: 0.0 to " in printed.out and "What differs" not in printed.out


def test_keypoints_are_lifted_on_the_way(tmp_path, capsys):
    clip = synthetic_dance(75)
    np.savez(
        tmp_path / "a.npz", keypoints2d=clip.keypoints2d, fps=clip.fps, image_size=clip.image_size
    )  # fmt: skip
    command = ("compare", tmp_path / "a.npz", tmp_path / "a.npz", "--n-seeds", 1)
    assert run(*command) == 0
    assert "of a (A) and 0.0 to" in capsys.readouterr().out


@pytest.mark.parametrize("from_keypoints", [False, True])
def test_file_of_both_is_read_as_motion_or_as_keypoints(from_keypoints, tmp_path):
    clip, path = synthetic_dance(75), tmp_path / "waltz.npz"
    keypoints = {
        "keypoints2d_detected": clip.keypoints2d[None],
        "keypoints2d_clean": clip.keypoints2d_clean[None],
        "image_size": clip.image_size,
    }
    write_dance_clip(path, joints_of(dance(75), COCO), **keypoints)
    command = ["compare", path, path, "-o", tmp_path / "page.html", "--n-seeds", 1]
    assert run(*command, *["--from-keypoints"] * from_keypoints) == 0
    about = json.loads((tmp_path / "page.json").read_text())
    assert [about[name]["is_lifted"] for name in "ab"] == [from_keypoints] * 2


def test_what_has_nothing_in_common_is_refused(tmp_path, capsys):
    one = write_motion(tmp_path / "one.npz", invented(200))
    other = write_motion(tmp_path / "other.npz", invented(200, random_seed=5))
    assert run("compare", one, other, "-o", tmp_path / "page.html") == 1
    assert "one and other have no movement in common; expected" in only_line(capsys.readouterr().err)
    assert not (tmp_path / "page.html").exists()
    assert run("compare", one, tmp_path / "nowhere.npz") == 1
    assert "nowhere.npz: there is no such file or folder; expected what" in only_line(capsys.readouterr().err)
    assert run("compare", one, other, "--synchronous") == 0


@pytest.mark.parametrize("command", ["compare", "phrases"])
def test_clip_of_one_frame_is_refused(command, tmp_path, capsys):
    short = write_motion(tmp_path / "short.npz", with_poses(invented(40), invented(40).poses3d[:1]))
    assert run(command, *[short] * (2 if command == "compare" else 1)) == 1
    assert "short.npz" in only_line(capsys.readouterr().err)


def test_recognition_of_another_taxonomy_is_refused(tmp_path, capsys):
    recognised().save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        members = dict(file)
    about = json.loads(str(members["recognition_about"])) | {"taxonomy": "0" * 64}
    np.savez(tmp_path / "a.npz", **members | {"recognition_about": np.array(json.dumps(about))})
    assert run("phrases", tmp_path / "a.npz") == 1
    assert "a.npz: movements of another taxonomy (000000000000)" in only_line(capsys.readouterr().err)


def test_phrases_are_written_as_page_json_and_tiers(repeating, tmp_path, capsys):
    pytest.importorskip("pympi")
    page = tmp_path / "out" / "phrases.html"
    assert run("phrases", repeating, "-o", page) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("18.7 s")
    assert lines[1].startswith("Phrase A (") and ", 2 times: 0." in lines[1]
    assert sum(line.startswith("  A  From ") for line in lines) == 2
    assert lines[-1].startswith("written to ")
    about = json.loads(page.with_suffix(".json").read_text())
    (phrase,) = about["phrases"]
    assert [round(each["start"], 0) for each in phrase["occurrences"]] == [0, 13]
    root = ElementTree.parse(page.with_suffix(".eaf")).getroot()
    tiers = {tier.get("TIER_ID"): len(tier) for tier in root.iterfind("TIER")}
    assert tiers["phrase A"] == 2 and tiers["sentences"] == len(about["sections"])
    slots = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iterfind("TIME_ORDER/TIME_SLOT")}
    (first, second) = root.findall("TIER[@TIER_ID='phrase A']/ANNOTATION/*")
    assert slots[second.get("TIME_SLOT_REF1")] / 1000 == pytest.approx(phrase["occurrences"][1]["start"], abs=0.01)
    assert first.findtext("ANNOTATION_VALUE") == "A"


def test_shortest_phrase_can_be_chosen(repeating, capsys):
    assert run("phrases", repeating, "--min-seconds", 8) == 0
    assert "Nothing comes back." in capsys.readouterr().out
    assert run("phrases", repeating, "--min-seconds", 1) == 1
    assert "min_seconds is 1.0, expected at least 2" in only_line(capsys.readouterr().err)
    assert run("phrases", repeating, "--min-seconds", "long") == 2


@pytest.mark.parametrize("command", ["compare", "phrases"])
def test_output_must_be_a_page(command, pair, tmp_path, capsys):
    inputs = pair if command == "compare" else pair[:1]
    assert run(command, *inputs, "-o", tmp_path / "out.csv") == 2
    assert "expected a name that ends in .html" in capsys.readouterr().err
