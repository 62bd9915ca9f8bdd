"""One body over every registered perturbation, on a trained-looking network with buffers."""

import copy

import pytest
import torch
from torch import nn

from paramdyn import seeding
from paramdyn.catalogues import BUFFER_PERTURBATIONS, PERTURBATIONS
from paramdyn.errors import BadRequest
from paramdyn.initializers import InitializerContext
from paramdyn.perturbations import perturb
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec

INVERSES = {"sign-flip": {}, "rescale": {"amount": 0.5}}


def build():
    body = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=2)]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))


@pytest.fixture
def model():
    with seeding.global_stream(0, "initialization"):
        network = build()
        network(torch.rand(8, 3, 8, 8))
    return network


def apply(model, name, seed=0, buffers="none", **options):
    spec = PerturbationSpec(name=name, buffers=buffers, options=options)
    context = InitializerContext(rebuild=build)
    initializer = InitializerSpec(name="kaiming-normal")
    (report,) = perturb(model, [spec], seed=seed, initializer_spec=initializer, context=context)
    return report


def bits(tensors):
    return {name: tensor.detach().clone().view(torch.uint8) for name, tensor in tensors}


def float_bits(model):
    return bits((n, p.contiguous()) for n, p in model.named_parameters())


@pytest.mark.parametrize("name", PERTURBATIONS.names())
def test_buffers_keep_every_bit_and_the_report_is_what_happened(model, name):
    before = {key: value.detach().clone() for key, value in model.named_parameters()}
    buffers = {key: value.clone() for key, value in model.named_buffers()}
    report = apply(model, name)
    assert all(torch.equal(buffers[key], value) for key, value in model.named_buffers())
    squares = changed = 0
    for key, value in model.named_parameters():
        squares += (value.detach().double() - before[key].double()).square().sum().item()
        changed += (value.detach().view(torch.int32) != before[key].view(torch.int32)).sum().item()
    norm = sum(value.double().square().sum().item() for value in before.values()) ** 0.5
    assert changed == report.changed > 0
    assert report.norm == pytest.approx(squares**0.5, rel=1e-12)
    assert report.relative_norm == pytest.approx(squares**0.5 / norm, rel=1e-12)
    assert report.scalars == sum(value.numel() for value in before.values())
    assert all(value.isfinite().all() for value in model.parameters())


@pytest.mark.parametrize("name", PERTURBATIONS.names())
def test_the_seed_decides_every_bit(name):
    def perturbed(seed):
        with seeding.global_stream(0, "initialization"):
            network = build()
        apply(network, name, seed=seed)
        return torch.cat([p.detach().flatten() for p in network.parameters()])

    assert torch.equal(perturbed(1), perturbed(1))
    draws = name in ("noise", "shuffle", "reinit", "ulp")
    assert draws != torch.equal(perturbed(1), perturbed(2))


@pytest.mark.parametrize("name", PERTURBATIONS.names())
def test_the_memory_layout_changes_no_bit(model, name):
    other = copy.deepcopy(model).to(memory_format=torch.channels_last)
    assert apply(model, name) == apply(other, name)
    for (key, values), others in zip(model.named_parameters(), other.parameters(), strict=True):
        assert torch.equal(values, others), key


@pytest.mark.parametrize("name", PERTURBATIONS.names())
@pytest.mark.parametrize("buffers", ["means", "all"])
def test_buffers_change_only_for_what_the_study_did_to_them(model, name, buffers):
    before = {key: value.clone() for key, value in model.named_buffers()}
    if name not in BUFFER_PERTURBATIONS:
        with pytest.raises(BadRequest, match=f"'{name}' has no meaning for running statistics"):
            apply(model, name, buffers=buffers)
        return
    report = apply(model, name, buffers=buffers)
    changed = [key for key, value in model.named_buffers() if not torch.equal(before[key], value)]
    expected = {"means": ["1.running_mean"], "all": ["1.running_mean", "1.running_var"]}[buffers]
    assert expected == changed
    assert (len(expected), 8 * len(expected)) == (report.buffers, report.buffer_changed)
    assert apply(model, name).text + f",buffers={buffers}" == report.text


@pytest.mark.parametrize("name", list(INVERSES))
def test_the_inverse_restores_every_bit(model, name):
    before = float_bits(model)
    apply(model, name)
    apply(model, name, **INVERSES[name])
    assert all(torch.equal(before[key], value) for key, value in float_bits(model).items())
