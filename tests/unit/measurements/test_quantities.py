"""Edges of each quantity; the formulas themselves are in the contract test."""

import math

import numpy as np
import pytest
import torch

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.measurements import Sums
from paramdyn.measurements.buffer_displacement import BUFFER_DISPLACEMENT
from paramdyn.measurements.changed_share import CHANGED_SHARE
from paramdyn.measurements.direction_change import DIRECTION_CHANGE
from paramdyn.measurements.displacement import DISPLACEMENT
from paramdyn.measurements.path_length import PATH_LENGTH
from paramdyn.measurements.relative_displacement import RELATIVE_DISPLACEMENT
from paramdyn.measurements.sign_changes import SIGN_CHANGES
from paramdyn.measurements.straightness import STRAIGHTNESS
from paramdyn.measurements.update_norm import UPDATE_NORM
from paramdyn.measurements.weight_norm import WEIGHT_NORM


def measure(measurement, context):
    """Measure the one step of a context."""
    (values,) = measurement.compute(context)
    return values


def tensors(*lists):
    return [torch.tensor(values, dtype=torch.float32) for values in lists]


def test_the_total_is_appended_to_the_sums():
    sums = Sums(counts=np.array([1, 2]), squared_norm=np.array([9.0, 16.0]))
    assert sums.with_total("squared_norm").tolist() == [9.0, 16.0, 25.0]
    assert sums.with_total("squared_update") is None


def test_the_total_norm_is_that_of_the_whole_vector_not_the_mean(context_of):
    now = tensors([3.0], [4.0])
    measured = measure(WEIGHT_NORM, context_of(now, now))
    assert measured.values == [3.0, 4.0]
    assert measured.total == 5.0


def test_relative_displacement_of_a_parameter_that_started_at_zero_is_undefined(context_of):
    context = context_of(tensors([1.0], [3.0]), tensors([0.0], [2.0]))
    measured = measure(RELATIVE_DISPLACEMENT, context)
    assert measured.values == [None, 0.5]
    assert measured.total == pytest.approx(math.sqrt(2) / 2)


def test_what_does_not_exist_yet_is_undefined(context_of):
    measured = measure(UPDATE_NORM, context_of(tensors([1.0]), tensors([1.0])))
    assert measured.values == [None]
    assert measured.total is None


def test_at_step_0_the_path_is_0_and_straightness_undefined(context_of):
    start = tensors([1.0, 2.0])
    context = context_of(start, start, steps=np.array([0]))
    assert measure(PATH_LENGTH, context).total == 0.0
    assert measure(DISPLACEMENT, context).values == [0.0]
    assert measure(STRAIGHTNESS, context).values == [None]
    assert measure(STRAIGHTNESS, context).total is None


def test_the_total_path_is_the_whole_vectors(context_of):
    context = context_of(
        tensors([3.0], [4.0]), tensors([0.0], [0.0]), path=[3, 4], path_total=np.array([5.0])
    )
    assert measure(PATH_LENGTH, context).total == 5.0
    assert measure(STRAIGHTNESS, context).total == 1.0


def test_a_tiny_turn_is_resolved_where_a_float32_cosine_cannot(context_of):
    angle = 1e-4
    start = torch.tensor([1.0, 0.0])
    now = torch.tensor([1.0, angle])
    measured = measure(DIRECTION_CHANGE, context_of([now], [start])).values[0]
    exact = 1 - 1 / math.sqrt(1 + float(now[1].double()) ** 2)
    assert measured == pytest.approx(exact, rel=1e-6)
    assert torch.cosine_similarity(now, start, dim=0).item() == 1.0


@pytest.mark.parametrize(("factor", "turned"), [(1.0, 0.0), (3.0, 0.0), (-1.0, 2.0), (-0.5, 2.0)])
def test_direction_depends_on_the_sign_of_a_factor_alone(context_of, factor, turned):
    start = torch.randn(50, generator=torch.Generator().manual_seed(0))
    measured = measure(DIRECTION_CHANGE, context_of([start * factor], [start]))
    assert measured.values[0] == pytest.approx(turned, abs=1e-12)


def test_direction_of_a_zero_vector_is_undefined_even_beside_infinity(context_of):
    context = context_of(tensors([0.0], [math.inf], [1.0]), tensors([1.0], [0.0], [1.0]))
    assert measure(DIRECTION_CHANGE, context).values == [None, None, 0.0]
    assert math.isnan(measure(DIRECTION_CHANGE, context).total)


def test_zeros_and_nan_have_no_sign_that_could_change(context_of):
    start = tensors([0.0, 1.0, -1.0, math.nan], [0.0])
    now = tensors([1.0, -1.0, -2.0, 1.0], [-0.0])
    measured = measure(SIGN_CHANGES, context_of(now, start))
    assert measured.values == [0.5, None]
    assert measured.total == 0.5


def test_the_changed_share_of_an_empty_parameter_is_undefined(context_of):
    context = context_of(tensors([], [1.0, 2.0]), tensors([], [1.0, 3.0]))
    assert measure(CHANGED_SHARE, context).values == [None, 0.5]
    assert measure(CHANGED_SHARE, context).total == 0.5


def test_nan_and_infinity_are_results(context_of):
    context = context_of(tensors([math.nan], [math.inf]), tensors([1.0], [1.0]))
    values = measure(DISPLACEMENT, context).values
    assert math.isnan(values[0])
    assert values[1] == math.inf
    assert math.isnan(measure(DISPLACEMENT, context).total)


def test_buffers_keep_their_order_and_counters_are_undefined(context_of):
    counter = torch.tensor(3)
    buffers = [
        (torch.tensor([3.0, 4.0]), torch.zeros(2)),
        (counter, counter),
        (torch.tensor([[12.0]]), torch.zeros(1, 1)),
    ]
    measured = measure(BUFFER_DISPLACEMENT, context_of([], [], buffers=buffers))
    assert measured.values == [5.0, None, 12.0]
    assert measured.total == 13.0


def test_buffer_differences_are_taken_in_float64(context_of):
    """In float32 this difference of statistics in float16 and float64 would be 0."""
    now, start = (
        torch.tensor([1.0 + 1e-12], dtype=torch.float64),
        torch.ones(1, dtype=torch.float64),
    )
    half = torch.ones(1, dtype=torch.float16)
    measured = measure(
        BUFFER_DISPLACEMENT, context_of([], [], buffers=[(now, start), (half, half)])
    )
    assert measured.values == [pytest.approx(1e-12, rel=1e-3), 0.0]


@pytest.mark.parametrize("buffers", [[], [(torch.tensor(1), torch.tensor(0))]])
def test_a_model_without_floating_buffers_has_no_buffer_displacement(context_of, buffers):
    measured = measure(BUFFER_DISPLACEMENT, context_of([], [], buffers=buffers))
    assert measured.values == [None] * len(buffers)
    assert measured.total is None


def test_every_quantity_of_the_catalogue_leaves_torchs_generator_alone(context_of):
    start = tensors([1.0, 2.0])
    flag = torch.ones(2, dtype=torch.bool)
    inputs = [
        {
            "ever_gradient": flag,
            "ever_changed": flag,
            "structural": None,
            "trainable": True,
            "decay": None,
        }
    ]
    context = context_of(start, start, before=start, last=start, gradients=start, inputs=inputs)
    state = torch.get_rng_state()
    for name in MEASUREMENTS:
        measure(MEASUREMENTS.get(name), context)
    assert torch.equal(state, torch.get_rng_state())
