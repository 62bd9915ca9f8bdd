import hashlib
import json

import pytest
import torch

from paramdyn.errors import BadRequest, RunNotFound, WeightsError
from paramdyn.initializers import InitializerContext, initialize
from paramdyn.models.lenet import lenet
from paramdyn.specs.run_spec import InitializerSpec
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.snapshots import write_snapshot


@pytest.fixture
def parent(runs_dir):
    """A run folder with two snapshots of a LeNet, and the states they hold."""
    folder = RunFolder.create(runs_dir, "lenet-parent-0011aabb", "schema_version = 1\n")
    states, lines = {}, []
    for name, step in (("epoch", 8), ("final", 16)):
        torch.manual_seed(step)
        states[step] = lenet(num_classes=10).state_dict()
        path = folder.layout.snapshot(step)
        arrays = {key: value.numpy() for key, value in states[step].items()}
        write_snapshot(path, arrays, {"step": str(step)})
        file = str(path.relative_to(folder.path))
        lines.append(json.dumps({"step": step, "event": "snapshot", "name": name, "file": file}))
    folder.layout.events.write_text("\n".join(lines) + "\n")
    return folder, states


def from_run(model, name, runs):
    return initialize(model, InitializerSpec(name=name), InitializerContext(runs=runs))


@pytest.mark.parametrize(
    ("text", "step"),
    [("lenet-parent", 16), ("lenet-parent-0011aabb@final", 16), ("lenet-parent@8", 8)],
)
def test_a_snapshot_of_another_run(parent, text, step):
    folder, states = parent
    model = lenet(num_classes=10)
    provenance = from_run(model, f"run:{text}", folder.path.parent)
    assert all(torch.equal(states[step][key], now) for key, now in model.state_dict().items())
    path = folder.layout.snapshot(step)
    assert provenance == {
        "run": folder.name,
        "step": step,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def test_what_cannot_be_loaded_is_said(parent):
    runs = parent[0].path.parent
    with pytest.raises(BadRequest, match=r"no run is named. Expected run:RUN or run:RUN@STEP"):
        from_run(lenet(num_classes=10), "run", runs)
    with pytest.raises(RunNotFound, match=r"lenet-parent-0011aabb"):
        from_run(lenet(num_classes=10), "run:lenet-parnet-0011aabb", runs)
    with pytest.raises(RunNotFound, match=r"no snapshot '3'"):
        from_run(lenet(num_classes=10), "run:lenet-parent@3", runs)
    with pytest.raises(WeightsError, match=r"fc3.weight +\(10, 84\) +\(7, 84\)"):
        from_run(lenet(num_classes=7), "run:lenet-parent", runs)
