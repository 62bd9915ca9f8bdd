"""The example adds one of each kind, and each works by itself."""

import sys
from pathlib import Path

import pytest
import torch

from paramdyn import catalogues
from paramdyn.datasets.image_dataset import DatasetRequest
from paramdyn.plugins import load_plugins
from paramdyn.specs import (
    DatasetSpec,
    ModelSpec,
    OptimizerSpec,
    RecordingSpec,
    RunSpec,
    ScheduleSpec,
    TrainingSpec,
)
from paramdyn.specs.learning_rate import Progress
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin.py"
NAMES = {
    "models": "two-layer",
    "datasets": "stripes",
    "initializers": "small",
    "optimizers": "sign-sgd",
    "schedules": "triangle",
    "perturbations": "mask",
    "measurements": "largest_move",
    "questions": "largest",
}
REGISTRIES = {registry.plural: registry for registry in catalogues.REGISTRIES}


@pytest.fixture(autouse=True)
def _own_catalogues(monkeypatch):
    """Load the example into copies of the tables: other tests list them."""
    for registry in catalogues.REGISTRIES:
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        monkeypatch.setattr(registry, "_objects", dict(registry._objects))
    before = set(sys.modules)
    load_plugins([EXAMPLE])
    yield
    for name in set(sys.modules) - before:
        if name.startswith("_paramdyn_plugin_"):
            del sys.modules[name]


def test_names_one_of_each_kind():
    assert set(NAMES) == set(REGISTRIES)
    assert [] == [plural for plural, name in NAMES.items() if name not in REGISTRIES[plural]]


def test_data_set_has_both_classes_in_both_splits(tmp_path):
    request = DatasetRequest("stripes", "", tmp_path, 32, {"images": 64})
    data = catalogues.DATASETS.get("stripes")(request)
    assert (32, 1, 28, 28) == tuple(data.train_images.shape)
    assert torch.uint8 == data.train_images.dtype
    assert [0, 1] == data.test_labels.unique().tolist()


def test_optimizer_moves_by_the_learning_rate():
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    parameter.grad = torch.tensor([5.0, 0.0, -0.1])
    build = catalogues.OPTIMIZERS.get("sign-sgd")
    build([parameter], learning_rate=0.5, weight_decay=0.0).step()
    assert [0.5, 2.0, 3.5] == parameter.tolist()


def test_schedule_is_highest_in_the_middle():
    triangle = catalogues.SCHEDULES.get("triangle")
    factors = [triangle(Progress(step, 10, 5)) for step in range(10)]
    assert 4 == factors.index(max(factors))
    assert min(factors) > 0


def test_perturbation_zeroes_its_share():
    values = torch.ones(10_000)
    mask = catalogues.PERTURBATIONS.get("mask")
    mask(values, generator=torch.Generator().manual_seed(0), amount=0.1)
    assert 0.1 == pytest.approx(1 - values.mean().item(), abs=0.01)


def test_question_is_answered_and_explained(capsys):
    from paramdyn_tui.__main__ import main

    plugin = ["--plugin", str(EXAMPLE)]
    assert 0 == main(["analyze", "largest", "--explain", *plugin])
    assert "formula  max |theta|" in capsys.readouterr().out
    assert 2 == main(["analyze", "largest", "--model", "two-layer", *plugin])
    assert "two-layer at 32 px: it has not been trained" in capsys.readouterr().err


def commands_in(text):
    """Return what stands behind each ``paramdyn run`` of a text, lines joined, as words."""
    joined = text.replace("\\\\", "").replace("\\\n", " ")
    return [line.partition("paramdyn run ")[2].split() for line in joined.splitlines()]


def test_its_command_is_one_of_the_readme():
    """Those are run as they are written, by another test."""
    [command] = [words for words in commands_in(EXAMPLE.read_text(encoding="utf-8")) if words]
    assert "--plugin" in command
    assert command in commands_in((EXAMPLE.parents[1] / "README.md").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_trains_with_one_of_each(tmp_path, capsys):
    from paramdyn.training.run import train_run
    from paramdyn_tui.__main__ import main

    spec = RunSpec(
        plugins=(str(EXAMPLE),),
        model=ModelSpec(name="two-layer"),
        dataset=DatasetSpec(name="stripes"),
        initializer=InitializerSpec(name="small"),
        optimizer=OptimizerSpec(name="sign-sgd", learning_rate=0.0005),
        schedule=ScheduleSpec(name="triangle"),
        perturbations=(PerturbationSpec(name="mask", options={"amount": 0.1}),),
        training=TrainingSpec(epochs=1, device="cpu", threads=1),
        recording=RecordingSpec(what=("displacement", "largest_move")),
    )
    run = train_run(spec, runs=tmp_path / "runs", data_folder=tmp_path)
    drift = run.layout.drift.read_text(encoding="utf-8")
    assert '"measurement":"largest_move"' in drift
    assert 0 == main(["analyze", "largest", run.name, "--plugin", str(EXAMPLE)])
    assert "Largest parameters" in capsys.readouterr().out
