"""Sign flips as SCIENCE.md 2.3 tells them apart, the study's own, and the smallest change."""

import math

import pytest
import torch
from torch import nn

from paramdyn import seeding
from paramdyn.errors import BadRequest
from paramdyn.initializers import InitializerContext
from paramdyn.measurements.buffer_checks import invalid_buffers
from paramdyn.models import build_model
from paramdyn.perturbations import perturb
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.specs.run_spec import InitializerSpec, ModelSpec

SYMMETRY = "sign-flip,layers=conv1.weight|bn1.weight|block.*.weight,buffers=means"


class Block(nn.Module):
    """A residual block: its sums must not mix flipped with unflipped values."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)

    def forward(self, x):
        inner = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(inner)))


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)
        self.block = Block()
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(self.block(torch.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


def images(seed):
    return torch.rand(8, 3, 9, 9, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def model():
    """A network whose statistics and scales are no longer those of the constructor."""
    with seeding.global_stream(3, "initialization"):
        network = SmallResNet()
    train(network, nn.functional.cross_entropy, torch.optim.SGD(network.parameters(), 0.1), 3)
    return network


def train(network, loss, optimizer, steps):
    network.train()
    for step in range(steps):
        optimizer.zero_grad()
        loss(network(images(step)), torch.arange(8) % 5).backward()
        optimizer.step()


def forward(network, steps):
    with torch.no_grad():
        for _ in range(steps):
            network.train()(images(0))


def flip(network, text):
    (report,) = perturb(
        network,
        [parse_perturbation(text)],
        seed=0,
        initializer_spec=InitializerSpec(),
        context=InitializerContext(),
    )
    return report


def copy_of(network):
    other = SmallResNet()
    other.load_state_dict(network.state_dict())
    return other


def logits(network, training):
    with torch.no_grad():
        return copy_of(network).train(training)(images(99))


def flipped_names(before, after):
    state = after.state_dict()
    return {
        name
        for name, values in before.state_dict().items()
        if values.is_floating_point() and torch.equal(-values, state[name]) and values.any()
    }


def floats(network):
    return {name for name, values in network.state_dict().items() if values.is_floating_point()}


@pytest.mark.parametrize("training", [False, True])
def test_k14_the_exact_symmetry_changes_no_bit_of_any_output(model, training):
    flipped = copy_of(model)
    report = flip(flipped, SYMMETRY)
    assert torch.equal(logits(model, training), logits(flipped, training))
    squares = sum(
        values.double().square().sum().item()
        for name, values in model.named_parameters()
        if name.endswith("weight") and name != "fc.weight"
    )
    assert math.isclose(2 * math.sqrt(squares), report.norm, rel_tol=1e-12)
    assert (3, 12, 12) == (report.buffers, report.buffer_scalars, report.buffer_changed)
    means = [value for name, value in model.named_buffers() if name.endswith("mean")]
    assert math.isclose(2 * torch.cat(means).double().norm().item(), report.buffer_norm)


@pytest.mark.parametrize("training", [False, True])
def test_without_the_means_it_is_no_symmetry_in_evaluation_mode(model, training):
    flipped = copy_of(model)
    flip(flipped, SYMMETRY.partition(",buffers")[0])
    assert training == torch.equal(logits(model, training), logits(flipped, training))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.05, "momentum": 0.9}),
        ("AdamW", {"lr": 0.01, "weight_decay": 0.1}),
        ("Adam", {"lr": 0.01, "eps": 0.1}),
    ],
)
def test_k15_training_keeps_the_two_mirror_images(model, name, options):
    flipped = copy_of(model)
    flip(flipped, SYMMETRY)
    for network in (model, flipped):
        optimizer = getattr(torch.optim, name)(network.parameters(), **options)
        train(network, nn.functional.cross_entropy, optimizer, 12)
    flip(flipped, SYMMETRY)
    for key, values in model.state_dict().items():
        assert torch.equal(values, flipped.state_dict()[key]), key


def test_k16_the_flip_as_published_makes_every_logit_nan_until_training_heals_it(model):
    forward(model, 100)  # at momentum 0.1 the variances are those of the images, to 1 in 10^4
    flipped = copy_of(model)
    report = flip(flipped, "sign-flip,buffers=all")
    assert floats(model) == flipped_names(model, flipped)
    assert (6, 24, 24) == (report.buffers, report.buffer_scalars, report.buffer_changed)
    assert logits(flipped, training=False).isnan().all()
    (text,) = invalid_buffers(flipped)
    names = "bn1.running_var, block.bn1.running_var, block.bn2.running_var"
    assert text.startswith(f"invalid buffers: 3 ({names}) have negative variances, so outputs")
    forward(flipped, 6)
    assert invalid_buffers(flipped)
    forward(flipped, 1)  # (1 - 0.9^7) of the true variance - 0.9^7 of it is above 0
    assert not invalid_buffers(flipped)
    assert logits(flipped, training=False).isfinite().all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sign-flip", lambda name: "running" not in name),
        ("sign-flip,buffers=means", lambda name: "running_var" not in name),
        (SYMMETRY, lambda name: "mean" in name or ("weight" in name and "fc" not in name)),
        ("sign-flip,layers=*.bias|fc.*", lambda name: "bias" in name or "fc" in name),
        ("sign-flip,layers=*.weight", lambda name: "weight" in name),
        ("sign-flip,norms=false", lambda name: "bn" not in name),
        ("sign-flip,norms=false,buffers=all", lambda name: "bn" not in name),
        ("sign-flip,layers=bn1.*,buffers=all", lambda name: name.startswith("bn1.")),
    ],
)
def test_every_arm_of_the_protocol_can_be_said(model, text, expected):
    flipped = copy_of(model)
    flip(flipped, text)
    assert {name for name in floats(model) if expected(name)} == flipped_names(model, flipped)


def test_k14_of_the_studys_own_resnet():
    """4800 channels, and the logits do not change by a bit (SCIENCE.md, section 0, fact 3)."""
    with seeding.global_stream(0, "initialization"):
        network = build_model(ModelSpec(name="resnet18"), num_classes=10, image_size=32)
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        network.train()(pictures)
        expected = network.eval()(pictures)
        report = flip(
            network, "sign-flip,layers=conv1.weight|bn1.weight|layer*.weight,buffers=means"
        )
        assert torch.equal(expected, network(pictures))
    assert (20, 4800) == (report.buffers, report.buffer_scalars)
    assert (40, 11_171_712) == (report.parameters, report.changed)


def test_a_random_mask_flips_its_share():
    network = nn.Linear(300, 100)
    before = network.weight.detach().clone()
    report = flip(network, "sign-flip,share=0.25,layers=weight")
    flipped = network.weight.signbit() != before.signbit()
    assert int(flipped.sum()) == report.changed
    assert 0.24 < report.changed / 30_000 < 0.26
    assert torch.equal(before.abs(), network.weight.abs())
    flip(network, "sign-flip,share=0.25,layers=weight")
    assert torch.equal(before, network.weight), "the same draw again undoes it"


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_an_impossible_share_is_refused(share):
    with pytest.raises(BadRequest, match=rf"fails on 'weight' \(.*share is {share}, expected"):
        flip(nn.Linear(2, 2), f"sign-flip,share={share}")


def test_unknown_buffers_are_refused():
    with pytest.raises(BadRequest, match=r"buffers: found 'mean', expected.*Did you mean 'means'"):
        flip(nn.Linear(2, 2), "sign-flip,buffers=mean")


def test_the_study_distorted_running_statistics_too(model):
    distorted = copy_of(model)
    flip(distorted, "distort:0.5,buffers=all")
    for name, values in model.state_dict().items():
        shift = 0.5 if values.is_floating_point() else 0
        assert torch.equal(values + shift, distorted.state_dict()[name]), name


def test_a_network_without_buffers_takes_the_published_flip():
    report = flip(nn.Linear(2, 2), "sign-flip,buffers=all")
    assert (6, 0, 0.0) == (report.changed, report.buffers, report.buffer_norm)


def moved(values, text="ulp"):
    network = nn.Linear(len(values), 1, bias=False)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([values]))
    before = network.weight.detach().clone()[0]
    flip(network, text)
    return before, network.weight.detach()[0]


def test_one_ulp_is_one_ulp_away_from_zero():
    before, after = moved([1.0, -1.0, 3e-5, -2.5e10], "ulp:4")
    away = torch.tensor([math.inf, -math.inf, math.inf, -math.inf])
    assert torch.equal(torch.nextafter(before, away), after)
    assert [1] * 4 == (after.view(torch.int32) - before.view(torch.int32)).tolist()
    assert (after.abs() > before.abs()).all()


@pytest.mark.parametrize("amount", [1, 7, 100])
def test_so_many_distinct_values_of_each_tensor_move(amount):
    network = nn.Linear(50, 20)
    assert amount + min(amount, 20) == flip(network, f"ulp:{amount}").changed


def test_zeros_and_what_cannot_move_are_spared():
    largest = torch.finfo(torch.float32).max
    before, after = moved([0.0, largest, math.inf, math.nan, 2.0, -0.0], "ulp:1")
    assert [4] == (before.view(torch.int32) != after.view(torch.int32)).nonzero().flatten().tolist()


def test_with_nothing_else_left_zeros_become_the_smallest_normal_number():
    _, after = moved([0.0, -0.0, 1.0], "ulp:9")
    tiny = torch.finfo(torch.float32).tiny
    assert [tiny, -tiny, 1.0 + 2**-23] == after.tolist()


@pytest.mark.parametrize("amount", ["0", "-1", "1.5", "true"])
def test_an_ulp_count_must_be_whole(amount):
    with pytest.raises(BadRequest, match=r"amount is .*xpected a (whole|finite) number"):
        moved([1.0], f"ulp:{amount}")
