import numpy as np
import pytest

from paramdyn_tui.plotting.reduce import reduce_matrix, reduce_series


@pytest.mark.parametrize("place", [0, 1, 31_416, 99_998, 99_999])
@pytest.mark.parametrize("spike", [3.0, -3.0])
def test_one_spike_among_100_000_is_kept(place, spike):
    x = np.arange(100_000.0)
    y = np.random.default_rng(0).normal(1.0, 0.02, len(x))
    y[place] = spike
    short_x, short_y = reduce_series(x, y)
    assert len(short_x) <= 302
    assert [spike] == short_y[short_x == place].tolist()


def test_short_series_comes_back_whole_and_by_rising_x():
    x, y = reduce_series(np.array([2.0, 0.0, 1.0]), np.array([5.0, 3.0, np.nan]))
    assert [0.0, 1.0, 2.0] == x.tolist()
    np.testing.assert_array_equal([3.0, np.nan, 5.0], y)


def test_first_and_last_points_are_kept():
    x = np.arange(10_000.0)
    short_x, short_y = reduce_series(x, np.sin(x), buckets=10)
    assert (0.0, 9_999.0) == (short_x[0], short_x[-1])
    assert (np.sin(0.0), np.sin(9_999.0)) == (short_y[0], short_y[-1])


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_not_finite_is_kept_and_hides_no_other(odd):
    x = np.arange(10_000.0)
    y = np.ones_like(x)
    y[5_000], y[5_001], y[5_002] = 7.0, odd, -7.0
    short_x, short_y = reduce_series(x, y)
    np.testing.assert_array_equal([odd], short_y[short_x == 5_001])
    assert {1.0, 7.0, -7.0} == set(short_y[np.isfinite(short_y)].tolist())


def test_nothing_but_nan_stays_nan():
    _, y = reduce_series(np.arange(1_000.0), np.full(1_000, np.nan), buckets=10)
    assert 0 < len(y) <= 12
    assert np.isnan(y).all()


def test_points_without_a_place_are_left_out():
    x, y = reduce_series(np.array([0.0, np.nan, np.inf]), np.array([1.0, 2.0, 3.0]))
    assert ([0.0], [1.0]) == (x.tolist(), y.tolist())


def test_empty_and_constant_series():
    assert ([], []) == tuple(part.tolist() for part in reduce_series(np.empty(0), np.empty(0)))
    x, y = reduce_series(np.arange(1_000.0), np.full(1_000, 4.0), buckets=10)
    assert len(x) <= 22
    assert {4.0} == set(y.tolist())


def test_all_points_at_one_place():
    x, y = reduce_series(np.zeros(1_000), np.arange(1_000.0), buckets=10)
    assert ([0.0, 0.0], [0.0, 999.0]) == (x.tolist(), y.tolist())


def test_matrix_cell_holds_the_largest_of_its_values():
    x = np.arange(100_000.0)
    values = np.ones((2, len(x)))
    values[1, 77_777] = 9.0
    cells, defined = reduce_matrix(x, values, np.ones_like(values, bool), columns=50)
    assert (2, 50) == cells.shape
    assert [38] == np.flatnonzero(cells[1] == 9.0).tolist()
    assert defined.all()


def test_matrix_can_keep_the_smallest():
    x, values = np.arange(4.0), np.array([[4.0, 1.0, 3.0, 2.0]])
    cells, _ = reduce_matrix(x, values, np.ones_like(values, bool), columns=2, keep="min")
    assert [[1.0, 2.0]] == cells.tolist()


def test_matrix_cell_without_a_measurement_holds_the_one_before():
    x, values = np.array([0.0, 1.0, 100.0]), np.array([[1.0, 2.0, 3.0]])
    cells, _ = reduce_matrix(x, values, np.ones_like(values, bool), columns=4)
    assert [[2.0, 2.0, 2.0, 3.0]] == cells.tolist()


def test_matrix_tells_undefined_from_not_finite():
    values = np.array([[np.nan, np.nan, 1.0], [np.nan, np.inf, 1.0]])
    defined = np.array([[False, False, True], [True, True, True]])
    cells, exist = reduce_matrix(np.arange(3.0), values, defined, columns=3)
    assert [[False, False, True], [True, True, True]] == exist.tolist()
    np.testing.assert_array_equal([np.nan, np.nan, 1.0], cells[1])


def test_matrix_of_no_records_is_undefined():
    cells, defined = reduce_matrix(np.empty(0), np.empty((2, 0)), np.empty((2, 0), bool), columns=3)
    assert (2, 3) == cells.shape
    assert not defined.any()


def test_matrix_of_one_record_fills_the_row():
    one = np.array([[5.0]])
    cells, _ = reduce_matrix(np.zeros(1), one, np.ones_like(one, bool), columns=3)
    assert [[5.0, 5.0, 5.0]] == cells.tolist()
