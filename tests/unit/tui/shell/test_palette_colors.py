"""Colours can be told apart: by everybody, and on a terminal that has 256 of them."""

import itertools
import math

import numpy as np
import pytest
from rich.color import Color

from paramdyn_tui.tui.inks import nearest, rgb_of
from paramdyn_tui.tui.palette import HEAT_LEVELS, PALETTES, SERIES, STYLES, Palette
from paramdyn_tui.tui.textual_theme import textual_theme

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB
VISION = {
    "full": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                   [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(code):
    channels = np.array(rgb_of(code)) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(color):
    xyz = TO_XYZ @ np.clip(color, 0, 1) / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def ciede2000(one, other):
    """Sharma, Wu & Dalal, "The CIEDE2000 Color-Difference Formula", 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean**7 / (mean**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    middle = h1 + turn / 2 if c1 * c2 else h1 + h2
    t = (1 - 0.17 * math.cos(math.radians(middle - 30)) + 0.24 * math.cos(math.radians(2 * middle))
         + 0.32 * math.cos(math.radians(3 * middle + 6))
         - 0.20 * math.cos(math.radians(4 * middle - 63)))  # fmt: skip
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    sl = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = -math.sin(math.radians(60 * math.exp(-(((middle % 360 - 275) / 25) ** 2))))
    rotation *= 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    parts = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return math.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2])


def contrast(one, other):
    first, second = (float(TO_XYZ[1] @ linear(code)) for code in (one, other))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


@pytest.fixture(params=sorted(PALETTES))
def palette(request) -> Palette:
    return PALETTES[request.param]


def test_the_distance_is_that_of_the_published_test_data():
    # three of the 34 pairs of the paper
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)
    assert ciede2000((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514)) == pytest.approx(
        0.9082, abs=1e-4
    )


@pytest.mark.parametrize("vision", sorted(VISION))
def test_any_two_series_differ_for_every_colour_vision(palette, vision):
    seen = [lab(VISION[vision] @ linear(code)) for code in palette.series]
    pairs = itertools.combinations(range(SERIES), 2)
    near = {pair: ciede2000(seen[pair[0]], seen[pair[1]]) for pair in pairs}
    assert {pair: distance for pair, distance in near.items() if distance < 10} == {}


def test_series_and_texts_stand_out_from_the_ground(palette):
    assert all(contrast(code, palette.ground) >= 3 for code in palette.series)
    for style in ("text", "strong", "dim", "title", "good", "bad", "warn", "live", "event"):
        ink = palette.ink(style)
        assert contrast(ink.fore or palette.text, palette.ground) >= 4.5, style


def test_text_on_a_ground_of_its_own_can_be_read(palette):
    for style in STYLES:
        ink = palette.ink(style)
        if ink.back is not None and style != "input-cursor":
            assert contrast(ink.fore or palette.text, ink.back) >= 4.5, style


def test_heat_levels_keep_their_order_in_lightness(palette):
    lightness = [lab(linear(code))[0] for code in palette.heat]
    rising = palette.name == "dark"
    assert lightness == sorted(lightness, reverse=not rising)
    assert len(set(palette.heat)) == HEAT_LEVELS


def test_surfaces_differ_and_are_exact_on_256_colours(palette):
    theme = textual_theme(palette)
    assert palette.ground != palette.raised
    for hexed, code in ((theme.background, palette.ground), (theme.surface, palette.raised)):
        assert nearest(Color.parse(hexed)).number == code


def test_the_nearest_colour_of_a_dark_grey_is_grey():
    assert nearest(Color.parse("#1e1e1e")).number in range(232, 256)
    assert nearest(Color.parse("color(24)")).number == 24


def test_every_style_is_known_and_others_look_like_text(palette):
    assert all(style in palette.inks for style in STYLES)
    assert palette.ink("nothing of that name") == palette.ink("text")
    assert palette.ink("s3").fore == palette.series[3]
    assert (palette.ink("h3/7").fore, palette.ink("h3/7").back) == (
        palette.heat[3],
        palette.heat[7],
    )
    assert palette.ink("hn").back != palette.ink("hu").back
