"""Loss and accuracy of a split: weighted by images, in evaluation mode, in wide sums."""

import math

import pytest
import torch
from torch import nn

from paramdyn.datasets import EvaluationBatches
from paramdyn.datasets.image_dataset import Split
from paramdyn.training.evaluation import RunningScore, evaluate

CPU = torch.device("cpu")


@pytest.fixture
def network():
    """Differs between modes in both of its first layers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.BatchNorm2d(3, momentum=0.5), nn.Dropout(0.5), nn.Flatten(), nn.Linear(48, 5)
        )


@pytest.fixture
def split():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (11, 3, 4, 4), dtype=torch.uint8, generator=generator)
    return Split(images, torch.arange(11) % 5)


def by_hand(network, split):
    network = network.eval()
    with torch.no_grad():
        logits = network(split.images / 255).double()
    loss = nn.functional.cross_entropy(logits, split.labels).item()
    return loss, (logits.argmax(1) == split.labels).double().mean().item()


@pytest.mark.parametrize("batch_size", [1, 4, 10, 11, 500])
def test_every_image_counts_once_whatever_the_batches(network, split, batch_size):
    batches = EvaluationBatches(split, batch_size=batch_size)
    score = evaluate(network, batches, device=CPU, precision="fp32")
    loss, accuracy = by_hand(network, split)
    assert score.loss == pytest.approx(loss, rel=1e-6)
    assert score.accuracy == accuracy


def test_an_image_whose_outputs_are_nan_has_no_prediction(network, split):
    network[0].running_var.neg_()  # as a sign flip with buffers=all leaves it
    score = evaluate(network, EvaluationBatches(split, batch_size=4), device=CPU, precision="fp32")
    assert math.isnan(score.loss)
    assert 0.0 == score.accuracy


@pytest.mark.parametrize("training", [True, False])
def test_evaluating_leaves_mode_buffers_gradients_and_generator_alone(network, split, training):
    network.train(training)
    generator = torch.get_rng_state()
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    evaluate(network, EvaluationBatches(split, batch_size=4), device=CPU, precision="fp32")
    assert [training] * 5 == [module.training for module in network.modules()]
    assert all(torch.equal(state[name], t) for name, t in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(generator, torch.get_rng_state())


def test_the_loss_of_bf16_logits_is_taken_in_fp32(network, split):
    score = evaluate(network, EvaluationBatches(split, batch_size=11), device=CPU, precision="bf16")
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        logits = network(split.images / 255)
    assert torch.bfloat16 == logits.dtype
    expected = nn.functional.cross_entropy(logits.float(), split.labels).item()
    assert score.loss == pytest.approx(expected, rel=1e-6)


def test_sums_are_kept_in_float64():
    running = RunningScore(CPU)
    for _ in range(3):
        running.add(torch.tensor(2.0**24), torch.tensor(1), 1)
        running.add(torch.tensor(1.0), torch.tensor(0), 1)
    assert (3 * 2.0**24 + 3) / 6 == running.score().loss


def test_a_score_goes_on_where_its_state_was_taken():
    first, second = RunningScore(CPU), RunningScore(CPU)
    first.add(torch.tensor(2.0), torch.tensor(3), 4)
    second.add(torch.tensor(9.0), torch.tensor(0), 9)
    second.load_state(first.state())
    first.reset()
    with pytest.raises(ZeroDivisionError):
        first.score()
    first.add(torch.tensor(1.0), torch.tensor(1), 2)
    assert (1.0, 0.5) == (first.score().loss, first.score().accuracy)
    second.add(torch.tensor(1.0), torch.tensor(1), 4)
    assert (1.5, 0.5) == (second.score().loss, second.score().accuracy)
