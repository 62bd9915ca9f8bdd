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


class EndlessDraws(TorchFunctionMode):
    """Ends a loop that would draw for ever."""

    left = 100

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in {"normal_", "uniform_"}:
            self.left -= 1
            assert self.left, "the draws do not end"
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("limits", [(-2.0, 2.0), (0.5, 2.0), (0.1, 9.0), (-3.0, -1.0)])
@pytest.mark.parametrize("left_behind", [0.0, 1e30, float("nan")])
def test_truncated_draws_end_whatever_the_memory_held(limits, left_behind):
    weight = torch.nn.Parameter(torch.full((40,), left_behind))
    with without_drawing(), EndlessDraws() as draws:
        torch.nn.init.trunc_normal_(weight, 0.0, 1.0, *limits)
    assert draws.left > 0


def test_what_a_constructor_computes_with_is_drawn():
    with without_drawing():
        table = torch.empty(40).normal_()
        other = torch.nn.init.uniform_(torch.empty(40))
    assert table.std() > 0
    assert other.std() > 0
    assert torch.isfinite(table).all()


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
