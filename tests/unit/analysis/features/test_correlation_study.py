"""The whole question on runs that were trained for a moment."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from paramdyn.analysis.bench import Bench, Options
from paramdyn.analysis.features.correlation import correlation
from paramdyn.analysis.questions.correlation import TERMS, ask
from paramdyn.analysis.seeds import by_recipe
from paramdyn.analysis.similarity import within_model
from paramdyn.analysis.subjects import open_weights
from paramdyn.errors import BadRequest
from paramdyn.specs import OptimizerSpec
from paramdyn.training.run import train_run

ADAM = OptimizerSpec(name="adam", learning_rate=0.001)
SGD = OptimizerSpec(name="sgd", learning_rate=0.01)


@pytest.fixture
def trained(runs_dir, tmp_path, tiny_spec):
    """Return a function that trains LeNet for 20 steps and names the run."""

    def train(seed=0, optimizer=ADAM):
        spec = replace(tiny_spec, seed=seed, optimizer=optimizer)
        return train_run(spec, runs=runs_dir, data_folder=tmp_path).name

    return train


@pytest.fixture
def bench(runs_dir, tmp_path):
    return Bench(runs=runs_dir, data=str(tmp_path), options=Options(draws=3))


def by_name(answer, name):
    return next(table for table in answer.tables if table.name == name)


def test_one_run_is_shown_beside_its_untrained_self_and_independent_features(trained, bench):
    run = bench.open(trained())
    found = correlation(run, bench=bench)
    expected = within_model(bench.observations.of(run).features)
    assert expected == found.inside[0].within
    assert 84 == found.inside[0].units
    untrained = within_model(bench.observations.of(run, "untrained").features)
    assert untrained == found.untrained[run.name].within
    assert () == tuple(found.pairs)
    bins = found.inside[0].density
    assert 1.0 == pytest.approx(bins.sum() * 2 / len(bins))


def test_every_model_is_passed_over_the_images_once(trained, bench):
    subjects = [bench.open(trained(seed, o)) for o in (ADAM, SGD) for seed in (0, 1)]
    done = []
    bench.progress = lambda what, now, of: done.append(what) if now == of else None
    answer = ask(subjects, bench)
    passes = [name for what in done for name in what.split(" and ")]
    assert len(passes) == len(set(passes))
    ends = {f"{subject.name} at end" for subject in subjects}
    starts = [name for name in passes if name.endswith("untrained")]
    assert ends | set(starts) == set(passes)
    assert 2 == len(starts)  # one a seed: both optimizers start alike
    assert ["inconclusive"] * 2 == [verdict.word for verdict in answer.verdicts]
    assert {"again"} == {lack.control for lack in answer.missing}


def test_two_optimizers_side_by_side(trained, bench):
    subjects = [bench.open(trained(seed, o)) for o in (ADAM, SGD) for seed in (0, 1)]
    found = correlation(*subjects, bench=bench)
    assert ("optimizer", 2) == (found.side.what, len(found.arms[0].evidence))
    assert [0, 1] == [pair.seed for pair in found.pairs]
    first = found.pairs[0]
    assert subjects[1].name == first.independent_name
    assert first.independent["cka"].value < 1
    assert abs(first.nulls["cka"].mean.value) < 0.2
    assert (5, 5) == first.layers.values.shape
    assert found.pairs[1].layers is None
    arms, alike = found.verdicts
    names = [each.label for each in found.side.arms]
    assert f"{names[0]} and {names[1]} make features differently correlated" == arms.claim
    cell = [group.label for group in by_recipe(subjects, runs=bench.runs)]
    assert f"The features of {cell[0]} and {cell[1]} are more alike than" in alike.claim
    evidence = found.arms[0].evidence[0]
    assert evidence.untrained == found.untrained[subjects[0].name].within.participation_ratio.value


def test_seeds_of_one_recipe_are_their_own_ceiling(trained, bench):
    subjects = [bench.open(trained(seed)) for seed in (0, 1)]
    answer = ask(subjects, bench)
    assert () == tuple(answer.verdicts)
    assert any("differ in their seeds only" in note for note in answer.notes)
    assert {"units", "layers", "distribution", "participation"} == {p.name for p in answer.pictures}
    itself = by_name(answer, "self_test")
    for row in itself.rows[:3]:
        assert row["expected"] == pytest.approx(row["value"], abs=1e-6)
    assert "cannot fit a rotation" in itself.reasons[7, "value"]  # 32 images of 64


def test_every_column_has_a_term_and_every_empty_cell_a_reason(trained, bench):
    subjects = [bench.open(trained(0, optimizer)) for optimizer in (ADAM, SGD)]
    answer = ask(subjects, bench)
    known = {term.name for term in TERMS} | {"accuracy"}
    for table in answer.tables:
        assert {column.term for column in table.columns} - {""} <= known
        assert len({column.key for column in table.columns}) == len(table.columns)
        shown = {column.key for column in table.columns}
        for number, row in enumerate(table.rows):
            nothing = {(number, key) for key in ("independent_runs", "relative")}
            empty = [key for key, value in row.items() if value is None]
            assert all(
                value is None or np.isfinite(value)
                for value in row.values()
                if not isinstance(value, str)
            )
            assert {(number, key) for key in empty if key in shown} <= set(table.reasons) | nothing
    assert answer.question == "correlation"


def test_a_layer_that_holds_no_features_is_refused(trained, bench):
    bench.options.feature_layer = "fc3:out"
    with pytest.raises(BadRequest, match="there are 10 classes"):
        ask([bench.open(trained())], bench)


def test_another_layer_is_taken_where_it_is_asked_for(trained, bench):
    bench.options.feature_layer = "fc2"
    found = correlation(trained(), bench=bench)
    assert ("fc2", 120) == (found.inside[0].layer, found.inside[0].units)


def test_a_collapsed_model_is_named_and_decides_nothing(trained, bench, tmp_path, tiny_spec):
    run = bench.open(trained())
    state = {name: value.clone() for name, value in run.state().items()}
    state["fc3.weight"].zero_()
    save_file(state, str(tmp_path / "flat.safetensors"))
    flat = open_weights(tmp_path / "flat.safetensors", tiny_spec, classes=10)
    bench.subjects.append(flat)
    answer = ask([run, flat], bench)
    assert "collapsed" == by_name(answer, "within").rows[1]["state"]
    assert any("one class is predicted for every image" in line for line in answer.summary)
    (verdict,) = answer.verdicts
    assert "inconclusive" == verdict.word
    assert "flat.safetensors" in verdict.claim
    assert any("flat.safetensors collapsed" in reason for reason in verdict.reasons)


@pytest.fixture
def wide_head(tmp_path, tiny_spec, bench):
    """Weights of a LeNet with 1,000 outputs, for a data set of 10 classes."""
    from paramdyn.models import build_model

    torch.manual_seed(0)
    model = build_model(tiny_spec.model, num_classes=1000, image_size=32)
    save_file(model.state_dict(), str(tmp_path / "wide.safetensors"))
    subject = open_weights(tmp_path / "wide.safetensors", tiny_spec, classes=1000)
    bench.subjects.append(subject)
    return subject


def test_outputs_that_are_never_a_target_are_shown_apart(wide_head, bench):
    answer = ask([wide_head], bench)
    (row,) = by_name(answer, "unused_outputs").rows
    assert 990 == row["unused"]
    logits = bench.observations.of(wide_head).logits[:, 10:].numpy()
    assert within_model(logits).mean_absolute.value == row["absolute"]
    assert any("990 outputs that are never a target" in note for note in answer.notes)


def test_logits_taken_as_features_are_mostly_unused_outputs(wide_head, bench):
    bench.options.feature_layer = "fc3:out"
    found = correlation(wide_head, bench=bench)
    assert 0.99 == found.inside[0].unused_share
    assert np.isfinite(found.inside[0].within.mean.value)
