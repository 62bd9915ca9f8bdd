"""What was exported is what pandas, polars, DuckDB, pyarrow and TensorBoard read."""

import json
import math

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import paramdyn
from paramdyn.store.export.tables import tables_of
from paramdyn.store.records import read
from paramdyn_tui.export.csv_files import write_csv
from paramdyn_tui.export.parquet_files import write_parquet
from paramdyn_tui.export.tensorboard_files import write_tensorboard

LOSSES = [None, math.nan, math.inf, -0.0, 1.17549435e-38]


@pytest.fixture
def runs(make_run):
    return [make_run("first"), make_run("second")]


def same(expected, actual):
    """Tell whether two numbers are the same, NaN and the sign of zero included."""
    if expected is None or actual is None:
        return expected is actual
    if math.isnan(expected):
        return math.isnan(actual)
    return expected == actual and math.copysign(1, expected) == math.copysign(1, actual)


def assert_same(expected, actual):
    assert len(expected) == len(actual)
    assert all(map(same, expected, actual)), actual


@pytest.fixture
def csv_folder(runs, tmp_path):
    write_csv(tables_of(runs), tmp_path)
    return tmp_path


@pytest.fixture
def parquet_folder(runs, tmp_path):
    write_parquet(tables_of(runs), tmp_path, runs=["first", "second"])
    return tmp_path


def test_pandas_reads_csv(csv_folder):
    frame = pd.read_csv(csv_folder / "metrics.csv")
    loss = frame.loc[frame["run"] == "first", "train/loss"]
    assert np.float64 == frame["train/loss"].dtype
    assert np.int64 == frame["step"].dtype
    assert_same([math.nan, *LOSSES[1:]], loss.tolist())  # undefined is NaN to pandas
    assert {"first": 5, "second": 5} == frame["run"].value_counts().to_dict()
    assert pd.read_csv(csv_folder / "parameters.csv")["buffer"].tolist()[:3] == [False, False, True]


def test_polars_reads_csv_and_tells_undefined_from_nan(csv_folder):
    frame = pl.read_csv(csv_folder / "metrics.csv").filter(pl.col("run") == "first")
    assert pl.Float64 == frame["train/loss"].dtype
    assert_same(LOSSES, frame["train/loss"].to_list())
    assert pl.Boolean == pl.read_csv(csv_folder / "parameters.csv")["buffer"].dtype


def test_duckdb_reads_csv(csv_folder):
    path = csv_folder / "metrics.csv"
    rows = duckdb.sql(f"select \"train/loss\" from '{path}' where run = 'first' order by step")
    assert ["DOUBLE"] == [str(kind) for kind in rows.types]
    assert_same(LOSSES, [row[0] for row in rows.fetchall()])


def test_text_with_quotes_and_lines_survives(csv_folder):
    frame = pd.read_csv(csv_folder / "events.csv")
    assert 'a "quoted", text\nof two lines' == frame["text"][0]
    path = csv_folder / "events.csv"
    [(text,)] = duckdb.sql(f"select text from '{path}' where run='first' and step=0").fetchall()
    assert frame["text"][0] == text


def test_parquet_has_types_and_metadata(parquet_folder):
    file = pq.ParquetFile(parquet_folder / "drift.parquet")
    types = {field.name: str(field.type) for field in file.schema_arrow}
    text = "dictionary<values=string, indices=int32, ordered=0>"
    assert {
        "run": text, "step": "int64", "measurement": text, "parameter": text, "layer": text,
        "kind": text, "value": "double",
    } == types  # fmt: skip
    about = {key.decode(): value.decode() for key, value in file.schema_arrow.metadata.items()}
    assert ["first", "second"] == json.loads(about["paramdyn.runs"])
    assert ("drift", paramdyn.__version__) == (about["paramdyn.table"], about["paramdyn.version"])


@pytest.mark.parametrize("reader", ["pyarrow", "polars", "duckdb"])
def test_parquet_keeps_every_number(parquet_folder, reader):
    path = parquet_folder / "metrics.parquet"
    if reader == "pyarrow":
        found = pq.read_table(path)["train/loss"].to_pylist()[:5]
    elif reader == "polars":
        found = pl.read_parquet(path)["train/loss"].to_list()[:5]
    else:
        rows = duckdb.sql(f"select \"train/loss\" from '{path}' where run='first' order by step")
        found = [row[0] for row in rows.fetchall()]
    assert_same(LOSSES, found)


def test_pandas_reads_parquet(parquet_folder):
    frame = pd.read_parquet(parquet_folder / "drift.parquet")
    wide = frame[(frame["run"] == "first") & (frame["measurement"] == "displacement")].pivot(
        index="step", columns="parameter", values="value"
    )
    assert [3.0, math.inf] == wide["conv.weight"].tolist()
    assert [4.0, 0.1] == wide["conv.bias"].tolist()


def test_the_long_table_has_every_value_once(parquet_folder, runs):
    frame = pl.read_parquet(parquet_folder / "drift.parquet")
    expected = [
        (record["step"], f"{record['measurement']}{'/' if key else ''}{key}", value)
        for record in read(runs[0].layout.drift)[0]
        for key, values in (
            record["values"] if isinstance(record["values"], dict) else {"": record["values"]}
        ).items()
        for value in values
    ]
    found = frame.filter(pl.col("run") == "first").select("step", "measurement", "value").rows()
    assert [row[:2] for row in expected] == [(step, name) for step, name, _ in found]
    assert_same([row[2] for row in expected], [row[2] for row in found])
    last = frame.filter(pl.col("measurement") == "buffer_displacement").row(0, named=True)
    assert ("norm.mean", "norm", "buffer") == (last["parameter"], last["layer"], last["kind"])


def test_time_is_known_between_the_lines_of_timing_only(parquet_folder):
    assert [0.0, 0.5, 1.0, None, None] == pq.read_table(parquet_folder / "metrics.parquet")[
        "time"
    ].to_pylist()[:5]


def test_tables_of_different_exports_fit_together(make_run, tmp_path):
    for name in ("alone", "other"):
        (tmp_path / name).mkdir()
        write_parquet(tables_of([make_run(name)]), tmp_path / name, runs=[name])
    joined = pl.concat([pl.read_parquet(tmp_path / n / "runs.parquet") for n in ("alone", "other")])
    assert ["alone", "other"] == joined["run"].to_list()
    assert pl.Int64 == joined["seeds.order"].dtype
    assert [0.005, 0.005] == joined["optimizer.learning_rate"].to_list()


def test_tensorboard_reads_everything(runs, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    what = ("metrics", "drift_totals", "drift", "events", "spec", "snapshots")
    written = write_tensorboard(runs, tmp_path, what=what)
    found = EventAccumulator(str(written[0].path), size_guidance={"scalars": 0, "histograms": 0})
    found.Reload()
    scalars = found.Scalars("train/loss")
    assert [1, 2, 3, 4] == [each.step for each in scalars]
    assert_same([float(np.float32(value)) for value in LOSSES[1:]], [s.value for s in scalars])
    assert [0.5, 1.0, 1.0, 1.0] == [each.wall_time - 1767323045.0 for each in scalars]
    assert [5.0, math.inf] == [each.value for each in found.Scalars("drift/displacement")]
    assert [4.0, float(np.float32(0.1))] == [
        s.value for s in found.Scalars("displacement/conv.bias")
    ]
    assert [0.25] == [each.value for each in found.Scalars("buffer_displacement/norm.mean")]
    assert [5.0] == [each.value for each in found.Scalars("drift/classes/changed")]
    [histogram] = found.Histograms("parameters/conv.weight")
    assert (4, 6.0, 6.0) == (
        histogram.step,
        histogram.histogram_value.num,
        histogram.histogram_value.sum_squares,
    )
    assert {"spec", "events"} <= set(found.Tags()["tensors"])
    assert b"learning_rate = 0.005" in found.Tensors("spec")[0].tensor_proto.string_val[0]


def test_hparams_tab_has_the_spec_and_the_metrics(runs, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata

    [written, _] = write_tensorboard(runs, tmp_path, what=("spec", "metrics"))
    found = EventAccumulator(str(written.path))
    found.Reload()
    contents = found.PluginTagToContent("hparams")
    start = metadata.parse_session_start_info_plugin_data(contents[metadata.SESSION_START_INFO_TAG])
    assert 0.005 == start.hparams["optimizer.learning_rate"].number_value
    assert "lenet" == start.hparams["model.name"].string_value
    experiment = metadata.parse_experiment_plugin_data(contents[metadata.EXPERIMENT_TAG])
    assert {"train/loss", "test/loss"} <= {each.name.tag for each in experiment.metric_infos}
    end = metadata.parse_session_end_info_plugin_data(contents[metadata.SESSION_END_INFO_TAG])
    assert 1 == end.status  # success
