"""Runs made quickly: a spec.toml and a state.json that settled long ago."""

import pytest

from paramdyn.specs import OptimizerSpec, RunSpec
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of


@pytest.fixture
def make_run(runs_dir):
    """Return a function that writes a finished run and returns its folder."""

    def make(name, *, lr=0.005, perturb="", seed=0, parent=None, arm="", **fields):
        spec = RunSpec(
            seed=seed,
            optimizer=OptimizerSpec(learning_rate=lr),
            perturbations=(parse_perturbation(perturb),) if perturb else (),
        )
        folder = RunFolder.create(runs_dir, name, "")
        created = fields.pop("created", "2026-01-02T03:04:05+00:00")
        parent = {"run": parent, "step": 24} if parent else None
        summary = summary_of(spec, created=created, parent=parent, arm=arm)
        write_state(folder.layout, RunState(**{"status": "finished", "summary": summary, **fields}))
        return folder

    return make
