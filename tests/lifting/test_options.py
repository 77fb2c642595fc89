"""How a clip is to be lifted: LiftOptions, checked when they are made; bad ones are in test_bad_input.py too."""

import dataclasses
import math

import pytest

from dancelift import InputError
from dancelift.lifting.options import LiftOptions, core_sigmas, default_sigmas


def test_options_are_those_of_lift_unless_told_otherwise():
    options = LiftOptions()
    assert (options.n_seeds, options.prior, options.solver, options.random_seed) == (16, "default", "chain", 0)
    assert (options.height, options.n_threads, options.keep_seeds, options.sigmas) == (None, None, False, None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"n_seeds": 0}, "n_seeds is 0, expected"),
        ({"random_seed": -1}, "random_seed is -1, expected"),
        ({"height": 170}, "height is 170, expected"),
        ({"n_threads": 0}, "n_threads is 0, expected"),
        ({"solver": "newton"}, "solver is 'newton', expected 'chain' or 'ceres'"),
        ({"tolerance": 0}, "tolerance is 0, expected"),
        ({"tolerance": 0.5}, "tolerance is 0.5, expected a number of relative decrease above 0 and at most 0.1"),
        ({"sigmas": {"charm": 1.0}}, "sigmas: 'charm' is unknown, expected one of acceleration2d, "),
        ({"sigmas": {"smooth3d": 0}}, r"sigmas\['smooth3d'\] is 0, expected"),
        ({"sigmas": [1.0]}, r"sigmas is \[1.0\], expected a mapping"),
    ],
)
def test_option_that_cannot_be_used_is_refused_when_it_is_given(given, expected):
    with pytest.raises(InputError, match=expected):
        LiftOptions(**given)
    with pytest.raises(InputError, match=expected):
        dataclasses.replace(LiftOptions(), **given)


def test_options_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LiftOptions().n_seeds = 3


def test_as_many_threads_as_asked_for_or_one_a_processor(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert LiftOptions().threads == 3
    assert LiftOptions(n_threads=7).threads == 7


def test_what_a_lift_depends_on_is_said_but_for_what_is_as_usual():
    assert LiftOptions().made_by == {}
    assert LiftOptions(n_threads=3, keep_seeds=True).made_by == {}  # they do not change the motion
    made_by = LiftOptions(n_seeds=4, height=1.8, sigmas={"smooth3d": math.inf}).made_by
    assert made_by == {"n_seeds": "4", "height": "1.8", "sigmas": "{'smooth3d': inf}"}


def test_standard_deviations_replace_the_defaults_by_name():
    sigmas = core_sigmas({"smooth3d": 3, "floor": math.inf})
    assert (sigmas.smooth3d, sigmas.floor) == (3.0, math.inf)
    assert sigmas.reprojection == default_sigmas()["reprojection"]
