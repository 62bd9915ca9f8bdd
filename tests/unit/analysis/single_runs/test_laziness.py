import math

import pytest
import torch
from torch import nn

from paramdyn.analysis import tangent_kernel
from paramdyn.analysis.laziness import laziness, laziness_of
from paramdyn.errors import BadRequest


def states(model, size, seed=0):
    """Return values of a model, and others that lie a random step of ``size`` away."""
    generator = torch.Generator().manual_seed(seed)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    end = dict(start)
    for name, parameter in model.named_parameters():
        step = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        end[name] = start[name].double() + size * step
    return start, end


def images(count=12, channels=2, side=4):
    generator = torch.Generator().manual_seed(9)
    return torch.randn(count, channels, side, side, generator=generator, dtype=torch.float64)


def network(*, hidden=nn.Tanh):
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(32, 16), hidden(), nn.Linear(16, 3)).double()


def test_k35_a_linear_model_is_lazy_however_far_it_goes():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 5)).double()
    found = laziness_of(model, *states(model, 10.0), images())
    assert found.kernel_distance == pytest.approx(0, abs=1e-12)
    assert found.linearization_error == pytest.approx(0, abs=1e-12)
    assert found.flipped is None
    assert (found.images, found.kernel_images) == (12, 12)


@pytest.mark.parametrize("scale", [100.0, 1000.0])
def test_k35_the_error_falls_as_one_over_the_output_scale(scale):
    model = network()
    start, end = states(model, 0.3)
    small = laziness_of(model, start, end, images(), scale=scale)
    smaller = laziness_of(model, start, end, images(), scale=10 * scale)
    assert small.linearization_error > 0.1
    assert small.scaled_error / smaller.scaled_error == pytest.approx(10, rel=0.02)


def test_the_error_and_the_kernel_are_those_of_slow_references():
    model = network(hidden=nn.ReLU)
    start, end = states(model, 0.2)
    inputs = images()
    jacobians, outputs = [], []
    for state in (start, end):
        model.load_state_dict(state)
        logits = model(inputs)
        rows = [
            torch.cat([g.reshape(-1) for g in torch.autograd.grad(
                logits[i, k], list(model.parameters()), retain_graph=True)])
            for i in range(12) for k in range(3)
        ]  # fmt: skip
        jacobians.append(torch.stack(rows))
        outputs.append(logits.detach().reshape(-1))
    move = torch.cat([(end[n] - start[n]).reshape(-1) for n, _ in model.named_parameters()])
    change = outputs[1] - outputs[0]
    error = (change - jacobians[0] @ move).norm() / change.norm()
    kernels = []
    for jacobian in jacobians:
        blocks = jacobian.reshape(12, 3, -1)
        kernels.append(sum(blocks[:, k] @ blocks[:, k].T for k in range(3)))
    cosine = (kernels[0] * kernels[1]).sum() / kernels[0].norm() / kernels[1].norm()
    open_ = [
        (inputs.flatten(1) @ state["1.weight"].double().T + state["1.bias"]) > 0
        for state in (start, end)
    ]
    found = laziness_of(model, start, end, inputs)
    assert found.linearization_error == pytest.approx(float(error), rel=1e-9)
    assert found.kernel_distance == pytest.approx(1 - float(cosine), rel=1e-9)
    assert found.flipped == float((open_[0] != open_[1]).double().mean())


def test_running_statistics_of_the_end_are_held_fixed():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2))
    model = model.double()
    start, end = states(model, 0.0)
    end["1.running_mean"] = torch.ones(3, dtype=torch.float64)
    found = laziness_of(model, start, end, images())
    assert found.linearization_error is None
    assert "0/0" in found.linear_reason
    assert model.training
    assert float(model[1].running_mean.abs().sum()) == 0.0


def test_too_few_images_leave_the_kernel_undefined():
    model = network()
    found = laziness_of(model, *states(model, 0.1), images(4))
    assert found.kernel_distance is None
    assert found.kernel_reason == "only 4 images"
    assert found.linearization_error is not None


class Doubled(nn.Module):
    """Its second layer's weight is used once more, which no module shows."""

    def __init__(self):
        super().__init__()
        self.conv, self.inner, self.head = nn.Conv2d(2, 4, 3), nn.Linear(16, 16), nn.Linear(16, 3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.inner(self.relu(self.conv(x)).flatten(1)))
        return self.head(x) + (x @ self.inner.weight)[:, :3]


class Shared(Doubled):
    """Its second layer is called twice."""

    def forward(self, x):
        x = self.relu(self.conv(x)).flatten(1)
        return self.head(self.relu(self.inner(self.relu(self.inner(x)))))


class Plain(Doubled):
    def forward(self, x):
        return self.head(self.relu(self.inner(self.relu(self.conv(x)).flatten(1))))


class Convolved(Plain):
    """Of its convolutions two can be told by products: neither groups nor a second call can."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False)
        self.grouped, self.twice = nn.Conv2d(4, 4, 1, groups=2), nn.Conv2d(4, 4, 1)
        self.wide = nn.Conv2d(4, 4, (1, 3), padding=(0, 2), dilation=(1, 2))

    def forward(self, x):
        x = self.wide(self.relu(self.grouped(self.relu(self.conv(x)))))
        x = self.twice(self.relu(self.twice(x)))
        return self.head(self.inner(self.relu(x).flatten(1)))


@pytest.mark.parametrize(
    ("kind", "products"),
    [
        (Plain, ["conv", "inner", "head"]),
        (Doubled, ["conv", "head"]),
        (Shared, ["conv", "head"]),
        (Convolved, ["conv", "inner", "head", "wide"]),
    ],
)
def test_a_kernel_in_parts_is_that_of_all_gradients_at_once(kind, products, monkeypatch):
    torch.manual_seed(3)
    model = kind().double()
    given = (model, *states(model, 0.5), images(10))
    whole = laziness_of(*given)
    monkeypatch.setattr(tangent_kernel, "MOST_BYTES", 10 * 8 * 398)  # one scalar too few
    monkeypatch.setattr(tangent_kernel, "PART_BYTES", 10 * 8 * 300)
    parts, plain = [], tangent_kernel._plan
    monkeypatch.setattr(tangent_kernel, "_plan", lambda *a: parts.append(plain(*a)) or parts[0])
    found = laziness_of(*given)
    assert sorted(products) == sorted(parts[0].products)
    held = {name.rpartition(".")[0] for part in parts[0].parts for name in part}
    layers = {name for name, each in model.named_modules() if list(each.parameters(recurse=False))}
    assert layers - set(products) == held
    assert (10, 10) == (whole.kernel_images, found.kernel_images)
    assert whole.kernel_distance == pytest.approx(found.kernel_distance, rel=1e-9)
    assert whole.kernel_distance > 1e-4


@pytest.mark.parametrize(
    ("layer", "side"),
    [
        (nn.Conv2d(3, 64, 3, padding=1), 2),  # pairs of positions are less work
        (nn.Conv2d(3, 5, 3, padding=1, stride=2), 9),  # whole gradients are
        (nn.Conv2d(3, 5, (1, 3), dilation=2, padding=(0, 3)), 6),
        (nn.Conv2d(3, 5, 1), 1),
    ],
)
def test_products_of_a_convolution_are_those_of_its_gradients(layer, side):
    layer = layer.double()
    given = images(6, 3, side)
    came_out = layer(given)
    delta = torch.randn(came_out.shape, dtype=torch.float64, generator=torch.manual_seed(4))
    rows = torch.stack([
        torch.autograd.grad(layer(given[i : i + 1]), layer.weight, delta[i : i + 1])[0].flatten()
        for i in range(6)
    ])  # fmt: skip
    found = tangent_kernel._weight_products(layer, given, delta)
    torch.testing.assert_close(rows @ rows.T, found, rtol=1e-12, atol=1e-12)


def test_a_tensor_whose_gradients_do_not_fit_leaves_the_kernel_undefined(monkeypatch):
    monkeypatch.setattr(tangent_kernel, "MOST_BYTES", 0)
    monkeypatch.setattr(tangent_kernel, "PART_BYTES", 10 * 8 * 71)
    model = Plain().double()
    found = laziness_of(model, *states(model, 0.1), images())
    assert found.kernel_distance is None
    assert found.kernel_reason.startswith("gradients of 10 images for 'conv.weight' take 5.36e-06")
    assert found.linearization_error is not None


def test_values_that_are_not_finite_are_undefined():
    model = network()
    start, end = states(model, 0.1)
    end["1.bias"] = torch.full((16,), math.nan, dtype=torch.float64)
    found = laziness_of(model, start, end, images())
    assert (found.linearization_error, found.kernel_distance) == (None, None)
    assert found.linear_reason == "outputs are not finite"


def test_a_model_too_large_is_refused_before_it_is_built(subject, bench, monkeypatch):
    monkeypatch.setattr("paramdyn.analysis.laziness.MOST_BYTES", 40 * 61_495)
    with pytest.raises(BadRequest, match=r"61,496 parameters\. Expected at most 61,495"):
        laziness(subject("base"), bench)


def test_a_run_that_never_moved_has_a_kernel_that_never_turned(subject, bench):
    found = laziness(subject("still"), bench)
    assert (found.kernel_distance, found.flipped) == (pytest.approx(0, abs=1e-12), 0.0)
    assert found.linearization_error is None
