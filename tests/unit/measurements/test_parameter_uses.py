import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from paramdyn.measurements.parameter_uses import ParameterUses, flatten, live_taps


@given(
    size=st.integers(1, 8),
    outputs=st.integers(1, 8),
    kernel=st.integers(1, 6),
    stride=st.integers(1, 4),
    padding=st.integers(0, 6),
    dilation=st.integers(1, 4),
)
def test_a_tap_is_live_when_some_output_reads_the_map_through_it(
    size, outputs, kernel, stride, padding, dilation
):
    expected = [
        any(0 <= i * stride - padding + tap * dilation < size for i in range(outputs))
        for tap in range(kernel)
    ]
    found = live_taps(size, outputs, kernel, stride=stride, padding=padding, dilation=dilation)
    assert found == expected


def observed(forward):
    convolution = nn.Conv2d(2, 3, 3, padding=1)
    uses = ParameterUses()
    uses.watch(convolution)
    with uses:
        forward(convolution, torch.ones(1, 2, 1, 1))
    return uses


def test_a_convolution_is_seen_with_its_map_and_its_live_taps():
    uses = observed(lambda convolution, x: convolution(x))
    assert uses.maps == {"weight": {(1, 1)}}
    assert int(uses.live["weight"].sum()) == 1
    assert uses.otherwise == {"bias"}


def test_keywords_and_images_without_a_batch_are_understood():
    uses = observed(lambda c, x: functional.conv2d(x[0], weight=c.weight, padding=(1, 1)))
    assert uses.maps == {"weight": {(1, 1)}}
    assert int(uses.live["weight"].sum()) == 1


@pytest.mark.parametrize(("padding", "live"), [("valid", 9), ("same", 9), (1, 9), (3, 9), (5, 1)])
def test_padding_may_be_a_word_or_a_number(padding, live):
    dilation = 5 if padding == 5 else 1
    uses = observed(
        lambda c, x: functional.conv2d(
            x.expand(1, 2, 3, 3), c.weight, padding=padding, dilation=dilation
        )
    )
    assert int(uses.live["weight"].sum()) == live


@pytest.mark.parametrize("sides", [(1, 4), (4, 1)])
def test_a_tap_is_live_if_any_call_makes_it_live(sides):
    uses = observed(lambda c, x: [c(x.expand(1, 2, side, side)) for side in sides])
    assert uses.maps == {"weight": {(1, 1), (4, 4)}}
    assert bool(uses.live["weight"].all())


def test_any_other_use_of_a_weight_is_noted_but_reading_its_shape_is_none():
    assert "weight" in observed(lambda c, x: c(x) + c.weight.mean()).otherwise
    assert "weight" in observed(lambda c, _: torch.cat([c.weight, c.weight])).otherwise
    assert "weight" not in observed(lambda c, x: c(x).view(-1, c.weight.shape[0])).otherwise


def test_flatten_looks_into_lists_tuples_and_mappings():
    assert list(flatten({"a": [1, (2, {"b": 3})], "c": 4})) == [1, 2, 3, 4]
