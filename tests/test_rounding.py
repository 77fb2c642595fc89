"""Weights that are stored in 8 bits: how near they stay, and that storing them again changes nothing."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from dancelift.rounding import SCALE, pack, rounded

RNG = np.random.default_rng(0)
WEIGHTS = {
    "conv": (RNG.normal(size=(3, 128, 128)) * np.exp(RNG.normal(size=128))).astype(np.float32),
    "bias": RNG.normal(size=128).astype(np.float32),
}


def test_large_weights_are_within_half_a_step_of_their_output():
    found = rounded(WEIGHTS)
    step = np.abs(WEIGHTS["conv"]).max(axis=(0, 1)) / 127
    assert (np.abs(found["conv"] - WEIGHTS["conv"]).max(axis=(0, 1)) <= 0.51 * step).all()
    assert found["conv"].dtype == np.float32
    assert_array_equal(found["bias"], WEIGHTS["bias"].astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("stacked", [False, True])
def test_weights_that_were_rounded_once_are_rounded_to_themselves(stacked):
    once = rounded(WEIGHTS, stacked=stacked)
    again = rounded(once, stacked=stacked)
    for name, weight in once.items():
        assert_array_equal(again[name], weight)


def test_each_of_stacked_networks_has_scales_of_its_own():
    found = rounded(WEIGHTS, stacked=True)["conv"]
    for weight, near in zip(WEIGHTS["conv"], found, strict=True):
        step = np.abs(weight).max(axis=0) / 127
        assert (np.abs(near - weight).max(axis=0) <= 0.51 * step).all()


def test_an_output_that_is_nothing_but_0_stays_so():
    weights = {"conv": WEIGHTS["conv"].copy()}
    weights["conv"][..., 5] = 0
    packed = pack(weights)
    assert (packed["conv" + SCALE] > 0).all()
    assert (rounded(weights)["conv"][..., 5] == 0).all()
