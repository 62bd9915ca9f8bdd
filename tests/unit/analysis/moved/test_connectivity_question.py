"""``connectivity``: planted symmetric copies, real pairs, nulls, and which runs are joined."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.analysis.connection.connecting import ALIGNED, AS_THEY_ARE, connectivity
from paramdyn.analysis.connection.lines import grid, line, main_treatment, treatments_of
from paramdyn.analysis.connection.pairing import pairs_of
from paramdyn.analysis.questions.connectivity import ask
from paramdyn.analysis.subjects import END, START, open_weights
from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.signs import flipped
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.errors import BadRequest, RunNotFound
from paramdyn.store.snapshots import write_snapshot

pytestmark = pytest.mark.slow


def table(answer, name):
    return next(each for each in answer.tables if each.name == name)


@pytest.fixture
def saved(subject, tmp_path):
    """Return a function that writes a state as a weights file and opens it."""

    def save(name, state):
        path = tmp_path / f"{name}.safetensors"
        write_snapshot(path, {k: np.ascontiguousarray(v.numpy()) for k, v in state.items()}, {})
        return open_weights(path, subject("base").spec, classes=4)

    return save


@pytest.fixture
def permuted(subject):
    """The end of a run with the units of every hidden layer shuffled."""
    base = subject("base")
    structure = structure_of(base.new_model(), image_size=32)
    draw = torch.Generator().manual_seed(5)
    moved = {
        g.name: torch.randperm(g.units, generator=draw) for g in structure.groups.values()
    }  # fmt: skip
    return Alignment(structure, moved).apply(base.state(END))


def test_k17_a_permuted_copy_is_far_away_and_after_alignment_the_same(
    subject, saved, permuted, bench
):
    found = connectivity(
        saved("one", subject("base").state(END)), saved("copy", permuted), bench=bench
    )
    pair = found.connections[0]
    assert pair.raw.l2 > 1
    assert 0.0 == pair.aligned.l2
    assert pair.path(AS_THEY_ARE).error_barrier.above_mean > 0.1
    assert abs(pair.path(ALIGNED).loss_barrier.height) < 1e-6
    assert 0.0 == pair.path(ALIGNED).error_barrier.above_mean
    assert pair.certificate.relative < 1e-5


def test_k20_the_same_network_twice_has_no_barrier(subject, bench):
    pair = connectivity(subject("base"), subject("again"), bench=bench).connections[0]
    for each in pair.lines:
        assert 0.0 == each.path.error_barrier.above_mean
        assert abs(each.path.loss_barrier.height) < 1e-12
    assert 0.0 == pair.raw.l2 == pair.aligned.l2 == pair.certificate.largest


def test_the_answer_of_two_seeds(subject, bench, check_answer):
    answer = check_answer(ask([subject("base"), subject("other")], bench))
    rows = table(answer, "barriers").rows
    assert [AS_THEY_ARE, ALIGNED] == [row["between"] for row in rows]
    assert all(row["error_again"] == 0.0 for row in rows)
    order = connectivity(subject("base"), subject("order"), bench=bench).connections[0]
    assert order.path(AS_THEY_ARE).error_barrier.above_mean == rows[0]["error_order"]
    assert order.path(AS_THEY_ARE).loss_barrier.height == rows[0]["loss_order"]
    assert rows[0]["error_independent"] == rows[0]["error_barrier"]
    assert any("is itself the pair 'independent'" in note for note in answer.notes)
    far = table(answer, "distances").rows[0]
    assert far["aligned"] < far["raw"]
    assert far["untrained_aligned"] < far["untrained_raw"]
    assert ["loss", "error"] == [picture.name for picture in answer.pictures]
    assert {"inconclusive"} == {verdict.word for verdict in answer.verdicts}
    assert all("n = 1" in " ".join(verdict.reasons) for verdict in answer.verdicts)
    assert not answer.missing


def test_values_that_are_not_finite_have_no_barrier(subject, saved, bench, check_answer):
    end = subject("base").state(END)
    broken = saved("broken", {**end, "fc3.bias": torch.full((4,), math.nan)})
    answer = check_answer(ask([saved("one", end), broken], bench))
    barriers = table(answer, "barriers")
    assert barriers.rows[0]["loss_barrier"] is None
    assert "is not finite" in barriers.reasons[0, "loss_barrier"]
    assert "broken.safetensors diverged: no verdict rests on it." in answer.notes
    assert {"inconclusive"} == {verdict.word for verdict in answer.verdicts}


def test_a_run_without_its_end_is_left_out_or_refused(subject, bench):
    found = connectivity(subject("base"), subject("blown"), subject("sgd"), bench=bench)
    assert [subject("sgd")] == [each.ends.second[0] for each in found.connections]
    assert any("is left out" in note for note in found.notes)
    with pytest.raises(RunNotFound, match="no snapshot 'end'"):
        connectivity(subject("base"), subject("blown"), bench=bench)


def test_every_line_is_what_evaluating_its_points_gives(subject, bench):
    pair = connectivity(subject("base"), subject("other"), bench=bench).connections[0]
    path = pair.path(AS_THEY_ARE)
    assert (0.0, 0.25, 0.5, 0.75, 1.0) == path.alphas
    a, b = subject("base").state(END), subject("other").state(END)
    model = subject("base").new_model()
    images, labels = next(iter(bench.images.test))
    for alpha, loss in zip(path.alphas, path.losses, strict=True):
        model.load_state_dict({n: (1 - alpha) * a[n] + alpha * b[n] for n in a})
        expected = float(nn.functional.cross_entropy(model(images), labels).detach())
        assert math.isclose(expected, loss, rel_tol=1e-5)


class Normed(nn.Module):
    """A small network with running statistics that are nothing like its own."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU())
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        return self.fc(self.body(x).mean((2, 3)))


def test_k14_signs_before_batch_normalisation_hide_a_copy(bench, subject):
    bench.open(subject("base").folder)
    torch.manual_seed(0)
    model = Normed().eval()
    structure = structure_of(model, image_size=32)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    other = flipped(structure).apply(state)
    assert ("interpolated", "reset", "batch") == treatments_of(model)
    assert "reset" == main_treatment(treatments_of(model))
    for treatment in treatments_of(model):
        found = line(
            model, (state, other), bench.images, treatment,
            between="x", alphas=grid(5), progress=lambda *_: None,
        )  # fmt: skip
        ends = found.path.losses[0], found.path.losses[-1]
        assert math.isclose(*ends, rel_tol=1e-6)
        assert abs(found.path.losses[2] - ends[0]) > 1e-4  # in the middle every filter is zero


def test_lines_are_measured_on_the_first_images_and_say_on_how_many(subject, bench, monkeypatch):
    monkeypatch.setattr("paramdyn.analysis.connection.lines.LINE_IMAGES", 30)
    monkeypatch.setattr("paramdyn.analysis.questions.connectivity.LINE_IMAGES", 30)
    seen = []
    monkeypatch.setattr(
        "paramdyn.analysis.connection.lines.linear_path",
        lambda _model, _ends, batches, **_: seen.append(sum(len(y) for _, y in batches)),
    )
    state = subject("base").state(END)
    line(
        subject("base").new_model(), (state, state), bench.images, "interpolated",
        between="x", alphas=grid(3), progress=lambda *_: None,
    )  # fmt: skip
    assert [30] == seen
    monkeypatch.undo()
    assert any("The first 80 test images" in note for note in ask([subject("base")], bench).notes)


@pytest.mark.parametrize(("points", "expected"), [(1, 3), (11, 11), (3, 3)])
def test_a_grid_holds_both_ends(points, expected):
    found = grid(points)
    assert (0.0, 1.0, expected) == (found[0], found[-1], len(found))


def ends_of(pairs):
    return [((a.name, at), (b.name, to), pair.counts)
            for pair in pairs for (a, at), (b, to) in [(pair.first, pair.second)]]  # fmt: skip


def test_one_run_is_joined_to_its_start(subject, bench, check_answer):
    base = subject("base")
    pairs, text = pairs_of([base], bench)
    assert [((base.name, START), (base.name, END), False)] == ends_of(pairs)
    assert "Name a second run" in text
    answer = check_answer(ask([base], bench))
    assert () == tuple(answer.verdicts)
    row = table(answer, "barriers").rows[0]
    assert row["loss_barrier"] < row["first_loss"]
    assert row["first_error"] > row["last_error"]
    assert row["stable"] is None
    assert "above the chord" in answer.summary[0]


def test_runs_of_two_experiments_are_joined_by_seed(subject, bench):
    names = ("base", "sgd-other", "sgd", "other")
    runs = [subject(name) for name in names]
    pairs, text = pairs_of(runs, bench)
    base, sgd_other, sgd, other = (run.name for run in runs)
    expected = [((base, END), (sgd, END), True), ((other, END), (sgd_other, END), True)]
    assert expected == ends_of(pairs)
    assert "of the same seed" in text


def test_runs_of_one_experiment_are_in_one_pair_each(subject, bench):
    members = [subject("base")] * 5
    numbered = []
    for seed, member in enumerate(members):
        stand = type("Stand", (), {})()
        stand.name, stand.folder = f"s{seed}", member.folder
        stand.spec = replace(member.spec, seed=seed)
        numbered.append(stand)
    pairs, _ = pairs_of(numbered, bench)
    found = [(a, b, counts) for (a, _), (b, _), counts in ends_of(pairs)]
    assert [("s0", "s1", True), ("s2", "s3", True), ("s0", "s4", False)] == found


def test_what_cannot_be_joined_is_refused(subject, saved, bench):
    alone = saved("one", subject("base").state(END))
    with pytest.raises(BadRequest, match="alone has nothing to be joined to"):
        connectivity(alone, bench=bench)
    with pytest.raises(BadRequest, match="nothing is named"):
        connectivity(bench=bench)


def test_a_collapsed_end_is_named_where_its_barrier_is(subject, saved, bench):
    flat = {name: each.clone() for name, each in subject("base").state(END).items()}
    flat["fc3.weight"].zero_()
    answer = ask([saved("one", subject("base").state(END)), saved("flat", flat)], bench)
    [said] = answer.summary
    assert said.endswith(" Nothing is concluded: flat.safetensors collapsed.")
    assert any("has a standard error of up to" in note for note in answer.notes)
