import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from paramdyn.analysis.questions import convergence as question
from paramdyn.analysis.settling import (
    Arrival,
    arrival,
    convergence,
    last_slope,
    pairs_of,
    same_point,
    slope_interval,
    waiting_times,
)
from paramdyn.analysis.settling.same_point import shuffled
from paramdyn.analysis.settling.tables import waiting_of
from paramdyn.analysis.subjects import END, open_weights
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.analysis.verdict.intervals import Interval
from paramdyn.analysis.verdict.rules.convergence import run_convergence
from paramdyn.errors import DatasetError, RunNotFound


def noise(draw, count, memory):
    """Return noise whose neighbours have the correlation ``memory``."""
    white = draw.normal(size=count + 50)
    found = np.zeros(count + 50)
    for index in range(1, count + 50):
        found[index] = memory * found[index - 1] + math.sqrt(1 - memory**2) * white[index]
    return found[50:]


@pytest.mark.parametrize(("count", "memory"), [(10, 0.0), (40, 0.0), (80, 0.4), (400, 0.8)])
def test_the_slopes_interval_covers_the_truth(count, memory):
    """95 % of the intervals should hold the true slope; a plain regression holds half of that."""
    draw = np.random.default_rng(0)
    steps = np.arange(count, dtype=np.float64)
    truth = -0.01
    held = 0
    for _ in range(400):
        found = slope_interval(steps, 2.0 + truth * steps + 0.2 * noise(draw, count, memory))
        held += found.low <= truth <= found.high
    assert held / 400 >= 0.91


def test_a_line_without_noise_gives_its_slope():
    steps = np.arange(30, dtype=np.float64)
    found = slope_interval(steps, 3 - 0.5 * steps)
    assert (found.value, found.low, found.high) == pytest.approx((-0.5,) * 3)
    flat = slope_interval(steps, np.full(30, 2.0))
    assert (flat.low, flat.value, flat.high) == (0.0, 0.0, 0.0)


def test_few_records_and_values_that_are_not_finite_have_no_slope():
    assert "9 records" in slope_interval(np.arange(9.0), np.ones(9)).reason
    values = np.ones(20)
    values[3] = math.nan
    assert "not finite" in slope_interval(np.arange(20.0), values).reason


def test_only_the_last_tenth_counts():
    steps = np.arange(1, 1001, dtype=np.float64)
    losses = np.where(steps <= 900, 10 - steps / 100, 1.0)
    slope, scale, window = last_slope(steps, losses)
    assert (slope.value, slope.n, window) == (0.0, 100, (901, 1000))
    assert scale == pytest.approx(100.0)
    falling, scale, _ = last_slope(steps, 2 - steps / 1000)
    assert falling.value * scale == pytest.approx(-0.1 / np.mean(2 - steps[900:] / 1000))
    assert not last_slope(np.zeros(0), np.zeros(0))[0].defined


@pytest.mark.parametrize(
    ("noise", "fall", "word"),
    [
        (0.0, 0.0, "converged"),
        (0.01, 0.0, "converged"),
        (0.5, 0.0, "undecided"),
        (0.01, 0.2, "still improving"),
        (0.01, -0.2, "diverging"),
    ],
)
def test_only_a_narrow_interval_shows_that_nothing_changes(noise, fall, word):
    """A slope that noise hides is not a slope of 0: the interval must lie within the margin."""
    draw = np.random.default_rng(0)
    steps = np.arange(1, 301, dtype=np.float64)
    away = (steps - 285) / 30
    slope, scale, _ = last_slope(steps, 2 * (1 - fall * away + noise * draw.normal(size=300)))
    assert word == run_convergence(slope, train_accuracy=0.8, collapsed=False, scale=scale)


def test_an_undecided_run_is_no_evidence_for_or_against(subject, bench):
    found = replace(convergence(subject("base"), bench), word="undecided")
    assert question._evidence(found).converged is None
    assert question._evidence(replace(found, word="still improving")).converged == 0.0
    assert "undecided" in question._sentence(replace(found, word="undecided"))


def test_a_run_that_converged_by_its_accuracy_says_so(subject, bench):
    found = replace(
        convergence(subject("base"), bench),
        word="converged",
        slope=Interval(-0.01, -0.02, 0.001, 30, ""),
        scale=10.0,
        train_accuracy=0.9995,
    )
    assert "train accuracy 99.95 %; in its last tenth" in question._sentence(found)
    calm = replace(found, slope=Interval(-0.001, -0.002, 0.001, 30, ""))
    assert "train accuracy" not in question._sentence(calm)


def test_kaplan_and_meier_by_hand():
    """Arrivals at 3, 5, 5, 8; ended waiting at 4 and 9: n at risk is 6, 4, 2."""
    found = waiting_times([
        Arrival(3, arrived=True), Arrival(4, arrived=False), Arrival(5, arrived=True),
        Arrival(5, arrived=True), Arrival(8, arrived=True), Arrival(9, arrived=False),
    ])  # fmt: skip
    curve = dict(zip(found.steps.tolist(), found.waiting.tolist(), strict=True))
    assert curve[3] == pytest.approx(5 / 6)
    assert curve[4] == pytest.approx(5 / 6)
    assert curve[5] == pytest.approx(5 / 6 * 2 / 4)
    assert curve[8] == pytest.approx(5 / 6 * 2 / 4 * 1 / 2)
    assert curve[9] == pytest.approx(5 / 24)
    assert (found.median, found.runs, found.arrived) == (5.0, 6, 4)
    assert found.low <= 5.0
    assert found.high is None or found.high >= 5.0


def test_without_censoring_the_median_is_that_of_the_runs():
    found = waiting_times([Arrival(step, arrived=True) for step in (10, 20, 30, 40, 50)])
    assert found.median == 30.0


def test_no_arrival_has_no_median_and_one_run_no_interval():
    nobody = waiting_times([Arrival(7, arrived=False), Arrival(9, arrived=False)])
    assert (nobody.median, nobody.low, nobody.high, nobody.arrived) == (None, None, None, 0)
    assert nobody.waiting.tolist() == [1.0, 1.0]
    alone = waiting_times([Arrival(7, arrived=True)])
    assert (alone.median, alone.low, alone.high) == (7.0, None, None)


def test_an_arrival_is_the_first_time_and_a_run_that_never_arrives_waits_to_its_end():
    steps, values = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.1, 0.5, 0.3, 0.9])
    assert arrival(steps, values, 0.5) == Arrival(2, arrived=True)
    assert arrival(steps, values, 0.95) == Arrival(4, arrived=False)


def test_a_run_tells_its_word_and_what_it_rests_on(subject, bench, monkeypatch):
    monkeypatch.setattr("paramdyn.analysis.settling.run.LAST_PART", 0.5)
    found = convergence(subject("base"), bench)
    assert found.reasons == {}
    assert found.word in ("converged", "still improving", "undecided")
    assert found.window == (31, 60)
    assert found.slope.n == 30
    assert found.gap >= 0
    assert found.best_epoch in (8, 16, 24, 32, 40, 48, 56, 60)
    assert 0 < found.gradients.sparsity < 1
    assert found.noise.images == 80
    assert found.gradient_ratio > 0


def test_a_run_without_a_learning_rate_has_not_improved(subject, bench, monkeypatch):
    monkeypatch.setattr("paramdyn.analysis.settling.run.LAST_PART", 0.5)
    found = convergence(subject("still"), bench)
    assert found.slope.low <= 0 <= found.slope.high
    assert found.gap == 0.0
    assert found.word in ("converged", "undecided", "collapsed")


def test_weights_have_no_records(subject, bench):
    run = subject("base")
    file = next(iter((run.folder.path / "snapshots").iterdir()))
    with pytest.raises(RunNotFound, match="no records"):
        convergence(open_weights(file, run.spec, classes=4), bench)


def test_pairs_share_no_run_and_no_start(subject):
    runs = [subject(what) for what in ("base", "twin", "order", "other")]
    assert pairs_of(runs) == [(runs[0], runs[3])]
    assert pairs_of(runs[:3]) == []


def test_two_starts_end_apart_and_their_controls_are_found(subject, bench):
    found = same_point(subject("base"), subject("other"), bench)
    assert found.missing == ()
    assert found.twin == 0.0
    assert 0 < found.order < found.aligned <= found.raw
    assert found.unrelated > 0
    assert found.disagreement is not None
    assert found.disagreement_order is not None
    assert found.evidence(0, ()).d3 == found.unrelated


def test_a_permuted_copy_ends_at_the_same_point(subject, bench, tmp_path):
    run = subject("base")
    state = {name: value.clone() for name, value in run.state(END).items()}
    order = torch.randperm(120, generator=torch.Generator().manual_seed(0))
    state["fc1.weight"], state["fc1.bias"] = state["fc1.weight"][order], state["fc1.bias"][order]
    state["fc2.weight"] = state["fc2.weight"][:, order]
    torch.save(state, tmp_path / "copy.pt")
    copy = open_weights(tmp_path / "copy.pt", replace(run.spec, seed=5), classes=4)
    found = same_point(run, copy, bench)
    assert found.raw > 1
    assert found.aligned == pytest.approx(0, abs=1e-5)
    assert found.unrelated > 1
    assert found.barrier == pytest.approx(0, abs=1e-5)
    assert found.disagreement == 0.0


def test_what_is_missing_is_named_with_its_command(subject, bench, tmp_path):
    found = same_point(subject("other"), subject("base"), replace(bench, runs=tmp_path))
    assert [each.control for each in found.missing] == ["twin", "order"]
    assert "--set seeds.order=" in found.missing[1].command
    assert found.evidence(0, ()).d1 is None


def test_a_twin_is_no_order_control(subject, bench, made, tmp_path):
    runs, names = made
    for what in ("base", "twin"):
        shutil.copytree(runs / names[what], tmp_path / names[what])
    found = same_point(subject("base"), subject("other"), replace(bench, runs=tmp_path))
    assert [each.control for each in found.missing] == ["order"]
    assert (found.twin, found.order) == (0.0, None)


def test_shuffling_keeps_each_tensors_norm_and_buffers(subject):
    run = subject("base")
    structure = structure_of(run.shapes(), image_size=32)
    state = run.state(END)
    mixed = shuffled(state, structure, 0)
    for name, value in state.items():
        assert torch.equal(mixed[name].reshape(-1).sort().values, value.reshape(-1).sort().values)
    assert not torch.equal(mixed["fc1.weight"], state["fc1.weight"])
    assert torch.equal(shuffled(state, structure, 0)["fc1.weight"], mixed["fc1.weight"])


def test_the_answer_of_several_runs(subject, bench, check_answer):
    answer = question.ask([subject(what) for what in ("base", "other", "decayed")], bench)
    rows = check_answer(answer)
    assert len(rows["runs"]) == 3
    assert [row["runs"] for row in rows["steps_to"]] == [2, 2, 2, 1, 1, 1]
    assert len(rows["ends"]) == 1
    assert {verdict.word for verdict in answer.verdicts} == {"inconclusive"}
    assert {verdict.hypothesis for verdict in answer.verdicts} == {"has-converged", "same-point"}


def test_the_threshold_is_of_the_best_run(subject, bench):
    members = [convergence(subject(what), bench) for what in ("base", "still")]
    best = max(float(each.accuracy[1].max()) for each in members)
    found = waiting_of({"one": members[:1], "two": members[1:]})
    assert found["one", 0.05][0] == found["two", 0.05][0] == 0.95 * best
    assert found["one", 0.05][1].arrived == 1
    assert found["two", 0.05][1].median is None


def test_without_images_the_records_still_speak(subject, bench, check_answer, monkeypatch):
    def refuse(*_, **__):
        raise DatasetError("digits: they are gone.")

    monkeypatch.setattr("paramdyn.analysis.bench.load_images", refuse)
    answer = question.ask([subject("base")], bench)
    rows = check_answer(answer)
    assert "gradients" not in rows
    assert any("they are gone" in note for note in answer.notes)
    assert any("One run tells nothing" in note for note in answer.notes)


def test_the_gap_is_what_was_lost_since_the_best_epoch():
    from paramdyn.analysis.settling.run import _validation
    from paramdyn.store.columns import Columns

    key, known = "validation/accuracy", np.array([True, True, False, True])
    columns = Columns(
        np.array([5, 10, 12, 15]), {key: np.array([0.5, 0.75, np.nan, 0.625])}, {key: known}, 0
    )
    assert (10, 0.125) == _validation(columns, {})
