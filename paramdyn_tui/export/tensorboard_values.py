"""What of a run goes into an event file: one summary after another, with its step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from paramdyn.store.run_folder import RunFolder

Summaries = Iterator[tuple[int, Any]]

BINS = 64


def run_summaries(
    folder: RunFolder, *, what: Sequence[str], columns: Mapping[str, list[str]], start: float
) -> Summaries:
    """Yield (step, Summary) of everything that was asked for.

    Tags: ``train/loss``, ... as in metrics.jsonl; ``drift/MEASUREMENT`` for all parameters,
    ``MEASUREMENT/PARAMETER`` for each; ``parameters/PARAMETER`` for histograms; ``spec`` and
    ``events`` for texts.
    """
    makers: dict[str, Callable[[], Summaries]] = {
        "spec": lambda: _spec(folder, columns, start),
        "metrics": lambda: _metrics(folder),
        "drift_totals": lambda: _drift(folder, "total"),
        "drift": lambda: _drift(folder, "values"),
        "events": lambda: _events(folder),
        "snapshots": lambda: _histograms(folder),
    }
    for name, make in makers.items():
        if name in what:
            yield from make()
    if "spec" in what:
        yield _session_end(folder)


def histogram(values: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401 - a HistogramProto
    """Return TensorBoard's histogram of the finite ones of ``values``, with float64 sums."""
    import numpy as np
    from tensorboard.compat.proto.summary_pb2 import HistogramProto

    flat = values.reshape(-1)
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        return HistogramProto(bucket_limit=[0.0], bucket=[0.0])
    low, high = float(finite.min()), float(finite.max())
    counts, edges = np.histogram(finite.astype(np.float64), bins=BINS if high > low else 1)
    return HistogramProto(
        min=low,
        max=high,
        num=float(finite.size),
        sum=float(finite.sum(dtype=np.float64)),
        sum_squares=float(np.square(finite, dtype=np.float64).sum()),
        bucket_limit=edges[1:].tolist(),
        bucket=counts.astype(float).tolist(),
    )


def _scalars(pairs: Mapping[str, float | None]) -> Any:  # noqa: ANN401 - a Summary
    from tensorboard.compat.proto.summary_pb2 import Summary

    values = [
        Summary.Value(tag=tag, simple_value=value)
        for tag, value in pairs.items()
        if value is not None
    ]
    return Summary(value=values) if values else None


def _metrics(folder: RunFolder) -> Summaries:
    from paramdyn.store.export.columns import bad_record, is_number, size_now, stream

    path = folder.layout.metrics
    for record in stream(path, size_now(path)):
        step = record.pop("step")
        if not all(map(is_number, record.values())):
            raise bad_record(path, record, "numbers")
        summary = _scalars(record)
        if summary:
            yield step, summary


def _drift(folder: RunFolder, part: str) -> Summaries:
    from paramdyn.store.export.columns import size_now, stream
    from paramdyn.store.export.records import BUFFERS, drift_rows
    from paramdyn.store.export.tables import manifest_or_none

    path = folder.layout.drift
    manifest = manifest_or_none(folder)
    parameters = [row.name for row in manifest.parameters] if manifest else []
    buffers = [row.name for row in manifest.buffers] if manifest else []
    for record in stream(path, size_now(path)):
        names = buffers if record.get("measurement") == BUFFERS else parameters
        for step, name, value in drift_rows(record, path, part):
            if part == "total":
                summary = _scalars({f"drift/{name}": value})
            else:
                head = name.replace("/", ".")
                pairs = zip(names, value, strict=False)
                summary = _scalars({f"{head}/{each}": item for each, item in pairs})
            if summary:
                yield step, summary


def _events(folder: RunFolder) -> Summaries:
    from paramdyn.store.export.tables import event_rows

    for row in event_rows(folder):
        facts = [f"{key} {value}" for key, value in row.items() if key not in ("step", "event")]
        yield row["step"], _text("events", " ".join([f"**{row['event']}**", *facts]))


def _spec(folder: RunFolder, columns: Mapping[str, list[str]], start: float) -> Summaries:
    from tensorboard.plugins.hparams import summary_v2 as hparams

    from paramdyn.regular_files import read_regular
    from paramdyn_tui.export.tensorboard_sessions import hyperparameters

    text = read_regular(folder.layout.spec).decode()
    yield 0, _text("spec", "".join(f"    {line}\n" for line in text.splitlines()))
    yield (
        0,
        hparams.hparams_config_pb(
            hparams=[hparams.HParam(name) for name in columns["fields"]],
            metrics=[hparams.Metric(name) for name in columns["metrics"]],
            time_created_secs=start,
        ),
    )
    yield (
        0,
        hparams.hparams_pb(hyperparameters(folder), trial_id=folder.name, start_time_secs=start),
    )


def _session_end(folder: RunFolder) -> tuple[int, Any]:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    from paramdyn.store.state import read_state
    from paramdyn_tui.export.tensorboard_sessions import session_state

    state = read_state(folder.layout)
    status, ended = session_state(state)
    info = HParamsPluginData(session_end_info=SessionEndInfo(status=status, end_time_secs=ended))
    value = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(info),
        tensor=metadata.NULL_TENSOR,
    )
    return state.step, Summary(value=[value])


def _histograms(folder: RunFolder) -> Summaries:
    from pathlib import Path

    from tensorboard.compat.proto.summary_pb2 import Summary

    from paramdyn.store.export.tables import snapshot_rows
    from paramdyn.store.snapshots import read_snapshot

    done: set[str] = set()
    for row in sorted(snapshot_rows(folder), key=lambda row: int(row["step"])):
        if row["file"] in done:
            continue
        done.add(row["file"])
        tensors, _ = read_snapshot(Path(row["file"]))
        for name, values in tensors.items():
            if values.dtype.kind == "f" and values.size:
                item = Summary.Value(tag=f"parameters/{name}", histo=histogram(values))
                yield row["step"], Summary(value=[item])


def _text(tag: str, text: str) -> Any:  # noqa: ANN401 - a Summary
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.text import metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    value = Summary.Value(
        tag=tag,
        metadata=metadata.create_summary_metadata(display_name="", description=""),
        tensor=make_tensor_proto([text.encode()]),
    )
    return Summary(value=[value])
