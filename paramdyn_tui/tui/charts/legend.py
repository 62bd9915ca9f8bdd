"""Which line is which."""

from __future__ import annotations

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.cells import Look, Row, Span, fitted, shortened, width_of
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


def legend_row(chart: Chart, width: int, look: Look) -> Row:
    """Return the labels of lines with their last values, as many as fit, and how many do not."""
    shown = [line for line in chart.lines if line.label and not line.faint]
    spans: list[Span] = []
    for index, line in enumerate(shown):
        value = f" {number(float(line.y[-1]), 3)}" if len(line.y) else ""
        entry = [sign_of(line, look), Span(f" {shortened(line.label, LONGEST)}"),
                 Span(f"{value}  ", "dim")]  # fmt: skip
        more = f"+{len(shown) - index} more"
        rest = len(more) if index < len(shown) - 1 else -2
        if width_of((*spans, *entry)) + rest > width:
            spans.append(Span(more, "dim"))
            break
        spans += entry
    return fitted(spans, width)
