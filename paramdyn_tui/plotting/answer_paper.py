"""The pictures of an answer as files of publication quality, drawn by matplotlib.

The same numbers as in the terminal; equal pictures have equal bytes.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from paramdyn.analysis.answer import Bars, Curves, Heatmap, Picture
from paramdyn_tui.plotting.paper import COLUMN, DASHES, INKS, ROW, SHAPES, drawn_bytes
from paramdyn_tui.plotting.paper_parts import CLASS_INKS
from paramdyn_tui.plotting.shown_runs import look_of

MOST_LABELS = 64
"""Labels that an axis of a matrix can carry."""
DIVERGING, SEQUENTIAL = "RdBu_r", "viridis"
UNDEFINED = "#dddddd"
ROW_TITLE = 36
"""Characters of a line beside a heatmap."""
SHORT_LABEL = 20
"""Characters of a label up to which two pictures stand beside each other."""
TITLE = 46
"""Characters of a line; broken here, because matplotlib's own breaks depend on the layout."""

Axes = Any  # matplotlib is imported by who calls, and has no types that mypy knows


def pictures_bytes(pictures: Sequence[Picture], kind: str) -> bytes:
    """Return pictures on one page, two beside each other where they are small.

    Args:
        pictures: At least one.
        kind: One of ``paper.KINDS``.

    Raises:
        BadRequest: matplotlib is not installed.
    """
    rows = _rows(pictures)
    heights = [max(_height(picture) for picture in row) for row in rows]
    wide = max(len(row) for row in rows)

    def draw(figure: Any) -> None:  # noqa: ANN401 - matplotlib's own
        grid = figure.add_gridspec(len(rows), wide, height_ratios=heights)
        for index, row in enumerate(rows):
            for place, picture in enumerate(row):
                across = slice(place, place + 1) if len(row) > 1 else slice(None)
                _draw(figure.add_subplot(grid[index, across]), picture)
        _settle(figure)

    return drawn_bytes(kind, (COLUMN * max(wide, 1.4), sum(heights) + 0.2), draw)


def _settle(figure: Any) -> None:  # noqa: ANN401 - matplotlib's own
    """Fix where everything stands: the solver's last digits differ from call to call."""
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is too narrow for its labels is drawn all the same
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        place = axes.get_position(original=True).bounds
        axes.set_position([round(each, 4) for each in place])


def _rows(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Return pictures of one kind in pairs, but those whose labels need the whole width."""
    rows: list[list[Picture]] = []
    for picture in pictures:
        last = rows[-1] if rows else []
        alike = len(last) == 1 and type(last[0]) is type(picture)
        if alike and max(_longest_label(last[0]), _longest_label(picture)) <= SHORT_LABEL:
            last.append(picture)
        else:
            rows.append([picture])
    return rows


def _longest_label(picture: Picture) -> int:
    if isinstance(picture, Heatmap):
        return max(map(len, picture.rows), default=0)
    if isinstance(picture, Bars):
        return max(map(len, [*picture.labels, *picture.parts]), default=0)
    return max((len(curve.label) for curve in picture.curves), default=0)


def _height(picture: Picture) -> float:
    """Return inches."""
    if isinstance(picture, Heatmap):
        labels = len(picture.rows) if 0 < len(picture.rows) <= MOST_LABELS else 0
        return max(COLUMN * 0.95, 0.6 + 0.13 * labels)
    if isinstance(picture, Bars):
        legend = 0.5 + 0.19 * len(picture.parts) if len(picture.parts) > 1 else 0.0
        return max(1.0 + 0.24 * len(picture.labels), legend)
    return ROW + 0.19 * -(-len(picture.curves) // _legend_columns(picture))


def _draw(axes: Axes, picture: Picture) -> None:
    if isinstance(picture, Heatmap):
        _draw_heatmap(axes, picture)
    elif isinstance(picture, Bars):
        _draw_bars(axes, picture)
    else:
        _draw_curves(axes, picture)
    axes.set_title(textwrap.fill(picture.title, TITLE), loc="left")


def _draw_curves(axes: Axes, picture: Curves) -> None:
    for index, curve in enumerate(picture.curves):
        look = look_of(index)
        ink = "#999999" if curve.null else INKS.get(look.color, "#333333")
        style = {"linewidth": 0.9} if curve.null else {"marker": SHAPES.get(look.glyph, "o")}
        axes.plot(
            curve.x, np.ma.masked_invalid(curve.y), color=ink, label=curve.label or None,
            linestyle=DASHES[index % len(DASHES)], markevery=max(len(curve.x) // 8, 1),
            markersize=3.5, **style,
        )  # fmt: skip
        if curve.low is not None and curve.high is not None:
            axes.fill_between(curve.x, curve.low, curve.high, color=ink, alpha=0.2, linewidth=0)
    axes.set_xscale("log" if picture.log_x else "linear")
    axes.set_yscale("log" if picture.log_y else "linear")
    axes.set_xlabel(picture.x_label)
    axes.set_ylabel(picture.y_label)
    if any(curve.label for curve in picture.curves):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=_legend_columns(picture))


def _legend_columns(picture: Curves) -> int:
    return 2 if _longest_label(picture) <= 2 * SHORT_LABEL else 1


def _draw_heatmap(axes: Axes, picture: Heatmap) -> None:
    import matplotlib as mpl

    name = DIVERGING if picture.low < 0 else SEQUENTIAL
    colors = mpl.colormaps[name].with_extremes(bad=UNDEFINED)
    square = picture.values.shape[0] == picture.values.shape[1]
    image = axes.imshow(
        np.ma.masked_invalid(picture.values), cmap=colors, vmin=picture.low, vmax=picture.high,
        aspect="equal" if square else "auto", interpolation="nearest",
    )  # fmt: skip
    axes.figure.colorbar(image, ax=axes, shrink=0.8)
    axes.set_ylabel(textwrap.fill(picture.row_title, ROW_TITLE))
    parts = [picture.column_title, *textwrap.wrap(picture.note, TITLE)]
    axes.set_xlabel("\n".join(text for text in parts if text))
    if 0 < len(picture.rows) <= MOST_LABELS:
        axes.set_yticks(range(len(picture.rows)), picture.rows, fontsize=6)
    if 0 < len(picture.columns) <= MOST_LABELS:
        axes.set_xticks(range(len(picture.columns)), picture.columns, fontsize=6, rotation=90)


def _draw_bars(axes: Axes, picture: Bars) -> None:
    places = np.arange(len(picture.labels))
    begin = np.zeros(len(picture.labels))
    scale = 100.0 if picture.unit == "share" else 1.0
    for index, (part, values) in enumerate(picture.parts.items()):
        lengths = scale * np.array([np.nan if value is None else value for value in values])
        ink = CLASS_INKS.get(part, INKS.get(look_of(index).color, "#333333"))
        drawn = axes.barh(places, np.nan_to_num(lengths), left=begin, height=0.7, color=ink,
                          label=part)  # fmt: skip
        for bar, label in zip(drawn, picture.labels, strict=True):
            if label in picture.nulls:
                bar.set_alpha(0.4)
        begin += np.nan_to_num(lengths)
        if len(picture.parts) == 1:  # a bar beside a far longer one is too short to be read
            texts = ["undefined" if np.isnan(each) else f"{each:.3g}" for each in lengths]
            axes.bar_label(drawn, texts, padding=3, fontsize=7)
            axes.margins(x=0.15)
    names = [f"{each} (null)" if each in picture.nulls else each for each in picture.labels]
    axes.set_yticks(places, names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("%" if picture.unit == "share" else picture.unit)
    if len(picture.parts) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
