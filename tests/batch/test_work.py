"""The work on one clip: what is made, what is left as it is, and what the record says."""

import os
from pathlib import Path

import pytest

pytest.importorskip("threadpoolctl", reason="batches need the extra 'batch'")

import dancelift
from dancelift.batch.record import DONE, FAILED, RESULT, RUNNING, WAITING, Record
from dancelift.batch.work import MOST_ATTEMPTS, interrupt, work
from fixtures.batch import Scripted, scripted_jobs, short_lift


def job(folder: Path, script: str = "ok", **changes: object):
    (only,) = scripted_jobs(folder, {"clip": script}, **changes)
    return only


def starts(folder: Path) -> int:
    return len(Scripted(folder / "log").starts())


def test_result_and_record_of_every_person_are_there(tmp_path):
    record = work(job(tmp_path, "ok bad warn"))
    assert (record.status, record.computed, record.attempts) == (FAILED, True, 1)
    assert [person.status for person in record.persons] == [DONE, FAILED, DONE]
    first, bad, last = record.persons
    assert bad.error == record.error == "RuntimeError: this dancer cannot be lifted"
    assert last.warnings == ["doubtful keypoints"] and first.warnings == []
    assert first.outputs == {RESULT: "clip-person-0.npz"}
    assert dancelift.load_lift(tmp_path / "results" / "clip-person-2.npz").poses3d.shape == (12, 17, 3)
    kept = Record.load(Record.path(tmp_path / "results", "clip"))
    assert kept is not None and kept == record


def test_figures_are_those_of_the_lift(tmp_path):
    person = work(job(tmp_path)).persons[0]
    lift = short_lift()
    assert (person.frames, person.fps, person.seeds, person.best_seed) == (12, 30.0, 1, 0)
    assert person.seed_error == pytest.approx(sum(lift.losses.values()) / 12)
    assert person.second_seed_error is None
    assert person.deviation_along == pytest.approx(lift.deviations[..., 1].mean())


def test_what_is_done_is_left_as_it_is_until_input_or_options_change(tmp_path):
    work(job(tmp_path))
    result = tmp_path / "results" / "clip.npz"
    before = result.stat().st_mtime_ns
    again = work(job(tmp_path, run="second"))
    assert (again.computed, again.status, starts(tmp_path), result.stat().st_mtime_ns) == (False, DONE, 1, before)
    changed = job(tmp_path, run="third", task=Scripted(tmp_path / "log", {"n_seeds": "4"}))
    assert work(changed).computed and starts(tmp_path) == 2
    assert work(job(tmp_path, "ok ok", run="fourth")).computed and starts(tmp_path) == 4
    assert work(job(tmp_path, "ok ok", run="fifth", force=True)).computed and starts(tmp_path) == 6


def test_result_that_was_removed_is_made_again(tmp_path):
    work(job(tmp_path, "ok ok"))
    (tmp_path / "results" / "clip-person-1.npz").unlink()
    assert work(job(tmp_path, "ok ok", run="second")).status == DONE
    assert Scripted(tmp_path / "log").starts() == ["clip 0", "clip 1", "clip 1"]


def test_by_time_the_content_is_not_looked_at(tmp_path):
    first = job(tmp_path, by_time=True)
    work(first)
    path = Path(first.input.place)
    about = path.stat()
    path.write_text("no")  # of the same size
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    (again,) = scripted_jobs(tmp_path, {"clip": "no"}, by_time=True, run="second")
    assert not work(again).computed
    (by_content,) = scripted_jobs(tmp_path, {"clip": "no"}, run="third")
    assert work(by_content).computed


def test_outputs_that_are_asked_for_later_are_made_from_the_result(tmp_path):
    pytest.importorskip("pympi", reason="ELAN needs the extra 'annotate'")
    work(job(tmp_path))
    record = work(job(tmp_path, run="second", outputs=(RESULT, "eaf", "csv", "report")))
    assert record.status == DONE and starts(tmp_path) == 1
    assert sorted(path.name for path in (tmp_path / "results").glob("clip*")) == [
        "clip.eaf", "clip.html", "clip.movements.csv", "clip.npz",
    ]  # fmt: skip
    assert record.persons[0].frames == 12


def test_file_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "clip.npz").write_text("precious")
    record = work(job(tmp_path))
    assert record.status == FAILED and "--force" in record.error
    assert (tmp_path / "results" / "clip.npz").read_text() == "precious" and starts(tmp_path) == 0


def test_person_that_failed_is_tried_again_alone(tmp_path):
    work(job(tmp_path, "ok bad"))
    work(job(tmp_path, "ok bad", run="second"))
    assert Scripted(tmp_path / "log").starts() == ["clip 0", "clip 1", "clip 1"]


def test_input_that_is_not_there_fails_with_its_name(tmp_path):
    gone = job(tmp_path)
    Path(gone.input.place).unlink()
    record = work(gone)
    assert record.status == FAILED and gone.input.place in record.error and "no such file" in record.error


def begun(folder: Path, run: str, attempts: int) -> None:
    """The record that a worker leaves which was killed at work."""
    Record("clip", "clip.txt", RUNNING, run=run, attempts=attempts).save(folder / "results")


def test_clip_that_took_down_its_workers_is_given_up_in_this_run_alone(tmp_path):
    begun(tmp_path, "first", MOST_ATTEMPTS)
    record = work(job(tmp_path))
    assert record.status == FAILED and "killed 2 times" in record.error and starts(tmp_path) == 0
    begun(tmp_path, "first", MOST_ATTEMPTS)
    assert work(job(tmp_path, run="second")).status == DONE


def test_person_who_was_done_before_the_worker_was_killed_is_kept(tmp_path):
    record = work(job(tmp_path, "ok ok"))
    record.status, record.persons = RUNNING, record.persons[:1]
    record.save(tmp_path / "results")
    again = work(job(tmp_path, "ok ok"))
    assert (again.status, again.attempts) == (DONE, 2)
    assert Scripted(tmp_path / "log").starts() == ["clip 0", "clip 1", "clip 1"]


def test_clip_that_a_cluster_asks_for_twice_in_a_run_is_worked_on_once(tmp_path):
    first = work(job(tmp_path, "ok bad", force=True))
    assert work(job(tmp_path, "ok bad", force=True)) == first
    assert starts(tmp_path) == 2


def test_interruption_counts_as_no_attempt(tmp_path):
    begun(tmp_path, "first", 1)
    interrupt(job(tmp_path))
    kept = Record.load(Record.path(tmp_path / "results", "clip"))
    assert kept is not None and (kept.status, kept.attempts) == (WAITING, 0)


def test_record_that_is_damaged_counts_as_none(tmp_path):
    work(job(tmp_path))
    path = Record.path(tmp_path / "results", "clip")
    path.write_text(path.read_text()[:100])
    assert Record.load(path) is None
