"""A kept snapshot is a file that anyone can load, without paramdyn."""

import pytest
import safetensors.torch

from paramdyn.specs import DatasetSpec, ModelSpec, RunSpec, TrainingSpec
from paramdyn.training.run import train_run
from paramdyn.vision import torchvision


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_torchvision_s_own_model_takes_the_snapshot_strictly(name, tmp_path):
    import torch

    spec = RunSpec(
        model=ModelSpec(name=name),
        dataset=DatasetSpec(name="digits", train_limit=16, test_limit=16),
        training=TrainingSpec(epochs=1, batch_size=8, max_steps=2, device="cpu", threads=1),
    )
    run = train_run(spec, runs=tmp_path, data_folder=tmp_path)
    [file] = run.layout.snapshots.glob("step-*.safetensors")
    state = safetensors.torch.load_file(file)
    model = getattr(torchvision().models, name)(num_classes=10)
    assert [] == list(model.load_state_dict(state, strict=True).missing_keys)
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    with torch.inference_mode():
        assert (2, 10) == tuple(model.eval()(torch.zeros(2, 3, 32, 32)).shape)
