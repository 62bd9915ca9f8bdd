"""``analyze --make-controls`` trains what lacks, and answers with it."""

import json
from dataclasses import replace

import pytest

from paramdyn.specs import DatasetSpec, RecordingSpec, RunSpec, TrainingSpec
from paramdyn.specs.controls import controls
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec

TINY = RunSpec(
    dataset=DatasetSpec(name="digits", train_limit=64, test_limit=32),
    training=TrainingSpec(epochs=1, batch_size=32, device="cpu", threads=1),
    recording=RecordingSpec(snapshots=("init", "final")),
)


@pytest.mark.slow
def test_controls_are_trained_and_used(command, runs_dir):
    from paramdyn.training.run import train_run

    base = train_run(TINY, runs=runs_dir, data_folder=runs_dir).name
    start = InitializerSpec(name=f"run:{base}@final")
    flipped = (PerturbationSpec(name="sign-flip"),)
    spec = replace(TINY, initializer=start, perturbations=flipped)
    child = train_run(spec, runs=runs_dir, data_folder=runs_dir).name
    [twin] = controls(spec, [TINY], wanted=("twin",))
    train_run(twin.spec, runs=runs_dir, data_folder=runs_dir)
    look = ("analyze", "recovery", child, "--images", "32", "--restarts", "1", "--alphas", "3")
    lacking = json.loads(command(*look, "--json")[1])["answers"][0]["missing"]
    assert {"order", "independent"} == {each["control"] for each in lacking}

    status, out, err = command(*look, "--json", "--make-controls", "--yes")
    assert 0 == status
    assert "3 runs to train" in err
    assert [] == json.loads(out)["answers"][0]["missing"]
    assert 6 == len(list(runs_dir.iterdir()))
