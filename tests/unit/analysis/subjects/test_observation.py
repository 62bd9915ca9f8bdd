"""Each pass is done once, and gives what a plain pass gives."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.observation import head_of
from paramdyn.analysis.subjects.images import few
from paramdyn.errors import BadRequest
from paramdyn.models import build_model
from paramdyn.specs import ModelSpec
from paramdyn.training.run import train_run


@pytest.fixture
def bench(runs_dir, tmp_path):
    return Bench(runs=runs_dir, data=str(tmp_path))


@pytest.fixture
def subjects(bench, tiny_spec, runs_dir, tmp_path):
    made = [
        train_run(replace(tiny_spec, seed=seed), runs=runs_dir, data_folder=tmp_path)
        for seed in (0, 1)
    ]
    return [bench.open(folder.name) for folder in made]


@torch.no_grad()
def plain_pass(model, batches):
    """The head's input and the logits of a LeNet, layer by layer."""
    features, logits = [], []
    for images, _ in batches:
        x = torch.relu(nn.functional.max_pool2d(model.conv1(images), 2))
        x = torch.relu(nn.functional.max_pool2d(model.conv2(x), 2))
        x = torch.relu(model.fc2(torch.relu(model.fc1(x.flatten(1)))))
        features.append(x)
        logits.append(model.fc3(x))
    return torch.cat(features), torch.cat(logits)


def test_what_was_observed_is_what_a_plain_pass_gives(bench, subjects):
    found = bench.observations.of(subjects[0])
    model = subjects[0].new_model()
    model.load_state_dict(dict(subjects[0].state()))
    features, logits = plain_pass(model, bench.images.test)
    assert torch.equal(logits, found.logits)
    assert np.array_equal(features.numpy(), found.features)
    assert "fc3" == found.layer
    labels = torch.cat([labels for _, labels in bench.images.test])
    wide = logits.double()
    picked = wide.logsumexp(1) - wide[torch.arange(len(wide)), labels]
    assert picked.mean().item() == pytest.approx(found.loss, rel=1e-12)
    assert (logits.argmax(1) == labels).double().mean().item() == found.accuracy


def test_a_model_is_run_once_however_often_it_is_asked_for(bench, subjects):
    seen = []
    bench.progress = lambda what, done, _: seen.append((what, done))
    one, two = subjects
    layers = [["conv1", "fc1"], ["conv1", "fc1"]]
    bench.observations.layer_similarity((one, "end"), (two, "end"), layers)
    first, second = bench.observations.of(one), bench.observations.of(two)
    agreement = bench.observations.agreement((one.name, "end"), (two.name, "end"))
    different = (first.logits.argmax(1) != second.logits.argmax(1)).double().mean().item()
    assert different == agreement.disagreement
    assert first is bench.observations.of(one)
    assert [(f"{one.name} at end and {two.name} at end", 1)] == seen


def test_layers_of_a_model_and_itself(bench, subjects):
    one = (subjects[0], "end")
    table = bench.observations.layer_similarity(one, one, [["conv1", "fc1"], ["fc1"]])
    assert 1.0 == pytest.approx(table[1][0].value, abs=1e-12)
    assert table[0][0].value < 1.0


def test_a_run_is_opened_once(bench, subjects):
    assert subjects[0] is bench.open(subjects[0].folder)
    assert subjects == bench.subjects


@pytest.mark.usefixtures("subjects")
def test_models_that_see_other_images_are_not_compared(bench, tiny_spec, tmp_path):
    other = replace(tiny_spec, dataset=replace(tiny_spec.dataset, normalization="dataset"))
    bench.open(train_run(other, runs=bench.runs, data_folder=tmp_path).name)
    with pytest.raises(BadRequest, match="Models are compared on the same images"):
        _ = bench.images


@pytest.mark.parametrize(
    ("model", "head"),
    [("resnet18", "fc"), ("vgg11", "classifier.6"), ("squeezenet1_1", "classifier.1")],
)
def test_the_head_is_the_layer_that_makes_the_logits(model, head):
    net = build_model(ModelSpec(name=model), num_classes=7, image_size=32).eval()
    assert head == head_of(net, torch.zeros(2, 3, 32, 32))


def test_a_layer_that_is_never_called_is_no_head():
    class Decoy(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.fc = nn.Linear(12, 5), nn.Linear(12, 5)

        def forward(self, images):
            return self.body(images.flatten(1))

    assert "body" == head_of(Decoy(), torch.zeros(2, 3, 2, 2))


def test_a_model_without_a_head_is_refused():
    with pytest.raises(BadRequest, match="by no linear or"):
        head_of(nn.Flatten(), torch.zeros(2, 3, 2, 2))


def test_few_cuts_the_last_batch():
    batches = [(torch.zeros(3, 1), torch.zeros(3)) for _ in range(4)]
    assert [len(images) for images, _ in few(batches, 7)] == [3, 3, 1]
    assert [len(images) for images, _ in few(batches, 99)] == [3, 3, 3, 3]
