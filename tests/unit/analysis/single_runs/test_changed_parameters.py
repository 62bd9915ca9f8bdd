import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.analysis.changes import changed, decay_of, halves, ledger_of, tolerance_curve
from paramdyn.analysis.changes.ledger import KEPT, Ledger
from paramdyn.analysis.changes.silence import rectified_layers, silence_of, silent_share
from paramdyn.analysis.questions import changed as question
from paramdyn.analysis.questions import convergence as convergence_question
from paramdyn.analysis.subjects import END, START, open_weights
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.analysis.verdict import ChangedSeed, hypothesis_named, judge
from paramdyn.catalogues import MODELS
from paramdyn.errors import DatasetError, RunNotFound, SpecError
from paramdyn.measurements.classes import CLASS_NAMES
from paramdyn.models import build_model
from paramdyn.specs import ModelSpec
from paramdyn.store.manifest import ParameterInfo
from paramdyn.vision import torchvision


@pytest.mark.parametrize("what", ["base", "still", "decayed"])
def test_k37_every_scalar_is_in_one_class(subject, what):
    book = ledger_of(subject(what))
    assert book.total(*CLASS_NAMES) == book.scalars == 61_496  # LeNet with 4 classes
    for index, info in enumerate(book.parameters):
        assert sum(counts[index] for counts in book.counts.values()) == info.count
    parts = book.parts(lambda info: info.kind)
    assert sum(sum(counts.values()) for counts in parts.values()) == book.scalars


def test_k3_without_a_learning_rate_nothing_changes(subject):
    book = ledger_of(subject("still"))
    assert (book.unchanged_share, book.silent_share, book.share("changed")) == (1.0, 1.0, 0.0)
    assert tolerance_curve(subject("still")).shares == (1.0,) * 8


def test_records_and_values_agree_on_what_changed(subject, monkeypatch):
    recorded = ledger_of(subject("base"))
    monkeypatch.setattr(type(subject("base")), "last_drift_line", lambda *_: None)
    compared = ledger_of(subject("base"))
    assert compared.source == "snapshots"
    assert compared.counts["changed"] == recorded.counts["changed"]
    assert compared.total(KEPT) == recorded.total("dead", "absorbed", "returned")
    assert compared.silent_share == recorded.silent_share


def test_weights_alone_do_not_tell_what_changed(subject):
    run = subject("base")
    file = next(iter((run.folder.path / "snapshots").iterdir()))
    with pytest.raises(RunNotFound, match="weights alone do not say"):
        ledger_of(open_weights(file, run.spec, classes=4))


def info(name, kind):
    return ParameterInfo(name, (1,), 1, name.rpartition(".")[0], kind, True)


def test_the_middle_of_five_layers_is_shallow_and_norms_follow_their_layer():
    table = [
        info("a.weight", "conv"), info("n.weight", "norm"), info("b.weight", "conv"),
        info("c.weight", "conv"), info("c.bias", "bias"), info("m.bias", "norm"),
        info("d.weight", "linear"), info("e.weight", "linear"), info("e.bias", "bias"),
    ]  # fmt: skip
    found = halves(table)
    assert [name for name, half in found.items() if half == "deep"] == [
        "d.weight", "e.weight", "e.bias",
    ]  # fmt: skip
    assert len(found) == 9


def test_the_third_of_four_layers_is_deep():
    table = [info(f"{name}.weight", "linear") for name in "abcd"]
    assert list(halves(table).values()) == ["shallow", "shallow", "deep", "deep"]


def test_what_returned_kept_its_value_and_what_decayed_did_not():
    counts = dict.fromkeys(CLASS_NAMES, (0,))
    counts |= {"frozen": (1,), "structural": (2,), "dead": (3,), "absorbed": (4,),
               "returned": (5,), "decay-only": (6,), "changed": (7,)}  # fmt: skip
    table = (ParameterInfo("a", (28,), 28, "", "other", True),)
    book = Ledger("run", 1, table, counts, (4,), {})
    assert book.silent_share == 12 / 28
    assert book.unchanged_share == 15 / 28
    assert book.decay_only == (2, 4)


def test_decay_is_found_by_its_closed_form_and_told_from_training(subject):
    run = subject("decayed")
    book, decay = ledger_of(run), decay_of(run, 60)
    assert decay.ratio == pytest.approx((1 - 0.003 * 0.01) ** 60, rel=1e-12)
    structural, dead = book.decay_only
    assert structural == 0
    assert dead == book.total("decay-only") > 0
    assert book.unchanged_share < 0.01
    assert decay_of(subject("base"), 60) is None
    untouched = run.state(START)["fc1.weight"] * decay.ratio
    near = torch.isclose(run.state(END)["fc1.weight"], untouched, rtol=1e-4, atol=0)
    index = [each.name for each in book.parameters].index("fc1.weight")
    assert int(near.count_nonzero()) >= book.counts["decay-only"][index]


def test_the_tolerance_curve_is_that_of_a_slow_reference(subject):
    run = subject("base")
    curve = tolerance_curve(run)
    start, end = run.state(START), run.state(END)
    for tolerance, share in zip(curve.tolerances, curve.shares, strict=True):
        within = 0
        for each in run.parameters:
            a = start[each.name].numpy().astype(np.float64)
            b = end[each.name].numpy().astype(np.float64)
            scale = math.sqrt(np.mean(a**2)) or math.sqrt(np.mean(b**2))
            within += int((np.abs(b - a) <= tolerance * scale).sum())
        assert share == within / curve.scalars
    assert list(curve.shares) == sorted(curve.shares)
    assert curve.shares[0] == ledger_of(run).unchanged_share
    assert 0 < curve.invisible["float16"] < curve.invisible["bfloat16"] < 1


def lenet():
    torch.manual_seed(3)
    model = MODELS.get("lenet")(num_classes=10, image_size=32)
    with torch.no_grad():
        for parameter in model.parameters():  # every unit fires: what is dead was planted
            parameter.abs_()
    return model


def silence(model, images):
    structure = structure_of(model, image_size=32)
    return silence_of(model, structure, [(images, torch.zeros(len(images), dtype=torch.int64))])


def test_k32_one_dead_unit_of_fc1_silences_485_scalars():
    model, images = lenet(), torch.rand(12, 3, 32, 32)
    assert silence(model, images).dead == 0
    with torch.no_grad():
        model.fc1.bias[7] = -1e9
    found = silence(model, images)
    assert {layer.layer: layer.count for layer in found.layers} == {
        "conv1": 0, "conv2": 0, "fc1": 1, "fc2": 0,
    }  # fmt: skip
    assert (found.dead, found.units, found.scalars) == (1, 226, 400 + 1 + 84)
    silenced = {name: count for name, count in found.silenced.items() if count}
    assert silenced == {"fc1.weight": 400, "fc1.bias": 1, "fc2.weight": 84}
    assert found.alone == (0, 0, 485, 0)
    assert found.images == 12
    nn.functional.cross_entropy(model(images), torch.arange(12) % 10).backward()
    silent = sum(int((p.grad == 0).sum()) for p in model.parameters())
    assert silent == 485


def test_a_weight_between_two_dead_units_is_counted_once():
    model, images = lenet(), torch.rand(4, 3, 32, 32)
    with torch.no_grad():
        model.fc1.bias[7] = model.fc2.bias[3] = -1e9
    found = silence(model, images)
    assert found.scalars == 485 + (120 + 1 + 10) - 1
    assert found.alone == (0, 0, 485, 131)


def test_units_are_watched_behind_their_norm_and_sums_are_left_out():
    with torch.device("meta"):
        model = torchvision().models.resnet18(num_classes=10)
    layers, sums = rectified_layers(model, structure_of(model, image_size=32))
    assert layers["layer2.0.conv1"] == "layer2.0.bn1"
    assert len(layers) == 8
    assert len(sums) == 4
    smooth = build_model(ModelSpec(name="vgg11"), num_classes=10, image_size=32)
    smooth.features[1] = nn.GELU()
    assert rectified_layers(smooth, structure_of(smooth, image_size=32)) == ({}, ())


def test_a_model_that_is_smooth_without_saying_so_has_no_dead_units():
    class Smooth(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(12, 5), nn.Linear(5, 2)

        def forward(self, x):
            return self.two(torch.tanh(self.one(x.flatten(1))))

    model = Smooth()
    nn.init.constant_(model.one.bias, -9.0)
    structure = structure_of(model, image_size=2)
    found = silence_of(model, structure, [(torch.rand(3, 3, 2, 2), torch.zeros(3))])
    assert (found.layers, found.scalars, found.units) == ((), 0, 0)


def test_the_structural_part_is_no_part_of_the_untrained_nets_silence():
    assert silent_share({"a": 5, "b": 3}, {"a": 5}, 10) == 0.3
    assert silent_share({}, {}, 0) == 0.0


def seeds(count, **fields):
    return [ChangedSeed(seed=number, **fields) for number in range(count)]


def test_a_headline_of_100_percent_under_decay_is_an_artefact_with_one_seed():
    claim = hypothesis_named("changes-everything")
    verdict = judge(claim, seeds(1, moved=1.0, trained=0.3787))
    assert (verdict.word, verdict.artefact) == ("artefact", "weight decay")
    assert verdict.value == pytest.approx(0.6213)


def test_what_changes_everything_without_decay_is_supported_and_less_is_not():
    claim = hypothesis_named("changes-everything")
    assert judge(claim, seeds(6, moved=1.0, trained=0.999)).word == "supported"
    assert judge(claim, seeds(6, moved=0.76, trained=0.76)).word == "not supported"
    assert judge(claim, seeds(5, moved=0.76, trained=0.76)).word == "inconclusive"
    spoiled = replace(seeds(1, moved=1.0, trained=0.3)[0], collapsed=("run",))
    assert judge(claim, [spoiled]).word == "inconclusive"


def test_62_percent_of_a_resnet18_are_structural_zeros():
    verdict = judge(
        hypothesis_named("keeps-parameters"),
        seeds(1, unchanged=3e-5, structural=0.621270, all_unchanged=0.6213, untrained_silent=0.0),
    )
    assert (verdict.word, verdict.artefact) == ("artefact", "structural zeros")


def test_the_study_of_a_run_has_its_null_beside_it(subject, bench):
    study = changed(subject("base"), bench)
    assert study.reasons == {}
    assert set(study.silence) == {"untrained", "start", "end"}
    assert 0 < study.untrained_silent < 1
    assert study.untrained.images == 80
    evidence = study.evidence()
    assert evidence.unchanged == study.ledger.silent_share
    assert evidence.kernel_distance == study.laziness.kernel_distance


def test_without_images_the_classes_are_still_told(subject, bench, check_answer, monkeypatch):
    def refuse(*_, **__):
        raise DatasetError("digits: they are gone.")

    monkeypatch.setattr("paramdyn.analysis.bench.load_images", refuse)
    answer = question.ask([subject("base")], bench)
    rows = check_answer(answer)
    assert rows["runs"][0]["untrained"] is None
    assert rows["runs"][0]["collapsed"] == "unknown"
    assert rows["classes"][-1]["scalars"] == 61_496
    assert "dead_units" not in rows
    assert "laziness" not in rows
    assert any("digits: they are gone." in note for note in answer.notes)


def test_several_runs_stand_side_by_side(subject, bench, check_answer):
    answer = question.ask([subject(what) for what in ("base", "other", "decayed")], bench)
    rows = check_answer(answer)
    groups = rows["groups"]
    assert [row["seeds"] for row in groups] == [2, 1]
    assert groups[0]["changed_low"] <= groups[0]["changed"] <= groups[0]["changed_high"]
    assert rows["decay"][0]["structural"] == 0
    words = {verdict.hypothesis: verdict.word for verdict in answer.verdicts}
    assert words["changes-everything"] == "artefact"
    assert words["lazy"] == words["keeps-parameters"] == "inconclusive"
    assert any("weight decay alone multiplied" in line for line in answer.summary)
    assert {picture.name for picture in answer.pictures} == {"classes", "tolerances"}


def test_weights_among_runs_are_left_out_with_a_note(subject, bench, check_answer):
    run = subject("base")
    file = next(iter((run.folder.path / "snapshots").iterdir()))
    weights = open_weights(file, run.spec, classes=4)
    for asked in (question, convergence_question):
        answer = asked.ask([weights, run], bench)
        check_answer(answer)
        assert any(note.startswith(f"{weights.name}: ") for note in answer.notes)
        with pytest.raises(RunNotFound):
            asked.ask([weights], bench)


def test_a_reason_is_told_once_for_all_that_it_leaves_out():
    said = question.left_out("run", {"a": "run: gone", "b": "gone", "images": "x", "c": "late"})
    assert said == ["run: left out: a, b: gone", "run: left out: c: late"]


def test_a_collapsed_run_is_called_so_before_its_numbers(subject, bench, monkeypatch):
    from paramdyn.analysis.questions import changed as question

    plain = question.changed
    monkeypatch.setattr(
        question, "changed", lambda *given: replace(plain(*given), collapsed=("one class only",))
    )
    run = subject("base")
    said = question.ask([run], bench).summary
    assert f"{run.name} collapsed (one class only): no verdict uses what follows." == said[0]
    assert said[1].startswith(f"{run.name}: training moved")


def test_layers_that_are_not_there_are_said(subject, bench, monkeypatch):
    bench.options.layers = ("fc9*",)
    with pytest.raises(SpecError, match=r"'fc9\*' matches no parameter"):
        question.ask([subject("still")], bench)
    monkeypatch.setattr(question, "unmatched_layers", lambda globs, _: [f"{globs} are not there."])
    assert "('fc9*',) are not there." in question.ask([subject("still")], bench).notes
