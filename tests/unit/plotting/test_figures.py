import re

import pytest

from paramdyn.errors import RunIncomplete, UnknownName
from paramdyn_tui.plotting.export import picture_data
from paramdyn_tui.plotting.figures import plot_runs, run_figures
from paramdyn_tui.plotting.picture import read_picture
from paramdyn_tui.plotting.raster import strip_colors
from paramdyn_tui.plotting.request import Request


def plot_run(folder, *, width=80, height=24, color=False, **request):
    return plot_runs([folder], Request(**request), width=width, height=height, color=color)


def run_data(folder, **request):
    return picture_data(read_picture([folder], Request(**request)))


@pytest.fixture
def folder(write_run, metrics, drift):
    return write_run(metrics=metrics, drift=drift, events=[{"step": 10, "event": "learning-rate"}])


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize(("width", "height"), [(40, 24), (80, 24), (120, 36), (200, 50)])
def test_figures_fit(folder, width, height, color):
    text = run_figures(folder, width=width, height=height, color=color)
    lines = [strip_colors(line) for line in text.split("\n")]
    assert max(map(len, lines)) <= width
    assert len(lines) <= (height - 1 if width >= 80 else 34)
    assert color == ("\x1b" in text)


def test_figures_hold_everything(folder):
    text = run_figures(folder, width=80, height=24, color=False)
    assert text.startswith("lenet-s0  finished  epoch 2  step 20 of 20\nL learning rate\n")
    for words in ("loss, nats", "accuracy", "relative displacement ‖θ-θ0‖/‖θ0‖", "o test"):
        assert words in text
    for row in ("conv1", "fc3", "all", "epoch"):
        assert re.search(rf"^{row} ", text, re.MULTILINE)
    assert "what became of the 62,006 parameters by step 20" in text
    assert "changed >99.99% (62,005)" in text


def test_colour_changes_no_letter_of_the_heatmap_s_labels(folder):
    plain = run_figures(folder, width=80, height=24, color=False).split("\n")
    colored = strip_colors(run_figures(folder, width=80, height=24, color=True)).split("\n")
    assert [line[:6] for line in plain[11:18]] == [line[:6] for line in colored[11:18]]


def test_large_terminal_shows_every_parameter(folder):
    text = plot_run(folder, what=["drift"], width=100, height=40, color=False)
    assert re.search(r"^conv1\.bias +\?+ undef\.$", text, re.MULTILINE)
    assert re.search(r"^fc3\.weight ", text, re.MULTILINE)


@pytest.mark.parametrize("x", ["step", "epoch"])
@pytest.mark.parametrize("log", [True, False])
def test_axis_and_scale_are_named(folder, x, log):
    text = plot_run(folder, what=["drift"], x=x, log=log, width=80, height=24, color=False)
    assert log == ("log scale" in text)
    assert re.search(rf"^{x} ", text, re.MULTILINE)


def test_pictures_come_in_the_order_asked_for(folder):
    text = plot_run(folder, what=["classes", "curves"], width=80, height=24, color=False)
    assert text.index("what became") < text.index("loss, nats")
    assert "displacement" not in text


def test_what_is_missing_is_said_below_what_is_there(write_run, metrics):
    text = run_figures(write_run(metrics=metrics), width=80, height=24, color=False)
    assert "loss, nats" in text
    assert "no record of 'relative_displacement'. Recorded: nothing yet." in text.replace("\n", " ")
    assert max(map(len, text.split("\n"))) <= 80


def test_nothing_recorded_is_an_error(write_run):
    with pytest.raises(RunIncomplete, match="no record of loss and accuracy yet"):
        run_figures(write_run(), width=80, height=24, color=False)


def test_single_record(write_run, metrics, drift):
    folder = write_run(metrics=metrics[:1], drift=drift[:3])
    text = run_figures(folder, width=80, height=24, color=False)
    assert "test 2.5" in text
    assert "relative displacement" in text


@pytest.mark.parametrize("name", ["r", "lenet-digits-kaiming-uniform-sgd-momentum-s0-1aa03aa1"])
@pytest.mark.parametrize("width", [40, 50, 60, 80])
def test_header_fits(write_run, metrics, name, width):
    text = plot_run(
        write_run(name=name, metrics=metrics), what=["curves"], width=width, height=24, color=False
    )
    header = text.split("\n")[0]
    assert len(header) <= width
    assert header.startswith(name[:5])
    assert "finished" in header


def test_run_without_state_is_drawn(folder):
    folder.layout.state.unlink()
    assert run_figures(folder, width=80, height=24, color=False).startswith("lenet-s0\n")


def test_diverged_run_shows_where(write_run, metrics, drift):
    nan = float("nan")
    for record in metrics[12:]:
        record["train/loss"] = nan
    for record in drift[36:63]:
        record["values"] = [nan] * 10
    text = run_figures(write_run(metrics=metrics, drift=drift), width=80, height=24, color=False)
    assert re.search(r"^conv1 .*!!! nan$", text, re.MULTILINE)
    assert "!" in text.split("\n")[2]


def test_unknown_picture(folder):
    with pytest.raises(UnknownName, match="Did you mean 'curves'"):
        plot_run(folder, what=["curve"], width=80, height=24, color=False)


def test_data_are_what_the_pictures_show(folder):
    data = run_data(folder)
    assert ("lenet-s0", "epoch", {}) == (data["runs"][0]["run"], data["x"], data["missing"])
    loss, accuracy = data["curves"]
    assert ["batch", "test"] == [line["label"] for line in loss["lines"]]
    assert [0.0, 1.0, 2.0] == loss["lines"][1]["x"]
    assert "accuracy, share by epoch" == accuracy["title"]
    assert [{"event": "learning-rate", "x": 1.0}] == loss["marks"]
    assert {"changed": 62005, "dead": 1} == data["classes"][0]["total"]
    (drift,) = data["drift"]
    assert 21 == len(drift["x"]) == len(drift["total"])
    assert {None} == set(drift["parameters"]["conv1.bias"])
    assert 1.0 == drift["parameters"]["fc3.bias"][20]


def test_data_say_what_is_missing(write_run, metrics):
    data = run_data(write_run(metrics=metrics), what=["curves", "classes"])
    assert ["classes"] == list(data["missing"])
    with pytest.raises(RunIncomplete, match="no record of 'classes'"):
        run_data(write_run(name="other"), what=["classes"])


def test_drift_as_data_is_what_was_recorded(folder, drift):
    """Each value at the place of its record, not at the edge of a cell it fell into."""
    (shown,) = run_data(folder, what=["drift"], measurement="displacement", x="step")["drift"]
    lines = [line for line in drift if line["measurement"] == "displacement"]
    assert [line["step"] for line in lines] == shown["x"]
    assert [line["total"] for line in lines] == pytest.approx(shown["total"], rel=1e-8)
    columns = zip(*(line["values"] for line in lines), strict=True)
    for column, values in zip(columns, shown["parameters"].values(), strict=True):
        assert column == pytest.approx(values, rel=1e-8)
