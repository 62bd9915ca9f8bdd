"""Turn and stretch of filters in front of batch normalisation."""

import math

import numpy as np
import pytest
import torch

from paramdyn.analysis.movement.filters import filter_turns
from paramdyn.analysis.symmetry.spaces import NormPair

PAIR = NormPair("conv", "bn", "")


@pytest.fixture
def filters():
    return torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))


def turned(start, end, masks=None):
    states = {"conv.weight": start}, {"conv.weight": end}
    return next(filter_turns(*states, [PAIR], masks or {}))


def test_a_stretched_filter_has_not_turned(filters):
    found = turned(filters, filters * 3)
    assert np.abs(found.angle).max() < 1e-5
    np.testing.assert_allclose(found.radial, 3.0, rtol=1e-6)
    rates = [found.effective_rate(0.1, end=end) for end in (False, True)]
    assert math.isclose(9.0, rates[0] / rates[1], rel_tol=1e-6)


def test_a_planted_turn_is_found(filters):
    flat = filters.double().flatten(1)
    other = torch.roll(flat, 1, 1)
    other -= flat * (flat * other).sum(1, keepdim=True) / flat.square().sum(1, keepdim=True)
    other *= flat.norm(dim=1, keepdim=True) / other.norm(dim=1, keepdim=True)
    for degrees in (1e-4, 30.0, 90.0, 179.0):
        t = math.radians(degrees)
        end = (math.cos(t) * flat + math.sin(t) * other).reshape(filters.shape)
        found = turned(filters.double(), end)
        np.testing.assert_allclose(found.angle, degrees, rtol=1e-6)
        np.testing.assert_allclose(found.radial, 1.0, rtol=1e-9)


def test_unrelated_filters_lie_at_a_right_angle():
    draw = torch.Generator().manual_seed(1)
    found = turned(*(torch.randn(400, 30, 3, 3, generator=draw) for _ in range(2)))
    assert abs(found.angle.mean() - 90) < 4 * found.null_deviation / 20
    assert 0.85 < found.angle.std() / found.null_deviation < 1.15


def test_a_filter_of_zeros_is_counted_and_dead_taps_are_not(filters):
    end = filters.clone()
    end[2] = 0.0
    dead = torch.zeros(filters.shape, dtype=torch.bool)
    dead[..., 0] = True
    end[..., 0] = 100.0
    found = turned(filters, end, {"conv.weight": dead})
    assert 1 == found.undefined
    assert 24 == found.live
    assert np.nanmax(found.angle) < 1e-5
