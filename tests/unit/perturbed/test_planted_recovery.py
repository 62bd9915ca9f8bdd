"""Planted families: every number against a plain reference, every word against the truth."""

import math

import numpy as np
import pytest
import torch

from paramdyn.analysis.perturbed import Recovery, judged, recovery
from paramdyn.analysis.verdict import word_text
from paramdyn.specs.controls import ORDER, TWIN

pytestmark = pytest.mark.slow


class Pools(dict):
    """Three trained networks of each kind, trained when they are asked for."""

    def __init__(self, planted):
        self.planted = planted

    def __missing__(self, normed):
        self[normed] = self.planted.trained_pool(3, normed=normed, restarts=1)
        return self[normed]


@pytest.fixture(scope="module")
def pools(planted):
    return Pools(planted)


def seed_of(planted, pools, truth, seed=1, *, normed=False):
    return planted.planted_seed(pools[normed], planted.PLANTS[truth], seed)


def reference(a, b, names):
    return math.sqrt(
        sum(float(((a[n].numpy().astype(np.float64) - b[n].numpy()) ** 2).sum()) for n in names)
    )


@pytest.mark.parametrize("truth", ["other order", "independent run"])
def test_distances_and_ratios_match_a_slow_reference(planted, pools, truth):
    found = seed_of(planted, pools, truth)
    names = [row.name for row in found.family.child.parameters]
    state = {arm: member.state() for arm, member in found.members.by_arm.items()}

    def d(one, other):
        return reference(state[one], state[other], names)

    mirror = {n: -state["parent"][n] for n in names}
    expected = {
        "d0": 0.0,
        "d1": d("twin", "order"),
        "d2": d("twin", "independent"),
        "rho": d("twin", "child") / d("twin", "order"),
        "s": d("child", "start") / d("child", "parent"),
        "return_index": d("child", "parent") / d("twin", "parent"),
        "amplification": d("child", "twin") / d("start", "parent"),
        "growth_rate": math.log(d("child", "twin") / d("start", "parent")) / 100,
    }
    assert {k: getattr(found, k) for k in expected} == pytest.approx(expected, rel=1e-9)
    assert found.raw("mirror", "child") == pytest.approx(reference(mirror, state["child"], names))
    assert found.perturbation.norm == pytest.approx(d("start", "parent"))


def test_answers_match_a_slow_reference(planted, pools):
    found = seed_of(planted, pools, "other order")
    answers = {}
    for arm in (TWIN, "child", ORDER):
        model = found.family.child.new_model()
        model.load_state_dict(found.members.by_arm[arm].state())
        with torch.no_grad():
            batches = [model(x).argmax(1) for x, _ in pools[False].bench.images.test]
        answers[arm] = torch.cat(batches)
    ours = float((answers[TWIN] != answers["child"]).double().mean())
    noise = float((answers[TWIN] != answers[ORDER]).double().mean())
    assert ours == found.disagreement(TWIN, "child")
    assert noise == found.disagreement(TWIN, ORDER)
    assert found.f == pytest.approx(ours / noise)


@pytest.mark.parametrize(
    ("truth", "normed"),
    [("permuted copy", False), ("sign-symmetric copy", True), ("rescaled copy", False),
     ("rescaled copy", True)],
)  # fmt: skip
def test_symmetric_copies_are_near_modulo_symmetry_alone(planted, pools, truth, normed):
    found = seed_of(planted, pools, truth, normed=normed)
    assert found.rho > 5
    assert found.q < 1.2
    assert found.separations[TWIN, "child"].certificate < 1e-4


def test_unrelated_network_stays_as_far_as_alignment_leaves_it(planted, pools):
    found = seed_of(planted, pools, "independent run")
    assert found.modulo(TWIN, "child") == pytest.approx(found.d3, rel=0.5)
    assert found.q > 3


@pytest.mark.parametrize("truth", ["collapsed run", "diverged run"])
def test_ruined_children_are_named_and_get_no_word(planted, pools, truth):
    seeds = tuple(seed_of(planted, pools, truth, seed) for seed in range(1, 7))
    verdicts = judged([Recovery("", seeds, seeds)])[0].verdicts
    assert {"inconclusive"} == {verdict.word for verdict in verdicts}
    said = truth.partition(" ")[0]
    assert all(f"seed 3: child {said}" in verdict.reasons[0] for verdict in verdicts)


def test_collapsed_independent_run_spoils_only_what_reads_it(planted, pools):
    seeds = []
    for seed in range(1, 7):
        family = planted.planted_family(pools[False], planted.PLANTS["true return"], seed)
        end = dict(family.independent.state())
        end["head.weight"] = torch.zeros_like(end["head.weight"])
        family.independent._states["end"] = end
        bench = planted.Bench(subjects=[family.child], options=pools[False].bench.options)
        bench.__dict__["images"] = pools[False].bench.images
        seeds.append(planted.measured(family, bench, thorough=False))
    verdicts = judged([Recovery("", tuple(seeds), tuple(seeds))])[0].verdicts
    words = {verdict.hypothesis: verdict.word for verdict in verdicts}
    assert "supported" == words["returns"] == words["like-data-order"]
    assert "inconclusive" == words["same-weights"] == words["forced-far-away"]


def test_few_seeds_say_nothing_and_six_the_truth(planted, pools):
    seeds = tuple(seed_of(planted, pools, "true return", seed) for seed in range(1, 7))
    for few, word in ((1, "inconclusive"), (5, "inconclusive"), (6, "supported")):
        found = judged([Recovery("", seeds[:few], seeds[:few])])[0].verdicts
        said = {verdict.hypothesis: verdict.word for verdict in found}
        assert word == said["returns"] == said["same-weights"]


def test_exact_mirror_image_is_an_artefact_with_one_seed(planted, pools):
    """K15: the control's own end, with every sign that batch normalisation cancels turned."""
    pool = pools[True]
    moved = planted.flipped(pool.structure)

    def exact(plan, control):
        return moved.apply(plan.parent), moved.apply(control)

    seed = planted.planted_seed(pool, exact, 1)
    assert (0.0, 0.0) == (seed.q, seed.disagreement(TWIN, "child"))
    verdicts = {v.hypothesis: v for v in judged([Recovery("", (seed,), (seed,))])[0].verdicts}
    assert "artefact (symmetry orbit)" == word_text(verdicts["forced-far-away"])
    assert "inconclusive" == verdicts["same-weights"].word


def test_several_recipes_are_one_grid(planted, pools):
    seeds = tuple(seed_of(planted, pools, "true return", seed) for seed in range(1, 7))
    groups = [Recovery(f"recipe {i}", seeds, seeds) for i in range(2)]
    found = judged(groups)
    verdict = next(v for v in found[1].verdicts if v.hypothesis == "returns")
    assert verdict.claim.startswith("recipe 1: ")
    assert "over 2 cells (Holm)" in verdict.reasons[0]


def test_python_call_takes_subjects_and_names_arms(planted, pools):
    family = planted.planted_family(pools[False], planted.PLANTS["other order"], 1)
    bench = planted.Bench(options=pools[False].bench.options)
    found = recovery(family.child, family.parent, family.controls(), bench=bench, thorough=False)
    assert (1, 1) == (len(found.seeds), len(found.counted))
    assert found.seeds[0].d1 == seed_of(planted, pools, "other order").d1
    assert {"inconclusive"} == {verdict.word for verdict in found.verdicts}
    assert () == found.missing


def test_calibration_counts_wrong_words(calibration):
    study = calibration.Study
    said = {
        "same-weights": "supported", "same-up-to-symmetry": "not supported",
        "forced-far-away": "artefact", "returns": "inconclusive", "like-data-order": "supported",
    }  # fmt: skip
    found = [
        (study("permuted copy", False, (1,)), said),
        (study("collapsed run", False, (2,)), said),
        (study("other order", False, (3,), null=True), said),
        (study("other order", False, (4,), null=True), said | {"forced-far-away": "supported"}),
    ]
    rates = calibration.summary(found)
    any_wrong = rates["studies with any wrong word"]
    assert (1, 1) == (any_wrong["hits"], any_wrong["n"])
    assert (2, 4) == (rates["false positives"]["hits"], rates["false positives"]["n"])
    assert (1, 1) == (rates["false negatives"]["hits"], rates["false negatives"]["n"])
    assert (4, 5) == tuple(rates["words on collapsed or diverged"][k] for k in ("hits", "n"))
    null = rates["null studies with any false claim supported"]
    assert (1, 2) == (null["hits"], null["n"])


def test_calibration_never_uses_a_seed_twice(calibration):
    planned = list(calibration.studies(3, 10))
    seeds = [seed for study in planned for seed in study.seeds]
    assert len(set(seeds)) == len(seeds)
    assert set(calibration.TRUTHS) == {study.truth for study in planned}


@pytest.mark.long
def test_small_calibration_keeps_its_promises(planted, pools, calibration):
    """One study of each truth, and no word is wrong; the benchmark has more."""
    found = []
    for study in calibration.studies(1, 0):
        pool = pools[study.normed]
        seeds = tuple(
            planted.planted_seed(pool, planted.PLANTS[study.truth], s) for s in study.seeds
        )
        verdicts = judged([Recovery("", seeds, seeds)])[0].verdicts
        found.append((study, {v.hypothesis: v.word for v in verdicts}))
    rates = calibration.summary(found)
    assert {study.truth for study, _ in found} == set(calibration.TRUTHS)
    assert 0 == rates["wrong"]["hits"]
    assert 0 == rates["words on collapsed or diverged"]["hits"]
