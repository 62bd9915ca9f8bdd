"""Cases of SCIENCE.md section 4 with plain torch optimizers; Kn is the row there."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from paramdyn.measurements.changed_share import CHANGED_SHARE
from paramdyn.measurements.classes import CLASS_NAMES, classify
from paramdyn.measurements.displacement import DISPLACEMENT
from paramdyn.measurements.measurement import DecayInfo
from paramdyn.measurements.path_length import PATH_LENGTH
from paramdyn.measurements.sign_changes import SIGN_CHANGES
from paramdyn.measurements.straightness import STRAIGHTNESS


def measure(measurement, context):
    """Measure the one step of a context."""
    (values,) = measurement.compute(context)
    return values


class Watched:
    """One parameter, driven by given gradients, with the flags a recorder would keep."""

    def __init__(self, start, optimizer, **options):
        self.parameter = nn.Parameter(start.clone())
        self.start = start.clone()
        self.optimizer = optimizer([self.parameter], **options)
        self.ever_gradient = torch.zeros_like(start, dtype=torch.bool)
        self.ever_changed = torch.zeros_like(start, dtype=torch.bool)

    @property
    def now(self):
        return self.parameter.detach()

    def step(self, gradient):
        self.parameter.grad = gradient.clone()
        self.optimizer.step()
        self.ever_gradient |= gradient != 0
        self.ever_changed |= self.now.view(torch.int32) != self.start.view(torch.int32)
        return self

    def classes(self, *, structural=None, decay=None):
        counts, _ = classify(
            self.now,
            self.start,
            ever_gradient=self.ever_gradient,
            ever_changed=self.ever_changed,
            structural=structural,
            trainable=True,
            decay=decay,
        )
        return {name: n for name, n in counts.items() if n}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_k3_a_learning_rate_of_zero_leaves_everything(context_of, path_from):
    watched = Watched(normal(100), torch.optim.SGD, lr=0.0, momentum=0.9)
    path = path_from([watched.start])
    for k in range(5):
        watched.step(normal(100, seed=k + 1))
        path.add([watched.now.clone()])
    context = context_of([watched.now], [watched.start], **path.fields())
    assert measure(CHANGED_SHARE, context).total == 0.0
    assert measure(DISPLACEMENT, context).total == 0.0
    assert measure(PATH_LENGTH, context).total == 0.0
    assert measure(STRAIGHTNESS, context).total is None
    assert watched.classes() == {"absorbed": 100}


def test_k4_sgd_with_momentum_under_a_constant_gradient(context_of):
    lr, mu, steps = 0.005, 0.9, 100
    gradient = normal(1000)
    watched = Watched(torch.zeros(1000), torch.optim.SGD, lr=lr, momentum=mu)
    for _ in range(steps):
        watched.step(gradient)
    factor = lr / (1 - mu) * (steps - mu * (1 - mu**steps) / (1 - mu))
    measured = measure(DISPLACEMENT, context_of([watched.now], [watched.start])).total
    assert measured == pytest.approx(factor * float(gradient.double().norm()), rel=1e-6)


def test_k5_adam_under_a_constant_gradient(context_of):
    lr, eps, steps = 0.005, 1e-1, 50
    gradient = normal(1000)
    watched = Watched(torch.zeros(1000), torch.optim.Adam, lr=lr, eps=eps)
    for _ in range(steps):
        watched.step(gradient)
    wide = gradient.double()
    expected = (lr * steps * wide / (wide.abs() + eps)).norm()
    measured = measure(DISPLACEMENT, context_of([watched.now], [watched.start])).total
    assert measured == pytest.approx(float(expected), rel=1e-5)


def momentum_decay(lr, mu, weight_decay, steps):
    weight, velocity = 1.0, 0.0
    for _ in range(steps):
        velocity = mu * velocity + weight_decay * weight
        weight -= lr * velocity
    return weight


@pytest.mark.parametrize("structural", [True, False])
@pytest.mark.parametrize(
    ("optimizer", "options", "ratio", "known"),
    [
        (
            torch.optim.SGD,
            {"lr": 0.005, "momentum": 0.9, "weight_decay": 5e-4},
            momentum_decay(0.005, 0.9, 5e-4, 100),
            0.99772712,
        ),
        (
            torch.optim.AdamW,
            {"lr": 0.005, "weight_decay": 1e-2},
            (1 - 0.005 * 1e-2) ** 100,
            0.99501235,
        ),
    ],
    ids=["k6-sgd", "k7-adamw"],
)
def test_k6_k7_weight_decay_alone_moves_by_its_closed_form(
    optimizer, options, ratio, known, structural
):
    assert ratio == pytest.approx(known, abs=1e-8)
    watched = Watched(normal(1000), optimizer, **options)
    for _ in range(100):
        watched.step(torch.zeros(1000))
    mask = torch.full((1000,), structural)
    decay = DecayInfo(ratio, steps=100)
    assert watched.classes(structural=mask, decay=decay) == {"decay-only": 1000}
    assert watched.classes(structural=mask) == {"changed": 1000}


def test_k8_updates_below_half_an_ulp_are_absorbed():
    watched = Watched(torch.ones(1), torch.optim.SGD, lr=1.0)
    for _ in range(100):
        watched.step(torch.full((1,), -5e-8))
    assert watched.classes() == {"absorbed": 1}


def test_k9_there_and_back_again_is_returned():
    watched = Watched(torch.ones(1), torch.optim.SGD, lr=1.0)
    watched.step(torch.full((1,), -0.5))
    assert watched.classes() == {"changed": 1}
    watched.step(torch.full((1,), 0.5))
    assert watched.classes() == {"returned": 1}


def test_k10_unchanged_means_the_same_bits(context_of):
    nan = math.nan
    start = torch.tensor([0.0, -0.0, nan, 1.0])
    now = torch.tensor([-0.0, -0.0, nan, 1.0])
    assert measure(CHANGED_SHARE, context_of([now], [start])).total == 0.25
    none = torch.zeros(4, dtype=torch.bool)
    counts, _ = classify(
        now, start, ever_gradient=none, ever_changed=none, structural=None, trainable=True,
        decay=None,
    )  # fmt: skip
    assert (counts["changed"], counts["dead"]) == (1, 3)


def walk(context_of, path_from, moves):
    start = torch.zeros_like(moves[0])
    path, now = path_from([start]), start
    for move in moves:
        now = now + move
        path.add([now])
    return measure(STRAIGHTNESS, context_of([now], [start], **path.fields())).total


def test_k11_a_straight_path_has_straightness_1(context_of, path_from):
    moves = [torch.ones(1000, dtype=torch.float32)] * 100
    assert walk(context_of, path_from, moves) == pytest.approx(1.0, rel=1e-12)


def test_k11_a_random_walk_has_straightness_one_over_root_n(context_of, path_from):
    moves = list(normal(100, 1000))
    assert walk(context_of, path_from, moves) == pytest.approx(0.1, abs=0.005)


def test_k12_sign_changes_of_a_perturbed_normal(context_of):
    start = normal(1_000_000)
    now = start + 0.3 * normal(1_000_000, seed=1)
    measured = measure(SIGN_CHANGES, context_of([now], [start])).total
    assert measured == pytest.approx(math.atan(0.3) / math.pi, abs=1e-3)  # 3 deviations: 9e-4


FLOATS = [0.0, -0.0, 1.0, 0.99, 0.5, -1.0, 1e-38, math.nan, math.inf, -math.inf]
scalar_states = st.tuples(
    st.sampled_from(FLOATS), st.sampled_from(FLOATS), st.booleans(), st.booleans(), st.booleans()
)


@settings(deadline=None)
@given(
    states=st.lists(scalar_states, max_size=30),
    with_structural=st.booleans(),
    trainable=st.booleans(),
    decay=st.sampled_from([None, DecayInfo(None), DecayInfo(0.99), DecayInfo(0.99, steps=10)]),
)
def test_k37_the_classes_are_disjoint_and_complete(states, with_structural, trainable, decay):
    def classify_states(chosen):
        columns = list(zip(*chosen, strict=True)) or [()] * 5
        now, start = (torch.tensor(column, dtype=torch.float32) for column in columns[:2])
        seen, ever, shut = (torch.tensor(column, dtype=torch.bool) for column in columns[2:])
        return classify(
            now,
            start,
            ever_gradient=seen,
            ever_changed=ever,
            structural=shut if with_structural else None,
            trainable=trainable,
            decay=decay,
        )

    counts, causes = classify_states(states)
    assert list(counts) == list(CLASS_NAMES)
    assert min(counts.values()) >= 0
    assert sum(counts.values()) == len(states)
    assert sum(causes.values()) == counts["decay-only"]
    alone = [classify_states([state])[0] for state in states]
    assert all(sorted(single.values()) == [0] * 6 + [1] for single in alone)
    assert counts == {name: sum(single[name] for single in alone) for name in CLASS_NAMES}


def test_k39_a_filter_before_batch_normalisation_is_orthogonal_to_its_gradient():
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, 8, 3, bias=False)
    model = nn.Sequential(convolution, nn.BatchNorm2d(8, eps=1e-12), nn.ReLU(), nn.Flatten())
    output = model(torch.rand(16, 3, 8, 8))
    head = nn.Linear(output.shape[1], 4)
    nn.functional.cross_entropy(head(output), torch.arange(16) % 4).backward()
    weight, gradient = convolution.weight.detach().flatten(1), convolution.weight.grad.flatten(1)
    cosines = torch.cosine_similarity(weight.double(), gradient.double(), dim=1)
    assert float(cosines.abs().max()) < 1e-5
