"""A kept snapshot is a file that anyone can load, without paramdyn."""

import pytest
import safetensors.torch

from paramdyn.vision import torchvision
from paramdyn_tui.__main__ import main


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_torchvision_s_own_model_takes_the_snapshot_strictly(name, tmp_path, capfd):
    import torch

    asked = ("run", "--model", name, "--limit", "16", "--test-limit", "16", "--batch", "8")
    small = ("--epochs", "1", "--max-steps", "2", "--device", "cpu", "--threads", "1")
    status = main([*asked, *small, "--runs", str(tmp_path), "--quiet", "--foreground"])
    assert 0 == status, capfd.readouterr().err
    [file] = tmp_path.glob("*/snapshots/step-*.safetensors")
    state = safetensors.torch.load_file(file)
    model = getattr(torchvision().models, name)(num_classes=10)
    assert [] == list(model.load_state_dict(state, strict=True).missing_keys)
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    with torch.inference_mode():
        assert (2, 10) == tuple(model.eval()(torch.zeros(2, 3, 32, 32)).shape)
