"""Models whose values others will replace are built without a random number."""

import pytest
import torch
from torch.overrides import TorchFunctionMode

from paramdyn.models import build_model
from paramdyn.models.dry_run import without_drawing
from paramdyn.specs import ModelSpec


class Called(TorchFunctionMode):
    """Notes what is called beneath it."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.names.add(getattr(function, "__name__", ""))
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", ["lenet", "resnet18", "convnext_tiny"])
def test_no_random_number_is_drawn(name):
    spec = ModelSpec(name=name)
    generator = torch.get_rng_state()
    with Called() as called, without_drawing():
        quick = build_model(spec, num_classes=10, image_size=32)
    assert torch.equal(generator, torch.get_rng_state())
    assert not {each for each in called.names if "normal" in each and "_" in each} - {"batch_norm"}
    assert not {each for each in called.names if "uniform" in each}
    drawn = build_model(spec, num_classes=10, image_size=32)
    shapes = [{n: v.shape for n, v in each.state_dict().items()} for each in (drawn, quick)]
    assert shapes[0] == shapes[1]
    for key, value in drawn.named_buffers():
        assert torch.equal(value, quick.get_buffer(key))
