import math

import pytest
import torch

from paramdyn.errors import BadRequest, ShapeMismatch
from paramdyn.probes.agreement import Agreement, chance_disagreement, divergences
from paramdyn.probes.forward import ProbeBatch, Seen


def agree(first, second, labels=None):
    agreement = Agreement("a", "b")
    labels = torch.zeros(len(first), dtype=torch.int64) if labels is None else labels
    for start in range(0, len(first), 7):
        part = slice(start, start + 7)
        seen = {"a": Seen(first[part]), "b": Seen(second[part])}
        agreement.add(ProbeBatch(labels[part], seen, start))
    return agreement.result()


def test_k34_a_network_agrees_with_itself():
    logits = torch.randn(20, 5, generator=torch.Generator().manual_seed(0))
    found = agree(logits, logits, logits.argmax(1))
    assert (0.0, 0.0, 20, 5) == (
        found.disagreement, found.divergence, found.images, found.classes,
    )  # fmt: skip
    assert (1.0, 1.0, 0.0, 0.0) == (
        found.accuracy_first, found.accuracy_second, found.chance, found.least,
    )  # fmt: skip


def test_k34_negated_logits_of_two_classes_disagree_everywhere():
    logits = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    assert 1.0 == agree(logits, -logits).disagreement


def test_k34_chance_is_what_independent_errors_give():
    generator = torch.Generator().manual_seed(0)
    n, k, p, q = 200_000, 5, 0.8, 0.6
    labels = torch.randint(0, k, (n,), generator=generator)
    answers = []
    for accuracy in (p, q):
        wrong = (labels + torch.randint(1, k, (n,), generator=generator)) % k
        right = torch.rand(n, generator=generator) < accuracy
        answers.append(torch.where(right, labels, wrong))
    simulated = float((answers[0] != answers[1]).double().mean())
    assert simulated == pytest.approx(chance_disagreement(p, q, k), abs=4 * math.sqrt(0.25 / n))


@pytest.mark.parametrize(
    ("p", "q", "classes", "expected"),
    [(1, 1, 10, 0), (1, 0, 10, 1), (0, 0, 2, 0), (0.1, 0.1, 10, 0.9), (0.5, 0.5, 2, 0.5)],
)
def test_chance_by_hand(p, q, classes, expected):
    assert expected == pytest.approx(chance_disagreement(p, q, classes))


def test_chance_refuses_what_is_no_accuracy():
    with pytest.raises(BadRequest, match=r"accuracies in \[0, 1\]"):
        chance_disagreement(1.2, 0.5, 10)
    with pytest.raises(BadRequest, match="at least 2 classes"):
        chance_disagreement(0.5, 0.5, 1)


def test_divergence_against_its_definition():
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(30, 4, generator=generator).double() for _ in range(2))
    p, q = first.softmax(1), second.softmax(1)
    m = (p + q) / 2
    slow = ((p * (p / m).log()).sum(1) + (q * (q / m).log()).sum(1)) / 2
    torch.testing.assert_close(divergences(first, second), slow)
    assert agree(first, second).divergence == pytest.approx(float(slow.mean()))


def test_divergence_is_ln_2_at_most():
    sure = torch.tensor([[1e4, 0.0], [0.0, 1e4]])
    assert [math.log(2)] * 2 == pytest.approx(divergences(sure, sure.flip(0)).tolist())


def test_ties_are_counted_and_the_first_class_wins():
    found = agree(torch.tensor([[1.0, 1.0], [2.0, 0.0]]), torch.tensor([[0.0, 1.0], [2.0, 0.0]]))
    assert (1, 0.5) == (found.ties, found.disagreement)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_not_finite_leave_it_undefined(bad):
    logits = torch.zeros(3, 2)
    broken = logits.clone()
    broken[1, 0] = bad
    found = agree(logits, broken)
    assert (None, None, None) == (found.disagreement, found.divergence, found.chance)
    assert "logits of 1 of 3 images are not finite" == found.reason


def test_no_images_leave_it_undefined():
    assert "no images" == Agreement("a", "b").result().reason


def test_different_classes_are_refused():
    with pytest.raises(ShapeMismatch, match="'a' has 2 classes and 'b' has 3"):
        agree(torch.zeros(2, 2), torch.zeros(2, 3))
