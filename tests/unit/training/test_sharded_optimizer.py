"""One optimizer a shard: rates, gradients and states reach every one of them."""

import pytest
import torch
from torch import nn

from paramdyn.parameters import FlatParameters
from paramdyn.specs import OptimizerSpec
from paramdyn.training.sharded_optimizer import ShardedOptimizer


def made(**options):
    """Three shards: two of a matrix of 1.1 million, and one with the rest."""
    model = nn.ModuleList([nn.Linear(1024, 1100, bias=False), nn.Conv2d(3, 5, (2, 3))])
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    flat = FlatParameters(model)
    options = {"momentum": 0.0, **options}
    return flat, ShardedOptimizer(flat, OptimizerSpec(learning_rate=0.25, options=options))


def give_gradients(flat, value=1.0):
    for parameter in flat.parameters:
        parameter.grad = torch.full_like(parameter, value)


def values(flat):
    return [parameter.detach().unique().tolist() for parameter in flat.parameters]


def test_a_rate_is_used_in_every_shard():
    flat, optimizer = made()
    assert 2 <= len(optimizer.shards)
    optimizer.set_learning_rate(0.5)
    give_gradients(flat)
    optimizer.step()
    assert [[0.5]] * 3 == values(flat)


def test_what_gets_no_gradient_is_not_stepped_with_the_last_one():
    flat, optimizer = made()
    give_gradients(flat)
    optimizer.step()
    optimizer.drop_gradients()
    assert all(parameter.grad is None for parameter in flat.parameters)
    flat.parameters[2].grad = torch.ones_like(flat.parameters[2])
    optimizer.step()
    assert [[0.75], [0.75], [0.5]] == values(flat)


def test_a_state_goes_on_in_every_shard():
    first_flat, first = made(momentum=0.5)
    give_gradients(first_flat)
    first.step()
    flat, optimizer = made(momentum=0.5)
    flat.values.copy_(first_flat.values)
    optimizer.load_state(first.state())
    give_gradients(flat, 0.0)
    optimizer.step()
    assert [[0.625]] * 3 == values(flat)
    assert first.state_bytes() == 4 * sum(info.count for info in flat.table)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_gradient_in_any_memory_order_moves_the_scalar_it_is_of(layout):
    flat, optimizer = made()
    gradient = torch.arange(90.0).view(5, 3, 2, 3)
    flat.parameters[1].grad = gradient.to(memory_format=layout)
    optimizer.step()
    assert torch.equal(1 - 0.25 * gradient, flat.parameters[1])
    assert [[1.0], [1.0]] == [values(flat)[0], values(flat)[2]]
