import json
import re
import subprocess
import sys

import numpy as np
import pytest

from paramdyn.errors import RunIncomplete
from paramdyn.store.snapshots import write_snapshot
from paramdyn_tui.plotting.figures import plot_runs
from paramdyn_tui.plotting.histogram_section import histograms_section
from paramdyn_tui.plotting.histograms import (
    BINS,
    Histograms,
    LayerHistograms,
    count_values,
    read_histograms,
    rebinned,
)
from paramdyn_tui.plotting.raster import strip_colors
from paramdyn_tui.plotting.request import Request
from paramdyn_tui.plotting.sections import View
from paramdyn_tui.safe_text import to_ascii
from paramdyn_tui.tui.run_panes.layer_spread import read_spread

NAMES = {"fc.weight": 4000, "fc.bias": 10}


@pytest.fixture
def with_snapshots(write_run):
    """Write a run that kept values under some names of snapshots."""

    def write(*kept, name="run", parent=None):
        events = []
        steps = {"init": 0, "final": 20}
        for snapshot in kept:
            file = f"snapshots/step-{steps[snapshot]:08d}.safetensors"
            events.append(
                {"step": steps[snapshot], "event": "snapshot", "name": snapshot, "file": file}
            )
        folder = write_run(name=name, events=events, names=NAMES)
        random = np.random.default_rng(0)
        for index, event in enumerate(events):
            tensors = {
                key: (random.standard_normal(count) * (1 + index)).astype(np.float32)
                for key, count in NAMES.items()
            }
            write_snapshot(folder.path / event["file"], tensors, {"model": "m"})
        if parent:
            manifest = json.loads(folder.layout.manifest.read_text())
            folder.layout.manifest.write_text(json.dumps(manifest | {"parent": parent}))
        return folder

    return write


def test_counts_are_numpy_s():
    values = np.random.default_rng(0).standard_normal(10_000)
    counts = count_values([values[:4000], values[4000:]])
    expected, _ = np.histogram(values, BINS, (-counts.reach, counts.reach))
    assert np.abs(values).max() == counts.reach
    assert np.abs(expected - counts.counts).max() <= 1
    assert 10_000 == counts.counts.sum()
    assert np.sqrt(np.mean(values**2)) == pytest.approx(counts.deviation)


def test_values_that_are_not_finite_are_counted_apart():
    counts = count_values([np.array([1.0, np.nan, np.inf, -1.0])])
    assert (2, 2, 1.0) == (counts.not_finite, counts.counts.sum(), counts.reach)


def test_zeros_are_in_the_middle():
    counts = count_values([np.zeros(5)])
    assert 5 == counts.counts[BINS // 2]
    assert [0.0, 5.0, 0.0] == rebinned(counts, 1.0, 3).tolist()


def test_cells_keep_the_sum():
    counts = count_values([np.random.default_rng(1).standard_normal(999)])
    assert 999 == pytest.approx(rebinned(counts, 2 * counts.reach, 17).sum())


def test_before_after_and_displacement(with_snapshots):
    histograms = read_histograms(with_snapshots("init", "final"))
    assert ("step 0", "step 20", "") == (histograms.before, histograms.after, histograms.hint)
    weight, bias = histograms.rows
    assert ("fc.weight", "fc.bias") == (weight.label, bias.label)
    assert weight.after.deviation == pytest.approx(2 * weight.before.deviation, rel=0.1)
    assert weight.moved.deviation == pytest.approx(5**0.5, rel=0.1)


def test_start_that_was_not_kept_says_how_to_keep_it(with_snapshots):
    histograms = read_histograms(with_snapshots("final"))
    assert "" == histograms.before
    assert histograms.rows[0].before is None
    assert "--snapshots init,final" in histograms.hint


def test_child_starts_from_its_parent_s_snapshot(with_snapshots):
    with_snapshots("final", name="parent")
    child = with_snapshots("final", name="child", parent={"run": "parent", "step": 20})
    assert "its parent" == read_histograms(child).before
    spread = read_spread(child.path, "fc.weight")  # the change is more than what training did
    assert "before: its parent, not perturbed, after: step 20" == spread.words


def test_no_snapshot_at_all(with_snapshots):
    with pytest.raises(RunIncomplete, match="no snapshot to show as histograms"):
        read_histograms(with_snapshots())


@pytest.mark.parametrize("kept", [("final",), ("init", "final")])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_picture_fits(with_snapshots, kept, width):
    text = plot_runs(
        [with_snapshots(*kept)], Request(what=["histograms"]), width=width, height=24, color=False
    )
    assert max(map(len, text.split("\n"))) <= width
    assert "after: step 20" in text or "after " in text
    assert ("displacement" in text or "moved" in text) == ("init" in kept)
    assert "::::" in text
    assert "\x1b" not in text


def test_picture_of_histograms(with_snapshots, golden):
    folder = with_snapshots("init", "final")
    drawn = plot_runs([folder], Request(what=["histograms"]), width=80, height=24, color=False)
    golden("plots/histograms-80.txt", drawn + "\n")


def test_colours_change_nothing_else(with_snapshots):
    """No reset stands where no colour began, and no line is cut at the size of the terminal."""
    folder = with_snapshots("init", "final")
    request = Request(what=["histograms"])
    drawn = plot_runs([folder], request, width=200, height=40, color=True)
    assert "\x1b[0m" not in re.sub(r"\x1b\[[1-9][0-9;]*m[^\x1b]+\x1b\[0m", "", drawn)
    widths = {len(line) for line in strip_colors(drawn).split("\n") if "┬" in line}
    assert max(widths) > 190
    assert drawn == plot_runs([folder], request, width=200, height=40, color=True)


def test_ascii_is_ascii(with_snapshots):
    drawn = plot_runs(
        [with_snapshots("init", "final")],
        Request(what=["histograms"]), width=80, height=40, color=True,
    )  # fmt: skip
    plain = strip_colors(to_ascii(drawn))
    assert plain.isascii()
    assert "?" not in plain


@pytest.mark.parametrize(("height", "charts"), [(12, 5), (60, 5), (120, 16), (400, 30)])
def test_neighbours_are_merged_where_the_height_is_short(height, charts):
    counts = count_values([np.linspace(-1, 1, 500)])
    rows = [LayerHistograms(f"layer{k // 6}.{k}.weight", counts, counts, counts) for k in range(30)]
    section = histograms_section("run", Histograms("before", "after", rows), View(80, color=False))
    lines = section.draw(height)
    assert charts == sum("moved" in line for line in lines)
    assert len(lines) <= max(height, section.least)


@pytest.mark.parametrize(
    ("values", "words"),
    [(np.zeros(9), "all are zero"), (np.full(9, np.nan), "no finite value")],
)
def test_nothing_to_draw_is_said(values, words):
    counts = count_values([values])
    rows = [LayerHistograms("fc", None, counts, None)]
    section = histograms_section("run", Histograms("", "final", rows), View(60, color=False))
    assert words in "\n".join(section.draw(12))


def test_other_parts_do_not_load_plotext():
    code = "import sys, paramdyn_tui.plotting.figures; print('plotext' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True
    )
    assert "False\n" == done.stdout
