"""``distance`` of real runs: what is shown, from what, and what is said to be missing."""

import math
import shlex
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from paramdyn.analysis.companions import Neighbours, missing_companion, numerical_floor
from paramdyn.analysis.movement.arms import side_by_side
from paramdyn.analysis.movement.distances import distance
from paramdyn.analysis.movement.measuring import movement
from paramdyn.analysis.questions import distance as question
from paramdyn.analysis.questions.distance import _sentence, ask
from paramdyn.analysis.subjects import END, START, open_weights
from paramdyn.analysis.subjects.drawing import drawn_again
from paramdyn.errors import BadRequest, SpecError
from paramdyn.specs import OptimizerSpec
from paramdyn.specs.optimizer_label import optimizer_label
from paramdyn.specs.run_spec import PerturbationSpec
from paramdyn.store.records import read
from paramdyn.store.snapshots import write_snapshot

pytestmark = pytest.mark.slow


def table(answer, name):
    return next(each for each in answer.tables if each.name == name)


def test_the_answer_of_one_run(subject, bench, check_answer):
    answer = check_answer(ask([subject("base")], bench))
    row = table(answer, "totals").rows[0]
    records = [r for r in read(subject("base").folder.layout.drift)[0] if r["step"] == 40]
    recorded = {r["measurement"]: r["total"] for r in records}
    assert math.isclose(recorded["displacement"], row["displacement"], rel_tol=1e-7)
    assert math.isclose(recorded["relative_displacement"], row["relative_to_start"], rel_tol=1e-7)
    assert math.isclose(recorded["weight_norm"], row["end_norm"], rel_tol=1e-7)
    assert math.isclose(recorded["sign_changes"], row["sign_changes"], rel_tol=1e-7)
    path = table(answer, "paths").rows[0]
    assert math.isclose(recorded["straightness"], path["straightness"], rel_tol=1e-7)
    assert math.isclose(1 / math.sqrt(40), path["random_walk"])
    assert (40, 1) == (path["chords"], path["every"])
    layers = table(answer, "layers").rows
    squares = math.fsum(layer["displacement"] ** 2 for layer in layers[:-1])
    assert math.isclose(row["displacement"], math.sqrt(squares), rel_tol=1e-12)
    assert {"displacement", "straightness", "pairs", "directions", "put_back_layers"} == {
        picture.name for picture in answer.pictures
    }
    assert not answer.missing


def test_the_sentence_names_a_perturbed_start_and_how_far_its_records_go(subject, bench):
    move = movement(subject("base"), bench, closely=False)
    assert "from step 0 at step 40" in _sentence(move)
    assert "path length, is" in _sentence(move)
    assert "path length, up to step 40 is" in _sentence(replace(move, step=24))
    spec = replace(move.subject.spec, perturbations=(PerturbationSpec(name="sign-flip"),))
    child = SimpleNamespace(name="child", folder=move.subject.folder, spec=spec)
    assert "from step 0, its perturbed start, at step 40" in _sentence(replace(move, subject=child))


def far(one, other, names):
    squares = [float((one[n].double() - other[n].double()).square().sum()) for n in names]
    return math.sqrt(math.fsum(squares))


def test_the_noise_floor_is_the_run_in_another_order(subject, bench):
    found = movement(subject("base"), bench, closely=False)
    assert subject("order").name == found.beside.order.name
    assert 0.0 == found.again_gap.every.l2
    names = [row.name for row in subject("base").parameters]
    ours, theirs = (subject(name).state(END) for name in ("base", "order"))
    assert math.isclose(far(ours, theirs, names), found.order_gap.every.l2, rel_tol=1e-12)
    start = subject("base").state(START)
    assert math.isclose(far(theirs, start, names), found.order.every.l2, rel_tol=1e-12)


def test_companions_are_what_they_compute(subject, bench):
    found = Neighbours(bench).of(subject("base"))
    names = {arm: run.name for arm, run in found.named()}
    expected = {"again": "again", "order": "order", "independent": "other"}
    assert {arm: subject(name).name for arm, name in expected.items()} == names
    rather = Neighbours(bench).of(subject("base"), rather_not=[subject("again").name])
    assert subject("again").name == rather.again.name
    assert ["again", "order"] == Neighbours(bench).of(subject("sgd")).absent()


def test_missing_controls_come_with_a_command_that_makes_them(subject, bench):
    from typer.testing import CliRunner

    from paramdyn_tui.cli.app import app

    answer = ask([subject("sgd")], bench)
    assert ["order"] == [each.control for each in answer.missing]
    again = missing_companion(subject("sgd"), "again", bench.runs)
    for each in [*answer.missing, again]:
        result = CliRunner().invoke(app, [*shlex.split(each.command), "--dry-run"])
        assert 0 == result.exit_code, result.output
        assert "1 run to train" in result.output


def test_records_alone_suffice(subject, bench, check_answer):
    """A run without any snapshot: every distance that the records hold, and bounds for others."""
    answer = check_answer(ask([subject("bare")], bench))
    row = table(answer, "totals").rows[0]
    records = [r for r in read(subject("bare").folder.layout.drift)[0] if r["step"] == 40]
    recorded = {r["measurement"]: r["total"] for r in records}
    assert math.isclose(recorded["displacement"], row["displacement"], rel_tol=1e-6)
    assert math.isclose(recorded["relative_displacement"], row["relative_to_start"], rel_tol=1e-6)
    bounds = table(answer, "intervals")
    assert 5 == len(bounds.rows)
    assert all(each["least"] <= each["most"] for each in bounds.rows)
    assert "is neither" in bounds.note
    assert any("From the records alone" in note for note in answer.notes)


def test_bounds_from_records_hold_what_snapshots_measure(subject, bench):
    from paramdyn.analysis.questions.distance_tables import _recorded_intervals, intervals

    move = movement(subject("base"), bench, closely=False)
    measured = intervals(move, 1).rows
    for bound, exact in zip(_recorded_intervals(move, 1).rows, measured, strict=True):
        assert bound["to"] == exact["to"]
        assert bound["least"] <= exact["distance"] * (1 + 1e-7)
        assert exact["distance"] <= bound["most"] * (1 + 1e-7)


def test_k3_a_run_that_stands_still(subject, bench, check_answer):
    answer = check_answer(ask([subject("still")], bench))
    row = table(answer, "totals").rows[0]
    assert 0.0 == row["displacement"] == row["sign_changes"]
    paths = table(answer, "paths")
    assert paths.rows[0]["straightness"] is None
    assert (0, "straightness") in paths.reasons
    assert all(row["effective_rank"] is None for row in table(answer, "spectra").rows)


def test_putting_nothing_back_costs_nothing_and_everything_all(subject, bench):
    found = movement(subject("base"), bench).robustness
    assert 0.0 == found.nothing
    assert found.error + found.everything.reinitialized > 0.5
    assert found.error < 0.25
    assert ["conv1", "conv2", "fc1", "fc2", "fc3"] == [each.layer for each in found.layers]
    start = subject("base").state(START)
    hybrid = {**subject("base").state(END), "fc3.weight": start["fc3.weight"],
              "fc3.bias": start["fc3.bias"]}  # fmt: skip
    model = subject("base").new_model()
    model.load_state_dict(hybrid)
    images, labels = next(iter(bench.images.test))
    wrong = float((model(images).argmax(1) != labels).double().mean())
    assert math.isclose(wrong - found.error, found.layers[-1].reinitialized, abs_tol=1e-12)


def test_without_details_nothing_that_is_shown_differs(subject, bench):
    full = ask([subject("base")], bench)
    bench.options.details = False
    quick = ask([subject("base")], bench)

    def shown(answer):
        return [each for each in answer.tables if not each.detail]

    assert shown(full) == shown(quick)
    assert full.summary == quick.summary
    bars = [each for each in full.pictures if each.name == "put_back_layers"]
    assert bars == [each for each in quick.pictures if each.name == "put_back_layers"]
    assert {each.title for each in full.tables} == {each.title for each in quick.tables}
    assert not table(quick, "spectra").rows
    assert "redrawn" not in {each.key for each in table(quick, "put_back").columns}
    assert "redrawn" in {each.key for each in table(full, "put_back").columns}


def test_optimizers_are_put_side_by_side(subject, bench, check_answer):
    runs = [subject(name) for name in ("base", "other", "sgd", "sgd-other", "published")]
    answer = check_answer(ask(runs, bench))
    labels = {row["arm"] for row in table(answer, "arms").rows}
    assert {"Adam", "SGD", "Adam(eps=0.1)"} == labels
    assert 6 == len(answer.verdicts)
    assert {"inconclusive"} == {verdict.word for verdict in answer.verdicts}
    assert all("first_rates" in verdict.missing for verdict in answer.verdicts)
    where = {row["where"] for row in table(answer, "ratios").rows}
    assert {"matched train loss", "matched path length", "equal learning rate"} == where


def test_initializers_are_put_side_by_side_and_other_differences_are_not(subject, made):
    runs, _ = made
    side = side_by_side([subject("base"), subject("normal")], runs=runs)
    assert "initializer" == side.what
    assert ["default", "kaiming-normal"] == [arm.label for arm in side.arms]
    assert "" == side_by_side([subject("base"), subject("other")], runs=runs).what
    assert "" == side_by_side([subject("sgd"), subject("normal")], runs=runs).what


def test_the_floor_is_measured_or_claimed_of_a_cpu_only(subject):
    sgd = subject("sgd")
    assert 0.0 == numerical_floor(sgd, None)
    assert 1e-7 == numerical_floor(sgd, 1e-7)
    elsewhere = SimpleNamespace(manifest=SimpleNamespace(device="cuda:0"))
    assert numerical_floor(elsewhere, None) is None


def test_layers_may_be_asked_for(subject, bench):
    bench.options.layers = ("fc*.weight",)
    answer = ask([subject("base")], bench)
    assert ["fc1", "fc2", "fc3", "total"] == [row["name"] for row in table(answer, "layers").rows]
    assert 3 == len(table(answer, "spectra").rows)
    assert 5 == len(table(answer, "put_back").rows)
    assert 62_006 > table(answer, "layers").rows[-1]["scalars"] > 61_000


def test_layers_that_are_not_there_are_said(subject, bench, monkeypatch):
    bench.options.layers = ("fc9*",)
    with pytest.raises(SpecError, match=r"'fc9\*' matches no parameter"):
        ask([subject("base")], bench)
    monkeypatch.setattr(question, "unmatched_layers", lambda globs, _: [f"{globs} are not there."])
    assert "('fc9*',) are not there." in ask([subject("base")], bench).notes


def test_a_diverged_run_has_no_distance_and_no_crash(subject, bench, check_answer):
    answer = check_answer(ask([subject("blown"), subject("sgd")], bench))
    totals = table(answer, "totals")
    assert totals.rows[0]["displacement"] is None
    assert "not finite" == totals.reasons[0, "displacement"]
    assert any("diverged: it decides nothing" in note for note in answer.notes)
    assert all(0 == row["seeds"] for row in table(answer, "ratios").rows)
    assert {"inconclusive"} == {verdict.word for verdict in answer.verdicts}


@pytest.mark.parametrize(
    ("optimizer", "label"),
    [
        (OptimizerSpec(), "SGD"),
        (OptimizerSpec(name="SGD", options={"momentum": 0.9}), "SGD"),
        (OptimizerSpec(name="sgd", options={"momentum": 0.0}), "SGD(momentum=0)"),
        (OptimizerSpec(name="adam", learning_rate=0.1, options={"eps": 0.1}), "Adam(eps=0.1)"),
        (OptimizerSpec(name="adam", options={"betas": (0.9, 0.999)}), "Adam"),
        (OptimizerSpec(name="adamw", weight_decay=0.01), "AdamW(weight_decay=0.01)"),
        (OptimizerSpec(name="rmsprop", options={"alpha": 0.5}), "RMSprop(alpha=0.5)"),
    ],
)
def test_an_optimizer_is_named_with_what_sets_it_apart(optimizer, label):
    assert label == optimizer_label(optimizer)


def test_another_draw_is_unrelated_and_repeats(subject, made):
    runs, _ = made
    base = subject("base")
    draws = [drawn_again(base, runs=runs, draw=draw)["fc1.weight"] for draw in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    start = base.state(START)["fc1.weight"]
    for one, other in ((draws[0], draws[2]), (draws[0], start)):
        angle = torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0)
        assert abs(float(angle)) < 0.03


def test_weights_from_elsewhere_are_measured_from_the_first_file(subject, bench, tmp_path):
    base = subject("base")
    for name, moment in (("start", START), ("end", END)):
        state = {k: np.ascontiguousarray(v.numpy()) for k, v in base.state(moment).items()}
        write_snapshot(tmp_path / f"{name}.safetensors", state, {})
    files = [open_weights(tmp_path / f"{name}.safetensors", base.spec, classes=4)
             for name in ("start", "end")]  # fmt: skip
    found = distance(*files, bench=bench).moves
    assert ["start.safetensors"] == [move.start for move in found]
    expected = movement(base, bench, closely=False).total.every.l2
    assert expected == found[0].total.every.l2
    answer = ask(files, bench)
    assert answer.summary[0].startswith("end.safetensors is ")
    assert "step" not in answer.summary[0]
    assert "of the norm of start.safetensors" in answer.summary[0]
    assert "error + (start.safetensors)" in {
        each.title for each in table(answer, "put_back").columns
    }
    with pytest.raises(BadRequest, match="alone has not moved from anywhere"):
        distance(files[0], bench=bench)
    with pytest.raises(BadRequest, match="Name one kind"):
        distance(files[0], base, bench=bench)
