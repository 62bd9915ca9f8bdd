"""Folders of runs as lists read them, with every kind of end, and runs as they were seen."""

import dataclasses
import random
from itertools import product

import pytest

from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import ModelSpec, OptimizerSpec, RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.layout import Layout
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of

STATUSES = ("finished",) * 5 + ("failed", "stopped", "diverged")


def write_runs(folder, count, seed):
    """Write run folders with random ends and figures."""
    chance = random.Random(seed)
    kinds = list(product(("lenet", "vgg19"), (0.1, 0.01), ("", "sign-flip", "distort:1e-06")))
    for number in range(count):
        place, which = divmod(number, len(kinds))
        model, rate, changed = kinds[which]
        spec = RunSpec(
            seed=place,
            model=ModelSpec(name=model),
            optimizer=OptimizerSpec(learning_rate=rate),
            perturbations=(parse_perturbation(changed),) if changed else (),
        )
        names = ["train/loss", "test/accuracy", "test/loss"][: chance.randint(1, 3)]
        layout = Layout(folder / run_id(spec))
        layout.path.mkdir(parents=True)
        layout.spec.write_text(to_toml(spec), encoding="utf-8")
        write_state(layout, RunState(
            status=chance.choice(STATUSES), epoch=float(chance.randint(0, 20)), step=number,
            total_steps=100, metrics={name: round(chance.random(), 4) for name in names},
            summary=summary_of(spec, created=f"2026-01-02T03:{number // 60:02}:{number % 60:02}Z"),
        ))  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def listed_folder(tmp_path_factory):
    """Sixty runs, and a broken one."""
    folder = write_runs(tmp_path_factory.mktemp("listed") / "runs", 60, 1)
    (folder / "spoilt").mkdir()
    (folder / "spoilt" / "state.json").write_text("{", encoding="utf-8")
    return folder


@pytest.fixture
def listed_rows(listed_folder):
    """The runs, as lists have them."""
    from paramdyn.store.run_index import list_runs

    return tuple(list_runs(listed_folder, cached=False))


@dataclasses.dataclass(frozen=True)
class SeenRun:
    """What a comparison asks of a ``RunView``."""

    name: str
    metrics: dict
    steps_per_epoch: int = 10
    total_steps: int = 40
    step: int = 40
    alive: bool = False
    complete: bool = True
    classes: int = 10
    revision: int = 1
    summary: object = None
    status: str = "finished"
    events: tuple = ()
    drift: dict = dataclasses.field(default_factory=dict)
    parameters: tuple = ()

    def axis(self, kind):
        """Return an axis; of time none is known."""
        from paramdyn_tui.plotting.axes import epoch_axis, step_axis

        known = kind in ("epoch", "relative") and self.steps_per_epoch
        return epoch_axis(kind, self.steps_per_epoch) if known else step_axis()

    def positions(self, kind, steps):
        """Return places on an axis."""
        return self.axis(kind).of(steps)


@pytest.fixture
def subject():
    """Return a function that makes a run of a comparison from what it recorded."""
    import numpy as np

    from paramdyn_tui.tui.widgets.comparing.subjects import Subject
    from paramdyn_tui.watching.series import Series

    def make(name, values, *, steps=None, metric="train/loss", seed=0, baseline=False, before=0,
             fields=(), **view):  # fmt: skip
        values = np.asarray(values, float)
        steps = np.arange(len(values), dtype=float) if steps is None else np.asarray(steps, float)
        seen = SeenRun(name, {metric: Series(steps, values, 1)}, **view)
        return Subject(seen, name, 0, {"seed": seed, **dict(fields)}, before, baseline)

    return make
