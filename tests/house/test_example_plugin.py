"""The example adds one of each kind, and each works by itself."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from paramdyn import catalogues
from paramdyn.datasets.image_dataset import DatasetRequest
from paramdyn.plugins import load_plugins
from paramdyn.specs.learning_rate import Progress

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


@pytest.mark.slow
def test_trains_with_one_of_each(tmp_path, capsys):
    """The command in the file's docstring, as it stands there."""
    text = EXAMPLE.read_text(encoding="utf-8").split('"""')[1]
    command = text.partition("paramdyn run ")[2].partition("\n\n")[0].replace("\\\n", " ").split()
    assert "--plugin" in command
    done = subprocess.run(
        [sys.executable, "-m", "paramdyn_tui", "run", *command],
        cwd=EXAMPLE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    drift = next((tmp_path / "runs").glob("*/drift.jsonl")).read_text(encoding="utf-8")
    assert '"measurement":"largest_move"' in drift
    from paramdyn_tui.__main__ import main

    [run] = [path.name for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    assert 0 == main(["analyze", "largest", run, "--plugin", str(EXAMPLE)])
    assert "Largest parameters" in capsys.readouterr().out
