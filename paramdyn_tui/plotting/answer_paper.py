"""The pictures of an answer as files of publication quality, drawn by matplotlib.

The same numbers as in the terminal; equal pictures have equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from paramdyn.analysis.answer import Bars, Curves, Heatmap, Picture
from paramdyn_tui.plotting.answer_pictures import panel_of
from paramdyn_tui.plotting.paper import COLUMN, INKS, ROW, draw_panel, drawn_bytes
from paramdyn_tui.plotting.paper_parts import CLASS_INKS
from paramdyn_tui.plotting.shown_runs import look_of

MOST_LABELS = 64
"""Labels that an axis of a matrix can carry."""
DIVERGING, SEQUENTIAL = "RdBu_r", "viridis"
UNDEFINED = "#dddddd"

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
        parts = figure.subfigures(len(rows), 1, height_ratios=heights, squeeze=False).ravel()
        for part, row in zip(parts, rows, strict=True):
            for axes, picture in zip(
                part.subplots(1, len(row), squeeze=False).ravel(), row, strict=True
            ):
                _draw(axes, picture)

    return drawn_bytes(kind, (COLUMN * max(wide, 1.4), sum(heights) + 0.2), draw)


def _rows(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Return pictures of one kind in pairs."""
    rows: list[list[Picture]] = []
    for picture in pictures:
        if rows and len(rows[-1]) == 1 and type(rows[-1][0]) is type(picture):
            rows[-1].append(picture)
        else:
            rows.append([picture])
    return rows


def _height(picture: Picture) -> float:
    """Return inches."""
    if isinstance(picture, Heatmap):
        labels = len(picture.rows) if 0 < len(picture.rows) <= MOST_LABELS else 0
        return max(COLUMN * 0.95, 0.6 + 0.13 * labels)
    if isinstance(picture, Bars):
        return 1.0 + 0.24 * len(picture.labels)
    return ROW + 0.12 * len(picture.curves)


def _draw(axes: Axes, picture: Picture) -> None:
    if isinstance(picture, Heatmap):
        _draw_heatmap(axes, picture)
    elif isinstance(picture, Bars):
        _draw_bars(axes, picture)
    else:
        _draw_curves(axes, picture)
    axes.set_title(picture.title, loc="left", wrap=True)


def _draw_curves(axes: Axes, picture: Curves) -> None:
    draw_panel(axes, panel_of(picture))
    axes.set_ylabel(picture.y_label)
    if any(curve.label for curve in picture.curves):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)


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
    axes.set_ylabel(picture.row_title)
    axes.set_xlabel("; ".join(text for text in (picture.column_title, picture.note) if text),
                    wrap=True)  # fmt: skip
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
    names = [f"{each} (null)" if each in picture.nulls else each for each in picture.labels]
    axes.set_yticks(places, names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("%" if picture.unit == "share" else picture.unit)
    if len(picture.parts) > 1:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=4, frameon=False)
