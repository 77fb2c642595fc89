"""The manifest: a row a person, the same to every program that reads it."""

import csv
import json

import pytest

from dancelift.batch.manifest import COLUMNS, rows, write_manifest
from dancelift.batch.record import DONE, FAILED, RUNNING, WAITING, Person, Record

RECORDS = [
    Record(
        "duo", "clips/duo.json", DONE, key="k", persons=[
            Person("person 0", frames=50, fps=25.0, genre="waltz", genre_probability=0.9, outputs={"result": "a.npz"}),
            Person("person 1", warnings=["doubtful, \"very\""], frames=30, fps=30.0, no_genre="nobody dances"),
        ],
    ),
    Record("bad", "clips/bad.json", FAILED, error="cannot be read", attempts=1),
    Record("next", "clips/next.json", WAITING),
    Record("now", "clips/now.json", RUNNING),
]  # fmt: skip


def test_every_person_and_every_clip_without_one_has_a_row():
    table = rows(RECORDS)
    assert [(row["clip"], row["person"], row["status"]) for row in table] == [
        ("duo", "person 0", DONE),
        ("duo", "person 1", DONE),
        ("bad", "", FAILED),
        ("next", "", WAITING),
        ("now", "", RUNNING),
    ]
    assert [row["persons"] for row in table] == [2, 2, None, None, None]
    assert [row["duration"] for row in table] == [2.0, 1.0, None, None, None]
    assert table[2]["error"] == "cannot be read"
    assert all(tuple(row) == COLUMNS for row in table)


def test_clip_that_was_given_up_after_some_persons_says_so():
    table = rows([Record("duo", "duo.json", FAILED, error="killed", persons=[Person("person 0", frames=2, fps=1.0)])])
    assert [(row["person"], row["status"], row["error"]) for row in table] == [
        ("person 0", DONE, ""),
        ("", FAILED, "killed"),
    ]


def test_csv_holds_the_same(tmp_path):
    write_manifest(tmp_path / "manifest.csv", RECORDS)
    with open(tmp_path / "manifest.csv", encoding="utf-8", newline="") as stream:
        first, second, *_ = csv.DictReader(stream)
    assert (first["genre"], float(first["genre_probability"])) == ("waltz", 0.9)
    assert json.loads(first["outputs"]) == ["a.npz"]
    assert (second["genre"], json.loads(second["warnings"])) == ("", ['doubtful, "very"'])


def test_parquet_is_read_by_pandas_polars_and_duckdb(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs the extra 'batch'")
    path = tmp_path / "manifest.parquet"
    write_manifest(path, RECORDS)
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(path)
    assert list(frame.columns) == list(COLUMNS)
    assert frame.groupby("status").size().to_dict() == {DONE: 2, FAILED: 1, WAITING: 1, RUNNING: 1}
    polars = pytest.importorskip("polars")
    table = polars.read_parquet(path)
    assert table.filter(polars.col("genre") == "waltz")["outputs"].to_list() == [["a.npz"]]
    duckdb = pytest.importorskip("duckdb")
    query = f"select genre, genre_probability, no_genre from '{path}' where frames is not null order by person"
    assert duckdb.sql(query).fetchall() == [("waltz", 0.9, ""), (None, None, "nobody dances")]


def test_types_do_not_depend_on_what_is_known(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra 'batch'")
    write_manifest(tmp_path / "all.parquet", RECORDS)
    write_manifest(tmp_path / "none.parquet", [])
    assert parquet.read_schema(tmp_path / "all.parquet") == parquet.read_schema(tmp_path / "none.parquet")
