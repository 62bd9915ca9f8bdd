import math

import pytest
import torch
from torch import nn

from paramdyn.probes.gradients import gradient_noise, gradient_summary


def data(count=10, batch=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(count, 3, 4, 4, generator=generator)
    labels = torch.arange(count) % 3
    return list(zip(images.split(batch), labels.split(batch), strict=True))


def plain():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 8), nn.ReLU(), nn.Linear(8, 3))


def gradients_of_images(model, batches):
    rows = []
    for images, labels in batches:
        for image, label in zip(images, labels, strict=True):
            loss = nn.functional.cross_entropy(model(image[None]), label[None])
            found = torch.autograd.grad(loss, list(model.parameters()))
            rows.append(torch.cat([g.reshape(-1) for g in found]).double())
    return torch.stack(rows)


def test_norm_and_silence_are_those_of_a_slow_reference():
    model = plain()
    with torch.no_grad():
        model[1].bias[2] = -1e9
    found = gradient_summary(model, data())
    rows = gradients_of_images(model, data())
    assert found.norm == pytest.approx(float(rows.mean(0).norm()), rel=1e-5)
    assert found.silent == {"1.weight": 48, "1.bias": 1, "3.weight": 3, "3.bias": 0}
    assert found.sparsity == 52 / (48 * 8 + 8 + 24 + 3)
    assert (found.images, found.batches) == (10, 3)


def test_the_signal_to_noise_ratio_is_that_of_a_slow_reference():
    model = plain()
    rows = gradients_of_images(model, data())
    signal = rows.mean(0).square().sum()
    noise = rows.square().mean(0).sum() - signal
    found = gradient_noise(model, data())
    assert found.ratio == pytest.approx(float(signal / noise), rel=1e-4)
    assert found.null == 1 / 9
    assert model.training


def test_gradients_of_pure_noise_have_the_ratio_of_the_null():
    """One output and labels drawn by a coin: the mean gradient is noise only."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(400, 2, bias=False))
    nn.init.zeros_(model[1].weight)
    ratios = []
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        images = torch.randn(50, 1, 20, 20, generator=generator)
        labels = torch.randint(2, (50,), generator=generator)
        ratios.append(gradient_noise(model, [(images, labels)]).ratio)
    assert sum(ratios) / 20 == pytest.approx(1 / 49, rel=0.1)


def test_batch_normalisation_has_no_gradients_of_single_images():
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    found = gradient_noise(model, data())
    assert (found.ratio, found.null) == (None, None)
    assert "belongs to a batch" in found.reason


def test_too_few_images_and_equal_gradients_are_undefined():
    model = plain()
    assert "at least 2" in gradient_noise(model, data(1)).reason
    image, label = torch.ones(1, 3, 4, 4), torch.zeros(1, dtype=torch.int64)
    same = [(image.expand(4, -1, -1, -1), label.expand(4))]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    found = gradient_noise(model, same)
    assert found.ratio is None or found.ratio > 1e12


def test_norms_use_the_batch_and_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.9), nn.Flatten(),
                          nn.Linear(8, 3))  # fmt: skip
    model.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first = gradient_summary(model, data())
    model.train()
    assert gradient_summary(model, data()) == first
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    model.eval()
    used = gradients_of_images(model, data())
    assert not math.isclose(first.norm, float(used.mean(0).norm()), rel_tol=0.01)


def test_a_diverged_model_has_no_norm():
    model = plain()
    with torch.no_grad():
        model[3].bias[0] = math.nan
    assert math.isnan(gradient_summary(model, data()).norm)
