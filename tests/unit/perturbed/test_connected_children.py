"""``connectivity`` of a perturbed child: its control is at the other end of the line."""

import shutil

import pytest

from paramdyn.analysis import connectivity
from paramdyn.analysis.bench import Bench, Options
from paramdyn.analysis.connection.pairing import CONTROL, PARENT, pairs_of
from paramdyn.analysis.questions import recovery
from paramdyn.analysis.questions.connectivity import ask
from paramdyn.analysis.subjects import END


@pytest.fixture
def copied(trained_family, tmp_path):
    """A folder of one's own to take runs out of."""
    runs = tmp_path / "copy"
    shutil.copytree(trained_family.runs, runs)
    return Bench(runs=runs, options=Options(restarts=1, alphas=3))


def test_a_child_is_joined_to_its_control_and_all_its_nulls_are_there(trained_family, bench):
    child = bench.open(trained_family.children[0])
    answer = ask([child], bench)
    pairs = {row["pair"] for row in answer.tables[0].rows}
    assert f"{child.name}: {CONTROL}'s end -> end" in pairs
    assert [] == answer.missing
    assert [(), ()] == [verdict.missing for verdict in answer.verdicts]
    notes = " ".join(answer.notes)
    twins = trained_family.arms["twin"], trained_family.arms["twin-again"]
    assert any(f"Nulls join the end of {twin} to that" in notes for twin in twins)
    assert trained_family.arms["order"] in notes


def test_what_a_child_lacks_is_what_controls_train(trained_family, copied):
    for name in trained_family.arms.values():
        shutil.rmtree(copied.runs / name)
    child = copied.open(trained_family.children[0])
    pairs, _ = pairs_of([child], copied)
    assert (trained_family.parent, END) == (pairs[1].first[0].name, pairs[1].first[1])
    assert PARENT == pairs[1].role
    missing = ask([child], copied).missing
    assert ["twin", "order", "independent"] == [each.control for each in missing]
    assert {f"run {child.folder.path} --controls twin,order,independent"} == {
        each.command for each in missing
    }


def test_children_of_one_recipe_are_each_joined_to_their_control(trained_family, bench):
    child = bench.open(trained_family.children[0])
    pairs, text = pairs_of([child] * 3, bench)
    assert [(CONTROL, True)] * 3 == [(pair.role, pair.counts) for pair in pairs]
    assert "joined to its control" in text
    base = bench.open(trained_family.parent)
    assert {""} == {pair.role for pair in pairs_of([base] * 3, bench)[0]}


def test_a_child_that_kept_nothing_is_not_taken_for_none(trained_family, copied):
    name = trained_family.children[0]
    shutil.rmtree(copied.runs / name / "snapshots")
    answer = recovery.ask([copied.open(name)], copied)
    assert [f"{name}: nothing can be measured; the notes say why."] == answer.summary
    assert any("it kept none" in note for note in answer.notes)
    none = recovery.ask([copied.open(trained_family.parent)], copied)
    assert none.summary[0].startswith("No run that was named continues another one")


def test_lines_that_recovery_looked_at_are_not_looked_at_again(
    trained_family, bench, copied, monkeypatch
):
    from paramdyn.analysis.connection import connecting

    def rows(answer):
        return next(each for each in answer.tables if each.name == "barriers").rows

    name = trained_family.children[1]
    fresh = rows(ask([copied.open(name)], copied))
    looked: list[str] = []
    plain = connecting.line

    def counting(*args, between, **options):
        looked.append(between)
        return plain(*args, between=between, **options)

    monkeypatch.setattr(connecting, "line", counting)
    child = bench.open(name)
    recovery.ask([child], bench)
    assert fresh == rows(ask([child], bench))
    # the run's own start and the twin's re-run are for connectivity alone
    assert ["again", "as they are"] == sorted(looked)


def test_an_aligned_line_has_the_ends_of_the_plain_one_and_another_way(trained_family, bench):
    """Aligned, a network answers as before: only what lies between may differ, and does."""
    found = connectivity(bench.open(trained_family.children[0]), bench=bench)
    [nulls] = [each.nulls for each in found.connections if each.ends.role == CONTROL]
    plain, aligned = (nulls.paths[f"independent{each}"] for each in ("", ", aligned"))
    assert plain.losses[1:-1] != aligned.losses[1:-1]
    for end in (0, -1):
        assert plain.losses[end] == pytest.approx(aligned.losses[end], rel=1e-5)
