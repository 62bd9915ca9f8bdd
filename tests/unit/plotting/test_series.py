import numpy as np
import pytest

from paramdyn.errors import RunIncomplete, UnknownName
from paramdyn.store import drift_lines
from paramdyn_tui.plotting import lines, series


def test_metrics_are_series_of_the_steps_that_have_them(write_run, metrics):
    curves = series.read_metrics(write_run(metrics=metrics).layout)
    assert [0.0, 10.0, 20.0] == curves["test/loss"][0].tolist()
    assert [2.5, 2.5 / 11, 2.5 / 21] == pytest.approx(curves["test/loss"][1])
    assert 20 == len(curves["train/loss"][0])
    assert "epoch" not in curves


def test_metrics_that_are_not_finite_are_results_and_null_is_none(write_run):
    values = [float("nan"), float("inf"), None, 1.0]
    records = [{"step": step, "train/loss": value} for step, value in enumerate(values)]
    steps, losses = series.read_metrics(write_run(metrics=records).layout)["train/loss"]
    assert [0.0, 1.0, 3.0] == steps.tolist()
    np.testing.assert_array_equal([np.nan, np.inf, 1.0], losses)


@pytest.mark.parametrize("records", [None, []])
def test_no_metrics_are_told_in_words(write_run, records):
    with pytest.raises(RunIncomplete, match=r"metrics\.jsonl: no record of loss and accuracy yet"):
        series.read_metrics(write_run(metrics=records).layout)


def test_line_that_is_still_being_written_is_left_alone(write_run, metrics):
    layout = write_run(metrics=metrics).layout
    with layout.metrics.open("ab") as file:
        file.write(b'{"step":21,"train/lo')
    assert 20 == len(series.read_metrics(layout)["train/loss"][0])


def test_corrupt_line_is_named(write_run, metrics):
    layout = write_run(metrics=metrics).layout
    content = layout.metrics.read_bytes().split(b"\n")
    layout.metrics.write_bytes(b"\n".join([*content[:3], b'{"step":', *content[3:]]))
    with pytest.raises(RunIncomplete, match=r"metrics\.jsonl: line 4 is corrupt"):
        series.read_metrics(layout)


def test_corrupt_line_of_a_measurement_not_asked_for_is_not_decoded(write_run, drift):
    layout = write_run(drift=drift).layout
    with layout.drift.open("ab") as file:
        file.write(b'{"step":21,"measurement":"path_length",broken\n')
    assert 21 == len(series.read_drift(layout, "displacement").step)
    with pytest.raises(RunIncomplete, match=r"drift\.jsonl: line 65 is corrupt"):
        series.read_drift(layout, "path_length")


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_blocks_of_any_size_read_the_same(write_run, drift, monkeypatch, block):
    layout = write_run(drift=drift).layout
    monkeypatch.setattr(drift_lines, "BLOCK_BYTES", block)
    read = series.read_drift(layout, "displacement")
    assert list(range(21)) == read.step.tolist()
    np.testing.assert_allclose(np.outer(np.arange(1, 11), np.arange(21)) / 200, read.values)


def test_drift_tells_undefined_from_nan(write_run, drift):
    drift[2]["values"][3] = float("nan")
    drift[5]["values"][3] = float("-inf")
    read = series.read_drift(write_run(drift=drift).layout, "relative_displacement")
    assert (10, 21) == read.values.shape
    assert not read.defined[1].any()
    assert read.defined[[0, *range(2, 10)]].all()
    np.testing.assert_array_equal([np.nan, -np.inf], read.values[3, :2])


def test_drift_of_another_network_is_refused(write_run, drift):
    layout = write_run(drift=drift, names={"w": 3}).layout
    with pytest.raises(RunIncomplete, match=r"10 values, and the table in run\.json lists 1"):
        series.read_drift(layout, "displacement")


def test_measurement_that_was_not_recorded(write_run, drift):
    layout = write_run(drift=drift).layout
    recorded = "Recorded: weight_norm, displacement, relative_displacement, classes"
    with pytest.raises(RunIncomplete, match=recorded):
        series.read_drift(layout, "sign_changes")
    with pytest.raises(UnknownName, match="Did you mean 'displacement'"):
        series.read_drift(layout, "displacment")


def test_no_drift_at_all(write_run):
    with pytest.raises(RunIncomplete, match="Recorded: nothing yet"):
        series.read_drift(write_run().layout, "displacement")


def test_folder_without_run_json(write_run, drift):
    layout = write_run(drift=drift).layout
    layout.manifest.unlink()
    with pytest.raises(RunIncomplete, match=r"run\.json"):
        series.read_drift(layout, "displacement")


def test_last_classes_are_returned(write_run, drift):
    earlier = {"step": 3, "measurement": "classes", "total": {"dead": 62006}, "values": {}}
    classes = series.read_classes(write_run(drift=[earlier, *drift]).layout)
    assert 20 == classes.step
    assert {"changed": 62005, "dead": 1} == classes.total


def test_axes(write_run):
    timing = [{"step": step, "time": step * 30.0} for step in range(1, 21)]
    layout = write_run(timing=timing).layout
    steps = np.array([0.0, 5.0, 20.0])
    assert [0.0, 5.0, 20.0] == series.read_axis(layout, "step").of(steps).tolist()
    assert [0.0, 0.5, 2.0] == series.read_axis(layout, "epoch").of(steps).tolist()
    minutes = series.read_axis(layout, "time")
    assert ("minutes", [0.0, 2.5, 10.0]) == (minutes.label, minutes.of(steps).tolist())


def test_axis_goes_on_at_the_same_pace_beyond_what_is_known(write_run):
    layout = write_run(timing=[{"step": 10, "time": 20.0}]).layout
    assert [80.0] == series.read_axis(layout, "time").of(np.array([40.0])).tolist()


def test_axis_mistakes(write_run):
    layout = write_run().layout
    with pytest.raises(UnknownName, match="--x: unknown axis 'epochs'"):
        series.read_axis(layout, "epochs")
    with pytest.raises(RunIncomplete, match=r"timing\.jsonl: no record of time yet"):
        series.read_axis(layout, "time")


def test_events_are_what_happened_without_the_snapshots_at_the_edges(write_run):
    kinds = [(0, "perturbation"), (10, "learning-rate"), (10, "learning-rate"), (12, "diverged")]
    events = [{"step": step, "event": event} for step, event in kinds]
    snapshots = [(0, "init"), (5, "epoch"), (12, "final")]
    events += [{"step": step, "event": "snapshot", "name": name} for step, name in snapshots]
    expected = [(0, "perturbation"), (10, "learning-rate"), (12, "diverged"), (5, "snapshot")]
    assert expected == series.read_events(write_run(events=[*events, {"event": "finished"}]).layout)
    assert [] == series.read_events(write_run().layout)


def test_fast_and_patient_decoding_agree(write_run, drift, monkeypatch):
    layout = write_run(drift=drift).layout
    fast = series.read_drift(layout, "relative_displacement")
    monkeypatch.setattr(lines, "_fast_rows", lambda *_: None)
    patient = series.read_drift(layout, "relative_displacement")
    for field in ("step", "values", "defined", "total"):
        np.testing.assert_array_equal(getattr(patient, field), getattr(fast, field))


def test_usual_records_take_the_fast_way(write_run, drift, monkeypatch):
    layout = write_run(drift=drift).layout
    monkeypatch.setattr(lines, "_rows", None)
    assert not series.read_drift(layout, "relative_displacement").defined[1].any()
