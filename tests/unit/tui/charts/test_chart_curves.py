import numpy as np
import pytest

from paramdyn_tui.plotting.bands import band_of
from paramdyn_tui.plotting.smoothing import smoothed
from paramdyn_tui.tui.charts.chart import ChartLine
from paramdyn_tui.tui.charts.curves import DEVIATION, difference_line, mean_line, with_smooth
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.smoothing import Smoother

X = np.arange(20.0)


def test_the_raw_line_lies_faintly_behind_the_smooth_one():
    y = np.random.default_rng(0).normal(size=20)
    line = ChartLine("loss", X, y, 4, pyramid=Pyramid(X, y))
    raw, smooth = with_smooth(line, Smoother(0.9))
    assert (True, "f4", y.tolist()) == (raw.faint, raw.style, raw.y.tolist())
    assert (False, "s4") == (smooth.faint, smooth.style)
    np.testing.assert_allclose(smoothed(y, 0.9), smooth.y)
    assert smooth.pyramid is None
    assert [line] == with_smooth(line, None) == with_smooth(line, Smoother(0.0))


def test_a_difference_is_interpolated_where_both_are():
    line = ChartLine("a", np.array([0.0, 1.0, 2.5, 9.0]), np.array([1.0, 2.0, np.nan, 4.0]), 2)
    base = ChartLine("b", np.array([0.5, 1.5, 3.0]), np.array([1.0, 3.0, 3.0]))
    found = difference_line(line, base)
    assert ("a", 2, [1.0, 2.5]) == (found.label, found.color, found.x.tolist())
    assert 0.0 == found.y[0]
    assert np.isnan(found.y[1])
    assert not len(difference_line(line, ChartLine("e", X[:0], X[:0])).x)


@pytest.mark.parametrize("runs", [2, 5])
def test_a_band_of_deviations_is_numpy_s(runs):
    values = np.random.default_rng(runs).normal(size=(runs, 20))
    line = mean_line("m", [(X, row) for row in values], 1, spread=DEVIATION)
    spread = values.std(axis=0, ddof=1)
    np.testing.assert_allclose(values.mean(axis=0), line.y)
    np.testing.assert_allclose(values.mean(axis=0) - spread, line.low)
    np.testing.assert_allclose(values.mean(axis=0) + spread, line.high)


def test_a_band_is_the_interval_of_the_mean_unless_asked_otherwise():
    curves = [(X, X), (X, X + 1), (X, X - 3)]
    line, band = mean_line("m", curves, 1), band_of(curves)
    np.testing.assert_allclose(band.low, line.low)
    assert (mean_line("m", curves, 1, spread=DEVIATION).low > line.low).all()


def test_one_curve_has_no_band():
    line = mean_line("m", [(X, X), (X[:0], X[:0])], 0)
    assert X.tolist() == line.y.tolist()
    assert line.low is line.high is None
