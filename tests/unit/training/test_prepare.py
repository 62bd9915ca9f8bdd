"""What ``prepare`` makes of a spec: which seed decides what, which images go where."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from paramdyn.catalogues import MODELS
from paramdyn.specs import (
    ModelSpec,
    OptimizerSpec,
    PerturbationSpec,
    ScheduleSpec,
    SeedSpec,
)
from paramdyn.training.prepare import prepare

DECIDED = {
    "initialization": {"conv1", "fc1"},
    "perturbation": {"conv1"},
    "split": {"validation images", "labels", "images"},
    "order": {"labels", "images"},
    "augmentation": {"images"},
}
"""Stream -> everything that another seed of it changes."""


@pytest.fixture
def made(runs_dir, tmp_path):
    return lambda spec: prepare(spec, runs=runs_dir, data_folder=tmp_path)


@pytest.fixture
def drawn_spec(tiny_spec):
    """A run that draws from all five streams."""
    return replace(
        tiny_spec,
        seed=7,
        dataset=replace(tiny_spec.dataset, validation=64, augmentation=("flip", "crop")),
        perturbations=(PerturbationSpec(name="shuffle", layers="conv1.*"),),
    )


def facts(run):
    run.batches.start_epoch(0)
    images, labels = run.batches.get(0)
    return {
        "conv1": run.model.conv1.weight.detach(),
        "fc1": run.model.fc1.weight.detach(),
        "validation images": run.data.validation.images,
        "labels": labels,
        "images": images,
    }


def differing(one, other):
    return {name for name, value in one.items() if not torch.equal(value, other[name])}


@pytest.mark.parametrize("stream", DECIDED)
def test_each_seed_decides_its_own_draws_and_no_others(drawn_spec, made, stream):
    usual = facts(made(drawn_spec))
    other = facts(made(replace(drawn_spec, seeds=SeedSpec(**{stream: 8}))))
    assert DECIDED[stream] == differing(usual, other)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_stream_without_a_seed_takes_the_run_s_and_zero_is_a_seed(drawn_spec, made, seed):
    plain = facts(made(replace(drawn_spec, seed=seed)))
    explicit = replace(drawn_spec, seed=3, seeds=SeedSpec(**dict.fromkeys(DECIDED, seed)))
    assert set() == differing(plain, facts(made(explicit)))


def test_preparing_leaves_the_global_generator_as_it_was(drawn_spec, made):
    before = torch.get_rng_state()
    made(drawn_spec)
    assert torch.equal(before, torch.get_rng_state())


def test_no_image_is_in_two_splits_and_each_is_evaluated_on_its_own(drawn_spec, made):
    run = made(drawn_spec)
    splits = {"train": run.data.train, "validation": run.data.validation, "test": run.data.test}
    assert {"train": 192, "validation": 64, "test": 64} == {n: len(s) for n, s in splits.items()}
    seen = [image.numpy().tobytes() for split in splits.values() for image in split.images]
    assert len(seen) == len(set(seen))
    assert ["validation", "test"] == list(run.evaluations)
    for name, batches in run.evaluations.items():
        images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
        assert torch.equal(splits[name].images.expand(-1, 3, -1, -1) / 255, images)
        assert torch.equal(splits[name].labels, labels)


def test_every_split_is_normalized_by_the_statistics_of_the_training_images(tiny_spec, made):
    dataset = replace(tiny_spec.dataset, validation=64, normalization="dataset")
    run = made(replace(tiny_spec, dataset=dataset))
    pixels = run.data.train.images.double() / 255
    mean, deviation = pixels.mean(), pixels.std(correction=0)
    run.batches.start_epoch(0)
    trained = torch.cat([run.batches.get(i)[0] for i in range(run.batches.steps_per_epoch)])
    assert trained.double().mean().item() == pytest.approx(0, abs=1e-5)
    assert trained.double().std(correction=0).item() == pytest.approx(1, abs=1e-5)
    for name, split in (("validation", run.data.validation), ("test", run.data.test)):
        images = torch.cat([images for images, _ in run.evaluations[name]])
        expected = ((split.images.double() / 255 - mean) / deviation).expand(-1, 3, -1, -1)
        torch.testing.assert_close(images.double(), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("max_steps", "total"), [(0, 24), (23, 23), (24, 24), (500, 24)])
def test_the_run_ends_after_its_epochs_or_its_steps(tiny_spec, made, max_steps, total):
    training = replace(tiny_spec.training, max_steps=max_steps)
    run = made(replace(tiny_spec, training=training))
    assert total == run.total_steps
    assert total == run.record_steps[-1]


def test_a_schedule_runs_over_the_steps_that_are_made(tiny_spec, made):
    spec = replace(
        tiny_spec,
        optimizer=OptimizerSpec(learning_rate=1.0),
        schedule=ScheduleSpec(name="cosine"),
        training=replace(tiny_spec.training, max_steps=10),
    )
    run = made(spec)
    assert [1.0, 0.5] == [run.rate_at(0), pytest.approx(run.rate_at(5))]


class Normed(nn.Sequential):
    def __init__(self, num_classes):
        super().__init__(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(4, num_classes),
        )  # fmt: skip


@pytest.fixture
def normed_spec(tiny_spec, monkeypatch):
    """A network with buffers, which its factory returns in evaluation mode."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    MODELS.register("normed")(lambda *, num_classes: Normed(num_classes).eval())
    return replace(tiny_spec, model=ModelSpec(name="normed"))


def test_a_model_that_comes_in_evaluation_mode_is_trained_in_training_mode(normed_spec, made):
    assert all(module.training for module in made(normed_spec).model.modules())


def test_buffers_at_the_start_stay_when_the_model_s_move_on(normed_spec, made):
    run = made(normed_spec)
    start = [buffer.clone() for buffer in run.start_buffers]
    run.model(torch.rand(4, 3, 32, 32))
    assert all(map(torch.equal, start, run.start_buffers))
    assert not any(map(torch.equal, start, run.buffers()))
