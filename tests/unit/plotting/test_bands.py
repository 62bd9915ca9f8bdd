import numpy as np
import pytest
import scipy.stats

from paramdyn.store.query.groups import t_quantile
from paramdyn_tui.plotting.bands import band_of


@pytest.mark.parametrize("degrees", [*range(1, 60), 100, 1000, 10**6])
def test_quantile_is_that_of_student_s_t(degrees):
    assert scipy.stats.t.ppf(0.975, degrees) == pytest.approx(t_quantile(degrees), rel=2e-6)


@pytest.mark.parametrize("runs", [2, 3, 10, 50])
def test_band_is_scipy_s_interval_of_the_mean(runs):
    values = np.random.default_rng(runs).normal(size=(runs, 40))
    x = np.arange(40.0)
    band = band_of([(x, row) for row in values])
    low, high = scipy.stats.t.interval(
        0.95, runs - 1, values.mean(axis=0), scipy.stats.sem(values, axis=0)
    )
    np.testing.assert_allclose(values.mean(axis=0), band.mean)
    np.testing.assert_allclose(low, band.low, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(high, band.high, rtol=1e-5, atol=1e-5)
    assert {float(runs)} == set(band.runs.tolist())


def test_curves_are_interpolated_within_their_own_ends():
    long = np.array([0.0, 2.0, 4.0]), np.array([0.0, 2.0, 4.0])
    short = np.array([0.0, 1.0, 3.0]), np.array([0.0, 3.0, 5.0])
    band = band_of([long, short])
    assert [0.0, 1.0, 2.0, 3.0, 4.0] == band.x.tolist()
    assert [0.0, 2.0, 3.0, 4.0, 4.0] == band.mean.tolist()
    assert [2.0, 2.0, 2.0, 2.0, 1.0] == band.runs.tolist()
    assert np.isnan(band.low[-1])
    assert not np.isnan(band.low[:-1]).any()


def test_one_run_has_no_band_and_none_has_nothing():
    x = np.arange(3.0)
    alone = band_of([(x, x), (np.empty(0), np.empty(0))])
    assert x.tolist() == alone.mean.tolist()
    assert np.isnan(alone.low).all()
    assert np.isnan(alone.high).all()
    assert 0 == len(band_of([]).x)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_value_that_is_not_finite_spoils_the_mean_of_its_place_only(odd):
    x, y = np.arange(4.0), np.ones(4)
    broken = y.copy()
    broken[2] = odd
    band = band_of([(x, y), (x, broken)])
    np.testing.assert_array_equal([True, True, False, True], np.isfinite(band.mean))


def test_spike_of_one_run_is_in_the_band():
    x = np.arange(10_000.0)
    curves = [(x, np.ones(10_000)) for _ in range(5)]
    curves[3][1][4_321] = 100.0
    band = band_of(curves)
    assert (99.0 / 5 + 1) == pytest.approx(band.mean[4_321])
    assert band.high[4_321] > 50
