"""Numbers as people read them."""

import math

import pytest

from paramdyn_tui.formatting import (
    age,
    bar,
    count,
    duration,
    number,
    percent,
    short_count,
    sparkline,
)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("0.3124", 0.31241),
        ("1.2e-07", 1.2e-7),
        ("12,346", 12345.6),
        ("-3", -3.0),
        ("0", 0.0),
        ("-0", -0.0),
        ("nan", math.nan),
        ("-inf", -math.inf),
        ("1e+12", 1e12),
        ("-", None),
    ],
)
def test_number(expected, value):
    assert expected == number(value)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("0", 0),
        ("999", 999),
        ("62.0k", 62006),
        ("1.0M", 999_999),
        ("11.2M", 11_181_642),
        ("140M", 139_611_210),
        ("25.3G", 25.3e9),
    ],
)
def test_short_count(expected, value):
    assert expected == short_count(value)


def test_count_keeps_every_digit():
    assert "6,946,816" == count(6946816)


@pytest.mark.parametrize(
    ("expected", "share"),
    [
        ("62.1%", 0.6213),
        ("0.0%", 0.0),
        ("<0.1%", 1e-9),
        (">99.9%", 0.99999),
        ("100.0%", 1.0),
        ("nan", math.nan),
        ("-", None),
    ],
)
def test_percent_never_rounds_to_none_or_all(expected, share):
    assert expected == percent(share)


@pytest.mark.parametrize(
    ("expected", "seconds"),
    [
        ("0.8s", 0.82),
        ("10s", 9.96),
        ("14s", 14.2),
        ("1m00s", 59.7),
        ("18m04s", 1084),
        ("3h05m", 11100),
        ("2d04h", 190000),
        ("-", None),
        ("-", math.inf),
    ],
)
def test_duration(expected, seconds):
    assert expected == duration(seconds)


@pytest.mark.parametrize(
    ("expected", "seconds"),
    [("now", 3), ("12s", 12), ("1m", 70), ("2h", 7300), ("3d", 260000), ("-", None)],
)
def test_age(expected, seconds):
    assert expected == age(seconds)


@pytest.mark.parametrize(("expected", "share"), [("░░░░", 0), ("██░░", 0.5), ("████", 1.7)])
def test_bar(expected, share):
    assert expected == bar(share, 4)


def test_bar_in_ascii():
    assert "##.." == bar(0.5, 4, ascii_only=True)


def test_sparkline_spans_lowest_to_highest():
    assert "▁▂▃▄▅▆▇█" == sparkline(range(8), 8)
    assert "█▁" == sparkline([2.0, 1.0], 8)


def test_sparkline_keeps_a_spike_among_many_values():
    values = [0.0] * 1000
    values[517] = 9.0
    line = sparkline(values, 20)
    assert 20 == len(line)
    assert 1 == line.count("█")


def test_sparkline_shows_what_is_not_finite():
    assert "▁x█" == sparkline([1.0, math.nan, 2.0], 3)
    assert "xx" == sparkline([math.inf, math.nan], 5)


@pytest.mark.parametrize(("expected", "values"), [("", []), ("▁", [3.0]), ("▁▁", [3.0, 3.0])])
def test_sparkline_of_little(expected, values):
    assert expected == sparkline(values, 5)


def test_sparkline_in_ascii():
    assert sparkline(range(8), 8, ascii_only=True).isascii()
