"""How well known dances are told from everything else, as figures."""

import math

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'train'")
pytest.importorskip("lightning", reason="training needs the extra 'train'")

from dancelift.evaluation.novelty import NoveltyScores

SCORES = NoveltyScores([0.5, 0.8, 1.2, 0.6], {"walks": [1.1, 3.0, math.inf], "jigs": [0.7, 1.3]})


def test_auroc_counts_the_pairs_in_the_right_order():
    # of 3 x 4 pairs, only 1.1 and 1.2 are the wrong way round
    assert SCORES.auroc("walks") == pytest.approx(11 / 12)
    assert SCORES.auroc("jigs") == pytest.approx((2 + 4) / 8)
    assert SCORES.auroc() == pytest.approx((11 + 6) / 20)
    assert NoveltyScores([1.0, 2.0], {"same": [1.0, 2.0]}).auroc() == 0.5


def test_shares_are_of_views_on_either_side_of_the_threshold():
    assert SCORES.lost == 0.25
    assert (SCORES.named("walks"), SCORES.named("jigs"), SCORES.named()) == (0, 0.5, 0.2)


def test_table_has_a_line_for_each_source():
    text = SCORES.table().text().splitlines()
    assert [line.split("  ")[0] for line in text[-4:]] == ["known dances", "walks", "jigs", "all that is unknown"]
    assert text[-3].split()[-2:] == ["0.917", "0.0"]
    found = SCORES.as_json()
    assert found["unknown"]["walks"] == [1.1, 3.0, None]
    assert np.isclose(found["auroc"], 0.85)
