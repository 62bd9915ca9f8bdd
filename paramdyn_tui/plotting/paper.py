"""Pictures of runs as files of publication quality, drawn by matplotlib: the extra ``figures``.

The same numbers as in the terminal. Equal pictures have equal bytes: no date, no random ids. SVG
keeps its text as text.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from paramdyn.errors import BadRequest
from paramdyn_tui.formatting import count
from paramdyn_tui.plotting.curves import reduced_line
from paramdyn_tui.plotting.frame import DIM, Line, Panel
from paramdyn_tui.plotting.panels import LOOKS
from paramdyn_tui.plotting.paper_parts import (
    draw_classes,
    draw_drift,
    draw_histograms,
    draw_layers,
)
from paramdyn_tui.plotting.picture import Picture

KINDS = (".svg", ".png", ".pdf")
BUCKETS = 1000
DOTS_PER_INCH = 200
COLUMN, ROW = 4.2, 2.9  # inches a panel has
INKS = {
    32: "#0072B2", 166: "#D55E00", 35: "#009E73", 133: "#CC79A7", 172: "#E69F00", 38: "#56B4E9",
    161: "#882255", 101: "#999933", DIM: "#999999",
}  # fmt: skip
"""The terminal's colours as those of Okabe and Ito, "Color Universal Design" (2008); the last two
of Tol's "muted" scheme."""
FAINT = 0.3
DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)))
SHAPES = dict(zip("●▲■◆✚▼○△□◇", "o^sDPvo^sD", strict=True))
STYLE: Any = {
    "svg.hashsalt": "paramdyn",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "path.simplify": False,
}
_METADATA: Mapping[str, dict[str, Any]] = {
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}


def require_matplotlib() -> None:
    """Raise unless matplotlib is installed.

    Raises:
        BadRequest: It is not.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise BadRequest(
            "--out: needs matplotlib, which is not installed. Install it with "
            "pip install 'paramdyn[figures]', or write a .txt or .ans file."
        )


def figure_bytes(picture: Picture, kind: str) -> bytes:
    """Return a picture as the content of a file.

    Args:
        picture: What to draw.
        kind: One of ``KINDS``.

    Raises:
        BadRequest: matplotlib is not installed.
    """
    rows = _rows(picture)
    heights = [height for height, _ in rows]

    def draw(figure: Any) -> None:  # noqa: ANN401 - matplotlib's own
        parts = figure.subfigures(len(rows), 1, height_ratios=heights, squeeze=False)
        for part, (_, draw_part) in zip(parts.ravel(), rows, strict=True):
            draw_part(part)

    return drawn_bytes(kind, (2 * COLUMN, sum(heights) + 0.4), draw)


def drawn_bytes(kind: str, size: tuple[float, float], draw: Callable[[Any], None]) -> bytes:
    """Return what ``draw`` draws into an empty figure as the content of a file.

    Args:
        kind: One of ``KINDS``.
        size: Width and height in inches.
        draw: Takes the figure.

    Raises:
        BadRequest: matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**mpl.rcParamsDefault, **STYLE}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        content = io.BytesIO()
        figure.savefig(content, format=kind[1:], dpi=DOTS_PER_INCH, metadata=dict(_METADATA[kind]))
    return content.getvalue()


def _rows(picture: Picture) -> list[tuple[float, Any]]:
    """Return the parts from top to bottom: how high, in inches, and what draws them."""
    several = len(picture.runs) > 1
    below = picture.request.compares(len(picture.runs))
    rows: list[tuple[float, Any]] = []
    for part in picture.parts:
        if part == "curves" and picture.panels:
            height = ROW * ((len(picture.panels) + 1) // 2) + (0.5 if below else 0.0)
            rows.append((height, lambda figure: _draw_panels(figure, picture.panels, below)))
        elif part == "drift":
            for shown in picture.drifts:
                height = 1.0 + 0.16 * min(len(shown.drift.parameters), 40)
                rows.append((height, lambda f, s=shown: draw_drift(f, s, picture, several)))
        elif part == "layers" and picture.drifts:
            bars = min(len(picture.drifts[0].drift.parameters), 30) * len(picture.drifts)
            inks = [INKS.get(shown.run.look.color, "#333333") for shown in picture.drifts]
            height = 1.0 + 0.14 * bars
            rows.append((height, lambda figure, i=inks: draw_layers(figure, picture, i)))
        elif part == "classes" and picture.classes:
            height = 1.1 + 0.3 * len(picture.classes)
            rows.append((height, lambda figure: draw_classes(figure, picture.classes)))
        elif part == "histograms":
            for run, each in picture.histograms:
                name = run.name if several else ""
                height = 0.6 + 1.0 * ((len(each.rows) + 3) // 4)
                rows.append((height, lambda f, e=each, n=name: draw_histograms(f, e, n)))
    return rows


def _draw_panels(figure: Any, panels: Sequence[Panel], several: bool) -> None:  # noqa: ANN401
    columns = min(len(panels), 2)
    axes = figure.subplots((len(panels) + 1) // 2, columns, squeeze=False).ravel()
    for axis, panel in zip(axes, panels, strict=False):
        _draw_panel(axis, panel)
        if not several:
            axis.legend(loc="best")
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    if several:
        handles: dict[str, Any] = {}
        for axis in axes[: len(panels)]:
            for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        figure.legend(
            list(handles.values()), list(handles), loc="outside lower center",
            ncols=min(len(handles), 4),
        )  # fmt: skip


def _draw_panel(axis: Any, panel: Panel) -> None:  # noqa: ANN401 - matplotlib's own
    kinds = {letter: kind for kind, (letter, _) in LOOKS.items()}
    for index, line in enumerate(panel.lines):
        _draw_line(axis, reduced_line(line, panel, BUCKETS), index)
    said: set[str] = set()
    for mark in panel.marks:
        kind = kinds[mark.letter].replace("-", " ")
        label = None if kind in said else kind
        said.add(kind)
        shade = {"color": "#555555", "linewidth": 0.8, "zorder": 0.5}
        if mark.tall:
            style = DASHES[1 + list(kinds).index(mark.letter) % 3]
            axis.axvline(mark.x, label=label, linestyle=style, **shade)
        else:
            axis.plot([mark.x], [0.0], "|", transform=axis.get_xaxis_transform(), label=label,
                      color="#555555", clip_on=False)  # fmt: skip
    for name, value in panel.references.items():
        axis.axhline(value, label=name, color="#777777", linestyle=":", linewidth=1.0, zorder=0.5)
    axis.set_xscale("log" if panel.log_x else "linear")
    axis.set_yscale("log" if panel.log else "linear")
    axis.set_xlabel(panel.axis)
    axis.set_ylabel(panel.titles[1].removesuffix(", log"))
    if panel.notes:
        axis.set_title("; ".join(panel.notes), loc="left", fontsize=6, wrap=True)


def _draw_line(axis: Any, line: Line, index: int) -> None:  # noqa: ANN401
    faint = not line.label
    ink = INKS.get(line.color)
    if ink is None:  # the terminal's faint colours stand for the one above them
        from paramdyn_tui.plotting.shown_runs import FAINT as FAINT_OF

        ink = next((INKS[code] for code, low in FAINT_OF.items() if low == line.color), "#333333")
    shown = np.where(np.isfinite(line.y), line.y, np.nan)
    single = len(line.x) == 1
    axis.plot(
        line.x, shown, color=ink, alpha=FAINT if faint else 1.0, label=line.label or None,
        linewidth=0.7 if faint or line.color == DIM else 1.3,
        linestyle=DASHES[index % len(DASHES)] if line.glyph else "-",
        marker=SHAPES.get(line.glyph, "o") if line.glyph or single else None,
        markevery=max(len(line.x) // 8, 1), markersize=3.5,
        markerfacecolor="white" if line.glyph in set("○△□◇") else ink,
    )  # fmt: skip
    if line.low is not None and line.high is not None:
        axis.fill_between(line.x, line.low, line.high, color=ink, alpha=0.2, linewidth=0)
    lost = line.x[~np.isfinite(line.y)]
    words = f"{line.label}: {count(len(lost))}x not finite" if line.label else None
    if len(lost):
        axis.plot(
            lost, np.ones(len(lost)), "x", transform=axis.get_xaxis_transform(), color=ink,
            clip_on=False, label=words,
        )  # fmt: skip
