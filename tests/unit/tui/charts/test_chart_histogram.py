import numpy as np
import pytest

from paramdyn.errors import RunIncomplete
from paramdyn.store.snapshots import write_snapshot
from paramdyn_tui.plotting.histograms import count_values
from paramdyn_tui.tui.cells import Look, text_of, width_of
from paramdyn_tui.tui.charts.histogram import histogram_chart, histogram_row, read_counts
from paramdyn_tui.tui.charts.line_chart import draw_chart

LOOK = Look()


@pytest.fixture
def snapshots(tmp_path):
    rng = np.random.default_rng(0)
    before = {"a.weight": rng.normal(size=(30, 4)).astype(np.float32), "a.bias": np.zeros(4, "f4")}
    after = {name: values + np.float32(0.5) for name, values in before.items()}
    for name, tensors in (("before", before), ("after", after)):
        write_snapshot(tmp_path / f"{name}.safetensors", tensors, {})
    return tmp_path / "before.safetensors", tmp_path / "after.safetensors", before


def test_counts_are_of_the_tensors_that_were_named(snapshots):
    path, _, tensors = snapshots
    counts = read_counts(path, ["a.weight", "no such"])
    assert 120 == counts.counts.sum()
    assert counts.reach == pytest.approx(np.abs(tensors["a.weight"]).max())
    assert 124 == read_counts(path, ["a.weight", "a.bias"]).counts.sum()
    assert 0 == read_counts(path, []).counts.sum()


def test_counts_may_be_of_differences(snapshots):
    before, after, _ = snapshots
    moved = read_counts(after, ["a.weight", "a.bias"], origin=before)
    assert 0.5 == pytest.approx(moved.deviation, rel=1e-5)
    assert 124 == moved.counts.sum()


def test_a_missing_snapshot_is_an_error_in_words(tmp_path):
    with pytest.raises(RunIncomplete):
        read_counts(tmp_path / "none.safetensors", ["a"])


def test_before_and_after_are_on_one_scale():
    before, after = count_values([np.array([-1.0, 1.0, 0.1])]), count_values([np.array([2.0, 0.1])])
    chart = histogram_chart(before, after)
    assert ["before", "after"] == [line.label for line in chart.lines]
    assert (-2.0, 2.0) == (chart.viewport.left, chart.viewport.right)
    assert [1.0, 1.0] == pytest.approx([line.y.sum() for line in chart.lines])
    assert chart.lines[0].high is not None
    assert 1 == len(histogram_chart(None, after).lines)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan], [1e-30, 2e-30], [1.0, 5.0, -3.0]])
def test_histograms_of_anything_can_be_drawn(values, log):
    counts = count_values([np.array(values)])
    picture = draw_chart(histogram_chart(counts, counts, log=log), 50, 9, LOOK)
    assert [50] * 9 == [width_of(row) for row in picture]
    assert 12 == width_of(histogram_row(counts, 12, LOOK))


def test_a_row_is_highest_where_most_values_are():
    counts = count_values([np.concatenate([np.full(90, 0.05), [1.0, -1.0]])])
    text = text_of(histogram_row(counts, 16, LOOK))
    assert text[8] == "█"
    assert "▁" == text[3]
    narrow = text_of(histogram_row(counts, 16, LOOK, reach=4.0))
    assert "█" in narrow
