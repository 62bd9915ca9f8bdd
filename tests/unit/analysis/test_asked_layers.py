"""Layers that are asked for and not there: some have them, or nobody has."""

from types import SimpleNamespace

import pytest

from paramdyn.analysis.asked_layers import unmatched_layers
from paramdyn.errors import SpecError


def subject(name, *parameters):
    table = [SimpleNamespace(name=parameter) for parameter in parameters]
    return SimpleNamespace(name=name, parameters=table)


LENET = subject("lenet", "conv1.weight", "conv1.bias", "fc1.weight")
RESNET = subject("resnet", "conv1.weight", "layer4.0.conv1.weight", "fc.weight")
BARE = subject("bare")


def test_what_all_have_is_no_matter():
    assert [] == unmatched_layers(("conv1.*", "*.weight"), [LENET, RESNET])
    assert [] == unmatched_layers((), [LENET])


def test_who_lacks_what_others_have_is_named():
    said = unmatched_layers(("layer4.*", "fc1*"), [LENET, RESNET, BARE])
    assert [
        "lenet: has no parameter that --layers 'layer4.*' names.",
        "resnet: has no parameter that --layers 'fc1*' names.",
    ] == said


def test_what_nobody_has_is_a_mistake():
    with pytest.raises(SpecError) as raised:
        unmatched_layers(("conv*", "cnv1.*", "layer4"), [LENET, RESNET])
    nearest, other = raised.value.problems
    assert "'cnv1.*' matches no parameter" in nearest
    assert "for example, 'conv1.bias', 'conv1.weight'" in nearest
    assert "'layer4.0.conv1.weight'" in other


def test_nothing_is_said_where_no_parameter_is_known():
    assert [] == unmatched_layers(("x",), [BARE])
