"""Nulls: simulated, permuted, and the closed forms against simulation."""

import numpy as np
import pytest

from paramdyn.analysis.similarity import (
    MEASURES,
    cka,
    independent_null,
    mean_cca,
    participation_ratio,
    permuted_null,
)
from paramdyn.analysis.similarity.nulls import (
    biased_cka_mean,
    matched_correlation_mean,
    participation_ratio_mean,
    wachter_mean,
)

RANDOM = np.random.default_rng(23)


@pytest.mark.parametrize(("n", "d1", "d2"), [(64, 512, 512), (512, 64, 300), (200, 200, 200)])
def test_biased_cka_has_its_closed_form(n, d1, d2):
    null = independent_null(MEASURES["cka-biased"], n, d1, d2, draws=8, seed=1)
    assert biased_cka_mean(n, d1, d2) == pytest.approx(null.mean.value, abs=0.005)
    assert null.low <= null.mean.value <= null.high


def test_biased_cka_of_few_examples_is_as_stated():
    assert 0.8906 == pytest.approx(
        independent_null(MEASURES["cka-biased"], 64, 512, 512, draws=10, seed=2).mean.value,
        abs=0.003,
    )
    assert 8 / 9 == pytest.approx(biased_cka_mean(64, 512, 512))


def test_unbiased_cka_has_0_within_its_interval():
    null = independent_null(MEASURES["cka"], 60, 20, 30, draws=60, seed=3)
    assert null.low < 0 < null.high
    assert 0 == pytest.approx(null.mean.value, abs=0.02)


@pytest.mark.parametrize(("n", "d1", "d2"), [(1000, 100, 100), (500, 100, 100), (600, 30, 90)])
def test_wachters_law_gives_the_mean_of_noise(n, d1, d2):
    x, y = RANDOM.standard_normal((n, d1)), RANDOM.standard_normal((n, d2))
    assert wachter_mean(n, d1, d2) == pytest.approx(mean_cca(x, y).value, abs=0.01)
    with pytest.raises(ValueError, match="expected d1"):
        wachter_mean(100, 50, 49)


def test_rules_of_thumb_hold():
    x = RANDOM.standard_normal((200, 100))
    assert participation_ratio_mean(200, 100) == pytest.approx(
        participation_ratio(x).value, rel=0.03
    )
    null = independent_null(MEASURES["matched-correlation"], 1000, 84, 84, draws=5, seed=4)
    assert 0.0801 == pytest.approx(null.mean.value, abs=0.003)
    assert matched_correlation_mean(1000, 84) == pytest.approx(null.mean.value, rel=0.1)


def test_same_seed_gives_the_same_null():
    nulls = [
        independent_null(MEASURES["procrustes"], 30, 4, 5, draws=6, seed=seed) for seed in (5, 5, 6)
    ]
    assert nulls[0] == nulls[1] != nulls[2]
    assert (30, 6) == (nulls[0].mean.n, nulls[0].draws)


def test_permuting_examples_breaks_the_pairing_only():
    x = RANDOM.standard_normal((80, 10))
    null = permuted_null(MEASURES["cka"], x, x, draws=40, seed=7)
    assert null.high < 0.2 < cka(x, x).value
    assert null == permuted_null(MEASURES["cka"], x, x, draws=40, seed=7)


def test_null_of_an_undefined_measure_is_undefined():
    null = independent_null(MEASURES["cca"], 10, 20, 5, draws=3, seed=0)
    assert (None, None, None) == (null.mean.value, null.low, null.high)
    assert "needs more examples than units" in null.mean.reason
    with pytest.raises(ValueError, match="at least 1"):
        independent_null(MEASURES["cca"], 10, 2, 5, draws=0, seed=0)
