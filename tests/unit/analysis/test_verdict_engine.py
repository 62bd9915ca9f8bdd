"""Planted truths, and everything that forbids a verdict."""

import math
from dataclasses import fields, replace

import pytest

from paramdyn.analysis.verdict import (
    ARTEFACTS,
    HYPOTHESES,
    WORDS,
    DistanceSeed,
    hypothesis_named,
    judge,
    verdict_text,
    word_text,
)
from paramdyn.analysis.verdict.engine import judge_grid
from paramdyn.analysis.verdict.hypothesis import Region
from paramdyn.errors import BadRequest, UnknownName

FLIPPED = {"raw": 241.0, "quotient": 10.0, "to_start": 5.3, "to_parent": 240.0}
KINDS = {name: h.evidence.__name__.removesuffix("Seed").lower() for name, h in HYPOTHESES.items()}
TRUTHS = [
    ("keeps-parameters", {}, "supported"),
    ("keeps-parameters", {"unchanged": 0.002}, "not supported"),
    ("keeps-parameters", {"unchanged": 0.05}, "inconclusive"),
    ("keeps-parameters", {"untrained_silent": 0.2}, "inconclusive"),
    ("keeps-parameters", {"structural": 0.62, "all_unchanged": 0.62}, "artefact: structural zeros"),
    ("lazy", {}, "supported"),
    ("lazy", {"linearization_error": 0.7}, "not supported"),
    ("lazy", {"kernel_distance": 0.4}, "not supported"),
    ("lazy", {"scaled_linearization_error": 0.03}, "inconclusive"),
    ("optimizers-differ-at-loss", {"first_at_loss": 3.0}, "supported"),
    ("optimizers-differ-at-loss", {"first_at_loss": 1.0}, "supported"),
    ("optimizers-differ-at-loss", {}, "artefact: step size"),
    ("optimizers-differ-at-loss", {"first_at_rate": 2.0}, "not supported"),
    ("optimizers-differ-at-loss", {"first_at_rate": None}, "not supported"),
    ("optimizers-differ-at-path", {"first_at_path": 3.0}, "supported"),
    ("optimizers-differ-at-path", {"first_at_path": 2.2}, "inconclusive"),
    ("optimizers-differ-at-loss", {"first_at_loss": 3.0, "first_rates": None}, "inconclusive"),
    ("optimizers-differ-at-loss", {"second_rates": None}, "inconclusive"),
    ("initializers-differ-at-loss", {"first_at_loss": 3.0}, "supported"),
    ("initializers-differ-at-loss", {"first_rates": None}, "not supported"),
    ("initializers-differ-at-path", {"first_at_path": 3.0}, "supported"),
    ("joined-by-a-straight-line", {}, "not supported"),
    ("joined-by-a-straight-line", {"error_barrier": 0.004}, "supported"),
    ("joined-by-a-straight-line", {"error_barrier": 0.0}, "supported"),
    ("joined-by-a-straight-line", {"error_barrier": 0.02}, "inconclusive"),
    (
        "joined-by-a-straight-line",
        {"error_barrier": 0.004, "independent_error_barrier": 0.004},
        "inconclusive",
    ),
    ("joined-by-a-straight-line", {"order_error_barrier": None}, "inconclusive"),
    ("joined-up-to-symmetry", {}, "supported"),
    ("joined-up-to-symmetry", {"aligned_error_barrier": 0.2}, "not supported"),
    ("joined-up-to-symmetry", {"function_change": 0.5}, "inconclusive"),
    ("joined-up-to-symmetry", {"function_change": None}, "inconclusive"),
    ("same-weights", {}, "supported"),
    ("same-weights", {"raw": 0.0}, "supported"),
    ("same-weights", {"raw": 130.0}, "not supported"),
    ("same-weights", FLIPPED, "not supported"),
    ("same-weights", {"d2": 7.0}, "inconclusive"),
    ("same-up-to-symmetry", FLIPPED | {"quotient": 7.0}, "supported"),
    ("same-up-to-symmetry", {"quotient": 125.0}, "not supported"),
    ("same-up-to-symmetry", {"d3": 7.0}, "artefact: biased estimator"),
    ("forced-far-away", FLIPPED, "artefact: symmetry orbit"),
    ("forced-far-away", {"raw": 241.0, "quotient": 130.0}, "supported"),
    ("forced-far-away", FLIPPED | {"quotient": 130.0}, "not supported"),
    ("forced-far-away", {}, "not supported"),
    ("forced-far-away", {"raw": 241.0, "quotient": 10.0, "disagreement": 0.2}, "inconclusive"),
    ("returns", {"raw": 0.1, "perturbation": 1.0}, "supported"),
    ("returns", {"raw": 5.4}, "not supported"),
    ("returns", {"raw": 0.1}, "not supported"),
    ("like-data-order", {"raw": 5.4}, "supported"),
    ("like-data-order", {"raw": 6.5}, "inconclusive"),
    ("like-data-order", {"raw": 65.0}, "not supported"),
    ("optimizers-correlate-differently", {"first_matched": 3.0}, "supported"),
    ("optimizers-correlate-differently", {}, "artefact: step size"),
    ("optimizers-correlate-differently", {"first_at_rate": 12.0}, "not supported"),
    (
        "optimizers-correlate-differently",
        {"first_matched": 3.0, "unused_outputs": 0.99},
        "artefact: unused outputs",
    ),
    ("initializers-correlate-differently", {"first_matched": 3.0}, "supported"),
    ("features-more-alike", {}, "supported"),
    ("features-more-alike", {"similarity": 0.8}, "not supported"),
    ("features-more-alike", {"similarity": 0.5}, "not supported"),
    ("changes-everything", {}, "not supported"),
    ("changes-everything", {"moved": 1.0, "trained": 0.999}, "supported"),
    ("changes-everything", {"moved": 1.0, "trained": 0.38}, "artefact: weight decay"),
    ("has-converged", {}, "supported"),
    ("has-converged", {"converged": 0.0}, "not supported"),
    ("same-point", {}, "not supported"),
    (
        "same-point",
        {"aligned": 0.4, "barrier": 0.001, "disagreement": 0.016},
        "supported",
    ),
    ("same-point", {"aligned": 0.4, "barrier": 1.9, "disagreement": 0.016}, "inconclusive"),
]
DECIDED = {name: changes for name, changes, word in TRUTHS if word == "supported"}


def said(verdict):
    return word_text(verdict).replace(" (", ": ").removesuffix(")")


@pytest.mark.parametrize(("name", "changes", "word"), TRUTHS)
@pytest.mark.parametrize("n", [6, 12])
def test_planted_truth(planted, name, changes, word, n):
    study = planted(KINDS[name], n, spread=0.02, **changes)
    assert word == said(judge(HYPOTHESES[name], study))


def test_an_undecided_claim_shows_what_speaks_against_it(planted):
    one = planted("changed", 1, kernel_distance=0.02, linearization_error=0.7)
    verdict = judge(hypothesis_named("lazy"), one)
    assert "inconclusive" == verdict.word
    assert "the linearization error" == verdict.statistic
    assert 0.7 == pytest.approx(verdict.value, rel=0.1)
    verdict = judge(hypothesis_named("lazy"), planted("changed", 1))
    assert "kernel distance" in verdict.statistic
    assert 3 == len(verdict.measured)


def test_regions_are_spelled():
    regions = [Region(high=1.5), Region(low=0.0, high=2.0), Region(low=5.0), Region(low=0.0),
               Region(low=0.1, high=0.2)]  # fmt: skip
    expected = ["at most 1.5", "at most 2", "at least 5", "at least 0", "between 0.1 and 0.2"]
    assert expected == [str(region) for region in regions]
    assert 0.1 in regions[4]
    assert 0.25 not in regions[4]


@pytest.mark.parametrize(
    ("effect", "spread", "n", "word"),
    [
        (1.0, 0.01, 6, "not supported"),
        (1.2, 0.2, 6, "inconclusive"),
        (8.0, 0.2, 6, "supported"),
        (8.0, 0.2, 3, "inconclusive"),
    ],
)
def test_k38_difference(planted, effect, spread, n, word):
    """Zero effect, effect = noise, 10x noise (ln 8 = 2.1), n = 3."""
    study = planted("distance", n, spread=spread, first_at_path=2 * effect, first_at_rate=None)
    assert word == judge(hypothesis_named("optimizers-differ-at-path"), study).word


@pytest.mark.parametrize(
    ("effect", "word"), [(0.0, "not supported"), (1.0, "inconclusive"), (10.0, "supported")]
)
def test_k38_noise_floor(planted, effect, word):
    study = planted("recovery", 6, raw=6.5 * effect)
    assert word == judge(hypothesis_named("beyond-data-order"), study).word


@pytest.mark.parametrize("name", HYPOTHESES)
def test_every_missing_control_is_named(planted, name):
    hypothesis = HYPOTHESES[name]
    for field, control in hypothesis.needs.items():
        study = planted(KINDS[name], **(DECIDED.get(name, {}) | {field: None}))
        verdict = judge(hypothesis, study)
        assert "inconclusive" == verdict.word
        assert (field,) == verdict.missing
        assert f"what it needs is missing: {control}" in verdict.reasons
        assert control in verdict.what_would_change_it


@pytest.mark.parametrize("name", HYPOTHESES)
@pytest.mark.parametrize(
    ("n", "reason"),
    [
        (0, "no seed is complete"),
        (1, "n = 1: one seed shows no spread"),
        (3, "n = 3 is exploratory"),
        (5, "n = 5 is exploratory"),
    ],
)
def test_too_few_seeds(planted, name, n, reason):
    verdict = judge(HYPOTHESES[name], planted(KINDS[name], n, **DECIDED.get(name, {})))
    assert "inconclusive" == verdict.word
    assert any(each.startswith(reason) for each in verdict.reasons)
    assert f"{6 - n} more seed{'s' * (n != 5)}" in verdict.what_would_change_it
    assert math.isnan(verdict.p)


@pytest.mark.parametrize("name", HYPOTHESES)
@pytest.mark.parametrize("flags", [{"collapsed": ("child",)}, {"diverged": ("child",)}])
def test_more_than_a_fifth_spoiled(planted, spoil, name, flags):
    study = spoil(planted(KINDS[name], 12, **DECIDED.get(name, {})), 3, **flags)
    verdict = judge(HYPOTHESES[name], study)
    assert "inconclusive" == verdict.word
    what = next(iter(flags))
    assert f"3 of 12 seeds collapsed or diverged (seed 0: child {what};" in verdict.reasons[0]


def test_a_few_spoiled_seeds_are_left_out_and_named(planted, spoil):
    study = spoil(planted("recovery", 12), 2, collapsed=("child", "twin"))
    verdict = judge(hypothesis_named("same-weights"), study)
    assert ("supported", 10) == (verdict.word, verdict.n)
    assert verdict.reasons[-1].startswith("2 of 12 seeds left out (seed 0: child collapsed, twin")


def test_value_that_is_not_finite_is_a_diverged_run(planted):
    study = planted("recovery", 6)
    study[1] = replace(study[1], raw=math.nan)
    study[4] = replace(study[4], raw=math.inf)
    verdict = judge(hypothesis_named("same-weights"), study)
    assert "seed 1: raw is not finite; seed 4: raw is not finite" in verdict.reasons[0]


def test_seed_without_its_control_is_left_out(planted):
    study = planted("recovery", 7)
    study[3] = replace(study[3], d1=None)
    verdict = judge(hypothesis_named("same-weights"), study)
    assert ("supported", 6) == (verdict.word, verdict.n)
    assert "1 of 7 seeds left out for a missing control" in verdict.reasons


def test_best_snapshots_are_refused(planted):
    study = planted("recovery", 8)
    study[0] = replace(study[0], checkpoints=("last", "best"))
    verdict = judge(hypothesis_named("same-weights"), study)
    assert "inconclusive" == verdict.word
    assert "best and last snapshots are mixed" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("name", "changes", "floor"),
    [
        ("returns", {"raw": 0.1, "perturbation": 1.0}, 0.05),
        ("same-weights", {}, 3.0),
        ("optimizers-differ-at-loss", {}, 0.1),
        ("optimizers-correlate-differently", {}, 0.05),
    ],
)
def test_claims_below_the_numerical_floor_are_refused(planted, name, changes, floor):
    verdict = judge(HYPOTHESES[name], planted(KINDS[name], 8, **changes, d0=floor))
    assert "inconclusive" == verdict.word
    assert verdict.reasons[0].startswith("the determinism self-test failed")
    above = judge(HYPOTHESES[name], planted(KINDS[name], 8, spread=0.02, **changes, d0=floor / 20))
    assert "inconclusive" != above.word


@pytest.mark.parametrize("n", [1, 3])
def test_exact_statements_need_no_seeds(planted, n):
    structural = planted("changed", n, spread=0.0, structural=0.6213, all_unchanged=0.6213)
    verdict = judge(hypothesis_named("keeps-parameters"), structural)
    assert "artefact (structural zeros)" == word_text(verdict)
    mirror = planted("recovery", n, raw=241.0, quotient=0.0, disagreement=0.0)
    verdict = judge(hypothesis_named("forced-far-away"), mirror)
    assert "artefact (symmetry orbit)" == word_text(verdict)
    assert n == verdict.n


def test_mirror_image_without_the_twin_is_no_identity(planted):
    mirror = planted("recovery", 1, raw=241.0, quotient=0.0, disagreement=0.0, d0=None)
    assert "inconclusive" == judge(hypothesis_named("forced-far-away"), mirror).word


def test_sign_flip_must_agree_with_the_interval(planted):
    """One of six seeds on the other side leaves p = .0625, however narrow the t-interval."""
    study = planted("recovery", 6, spread=0.0)
    ratios = [1.0, 1.0, 1.0, 1.0, 1.0, 1.51]
    study = [replace(s, raw=r * s.d1) for s, r in zip(study, ratios, strict=True)]
    verdict = judge(hypothesis_named("same-weights"), study)
    assert verdict.interval[1] < 1.5
    assert "inconclusive" == verdict.word


def test_holm_takes_words_away(planted):
    cell = (hypothesis_named("same-weights"), planted("recovery", 6))
    assert "supported" == judge_grid({"a": cell})["a"].word
    grid = judge_grid(dict.fromkeys("abcd", cell))
    assert {"inconclusive"} == {v.word for v in grid.values()}
    assert "alone it would be supported, but p = 0.031 becomes 0.12 over 4 cells" in str(grid["a"])
    assert ("at least 8 seeds a cell, or fewer cells",) == grid["a"].what_would_change_it
    eight = (cell[0], planted("recovery", 8))
    untested = (cell[0], planted("recovery", 2))
    grid = judge_grid(dict.fromkeys("abcd", eight) | {"e": untested})
    assert ["supported"] * 4 + ["inconclusive"] == [v.word for v in grid.values()]


def test_evidence_of_another_question_is_refused(planted):
    with pytest.raises(BadRequest, match=r"the evidence is ChangedSeed\. Expected RecoverySeed"):
        judge(hypothesis_named("same-weights"), planted("changed"))


def test_a_seed_twice_is_refused():
    with pytest.raises(BadRequest, match="seed 3 comes twice"):
        judge(hypothesis_named("optimizers-differ-at-loss"), [DistanceSeed(seed=3)] * 2)


def test_unknown_hypothesis_names_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean same-weights"):
        hypothesis_named("same-weight")


@pytest.mark.parametrize("name", HYPOTHESES)
def test_hypotheses_read_fields_that_exist(name):
    hypothesis = HYPOTHESES[name]
    known = {each.name for each in fields(hypothesis.evidence)}
    criteria = [*hypothesis.criteria, *(c for s in hypothesis.screens for c in s.criteria)]
    assert set(hypothesis.needs) | {f for c in criteria for f in c.fields} <= known
    assert {s.artefact for s in hypothesis.screens} <= set(ARTEFACTS)
    assert not any(c.floor for c in criteria) or "d0" in hypothesis.needs


@pytest.mark.parametrize(("name", "changes"), [each[:2] for each in TRUTHS])
def test_every_sentence_says_what_it_rests_on(planted, name, changes):
    for n in (1, 6):
        verdict = judge(HYPOTHESES[name], planted(KINDS[name], n, spread=0.02, **changes))
        text = verdict_text(verdict)
        assert verdict.word in WORDS
        assert f"n = {n} seed" in text
        for part in (word_text(verdict), verdict.statistic, "null:", "it would change with"):
            assert part in text
        assert text.endswith(".")
        assert "\n" not in text


def test_sentence(planted):
    verdict = judge(hypothesis_named("same-weights"), planted("recovery", 6, spread=0.0, raw=6.5))
    assert verdict_text(verdict) == (
        '"The perturbed run ends at the same weights, up to the noise of data order": '
        "supported; "
        "d(E, A0) / d1 = 1 (95 % interval 1 to 1, n = 6 seeds; "
        "null: 1, no farther than another data order leads); "
        "because the whole interval is at most 1.5, and d(E, A0) / d2 is 0.0471, at most 1; "
        "it would change with an interval of d(E, A0) / d1 that is not at most 1.5."
    )


@pytest.mark.parametrize("name", sorted(KINDS))
def test_seeds_whose_runs_still_train_are_left_out_and_named(name, planted, spoil):
    seeds = spoil(planted(KINDS[name], 8), 1, unfinished=("run",), collapsed=("run",))
    found = judge(HYPOTHESES[name], seeds)
    assert judge(HYPOTHESES[name], seeds[1:]).word == found.word
    assert "1 of 8 seeds left out: training has not ended (seed 0: run)" in found.reasons
    alone = judge(HYPOTHESES[name], seeds[:1])
    assert "the end of training of 1 seed and 5 more seeds" in alone.what_would_change_it
    assert not any("collapsed" in each for each in found.reasons)
    every = judge(HYPOTHESES[name], spoil(seeds, 8, unfinished=("run",), collapsed=()))
    assert ("inconclusive", 0) == (every.word, every.n)
    assert "no seed is complete" in every.reasons
