import math

import pytest
import torch
from torch import nn

from paramdyn import seeding
from paramdyn.catalogues import PERTURBATIONS
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.initializers import InitializerContext, initialize
from paramdyn.models.lenet import lenet
from paramdyn.perturbations import perturb
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec


def small_net():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def network(initializer="default", seed=0, build=small_net):
    with seeding.global_stream(seed, "initialization"):
        model = build()
    initialize(model, InitializerSpec(name=initializer), InitializerContext(seed=seed))
    return model


def spec(name, *, layers="*", norms=True, **options):
    return PerturbationSpec(name=name, layers=layers, norms=norms, options=options)


def apply(model, *specs, seed=0, initializer="default", rebuild=None):
    return perturb(
        model,
        specs,
        seed=seed,
        initializer_spec=InitializerSpec(name=initializer),
        context=InitializerContext(rebuild=rebuild),
    )


def state_of(model):
    return {key: value.clone() for key, value in model.state_dict().items()}


def changed_names(before, model):
    now = model.state_dict()
    bits = [key for key in before if before[key].tolist() != now[key].tolist()]
    signs = [key for key in before if not torch.equal(before[key].signbit(), now[key].signbit())]
    return [key for key in before if key in {*bits, *signs}]


def test_sign_flip_reports_what_it_did():
    model = network()
    before = state_of(model)
    (report,) = apply(model, spec("sign-flip"))
    vector = torch.cat([p.detach().flatten() for p in model.parameters()]).double()
    assert ("sign-flip", 6, 130, 130) == (
        report.text, report.parameters, report.scalars, report.changed,
    )  # fmt: skip
    assert math.isclose(2 * vector.norm().item(), report.norm, rel_tol=1e-12)
    assert math.isclose(2.0, report.relative_norm, rel_tol=1e-12)
    assert torch.equal(-before["0.weight"], model[0].weight)
    assert model[1].bias.signbit().all(), "-0.0 is another bit pattern than 0.0"


def test_flipping_twice_is_the_identity_bit_for_bit():
    model = network()
    before = state_of(model)
    apply(model, spec("sign-flip"), spec("sign-flip"))
    assert [] == changed_names(before, model)


def test_distort_counts_what_rounding_swallows():
    """1e-6 is less than half an ulp of 32, and more than one of 1."""
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[32.0, 1.0]]))
        model.bias.fill_(64.0)
    (report,) = apply(model, spec("distort", amount=1e-6))
    assert (2, 1, 3, 1) == (report.parameters, report.untouched, report.scalars, report.changed)
    assert [32.0, 1.0 + 8 * 2**-23] == model.weight[0].tolist()
    assert math.isclose(8 * 2**-23, report.norm, rel_tol=1e-12)
    assert math.isclose(report.norm / math.sqrt(32**2 + 1 + 64**2), report.relative_norm)


def test_noise_is_relative_to_each_tensor_and_spares_constant_ones():
    model = nn.Sequential(nn.Linear(200, 200), nn.BatchNorm1d(200))
    with torch.no_grad():
        model[0].weight.mul_(50)
    before = state_of(model)
    (report,) = apply(model, spec("noise", amount=0.1))
    for name in ("0.weight", "0.bias"):
        change = (model.state_dict()[name] - before[name]).double()
        deviation = before[name].double().std(correction=0).item()
        assert math.isclose(0.1, change.std().item() / deviation, rel_tol=0.15)
    assert ["0.weight", "0.bias"] == changed_names(before, model)
    assert 2 == report.untouched


def test_a_single_value_has_no_deviation_and_gets_no_noise():
    (report,) = apply(nn.Linear(5, 1), spec("noise"))
    assert (1, 5, 6) == (report.untouched, report.changed, report.scalars)


def test_shuffle_keeps_every_tensors_values():
    model = network()
    before = state_of(model)
    apply(model, spec("shuffle"))
    assert {"0.weight", "3.weight"} <= set(changed_names(before, model))
    for name, parameter in model.named_parameters():
        assert torch.equal(before[name].flatten().sort().values, parameter.flatten().sort().values)


def test_several_in_their_order():
    one, other = network(), network()
    start = state_of(one)["0.weight"]
    apply(one, spec("rescale", amount=2.0), spec("distort", amount=1.0))
    apply(other, spec("distort", amount=1.0), spec("rescale", amount=2.0))
    assert torch.equal(start * 2 + 1, one[0].weight)
    assert torch.equal((start + 1) * 2, other[0].weight)


@pytest.mark.parametrize(
    ("layers", "norms", "expected"),
    [
        ("0.*", True, ["0.weight", "0.bias"]),
        ("*.bias | 3.*", True, ["0.bias", "1.bias", "3.weight", "3.bias"]),
        ("*", False, ["0.weight", "0.bias", "3.weight", "3.bias"]),
        ("*.weight", False, ["0.weight", "3.weight"]),
    ],
)
def test_layers_and_norms_choose_parameters(layers, norms, expected):
    model = network()
    before = state_of(model)
    apply(model, spec("rescale", layers=layers, norms=norms, amount=-1.0))
    assert expected == changed_names(before, model)


@pytest.mark.parametrize("name", ["noise", "shuffle", "reinit"])
def test_a_draw_depends_on_seed_position_and_name_and_on_nothing_else(name):
    def values(*specs, seed=5):
        model = network("kaiming-normal")
        apply(model, *specs, seed=seed, initializer="kaiming-normal", rebuild=small_net)
        return model[0].weight

    whole = values(spec(name))
    assert torch.equal(whole, values(spec(name, layers="0.weight")))
    assert not torch.equal(whole, values(spec(name), seed=6))
    moved = values(spec("rescale", layers="3.*"), spec(name, layers="0.*"))
    assert not torch.equal(whole, moved)


@pytest.mark.parametrize("rebuild", [small_net, None])
def test_reinit_draws_as_the_initializer_and_the_constructor_do(rebuild):
    model = network("orthogonal")
    before = state_of(model)
    apply(model, spec("reinit", layers="0.*"), initializer="orthogonal", rebuild=rebuild)
    assert ["0.weight", "0.bias"] == changed_names(before, model)
    rows = model[0].weight.detach().reshape(4, 27)
    torch.testing.assert_close(torch.eye(4), rows @ rows.T)
    assert model[0].bias.abs().max() <= 1 / math.sqrt(27)


@pytest.mark.parametrize("initializer", ["default", "weights", "pretrained", "run:parent@3"])
def test_reinit_of_loaded_values_takes_the_constructors_draw(initializer):
    model = network()
    drawn = seeding.stream_seed(9, "perturbation", 0)
    apply(model, spec("reinit", layers="0.*"), seed=9, initializer=initializer, rebuild=small_net)
    assert torch.equal(network(seed=drawn)[0].weight, model[0].weight)


def test_reinit_of_a_layer_that_cannot_draw():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.Parameter(torch.ones(3))

    with pytest.raises(BadRequest, match=r"layer '0' does not say how it draws"):
        apply(nn.Sequential(Scale()), spec("reinit"))


def test_reinit_leaves_the_global_generator_and_views_of_a_buffer_alone():
    model = lenet(num_classes=10).to(memory_format=torch.channels_last)
    address, stride = model.conv2.weight.data_ptr(), model.conv2.weight.stride()
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    apply(model, spec("reinit"), spec("shuffle"), spec("noise"))
    assert torch.equal(expected, torch.rand(2))
    assert (address, stride) == (model.conv2.weight.data_ptr(), model.conv2.weight.stride())


def test_memory_layout_does_not_matter():
    def build():
        return lenet(num_classes=10)

    plain, other = network(build=build), network(build=build).to(memory_format=torch.channels_last)
    for model in (plain, other):
        apply(model, spec("noise"), spec("shuffle"), spec("reinit", layers="fc*"), rebuild=build)
    assert all(
        torch.equal(a, b) for a, b in zip(plain.parameters(), other.parameters(), strict=True)
    )


@pytest.mark.parametrize(
    ("chosen", "error", "message"),
    [
        (spec("sign-flop"), UnknownName, "unknown perturbation 'sign-flop'. Did you mean 'sign-fl"),
        (spec("sign-flip", layers="conv1"), BadRequest, "'conv1' matches no parameter.*'conv1.wei"),
        (spec("sign-flip", layers="fc1.*|cnv2.*"), BadRequest, "'cnv2.*' matches no.*'conv2.weigh"),
        (spec("distort", amount=1e-30), BadRequest, "changes no value of conv1.weight, conv1.bias"),
        (spec("rescale", amount=1.0), BadRequest, "changes no value"),
        (spec("rescale", amount=math.nan), BadRequest, "amount is nan. Expected a finite number"),
        (spec("rescale", amount="much"), BadRequest, "amount is 'much'. Expected a finite number"),
        (spec("noise", scale=0.1), BadRequest, "unknown option 'scale'(.|\n)*options: amount"),
        (spec("reinit", fresh=1), BadRequest, "unknown option 'fresh'(.|\n)*options: none"),
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_in_words(chosen, error, message):
    with pytest.raises(error, match=message):
        apply(lenet(num_classes=10), chosen)


def test_norm_layers_only_and_none_of_them():
    with pytest.raises(BadRequest, match=r"matches norm layers only, and norms=false"):
        apply(network(), spec("sign-flip", layers="1.*", norms=False))


def test_a_plug_in_that_fails_is_named(monkeypatch):
    def broken(values, *, generator):
        del values, generator
        raise ValueError("cannot do this")

    monkeypatch.setattr(PERTURBATIONS, "_entries", dict(PERTURBATIONS._entries))
    PERTURBATIONS.register("broken")(broken)
    with pytest.raises(BadRequest, match=r"'broken': it fails on '0.weight' .*cannot do this"):
        apply(network(), spec("broken"))
