"""Annotations by people: read as they wrote them, written so that nothing is lost, refused where they cannot be."""

import csv
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pytest

from dancelift.errors import InputError
from dancelift.formats.labels import FORMATS, holds_annotations, read_annotations, write_annotations
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Movement, Part, Taxonomy
from fixtures.labels import TAXONOMY, none_active, random_labels, same

RATES = [24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 120.0]
N_FRAMES, FPS = 100, 25.0  # of a clip of 4 s
BENT, STRAIGHT, BENDS = (TAXONOMY.index(f"left elbow {name}") for name in ("bent", "straight", "bends"))


needs_elan = pytest.mark.skipif(
    not (find_spec("pympi") and find_spec("defusedxml")), reason="files of ELAN need the extra 'annotate'"
)
each_format = pytest.mark.parametrize(
    "suffix", [pytest.param(s, marks=needs_elan if s == "eaf" else ()) for s in FORMATS]
)


def eaf(path: Path, *tiers: tuple[str, list[tuple[int, int, str]]], header: str = "") -> Path:
    """A file of ELAN as somebody made it: tiers of (start in ms, end in ms, text)."""
    slots, body = "", ""
    for name, annotations in tiers:
        body += f"<TIER TIER_ID={quoteattr(name)} LINGUISTIC_TYPE_REF='default-lt'>"
        for start, end, text in annotations:
            i = slots.count("<")
            slots += f"<TIME_SLOT TIME_SLOT_ID='s{i}' TIME_VALUE='{start}'/>"
            slots += f"<TIME_SLOT TIME_SLOT_ID='s{i + 1}' TIME_VALUE='{end}'/>"
            body += (
                f"<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID='a{i}' "
                f"TIME_SLOT_REF1='s{i}' TIME_SLOT_REF2='s{i + 1}'>"
                f"<ANNOTATION_VALUE>{escape(text)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            )
        body += "</TIER>"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        "<ANNOTATION_DOCUMENT AUTHOR='' DATE='2024-05-01T10:00:00+00:00' FORMAT='3.0' VERSION='3.0'>"
        f"<HEADER TIME_UNITS='milliseconds'>{header}</HEADER><TIME_ORDER>{slots}</TIME_ORDER>{body}"
        "<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID='default-lt' TIME_ALIGNABLE='true'/></ANNOTATION_DOCUMENT>",
        encoding="utf-8",
    )
    return path


def table(path: Path, *rows: str, header: str = "start_s,end_s,part,movement,state") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path, taxonomy: Taxonomy = TAXONOMY) -> MovementLabels:
    return read_annotations(path, taxonomy, N_FRAMES, FPS)


def frames_of(labels: MovementLabels, movement: int) -> list[int]:
    """First and last frame in which a movement takes place."""
    return np.flatnonzero(labels.active[:, movement])[[0, -1]].tolist()


@each_format
@pytest.mark.parametrize("fps", RATES)
def test_labels_are_read_as_they_were_written_at_every_frame_rate(suffix, fps, tmp_path):
    for random_seed in range(6):
        labels = random_labels(random_seed, n_frames=1 + 150 * random_seed, fps=fps, share=(0.9, 0.02)[random_seed % 2])
        path = tmp_path / f"{random_seed}.{suffix}"
        write_annotations(path, labels)
        assert same(read_annotations(path, TAXONOMY, len(labels), fps), labels)


@each_format
def test_late_frames_of_a_long_clip_are_read_as_they_were_written(suffix, tmp_path):
    labels = random_labels(3, n_frames=40_000, fps=59.94, share=0.005)
    write_annotations(tmp_path / f"a.{suffix}", labels)
    assert same(read_annotations(tmp_path / f"a.{suffix}", TAXONOMY, len(labels), 59.94), labels)


@each_format
def test_parts_without_movements_are_told_from_parts_that_were_not_annotated(suffix, tmp_path):
    labels = none_active()
    known = labels.known.copy()
    known[:, TAXONOMY.of_part("hips")] = False
    labels = MovementLabels(labels.active, known, labels.fps, TAXONOMY)
    write_annotations(tmp_path / f"a.{suffix}", labels)
    assert same(read_annotations(tmp_path / f"a.{suffix}", TAXONOMY, len(labels), labels.fps), labels)


@pytest.mark.parametrize("suffix", ["npz", pytest.param("eaf", marks=needs_elan)])
def test_files_of_dancelift_say_how_long_the_clip_is(suffix, tmp_path):
    labels = random_labels(1, fps=29.97)
    write_annotations(tmp_path / f"a.{suffix}", labels)
    assert same(read_annotations(tmp_path / f"a.{suffix}", TAXONOMY), labels)


@each_format
def test_labels_are_recognised(suffix, tmp_path):
    write_annotations(tmp_path / f"a.{suffix}", none_active())
    assert holds_annotations(tmp_path / f"a.{suffix}")


def test_npz_of_something_else_holds_no_labels(tmp_path):
    np.savez(tmp_path / "a.npz", poses3d=np.zeros((3, 17, 3)))
    assert not holds_annotations(tmp_path / "a.npz")
    assert not holds_annotations(tmp_path / "a.bvh")


@needs_elan
def test_elan_tier_is_cut_where_the_set_of_movements_changes(tmp_path):
    labels = none_active(N_FRAMES, FPS)
    labels.active[0:50, BENT] = True
    labels.active[25:75, BENDS] = True
    labels.known[90:, STRAIGHT] = False
    write_annotations(tmp_path / "a.eaf", labels)
    root = ElementTree.parse(tmp_path / "a.eaf").getroot()
    times = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    (tier,) = root.iterfind("TIER[@TIER_ID='left forearm']")
    assert [
        (times[a.get("TIME_SLOT_REF1")], times[a.get("TIME_SLOT_REF2")], a.findtext("ANNOTATION_VALUE"))
        for a in tier.iter("ALIGNABLE_ANNOTATION")
    ] == [
        (0, 1000, "left elbow bent"),
        (1000, 2000, "left elbow bent; left elbow bends"),
        (2000, 3000, "left elbow bends"),
        (3600, 4000, "?left elbow straight"),
    ]
    assert [t.get("TIER_ID") for t in root.iter("TIER")] == ["head", "left forearm", "hips"]


@needs_elan
def test_elan_file_is_laid_out_as_the_format_has_it(tmp_path):
    write_annotations(tmp_path / "a.eaf", random_labels(0))
    root = ElementTree.parse(tmp_path / "a.eaf").getroot()
    order = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"]
    places = [order.index(element.tag) for element in root]
    assert places == sorted(places)
    assert root.get("FORMAT") == "3.0"
    types = {e.get("LINGUISTIC_TYPE_ID"): e.get("TIME_ALIGNABLE") for e in root.iter("LINGUISTIC_TYPE")}
    assert {types[tier.get("LINGUISTIC_TYPE_REF")] for tier in root.iter("TIER")} == {"true"}
    ids = [e.get("ANNOTATION_ID") for e in root.iter("ALIGNABLE_ANNOTATION")]
    assert len(set(ids)) == len(ids) > 0
    used = [e.get(key) for e in root.iter("ALIGNABLE_ANNOTATION") for key in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")]
    assert sorted(used) == sorted(e.get("TIME_SLOT_ID") for e in root.iter("TIME_SLOT"))


@needs_elan
def test_elan_file_is_replaced_without_a_trace_of_the_old_one(tmp_path):
    for random_seed in (1, 2):
        write_annotations(tmp_path / "a.eaf", random_labels(random_seed))
    assert [path.name for path in tmp_path.iterdir()] == ["a.eaf"]
    assert same(read_annotations(tmp_path / "a.eaf", TAXONOMY), random_labels(2))


@needs_elan
def test_elan_annotations_are_read_as_experts_write_them(tmp_path):
    text = " Left  ELBOW bent,left_elbow_bends ;\nleft elbow bent; ? left elbow straight "
    labels = read(eaf(tmp_path / "a.eaf", ("Left_Forearm ", [(1000, 2000, text), (2500, 3000, "")])))
    assert frames_of(labels, BENT) == frames_of(labels, BENDS) == [25, 49]
    assert np.flatnonzero(~labels.known[:, STRAIGHT]).tolist() == list(range(25, 50))
    assert labels.known[:, BENT].all()
    assert not labels.known[:, TAXONOMY.of_part("head")].any()


@needs_elan
def test_annotation_has_the_frames_whose_middle_it_covers_and_at_least_one(tmp_path):
    tier = [(995, 1025, "left elbow bent"), (2015, 2018, "left elbow bends")]
    labels = read(eaf(tmp_path / "a.eaf", ("left forearm", tier)))
    assert frames_of(labels, BENT) == [25, 25]
    assert frames_of(labels, BENDS) == [50, 50]


@needs_elan
def test_overlapping_annotations_and_tiers_of_several_annotators_are_united(tmp_path):
    ann = [(0, 2000, "left elbow bent"), (1000, 3000, "left elbow bends"), (0, 1000, "?left elbow straight")]
    bob = [(1000, 3000, "left elbow bent"), (0, 400, "left elbow straight")]
    labels = read(eaf(tmp_path / "a.eaf", ("left forearm@Ann", ann), ("left forearm@Bob", bob), ("left forearm", [])))
    assert frames_of(labels, BENT) == [0, 74]
    assert frames_of(labels, BENDS) == [25, 74]
    assert frames_of(labels, STRAIGHT) == [0, 9]
    assert np.flatnonzero(~labels.known[:, STRAIGHT]).tolist() == list(range(10, 25))


@needs_elan
def test_tiers_that_are_empty_or_are_notes_are_passed_over(tmp_path):
    tiers = ("default", []), ("Notes of Ann", [(0, 100, "ask")]), ("#todo", [(0, 9999, "?")]), ("head", [])
    assert read(eaf(tmp_path / "a.eaf", *tiers)).known.sum() == 2 * N_FRAMES


@needs_elan
def test_annotation_may_end_a_frame_after_the_clip(tmp_path):
    assert read(eaf(tmp_path / "a.eaf", ("hips", [(3900, 4040, "hips shift")]))).active[-1].any()
    with pytest.raises(
        InputError, match=r"tier 'hips', 3\.900 to 4\.041 s: .*expected within the clip, which lasts 4 s"
    ):
        read(eaf(tmp_path / "a.eaf", ("hips", [(3900, 4041, "hips shift")])))


@needs_elan
@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (("left elbow", [(0, 100, "x")]), "tier 'left elbow': 'left elbow' is no part, expected one of head, left"),
        (
            ("left forearm", [(1000, 2000, "left elbow bant")]),
            r"tier 'left forearm', 1\.000 to 2\.000 s: movement 'left elbow bant' is unknown, "
            "expected perhaps 'left elbow bent'",
        ),
        (("hips", [(0, 100, "pirouette")]), "movement 'pirouette' is unknown, expected one of `dancelift movements"),
        (("hips", [(0, 100, "head raised")]), "movement 'head raised' is one of part 'head', expected one of 'hips'"),
        (("hips", [(100, 100, "hips shift")]), "from 0.1 to 0.1 s, expected an end after the start"),
        (("hips", [(200, 100, "hips shift")]), "from 0.2 to 0.1 s, expected an end after the start"),
        (("hips", [(-40, 100, "hips shift")]), "from -0.04 to 0.1 s, expected .* neither below 0"),
        (("hips", [(4000, 4030, "hips shift")]), "from 4 to 4.03 s, expected within the clip"),
        (("hips", [("soon", 4030, "hips shift")]), "tier 'hips', annotation 'hips shift': time soon to 4030, expected"),
        (("hips", [("9" * 400, 4030, "hips shift")]), "tier 'hips', annotation 'hips shift': time 99"),
    ],
)  # fmt: skip
def test_elan_annotation_that_cannot_be_is_refused(tier, expected, tmp_path):
    with pytest.raises(InputError, match=f"a.eaf: .*{expected}"):
        read(eaf(tmp_path / "a.eaf", tier))


@needs_elan
def test_elan_annotation_without_a_time_of_its_own_is_refused(tmp_path):
    path = eaf(tmp_path / "a.eaf", ("hips", [(0, 100, "hips shift")]))
    path.write_text(path.read_text().replace("TIME_SLOT_REF1='s0'", "TIME_SLOT_REF1='s7'"))
    with pytest.raises(InputError, match="time None to 100, expected milliseconds"):
        read(path)


NOT_ELAN = "not an annotation file of ELAN, expected XML"
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))


@needs_elan
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "the file is empty"),
        ("left elbow bent, 0 s", NOT_ELAN),
        ("<ANNOTATION_DOCUMENT><TIER>", NOT_ELAN),
        ("\x00\x01\x02", NOT_ELAN),
        ("<?xml version='1.0' encoding='klingon'?><a/>", NOT_ELAN),
        ("<svg/>", "the root element is 'svg', expected 'ANNOTATION_DOCUMENT'"),
        (f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><ANNOTATION_DOCUMENT>&l11;</ANNOTATION_DOCUMENT>', "a document"),
        (
            f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]><ANNOTATION_DOCUMENT>{"&a;" * 50_000}</ANNOTATION_DOCUMENT>',
            "a document type",
        ),
        (
            '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><ANNOTATION_DOCUMENT>&a;</ANNOTATION_DOCUMENT>',
            "a document type, entities or references",
        ),
        ('<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><ANNOTATION_DOCUMENT/>', "a document type"),
        ("<ANNOTATION_DOCUMENT><HEADER TIME_UNITS='PAL-frames'/></ANNOTATION_DOCUMENT>", "times are in 'PAL-frames'"),
    ],
    ids="empty text unclosed binary encoding root laughs quadratic external dtd units".split(),
)  # fmt: skip
def test_file_that_is_not_of_elan_or_hostile_is_refused(content, expected, tmp_path):
    (tmp_path / "a.eaf").write_text(content)
    with pytest.raises(InputError, match=f"a.eaf: .*{expected}"):
        read(tmp_path / "a.eaf")


@needs_elan
def test_elan_file_that_claims_too_long_a_clip_is_refused(tmp_path):
    header = "<PROPERTY NAME='dancelift frames'>900000000000</PROPERTY><PROPERTY NAME='dancelift fps'>30.0</PROPERTY>"
    with pytest.raises(InputError, match="is of '900000000000' frames, '30.0' a second; expected at most"):
        read_annotations(eaf(tmp_path / "a.eaf", header=header), TAXONOMY)


@needs_elan
def test_elan_file_of_a_clip_of_another_length_is_refused(tmp_path):
    write_annotations(tmp_path / "a.eaf", random_labels(0, N_FRAMES, FPS))
    assert len(read_annotations(tmp_path / "a.eaf", TAXONOMY, 2 * N_FRAMES, 2 * FPS)) == 2 * N_FRAMES
    with pytest.raises(InputError, match=r"is of a clip of 4 s, expected 4\.08 s \(102 frames\)"):
        read_annotations(tmp_path / "a.eaf", TAXONOMY, N_FRAMES + 2, FPS)


@needs_elan
def test_elan_cannot_hold_more_than_a_frame_a_millisecond(tmp_path):
    with pytest.raises(InputError, match="1000 frames a second, expected at most 999"):
        write_annotations(tmp_path / "a.eaf", none_active(fps=1000.0))


@pytest.mark.parametrize("suffix", ["npz", pytest.param("eaf", marks=needs_elan)])
def test_labels_of_another_taxonomy_are_refused(suffix, tmp_path):
    other = Taxonomy(TAXONOMY.parts, tuple(replace(m, min_duration=0.3) for m in TAXONOMY.movements))
    write_annotations(tmp_path / f"a.{suffix}", none_active(taxonomy=other))
    with pytest.raises(InputError, match=f"of another taxonomy .{other.hash[:12]}., expected {TAXONOMY.hash[:12]}"):
        read_annotations(tmp_path / f"a.{suffix}", TAXONOMY)


def test_table_is_one_that_spreadsheets_open(tmp_path):
    labels = none_active(N_FRAMES, FPS)
    labels.active[25:50, BENT] = True
    labels.known[90:, BENDS] = False
    write_annotations(tmp_path / "a.csv", labels)
    with open(tmp_path / "a.csv", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["start_s", "end_s", "part", "movement", "state"],
        ["0.000000", "4.000000", "head", "", "annotated"],
        ["0.000000", "4.000000", "left forearm", "", "annotated"],
        ["1.000000", "2.000000", "left forearm", "left elbow bent", "active"],
        ["3.600000", "4.000000", "left forearm", "left elbow bends", "unknown"],
        ["0.000000", "4.000000", "hips", "", "annotated"],
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_table_is_read_as_spreadsheets_write_it(separator, encoding, tmp_path):
    text = "Part|Start_s|End_s|State|Movement|Who\r\nLeft Forearm|1,0|2.0|Active|left elbow  bent|Ann\r\n||||\r\n"
    (tmp_path / "a.csv").write_bytes(text.replace("|", separator).encode(encoding))
    labels = read(tmp_path / "a.csv")
    assert frames_of(labels, BENT) == [25, 49]
    assert labels.known.all(axis=0).tolist() == [m.part == "left forearm" for m in TAXONOMY.movements]


def test_rows_that_overlap_are_united(tmp_path):
    rows = (f"{start},{end},left forearm,left elbow bent,{state}" for start, end, state in (
        (0, 2, "active"), (1, 3, "active"), (2, 4, "unknown")))  # fmt: skip
    labels = read(table(tmp_path / "a.csv", *rows))
    assert frames_of(labels, BENT) == [0, 74]
    assert np.flatnonzero(~labels.known[:, BENT]).tolist() == list(range(75, 100))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("one,2,hips,hips shift,active", "line 2: time 'one', expected seconds"),
        ("nan,2,hips,hips shift,active", "line 2: from nan to 2 s, expected an end after the start"),
        ("0,inf,hips,hips shift,active", "line 2: from 0 to inf s, expected"),
        ("1,1,hips,hips shift,active", "line 2: from 1 to 1 s, expected an end after the start"),
        ("0,9,hips,hips shift,active", "line 2: from 0 to 9 s, expected within the clip, which lasts 4 s"),
        ("0,1,hip,hips shift,active", "line 2: 'hip' is no part, expected one of head, left forearm, hips"),
        ("0,1,hips,hip shift,active", "line 2: movement 'hip shift' is unknown, expected perhaps 'hips shift'"),
        ("0,1,hips,head raised,active", "line 2: movement 'head raised' is one of part 'head'"),
        ("0,1,hips,hips shift,maybe", "line 2: state 'maybe', expected active, unknown or annotated"),
        ("0,1,hips,hips shift", "line 2: state '', expected active, unknown or annotated"),
        ("0,4,hips,hips shift,annotated", "line 2: annotated with movement 'hips shift', expected it for the part"),
    ],
)
def test_row_that_cannot_be_is_refused(row, expected, tmp_path):
    with pytest.raises(InputError, match=f"a.csv: {expected}"):
        read(table(tmp_path / "a.csv", row))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"start_s,end_s,part,movement\n", "lacks state; expected the columns start_s,end_s,part,movement,state"),
        (b"PK\x03\x04", "lacks start_s"),
        ("start_s,end_s,part,movement,state\n0,1,hüfte".encode("latin-1"), "expected a CSV in UTF-8"),
        (b"start_s,end_s,part,movement,state\n" + b"x" * 200_000, "expected a CSV in UTF-8 .field larger"),
    ],
)
def test_file_that_is_no_table_is_refused(content, expected, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=f"a.csv: .*{expected}"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("suffix", ["csv", pytest.param("eaf", marks=needs_elan)])
def test_file_that_does_not_say_how_long_the_clip_is_needs_to_be_told(suffix, tmp_path):
    path = table(tmp_path / "a.csv") if suffix == "csv" else eaf(tmp_path / "a.eaf")
    with pytest.raises(InputError, match="expected its frames and its fps to be given"):
        read_annotations(path, TAXONOMY)
    assert not read(path).known.any()


@pytest.mark.parametrize(
    ("n_frames", "fps", "expected"),
    [
        (10, None, "10 frames of None a second, expected both or neither"),
        (-1, 25.0, "-1 frames, expected 0 to 250000"),
        (10, 0.0, "fps is 0.0, expected a number of frames per second above 0"),
        (10, float("nan"), "fps is nan, expected a number of frames per second above 0"),
    ],
)
def test_length_that_cannot_be_is_refused(n_frames, fps, expected, tmp_path):
    with pytest.raises(InputError, match=expected):
        read_annotations(table(tmp_path / "a.csv"), TAXONOMY, n_frames, fps)


def test_npz_of_a_clip_of_another_length_is_refused(tmp_path):
    write_annotations(tmp_path / "a.npz", none_active())
    with pytest.raises(InputError, match="a.npz: has 30 frames, expected 31"):
        read_annotations(tmp_path / "a.npz", TAXONOMY, 31, 30.0)
    with pytest.raises(InputError, match="a.npz: has 30 frames a second, expected 25"):
        read_annotations(tmp_path / "a.npz", TAXONOMY, 30, 25.0)


def test_npz_that_is_damaged_or_of_something_else_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    write_annotations(path, none_active())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="a.npz: not movement labels, expected an npz that `dancelift label` wrote"):
        read_annotations(path, TAXONOMY)
    np.savez(path, active=np.array([None]), about=np.array("[]"))
    with pytest.raises(InputError, match="a.npz: (not movement labels|about is a list)"):
        read_annotations(path, TAXONOMY)


def test_missing_file_and_unknown_format_are_refused(tmp_path):
    with pytest.raises(InputError, match="a.csv: cannot be read .No such file or directory., expected a file"):
        read_annotations(tmp_path / "a.csv", TAXONOMY)
    (tmp_path / "a.xlsx").write_text("x")
    with pytest.raises(InputError, match=r"a.xlsx: expected a name that ends in \.npz, \.eaf, \.csv"):
        read_annotations(tmp_path / "a.xlsx", TAXONOMY)
    with pytest.raises(InputError, match=r"expected a name that ends in \.npz, \.eaf, \.csv"):
        write_annotations(tmp_path / "b.txt", none_active())


@each_format
def test_names_with_signs_and_letters_of_any_script_survive(suffix, tmp_path):
    condition = TAXONOMY.movements[0].when
    names = 'épaulé "en" <avant> & arrière', "头 抬起"
    taxonomy = Taxonomy((Part("tête", ("nose",)),), tuple(Movement(n, "tête", n, condition, 0.2) for n in names))
    labels = random_labels(4, 50, FPS, taxonomy, share=0.2)
    write_annotations(tmp_path / f"a.{suffix}", labels)
    assert labels.active.any()
    assert same(read_annotations(tmp_path / f"a.{suffix}", taxonomy, 50, FPS), labels)
