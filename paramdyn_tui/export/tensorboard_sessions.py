"""What TensorBoard calls a session: a run's hyperparameters, when it began and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder
    from paramdyn.store.state import RunState


def hyperparameter_names(folders: Sequence[RunFolder]) -> dict[str, list[str]]:
    """Return the spec fields and the metrics of all runs, for the columns of the HParams tab."""
    from paramdyn.store.export.tables import last_metrics

    fields: dict[str, None] = {}
    metrics: dict[str, None] = {}
    for folder in folders:
        fields |= dict.fromkeys(hyperparameters(folder))
        metrics |= dict.fromkeys(last_metrics(folder))
    return {"fields": list(fields), "metrics": list(metrics)}


def hyperparameters(folder: RunFolder) -> dict[str, bool | int | float | str]:
    """Return the spec's fields that have a value; lists as ``a,b``."""
    from paramdyn.specs.flat import flat_fields
    from paramdyn.specs.reader import read_spec
    from paramdyn.store.export.columns import BOOLEAN, INTEGER, NUMBER, fitted, kind_of

    values = {}
    for name, value in flat_fields(read_spec(folder.layout.spec)).items():
        kind = kind_of(value)
        if kind:
            values[name] = value if kind in (BOOLEAN, INTEGER, NUMBER) else fitted(value, kind)
    return values


def start_time(folder: RunFolder) -> float:
    """Return when a run was made, in seconds since 1970."""
    from paramdyn.store.export.tables import manifest_or_none
    from paramdyn.store.state import read_state

    manifest = manifest_or_none(folder)
    if manifest is not None:
        try:
            return datetime.fromisoformat(manifest.created).timestamp()
        except ValueError:
            pass
    return max(read_state(folder.layout).started, 0.0)


def session_state(state: RunState) -> tuple[int, float]:
    """Return TensorBoard's word for how a session ended, and when."""
    from tensorboard.plugins.hparams import api_pb2

    from paramdyn.store.state import effective_status

    status = effective_status(state)
    words = {
        "finished": api_pb2.STATUS_SUCCESS,
        "failed": api_pb2.STATUS_FAILURE,
        "diverged": api_pb2.STATUS_FAILURE,
        "crashed": api_pb2.STATUS_FAILURE,
        "running": api_pb2.STATUS_RUNNING,
    }
    return words.get(status, api_pb2.STATUS_UNKNOWN), state.heartbeat
