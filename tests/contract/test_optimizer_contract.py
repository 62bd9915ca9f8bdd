"""One body over every registered optimizer and every class of torch that is offered."""

import copy

import pytest
import torch

from paramdyn import seeding
from paramdyn.catalogues import OPTIMIZERS, TORCH_OPTIMIZERS
from paramdyn.optimizers import build_optimizer
from paramdyn.specs.run_spec import OptimizerSpec

RATES = {"Adadelta": 5.0, "Adagrad": 0.5, "ASGD": 0.05, "sgd": 0.005, "Rprop": 0.05}


def quadratic_loss(parameters):
    """A convex bowl, steeper along the later coordinates, with its minimum at 1."""
    return sum((torch.arange(1, p.numel() + 1).view_as(p) * (p - 1) ** 2).sum() for p in parameters)


def take_steps(optimizer, parameters, count):
    for _ in range(count):
        optimizer.zero_grad()
        quadratic_loss(parameters).backward()
        optimizer.step()


def fresh(name):
    start = torch.randn(3, 4, generator=seeding.generator(0, "start"))
    parameters = [start.requires_grad_()]
    spec = OptimizerSpec(name=name, learning_rate=RATES.get(name, 0.02))
    return parameters, build_optimizer(parameters, spec)


@pytest.mark.parametrize("name", [*OPTIMIZERS, *TORCH_OPTIMIZERS])
def test_it_lowers_a_convex_loss_and_resumes_exactly(name):
    parameters, optimizer = fresh(name)
    before = quadratic_loss(parameters).item()
    take_steps(optimizer, parameters, 20)
    saved = copy.deepcopy(optimizer.state_dict())
    others, other_optimizer = fresh(name)
    with torch.no_grad():
        others[0].copy_(parameters[0])
    other_optimizer.load_state_dict(saved)
    take_steps(optimizer, parameters, 20)
    take_steps(other_optimizer, others, 20)
    assert quadratic_loss(parameters).item() < 0.9 * before
    assert torch.equal(parameters[0], others[0])
