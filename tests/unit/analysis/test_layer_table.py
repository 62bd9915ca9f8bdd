"""Layers with layers: exact where moments fit, else summed over batches, from the same pass."""

import numpy as np
import pytest
import torch

from paramdyn.analysis.layer_table import MOST_MOMENTS, LayerTable
from paramdyn.analysis.similarity import cka_table
from paramdyn.models import build_model
from paramdyn.probes.forward import forward_all
from paramdyn.specs import ModelSpec

KEYS = ("one", "end"), ("other", "end")
LAYERS = ["conv1", "conv2", "fc1", "fc2", "fc3"]


@pytest.fixture
def models():
    made = {}
    for name in ("one", "other"):
        torch.manual_seed(len(made))
        made[name] = build_model(ModelSpec(name="lenet"), num_classes=10, image_size=32).eval()
    return made


def table_of(models, batches, most):
    table = LayerTable(KEYS, (LAYERS, LAYERS), most)
    table.name_models({key: key[0] for key in KEYS}, {key: models[key[0]] for key in KEYS})
    forward_all(models, batches, [table], layers=dict.fromkeys(models, LAYERS))
    return table.exact, np.array([[value.value for value in row] for row in table.results()])


def batches_of(images, size):
    labels = torch.zeros(len(images), dtype=torch.int64)
    return list(zip(images.split(size), labels.split(size), strict=True))


def test_moments_over_batches_are_the_value_of_all_images_at_once(models):
    images = torch.randn(60, 3, 32, 32)
    exact, values = table_of(models, batches_of(images, 16), MOST_MOMENTS)
    _, whole = table_of(models, batches_of(images, 60), MOST_MOMENTS)
    assert exact
    # A convolution of another number of images may sum in another order, in float32.
    assert np.allclose(whole, values, rtol=0, atol=1e-6)
    kept = {}
    for name, model in models.items():
        with torch.no_grad():
            kept[name] = model.conv1(images).double().mean((2, 3)).numpy()
    expected = cka_table([kept["one"]], [kept["other"]])[0][0].value
    assert expected == pytest.approx(values[0, 0], abs=1e-6)


def test_what_does_not_fit_is_summed_over_batches(models):
    images = torch.randn(60, 3, 32, 32)
    exact, values = table_of(models, batches_of(images, 60), 0)
    _, moments = table_of(models, batches_of(images, 60), MOST_MOMENTS)
    assert not exact
    assert np.allclose(moments, values, rtol=0, atol=1e-9)
