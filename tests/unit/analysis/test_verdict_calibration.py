"""How often is a word wrong? Simulated studies at the very edge of each claim, the worst case.

Studies have 6, 8 or 12 seeds whose values spread by 20 % (as distances of retrained networks do).
``false``: the claim just does not hold, so every "supported" is a false positive.
``true``: the claim just is not refuted, so every "not supported" or artefact is a false negative.
"""

import itertools
import os
from collections import Counter

import numpy as np
import pytest

from paramdyn.analysis.verdict import HYPOTHESES, judge

STUDIES = 300 if os.environ.get("PARAMDYN_LONG") else 150
SPREAD = 0.2
MEAN = 1.02
"""Arithmetic over geometric mean at that spread."""

FAR = {"raw": 241.0, "to_start": 60.0, "to_parent": 100.0}
EDGES = {
    "keeps-parameters": ({"unchanged": 0.1 / MEAN}, {"unchanged": 0.01 / MEAN}),
    "lazy": ({"kernel_distance": 0.1 / MEAN}, {"linearization_error": 0.1 / MEAN}),
    "optimizers-differ-at-loss": ({"first_at_loss": 2.2}, {"first_at_loss": 2.2}),
    "optimizers-differ-at-path": ({"first_at_path": 2 / 1.1}, {"first_at_path": 2 / 1.1}),
    "initializers-differ-at-loss": ({"first_at_loss": 2.2}, {"first_at_loss": 2.2}),
    "joined-by-a-straight-line": ({"error_barrier": 0.02}, {"error_barrier": 0.02 / MEAN}),
    "joined-up-to-symmetry": (
        {"aligned_error_barrier": 0.02},
        {"aligned_error_barrier": 0.02 / MEAN},
    ),
    "same-weights": ({"raw": 9.75}, {"raw": 9.75}),
    "same-up-to-symmetry": ({"quotient": 9.75}, {"quotient": 9.75}),
    "forced-far-away": (FAR | {"quotient": 13.0}, FAR | {"quotient": 13.0, "disagreement": 0.025}),
    "returns": ({"raw": 0.65, "perturbation": 10.0}, {"raw": 0.65, "perturbation": 0.65}),
    "like-data-order": ({"raw": 6.5}, {"raw": 6.5}),
    "beyond-data-order": ({"raw": 6.5}, {"raw": 6.5}),
    "optimizers-correlate-differently": ({"first_matched": 13.2}, {"first_matched": 13.2}),
    "same-point": (
        {"aligned": 14.5, "barrier": 0.01, "disagreement": 0.016},
        {"aligned": 14.5, "barrier": 0.01, "disagreement": 0.02},
    ),
}
WRONG = {"false": {"supported"}, "true": {"not supported", "artefact"}}


def words(planted, name, changes, *, base):
    hypothesis = HYPOTHESES[name]
    kind = hypothesis.evidence.__name__.removesuffix("Seed").lower()
    sizes = itertools.cycle([6, 8, 12])
    return Counter(
        judge(
            hypothesis, planted(kind, n, spread=SPREAD, rng=base + i, **changes)
        ).word
        for i, n in zip(range(STUDIES), sizes, strict=False)
    )  # fmt: skip


@pytest.mark.parametrize("truth", ["false", "true"])
@pytest.mark.parametrize("name", EDGES)
def test_at_most_one_word_in_twenty_is_wrong(planted, record_property, name, truth):
    changes = EDGES[name][truth == "true"]
    found = words(planted, name, changes, base=10_000)
    wrong = sum(found[word] for word in WRONG[truth]) / STUDIES
    rate = "false_positive_rate" if truth == "false" else "false_negative_rate"
    record_property(rate, f"{wrong:.4f}")
    assert wrong <= 0.05, found


def test_share_of_converged_runs(planted):
    """Runs that converge with probability one half say nothing, one time in twenty at most."""
    draw = np.random.default_rng(5)
    found = Counter()
    for _ in range(STUDIES):
        study = [
            seed
            for i in range(12)
            for seed in planted("convergence", 1, converged=float(draw.random() < 0.5))
            if not object.__setattr__(seed, "seed", i)
        ]
        found[judge(HYPOTHESES["has-converged"], study).word] += 1
    assert found["supported"] <= 0.05 * STUDIES
    assert found["not supported"] <= 0.05 * STUDIES


@pytest.mark.parametrize("name", HYPOTHESES)
@pytest.mark.parametrize("what", ["collapsed", "diverged"])
def test_collapsed_and_diverged_studies_never_get_a_word(planted, spoil, name, what):
    hypothesis = HYPOTHESES[name]
    kind = hypothesis.evidence.__name__.removesuffix("Seed").lower()
    found = Counter()
    for rng, n in zip(range(40), itertools.cycle([6, 8, 12]), strict=False):
        study = planted(kind, n, spread=SPREAD, rng=rng, **EDGES.get(name, ({},))[0])
        study = spoil(study, n // 4 + 1, **{what: ("child",)})
        found[judge(hypothesis, study).word] += 1
    assert {"inconclusive": 40} == found


@pytest.mark.parametrize(
    ("name", "changes", "word"),
    [
        ("same-weights", {"raw": 6.5}, "supported"),
        ("same-weights", {"raw": 32.0}, "not supported"),
        ("forced-far-away", {"raw": 241.0, "quotient": 7.0, "disagreement": 0.012}, "artefact"),
        ("optimizers-differ-at-loss", {"first_at_loss": 4.0}, "supported"),
    ],
)
def test_clear_effects_are_seen(planted, name, changes, word):
    """A default of "inconclusive" is no excuse for saying nothing of what is plain."""
    assert words(planted, name, changes, base=0)[word] >= 0.8 * STUDIES
