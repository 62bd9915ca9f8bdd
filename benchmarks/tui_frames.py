"""One frame of the application's charts: lines of any length, 1,000 runs at once, a heatmap.

120 x 30 cells, noise (the worst case: every column is full of dots), axes and their numbers
included, the vertical range looked for anew each time. plotext 6 draws the same line in braille.
Processor time of one thread, so that other work on the machine counts as little as it can.
And what is drawn is looked at: one record among 100,000 is moved away, and the picture has to
change at any zoom that contains it.

    python benchmarks/tui_frames.py [--rounds 15] [--trials 1000] [--plotext 10000]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from _side_by_side import peak_mb, ratio, report, seconds, take_turns

from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.heat import Heat, draw_heat
from paramdyn_tui.tui.charts.line_chart import draw_chart
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport

WIDTH, HEIGHT = 120, 30
LOOK = Look()
RUNS, RECORDS = 1000, 1000
LONG = 10_000_000
SPIKED, NARROW, LOW = 100_000, 58, 8
"""Records, cells a row and rows of the charts in which an outlier has to be seen."""


def line(records: int, *, with_pyramid: bool = False, seed: int = 0) -> ChartLine:
    """Return noise as a line."""
    y = np.random.default_rng(seed).normal(size=records)
    x = np.arange(float(records))
    return ChartLine("a", x, y, seed % 10, pyramid=Pyramid(x, y) if with_pyramid else None)


def frame(*lines: ChartLine) -> Callable[[], object]:
    """Return a function that draws a chart of lines."""
    last = max(float(each.x[-1]) for each in lines)
    chart = Chart(lines, Viewport(0.0, last))
    return lambda: draw_chart(chart, WIDTH, HEIGHT, LOOK)


def heat_frame(rows: int, records: int) -> Callable[[], object]:
    """Return a function that draws a heatmap of layers over time."""
    values = np.random.default_rng(0).random((rows, records))
    labels = [f"layer{index}.conv" for index in range(rows)]
    x = np.arange(float(records))
    heat = Heat(labels, x, values, np.ones(values.shape, bool), 0.0, 2.0 * records)
    return lambda: draw_heat(heat, WIDTH, HEIGHT, LOOK)


def plotext_frame(records: int) -> Callable[[], object]:
    """Return a function that has plotext draw a line."""
    import plotext

    shown = line(records)
    x, y = shown.x.tolist(), shown.y.tolist()
    figure: Any = plotext.figure
    plotext.terminal.limit(False, False)

    def draw() -> str:
        figure.clear()
        figure.plot_size(WIDTH, HEIGHT)
        signal = figure.signal(x, y, marker=plotext.marker("braille"))
        signal.lines(True)
        figure.draw(signal)
        return str(figure.build().string(colorless=False))

    return draw


def seen(trials: int) -> dict[str, int]:
    """Return in how many trials a picture changed when one of its records did."""
    rng = np.random.default_rng(0)
    x, calm = np.arange(float(SPIKED)), rng.normal(1.0, 0.02, SPIKED)
    known = Pyramid(x, calm)
    changed = {"plain": 0, "pyramid": 0}
    for _ in range(trials):
        place = int(rng.integers(SPIKED))
        width = float(np.exp(rng.uniform(np.log(4), np.log(SPIKED))))
        left = place - rng.random() * width
        view = Viewport(left, left + width, 0.9, 3.1)
        spiked = calm.copy()
        spiked[place] = 3.0
        for name, pyramids in (
            ("plain", (None, None)),
            ("pyramid", (known, Pyramid(x, spiked))),
        ):
            before, after = (
                draw_chart(Chart([ChartLine("a", x, y, pyramid=p)], view), NARROW, LOW, LOOK)
                for y, p in zip((calm, spiked), pyramids, strict=True)
            )
            changed[name] += before != after
    return changed


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--plotext", type=int, default=10_000, help="records plotext draws")
    options = parser.parse_args()
    runs = [line(RECORDS, seed=seed) for seed in range(RUNS)]
    overlay = frame(*runs)
    overlay()
    overlay_mb = peak_mb()
    ours, theirs = f"{options.plotext:,} records", f"plotext, {options.plotext:,} records"
    variants = {
        f"{records:,} records": frame(line(records))
        for records in (10_000, 100_000, 1_000_000, options.plotext)
    }
    variants[f"{LONG:,} records, pyramid"] = frame(line(LONG, with_pyramid=True))
    variants[f"{RUNS:,} runs x {RECORDS:,} records"] = overlay
    variants["heatmap of 62 rows x 1,000 records"] = heat_frame(62, 1000)
    variants[theirs] = plotext_frame(options.plotext)
    timed = {name: seconds(draw, cpu=True) for name, draw in variants.items()}
    figures = {
        name: [1e3 * value for value in values]
        for name, values in take_turns(timed, rounds=options.rounds).items()
    }
    report(
        f"one frame of {WIDTH} x {HEIGHT} cells",
        figures,
        unit="ms of one processor",
        ratios={f"plotext / ours, {options.plotext:,} records": ratio(figures, theirs, ours)},
        target="10,000 records <= 1, 100,000 <= 3, 1,000,000 <= 15; any number with a pyramid <= "
        "1; 1,000 runs x 1,000 records <= 50, in <= 250 MB; outliers seen: every one",
        trials=options.trials,
        outliers_seen=seen(options.trials),
        overlay_peak_mb=round(overlay_mb, 1),
    )


if __name__ == "__main__":
    main()
