"""Which line is which."""

from __future__ import annotations

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.cells import Look, Picture, Span, fitted, shortened, width_of
from paramdyn_tui.tui.charts.chart import Chart, ChartLine

GLYPHS = "●▲■◆✚▼○△□◇"
"""Signs on lines where there is no colour, by the number of their colour."""
SIGNS = "o^#*+v@%&="
"""What draws lines where there is neither colour nor anything beyond ASCII."""
LONGEST = 28


def sign_of(line: ChartLine, look: Look) -> Span:
    """Return the sign of a line as in the chart."""
    if look.color:
        return Span("-" if look.ascii_only else "━", line.style)
    return Span((SIGNS if look.ascii_only else GLYPHS)[line.color % len(SIGNS)], line.style)


def legend_rows(chart: Chart, width: int, most: int, look: Look) -> Picture:
    """Return the labels of lines with their last values, as many as fit, and how many do not.

    Args:
        chart: The lines; those without a label, and faint ones, are left out.
        width: Cells.
        most: Rows, at least 1; there are no more than are needed.
        look: What the terminal can show.
    """
    shown = [line for line in chart.lines if line.label and not line.faint]
    rows: list[list[Span]] = [[]]
    for index, line in enumerate(shown):
        value = f" {number(float(line.y[-1]), 3)}" if len(line.y) else ""
        label = shortened(line.label, max(LONGEST, width // 2 - 12))
        entry = [sign_of(line, look), Span(f" {label}"),
                 Span(f"{value}  ", "dim")]  # fmt: skip
        more = f"+{len(shown) - index} more"
        is_last = len(rows) == most and index < len(shown) - 1
        if width_of((*rows[-1], *entry)) + (len(more) if is_last else -2) > width:
            if len(rows) == most:
                rows[-1].append(Span(more, "dim"))
                break
            rows.append([])
        rows[-1] += entry
    return [fitted(row, width) for row in rows]
