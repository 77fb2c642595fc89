"""benchmarks/speed.py: peers solve dancelift's own objective, and are charged until they are there."""

import dataclasses
import functools
import json
import sys

import numpy as np
import pytest

from dancelift import Camera
from dancelift.synthetic.dance import generate
from fixtures.lifts import clip_of, problem_of
from fixtures.paths import BENCHMARKS

pytest.importorskip("matplotlib")

sys.path.insert(0, str(BENCHMARKS))
try:
    import speed
    import speed_figures
    import speed_limit
    from peers import dancelift_chain, worker
    from peers.objective import TERMS, objective_of
    from peers.peer import Task, Trace
    from peers.residuals import term_costs, unknowns
    from peers.roster import ROSTER
    from workloads import Workload
finally:
    sys.path.remove(str(BENCHMARKS))

ENTRIES = {entry.name: entry for entry in ROSTER}


@functools.cache
def make_task(skeleton="coco17", focal_known=False) -> Task:
    dance = generate(n_frames=8, random_seed=3, skeleton=skeleton)
    camera = Camera(dance.camera.matrix, focal_known=True) if focal_known else None
    prior = "anthropometric" if skeleton == "coco17" else "default"
    problem = problem_of(clip_of(dance, camera=camera), n_seeds=2, prior=prior)
    return Task(problem, objective_of(problem), n_threads=1, budget=60.0)


def peer_of(name, monkeypatch):
    """With the packages of benchmarks/ where the peer's module, and processes that it starts, find them."""
    entry = ENTRIES[name]
    if entry.missing():
        pytest.skip(entry.missing())
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    peer = entry.peer()
    if name == "ceres" and peer.missing():
        pytest.skip(peer.missing())
    return peer


PEERS = [pytest.param(name, marks=pytest.mark.slow if name != "dancelift" else ()) for name in ENTRIES]


@pytest.mark.parametrize("focal_known", [False, True])
@pytest.mark.parametrize("skeleton", ["coco17", "body25"])
def test_arrays_say_the_same_as_the_core_term_by_term(skeleton, focal_known):
    task = make_task(skeleton, focal_known)
    point = unknowns(np, task.objective, worker.beside_start(task.objective))
    expected = task.problem.evaluate(dancelift_chain.core_unknowns(point))
    costs = term_costs(np, task.objective, point)
    np.testing.assert_allclose(costs, expected, rtol=1e-9, atol=1e-12 * expected.sum())
    of_terms = dict(zip(TERMS, costs.sum(axis=(0, 2)), strict=True))
    left_out = {"acceleration2d", "seed_prior", *(["camera_prior"] if focal_known else [])}
    assert {name for name, cost in of_terms.items() if cost == 0} <= left_out


@pytest.mark.parametrize("name", PEERS)
def test_peer_has_dancelifts_objective(name, monkeypatch):
    assert worker.disagreement(peer_of(name, monkeypatch), make_task()) == ""


@pytest.mark.parametrize("name", PEERS)
def test_peer_comes_down_to_where_dancelift_does(name, monkeypatch):
    peer = peer_of(name, monkeypatch)
    if name == "adam":
        monkeypatch.setattr(peer, "_STEPS", 500)
    trace = peer.solve(dataclasses.replace(make_task(), setting=ENTRIES[name].settings[0]))
    reference = ENTRIES["dancelift"].peer().solve(make_task())
    for seconds, costs, best in zip(trace.seconds, trace.costs, reference.costs, strict=True):
        assert costs[-1] <= speed_figures.NEAR * best[-1]
        assert (np.diff(seconds) >= 0).all()
        assert len(seconds) == len(costs)


def test_another_objective_is_refused(monkeypatch):
    task = make_task()

    class Other:
        @staticmethod
        def term_totals(task, free):
            totals = ENTRIES["dancelift"].peer().term_totals(task, free)
            return {**totals, "bone_length": totals["bone_length"] * (1 + 1e-6)}

    assert worker.disagreement(Other, task).startswith("bone_length at the start is ")


@pytest.mark.parametrize("focal_known", [False, True])
def test_jacobian_is_that_of_the_residuals(focal_known):
    pytest.importorskip("scipy")
    from peers.sparse import Stacked

    stacked = Stacked(make_task("coco17", focal_known).objective.of_seed(1))
    rng = np.random.default_rng(0)
    x = stacked.start() + 0.02 * rng.normal(size=len(stacked.start()))
    along, step = rng.normal(size=len(x)), 1e-6
    expected = (stacked.values(x + step * along) - stacked.values(x - step * along)) / (2 * step)
    np.testing.assert_allclose(stacked.jacobian(x) @ along, expected, rtol=1e-5, atol=1e-4)


def test_seeds_in_lanes_are_charged_until_they_are_there_and_no_longer():
    seconds = np.array([0.0, 1.0, 2.0, 9.0])
    costs = np.array([50.0, 20.0, 10.05, 10.0])
    one_by_one = speed_figures.figures(Trace([seconds] * 3, [costs] * 3, lanes=1), np.full(3, 10.0))
    assert (one_by_one.every, one_by_one.median, one_by_one.returns) == (6.0, 4.0, 27.0)
    at_once = speed_figures.figures(Trace([seconds] * 3, [costs] * 3, lanes=3), np.full(3, 10.0))
    assert (at_once.every, at_once.median, at_once.returns) == (2.0, 2.0, 9.0)


def test_seed_that_never_gets_there_is_told():
    seconds = np.array([0.0, 1.0])
    traces = Trace([seconds] * 3, [np.array([50.0, 10.0]), np.array([50.0, 40.0]), np.array([50.0, 10.0])], lanes=3)
    found = speed_figures.figures(traces, np.array([10.0, 30.0, 10.0]))
    assert (found.every, found.n_there, found.n_able, found.able, found.median) == (None, 2, 2, 1.0, 1.0)


def test_slope_of_what_grows_with_the_square():
    assert speed_figures.slope([1, 10, 100], [2, 200, 20000]) == pytest.approx(2)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(speed, "QUICK", (Workload(8, 2), Workload(8, 1, clip="no_such_clip")))
    monkeypatch.setattr(speed, "_QUICK_SCALING", [(8, 1), (16, 1)])
    monkeypatch.setattr(speed, "missing", lambda: "time")

    def run(*options: str) -> tuple[str, dict]:
        speed.main(["--quick", "--output", str(tmp_path), *options])
        return (tmp_path / "BENCHMARK.md").read_text(), json.loads((tmp_path / "speed.json").read_text())

    return run


@pytest.mark.slow
def test_command_writes_table_figures_and_plot(run, tmp_path):
    tables, record = run("--peers", "dancelift")
    (row,) = record["rows"]
    assert row["n_there"] == 2
    assert 0 < row["every"] <= row["returns"]
    assert row["peak"] > 0
    assert f"| dancelift | {row['every']:.3g} | - |" in tables
    assert "Not run: no clip no_such_clip" in tables
    widest = [point for point in record["scaling"] if point["kernels"] == record["machine"]["kernels"]]
    assert [(point["frames"], point["threads"]) for point in widest] == [(8, 1), (8, 2), (16, 1), (16, 2)]
    for point in record["scaling"]:
        parts = [point[name] for name in ("reading", "seeding", "solving", "finishing")]
        assert min(parts) >= 0 and sum(parts) == pytest.approx(max(point["lift"], sum(parts)), rel=0.01)
    assert all(found["seconds"] > 0 for found in record["networks"])
    assert ("MotionBERT" in tables) == bool(record["networks"])
    assert all(point["solve"] > 0 and point["lift"] > 0 for point in record["scaling"])
    assert "lift by frames, 1 thread:" in tables
    assert (tmp_path / "speed.svg").read_text().lstrip().startswith("<?xml")
    assert str(BENCHMARKS) not in tables


@pytest.mark.slow  # it is compiled
def test_limit_is_told_with_what_is_done():
    if speed_limit.missing():
        pytest.skip(speed_limit.missing())
    limit = speed_limit.measure(Workload(60, 2).problem())
    assert (limit["frames"], limit["unknowns"]) == (60, 52)
    assert min(limit[name] for name in ("eliminate", "substitute", "evaluate", "peak_flops")) > 0
    text = speed_limit.section({"limit": limit})
    assert f"{limit['peak_flops'] / 1e9:.0f} Gflop of single precision" in text
    assert speed_limit.section({}) == ""


@pytest.mark.slow
def test_peer_without_its_library_is_said_to_be_skipped(run, monkeypatch):
    absent = dataclasses.replace(ENTRIES["jax"], library="no_such_library")
    monkeypatch.setattr(speed, "ROSTER", (ENTRIES["dancelift"], absent))
    tables, _ = run("--peers", "dancelift", "jax")
    assert "| JAX, Gauss-Newton | no no_such_library |" in tables


def test_peer_that_solves_something_else_is_not_timed(run, monkeypatch):
    monkeypatch.setattr(speed.Bench, "check", lambda *_: (_ for _ in ()).throw(speed.RefusedError("floor is 1")))
    with pytest.raises(speed.RefusedError, match="floor is 1"):
        run("--peers", "dancelift")


def test_networks_have_as_many_parameters_as_published(monkeypatch):
    torch = pytest.importorskip("torch", reason="the networks need torch")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from peers.lifting_networks import NETWORKS

    for make in NETWORKS.values():
        network = make().eval()
        n_parameters = sum(parameter.numel() for parameter in network.parameters())
        assert n_parameters == pytest.approx(network.PUBLISHED, rel=2e-3)
        with torch.inference_mode():
            found = network.lift(torch.randn(5, 17, 2))
        assert found.numel() == 5 * 17 * 3 and found.isfinite().all()
