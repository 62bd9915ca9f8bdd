"""Views of runs, made by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from paramdyn.store.manifest import ParameterInfo
from paramdyn_tui.plotting.series import Classes
from paramdyn_tui.tui.cells import text_of, width_of
from paramdyn_tui.watching.axes import Axes
from paramdyn_tui.watching.drift import Drift
from paramdyn_tui.watching.events import Event
from paramdyn_tui.watching.log import LogView
from paramdyn_tui.watching.series import Series
from paramdyn_tui.watching.view import RunView

TABLE = tuple(
    ParameterInfo(f"{layer}.{kind}", shape, count, layer, "bias" if kind == "bias" else "linear",
                  True)
    for layer in ("layer1.fc", "layer2.fc", "head")
    for kind, shape, count in (("weight", (4, 3), 12), ("bias", (4,), 4))
)  # fmt: skip


def series(values, steps=None):
    values = np.asarray(values, np.float64)
    places = np.arange(len(values)) if steps is None else steps
    return Series(np.asarray(places, np.float64), values, 0)


def drift(measure, values, steps=None):
    """Return a measurement of L parameters over T records from an (L, T) array; NaN: undefined."""
    values = np.asarray(values, np.float64)
    steps = np.arange(1.0, values.shape[1] + 1) if steps is None else np.asarray(steps, float)
    total = np.fmax.reduce(values, axis=0)
    return Drift(measure, steps, values, ~np.isnan(values), total, False, series(total, steps), 0)


def made_view(**changes):
    """Return a run of 2 epochs of 10 steps, at step 10, with what a test changes of it."""
    time = series([0.0, 5.0, 10.0], [0, 5, 10])
    facts = {
        "name": "a-run", "path": Path("/runs/a-run"), "status": "running", "reason": "",
        "problem": "", "summary": None, "epochs": 2, "epoch": 1.0, "step": 10, "total_steps": 20,
        "steps_per_epoch": 10, "seconds_left": 12.0, "images_per_s": 1234.0, "heartbeat": 0.0,
        "silence": 0.2, "request": "", "checkpoint_step": -1, "learning_rate": 0.01, "classes": 10,
        "parameters": TABLE, "buffers": (), "spec": {}, "metrics": {}, "drift": {},
        "manifest": SimpleNamespace(reach=(), parent=None), "classes_partition": None,
        "events": (), "log": LogView(0, (), Path("/runs/a-run/log.txt")), "complete": True,
        "looked_for": frozenset({"relative_displacement", "sign_changes"}), "revision": 1,
        "axes": Axes(10, 100, 10, time),
    }  # fmt: skip
    return RunView(**(facts | changes))


def made_metrics():
    loss = 2.3 * np.exp(-np.arange(11) / 4)
    return {
        "train/loss": series(loss[1:], range(1, 11)),
        "learning_rate": series([0.01] * 10, range(1, 11)),
        "test/loss": series([2.3, 0.9], [0, 10]),
        "test/accuracy": series([0.1, 0.8], [0, 10]),
    }


@pytest.fixture
def view_of():
    """Return a function that makes a view of a run."""
    return made_view


@pytest.fixture
def live_view():
    """A run that trains, with records of all kinds."""
    rows = np.outer(np.arange(1, 7) / 6, np.arange(1, 11) / 10)
    return made_view(
        metrics=made_metrics(),
        spec={"recording": {"what": ["weight_norm", "relative_displacement", "classes",
                                     "buffer_displacement"]}},
        drift={name: drift(name, rows * scale) for name, scale in
               (("relative_displacement", 1.0), ("weight_norm", 5.0), ("displacement", 2.0))},
        classes_partition=Classes(10, {"changed": 90, "dead": 6, "frozen": 0},
                                  {"changed": [12, 4, 6, 4, 12, 4], "dead": [0, 0, 6, 0, 0, 0]}),
        events=(Event(0, 0.0, "perturbation", "sign-flip", "P"),
                Event(5, 0.5, "learning-rate", "0.001", "L")),
    )  # fmt: skip


@pytest.fixture
def drift_of():
    """Return a function that makes a measurement."""
    return drift


@pytest.fixture
def series_of():
    """Return a function that makes a series."""
    return series


@pytest.fixture
def lines():
    """Return a picture as lines of text, after a look at its size."""

    def text(picture, width, height=None):
        assert all(width_of(row) == width for row in picture), [width_of(row) for row in picture]
        assert height is None or len(picture) == height
        return [text_of(row) for row in picture]

    return text
