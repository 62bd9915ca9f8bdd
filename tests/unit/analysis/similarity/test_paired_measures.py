"""All measures of a pair at once are the measures one by one, and so are their nulls."""

import numpy as np
import pytest

from paramdyn.analysis.similarity import (
    cka,
    held_out_procrustes,
    match_units,
    procrustes,
    pwcca,
    svcca,
)
from paramdyn.analysis.similarity.paired import OF_ITSELF, affordable, paired, self_test


@pytest.fixture
def features():
    """Two related layers of unlike widths, with a dead and a constant unit."""
    random = np.random.default_rng(3)
    x = random.standard_normal((150, 9)) * random.uniform(0.1, 5, 9) + 2
    x[:, 2], x[:, 5] = 0.0, 1.5
    y = x @ random.standard_normal((9, 14)) + random.standard_normal((150, 14))
    return x, y


def one_by_one(x, y):
    weighted = pwcca(x, y)
    return {
        "matched": match_units(x, y).mean.value,
        "greedy": match_units(x, y, method="greedy").mean.value,
        "cka": cka(x, y).value,
        "svcca": svcca(x, y).value,
        "pwcca_x": weighted.by_x.value,
        "pwcca_y": weighted.by_y.value,
        "procrustes": procrustes(x, y).value,
        "held_out": held_out_procrustes(x[::2], y[::2], x[1::2], y[1::2]).value,
    }


@pytest.mark.parametrize("swapped", [False, True])
def test_values_are_those_of_the_single_functions(features, swapped):
    x, y = reversed(features) if swapped else features
    found = paired(x, y, draws=0)
    expected = one_by_one(x, y)
    assert list(OF_ITSELF) == list(found.values)
    got = {name: value.value for name, value in found.values.items()}
    assert pytest.approx(expected, rel=1e-9) == got


def test_a_null_is_the_measure_with_the_second_sides_images_permuted(features):
    x, y = features
    found = paired(x, y, draws=3, seed=7)
    random = np.random.default_rng(7)
    drawn = [one_by_one(x, y[random.permutation(len(y))]) for _ in range(3)]
    for name, null in found.nulls.items():
        values = [each[name] for each in drawn]
        assert np.mean(values) == pytest.approx(null.mean.value, rel=1e-9, abs=1e-12)
        assert np.quantile(values, 0.975) == pytest.approx(null.high, rel=1e-9, abs=1e-12)
        assert 3 == null.draws


def test_matched_units_are_places_in_the_matrix_of_live_units(features):
    x, y = features
    found = paired(x, y, draws=0)
    assert (7, 14) == found.correlations.shape
    assert (1, 1) == (found.x.dead, found.x.constant)
    r = np.corrcoef(x[:, found.x.live[found.rows[0]]], y[:, found.columns[0]])[0, 1]
    assert r == pytest.approx(found.correlations[found.rows[0], found.columns[0]], abs=1e-12)
    matched = np.abs(found.correlations[found.rows, found.columns]).mean()
    assert matched == pytest.approx(found.values["matched"].value, abs=1e-12)


def test_a_layer_and_itself(features):
    found = {name: value.value for name, value in self_test(features[0]).items()}
    assert pytest.approx(dict(OF_ITSELF), abs=1e-6) == found


def test_more_units_than_images_leave_cca_undefined_and_the_rest_defined():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((20, 30)), random.standard_normal((20, 25))
    found = paired(x, y, draws=2)
    assert "20 examples for 30 units" in found.values["svcca"].reason
    assert found.nulls["svcca"].mean.value is None
    assert cka(x, y).value == pytest.approx(found.values["cka"].value, abs=1e-12)
    assert procrustes(x, y).value == pytest.approx(found.values["procrustes"].value, abs=1e-12)


@pytest.mark.parametrize("bad", [np.zeros((30, 4)), np.full((30, 4), np.nan)])
def test_k26_constant_and_broken_features_are_undefined_with_a_reason(bad):
    found = paired(bad, np.random.default_rng(0).standard_normal((30, 5)))
    assert {True} == {bool(value.reason) for value in found.values.values()}
    assert {} == found.nulls
    assert (0, 0) == found.correlations.shape


def test_wide_layers_get_fewer_draws_and_never_none():
    assert [20, 5, 1, 1] == [affordable(20, width) for width in (84, 512, 1024, 4096)]
