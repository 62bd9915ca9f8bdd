import itertools

import pytest
import torch

from paramdyn import seeding
from paramdyn.catalogues import OPTIMIZERS, TORCH_OPTIMIZERS
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.optimizers import build_optimizer, decay_ratio, is_elementwise
from paramdyn.specs.run_spec import OptimizerSpec

ELEMENTWISE = ("sgd", "adam", "adamw", "SGD", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax",
               "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop")  # fmt: skip


def spec(name, *, learning_rate=0.005, weight_decay=0.0, **options):
    return OptimizerSpec(
        name=name, learning_rate=learning_rate, weight_decay=weight_decay, options=options
    )


def stepped(optimizer_spec, start, gradients, cuts=()):
    """Step slices of a flat buffer that asks for no gradient, cut at ``cuts``."""
    flat = start.clone()
    bounds = [0, *cuts, flat.numel()]
    slices = [flat[a:b] for a, b in itertools.pairwise(bounds)]
    optimizer = build_optimizer(slices, optimizer_spec)
    for gradient in gradients:
        for a, piece in zip(bounds, slices, strict=False):
            piece.grad = gradient[a : a + piece.numel()]
        optimizer.step()
    assert not flat.requires_grad
    return flat


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("cuts", [(1024,), (16, 1040, 2048, 4992)])
@pytest.mark.parametrize("threads", [1, 2])
def test_stepping_a_buffer_in_slices_gives_the_same_bits(name, cuts, threads):
    """What is_elementwise promises for cuts at multiples of 16 scalars; the length is none."""
    torch.set_num_threads(threads)
    start = torch.randn(5003, generator=seeding.generator(0, "start"))
    gradients = torch.randn(4, 5003, generator=seeding.generator(0, "gradients"))
    decay = 0.0 if name == "Rprop" else 5e-4
    optimizer_spec = spec(name, weight_decay=decay)
    whole = stepped(optimizer_spec, start, gradients)
    assert not torch.equal(start, whole)
    assert torch.equal(whole, stepped(optimizer_spec, start, gradients, cuts))


def test_nesterov_and_amsgrad_in_slices():
    start = torch.randn(3000, generator=seeding.generator(0, "start"))
    gradients = torch.randn(4, 3000, generator=seeding.generator(0, "gradients"))
    for chosen in (spec("sgd", nesterov=True), spec("adam", amsgrad=True, eps=0.1)):
        assert torch.equal(
            stepped(chosen, start, gradients), stepped(chosen, start, gradients, (1024, 2048))
        )


def test_only_elementwise_optimizers_are_called_so():
    assert all(is_elementwise(name) for name in ELEMENTWISE)
    assert not any(is_elementwise(name) for name in ("Muon", "Adafactor", "LBFGS", "my-own"))


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "SGD", "Adam", "AdamW"])
def test_fused_where_torch_has_it(name):
    assert build_optimizer([torch.zeros(3)], spec(name)).defaults["fused"] is True


def test_the_spec_reaches_torch():
    group = build_optimizer([torch.zeros(3)], spec("sgd", weight_decay=0.1, nesterov=True))
    assert (0.005, 0.9, 0.1, True) == tuple(
        group.defaults[key] for key in ("lr", "momentum", "weight_decay", "nesterov")
    )
    study = build_optimizer([torch.zeros(3)], spec("adam", betas=[0.8, 0.99], eps=0.1))
    assert ((0.8, 0.99), 0.1) == (study.defaults["betas"], study.defaults["eps"])
    for name in ("adam", "adamw"):
        assert build_optimizer([torch.zeros(3)], spec(name, amsgrad=True)).defaults["amsgrad"]
    assert (
        0.5 == build_optimizer([torch.zeros(3)], spec("sgd", dampening=0.5)).defaults["dampening"]
    )
    assert 0.0 == build_optimizer([torch.zeros(3)], spec("AdamW")).defaults["weight_decay"]


@pytest.mark.parametrize("name", [n for n in TORCH_OPTIMIZERS if n != "Muon"])
def test_every_listed_class_of_torch_can_be_built(name):
    assert name == type(build_optimizer([torch.zeros(3)], spec(name))).__name__


@pytest.mark.parametrize(
    ("chosen", "error", "message"),
    [
        (spec("sdg"), UnknownName, "unknown optimizer 'sdg'. Did you mean 'sgd'"),
        (spec("adadelta"), UnknownName, "Did you mean 'Adadelta'"),
        (spec("Optimizer"), UnknownName, "unknown optimizer 'Optimizer'"),
        (spec("LBFGS"), BadRequest, "evaluates the loss several times a step"),
        (spec("SparseAdam"), BadRequest, "needs sparse gradients"),
        (spec("sgd", momentun=0.5), BadRequest, "unknown option 'momentun'. Did you mean 'momentu"),
        (spec("RMSprop", lr=0.5), BadRequest, "unknown option 'lr'"),
        (spec("RMSprop", fused=True), BadRequest, "accepted options: alpha, centered, eps, max"),
        (spec("sgd", momentum=0.0, nesterov=True), BadRequest, "Nesterov momentum requires"),
        (spec("adam", betas=0.9), BadRequest, "torch refuses its settings"),
        (spec("sgd", learning_rate=-1.0), BadRequest, "Invalid learning rate"),
        (spec("Rprop", weight_decay=0.1), BadRequest, "has no weight decay.*is 0.1. Set it to 0"),
        (spec("Muon"), BadRequest, r"2 dimensions; 1 of 1 .*has shape \(3,\)"),
    ],
)
def test_what_is_refused_is_refused_in_words(chosen, error, message):
    with pytest.raises(error, match=message):
        build_optimizer([torch.zeros(3)], chosen)


def test_muon_takes_matrices():
    matrix = torch.randn(4, 6, generator=seeding.generator(0, "matrix"))
    before = matrix.clone()
    matrix.grad = torch.ones(4, 6)
    build_optimizer([matrix], spec("Muon")).step()
    assert not torch.equal(before, matrix)


def test_k6_k7_decay_of_a_weight_without_gradient():
    """SCIENCE.md K6 and K7: 100 steps."""
    assert decay_ratio(spec("sgd", weight_decay=5e-4), [0.005] * 100) == pytest.approx(
        0.99772712, abs=5e-9
    )
    assert decay_ratio(spec("adamw", weight_decay=1e-2), [0.005] * 100) == pytest.approx(
        0.99501235, abs=5e-9
    )


@pytest.mark.parametrize(
    "chosen",
    [
        spec("sgd", weight_decay=0.1),
        spec("sgd", weight_decay=0.1, momentum=0.0),
        spec("sgd", weight_decay=0.1, momentum=0.0, dampening=0.5),
        spec("sgd", weight_decay=0.1, dampening=0.3),
        spec("sgd", weight_decay=0.1, nesterov=True),
        spec("SGD", weight_decay=0.1),
        spec("SGD", weight_decay=0.1, momentum=0.5, nesterov=True),
        spec("adamw", weight_decay=0.1),
        spec("AdamW", weight_decay=0.1),
        spec("adamw", learning_rate=0.1),
        spec("sgd"),
        *(spec(name) for name in ("adam", "Adadelta", "Adafactor", "Adagrad", "Adamax", "NAdam",
                                  "RAdam", "RMSprop", "Rprop")),
    ],
)  # fmt: skip
def test_decay_ratio_is_what_torch_does_in_float64(chosen):
    """Twelve steps at a rate that changes; the reference is the optimizer itself."""
    rates = [0.05 * 0.8**step for step in range(12)]
    value = torch.tensor([3.0, -0.25], dtype=torch.float64)
    start = value.clone()
    value.grad = torch.zeros(2, dtype=torch.float64)
    optimizer = build_optimizer([value], chosen)
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    expected = decay_ratio(chosen, rates)
    torch.testing.assert_close(start * expected, value, rtol=1e-12, atol=0)


def test_decay_without_a_closed_form_is_unknown():
    assert decay_ratio(spec("adam", weight_decay=5e-4), [0.005]) is None
    assert decay_ratio(spec("ASGD"), [0.005]) is None
    assert decay_ratio(spec("somebodys-own"), [0.005]) is None


def test_a_plug_in_that_returns_no_optimizer(monkeypatch):
    monkeypatch.setattr(OPTIMIZERS, "_entries", dict(OPTIMIZERS._entries))
    OPTIMIZERS.register("broken")(lambda parameters, **_: list(parameters))
    with pytest.raises(BadRequest, match=r"returned a list. Expected a torch.optim.Optimizer"):
        build_optimizer([torch.zeros(1)], spec("broken"))
