"""Norms, displacement and signs between two states, against the plainest formulas."""

import math

import numpy as np
import pytest
import torch

from paramdyn.analysis.movement.displacement import displacements, grouped, together
from paramdyn.errors import ShapeMismatch
from paramdyn.store.manifest import ParameterInfo

TABLE = (
    ParameterInfo("conv.weight", (8, 4, 3, 3), 288, "conv", "conv", True),
    ParameterInfo("conv.bias", (8,), 8, "conv", "bias", True),
    ParameterInfo("fc.weight", (5, 8), 40, "fc", "linear", True),
)


@pytest.fixture
def states():
    draw = torch.Generator().manual_seed(0)
    start = {row.name: torch.randn(row.shape, generator=draw) for row in TABLE}
    start["conv.bias"] = torch.zeros(8)
    end = {name: v + 0.1 * torch.randn(v.shape, generator=draw) for name, v in start.items()}
    return start | {"bn.running_mean": torch.ones(8)}, end | {"bn.running_mean": torch.zeros(8)}


@pytest.fixture
def mask():
    dead = torch.zeros(8, 4, 3, 3, dtype=torch.bool)
    dead[:, :, 0] = True
    return {"conv.weight": dead}


def slow(start, end, keep=lambda _name, _index: True):
    """Sum in Python, scalar by scalar, with exact addition."""
    squares = {"a": [], "b": [], "d": []}
    for row in TABLE:
        a, b = (s[row.name].flatten().double().tolist() for s in (start, end))
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            if keep(row.name, i):
                squares["a"].append(x * x)
                squares["b"].append(y * y)
                squares["d"].append((y - x) ** 2)
    return {key: math.sqrt(math.fsum(values)) for key, values in squares.items()}


def test_totals_are_roots_of_summed_squares_and_no_means(states, mask):
    total = together("total", displacements(*states, TABLE, mask))
    expected = slow(*states)
    assert math.isclose(expected["d"], total.every.l2, rel_tol=1e-12)
    assert math.isclose(expected["d"] / expected["a"], total.relative_to_start, rel_tol=1e-12)
    assert math.isclose(expected["d"] / expected["b"], total.relative_to_end, rel_tol=1e-12)
    assert 336 == total.every.scalars


def test_live_leaves_out_what_no_input_can_move(states, mask):
    dead = mask["conv.weight"].flatten()
    total = together("total", displacements(*states, TABLE, mask))
    expected = slow(*states, keep=lambda name, i: name != "conv.weight" or not dead[i])
    assert math.isclose(expected["d"], total.live.l2, rel_tol=1e-12)
    assert math.isclose(expected["d"] / expected["a"], total.live_relative, rel_tol=1e-12)
    assert 336 - 96 == total.live.scalars


def test_a_start_of_zeros_has_no_relative_displacement(states):
    bias = displacements(*states, TABLE, {})[1]
    assert bias.relative_to_start is None
    assert bias.sign_changes is None
    assert bias.every.l2 > 0


def test_groups_follow_the_table(states):
    parts = displacements(*states, TABLE, {})
    assert ["conv", "fc"] == [part.name for part in grouped(parts, TABLE, "layer")]
    assert ["conv", "bias", "linear"] == [part.name for part in grouped(parts, TABLE, "kind")]
    layers = grouped(parts, TABLE, "layer")
    assert math.isclose(
        math.hypot(*(part.every.l2 for part in layers)), together("total", parts).every.l2
    )


def test_other_shapes_are_named(states):
    start, end = states
    with pytest.raises(ShapeMismatch, match=r"'fc.weight' is \(5, 8\) in the one and None"):
        displacements(start, {k: v for k, v in end.items() if k != "fc.weight"}, TABLE, {})


def test_k12_sign_changes_meet_their_null():
    draw = np.random.default_rng(0)
    row = ParameterInfo("w", (200_000,), 200_000, "w", "linear", True)
    start = draw.normal(size=row.count).astype(np.float32)
    end = start + draw.normal(scale=0.3, size=row.count).astype(np.float32)
    part = displacements(
        {"w": torch.from_numpy(start)}, {"w": torch.from_numpy(end)}, (row,), {}
    )[0]  # fmt: skip
    assert math.isclose(math.atan(0.3) / math.pi, part.sign_change_null, rel_tol=0.01)
    assert abs(part.sign_changes - part.sign_change_null) < 0.002


def test_k13_a_large_tensor_is_summed_in_float64():
    row = ParameterInfo("w", (2**24 + 2**20,), 2**24 + 2**20, "w", "linear", True)
    start = torch.zeros(row.count)
    end = torch.full((row.count,), 0.1)
    part = displacements({"w": start}, {"w": end}, (row,), {})[0]
    assert math.isclose(float(end[0]) * math.sqrt(row.count), part.every.l2, rel_tol=1e-12)


def test_k4_sgd_on_a_constant_gradient_goes_as_far_as_its_closed_form():
    rate, momentum, steps = 0.005, 0.9, 50
    gradient = torch.linspace(-1, 1, 40).reshape(5, 8)
    weight = torch.nn.Parameter(torch.zeros(5, 8, dtype=torch.float64))
    start = weight.detach().clone()
    optimizer = torch.optim.SGD([weight], lr=rate, momentum=momentum)
    for _ in range(steps):
        weight.grad = gradient.double()
        optimizer.step()
    row = ParameterInfo("fc.weight", (5, 8), 40, "fc", "linear", True)
    end = {"fc.weight": weight.detach()}
    part = displacements({"fc.weight": start}, end, (row,), {})[0]
    factor = steps - momentum * (1 - momentum**steps) / (1 - momentum)
    expected = rate * float(gradient.double().norm()) / (1 - momentum) * factor
    assert math.isclose(expected, part.every.l2, rel_tol=1e-12)
