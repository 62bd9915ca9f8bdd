import pytest

from paramdyn.errors import QueryError
from paramdyn.store.query.filters import parse_query
from paramdyn.store.query.keys import Vocabulary
from paramdyn.store.query.order import keys_of, order_from, sort_by, tree_of
from paramdyn.store.run_index import list_runs


@pytest.fixture
def rows(make_run, runs_dir):
    make_run("a", seed=3, metrics={"test/accuracy": 0.5, "test/loss": 1.0})
    make_run("b", seed=1, metrics={"test/accuracy": 0.9, "test/loss": 2.0})
    make_run("c", seed=2, metrics={"test/accuracy": float("nan")}, perturb="sign-flip")
    make_run("d", seed=2, metrics={"test/accuracy": 0.7, "test/loss": 0.5})
    return sorted(list_runs(runs_dir), key=lambda run: run.name)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("test", "bdac"),
        ("-test.acc", "adbc"),
        ("test.loss", "dabc"),
        ("-test.loss", "badc"),
        ("seed", "bcda"),
        ("-seed", "acdb"),
        ("seed,-id", "bdca"),
        ("perturb", "cabd"),
        ("status", "abcd"),
    ],
)
def test_best_first_and_missing_last(rows, keys, expected):
    order = order_from(keys_of(keys, Vocabulary(rows), where="--sort"))
    found = sort_by(rows, order, lambda key, run: key.get(run))
    assert expected == "".join(run.name for run in found)


def test_unknown_keys_all_at_once(rows):
    with pytest.raises(QueryError) as caught:
        keys_of("modl,seed,acc", Vocabulary(rows), where="--sort")
    assert ["--sort: unknown key 'modl'", "--sort: 'acc' may be tra"] == [
        problem[:26].rstrip(".") if "unknown" in problem else problem[:24]
        for problem in caught.value.problems
    ]
    with pytest.raises(QueryError, match="names no key"):
        keys_of(",", Vocabulary(rows), where="--sort")


@pytest.fixture
def family(make_run, runs_dir):
    for name, parent in [
        ("base", None), ("child-1", "base"), ("child-2", "base"), ("grandchild", "child-1"),
        ("lost", "gone"), ("other", None),
    ]:  # fmt: skip
        make_run(name, parent=parent)
    return sorted(list_runs(runs_dir), key=lambda run: run.name)


def drawn(branches):
    return [f"{'  ' * each.depth}{each.run.name}" for each in branches]


def test_children_stand_below_their_parents(family):
    found = tree_of(family, family)
    expected = ["base", "  child-1", "    grandchild", "  child-2", "lost", "other"]
    assert expected == drawn(found)
    assert [True, False, True, True, True, True] == [each.is_last for each in found]
    assert (False, True) == found[2].going_on
    assert ["gone@24"] == [each.lost_parent for each in found if each.lost_parent]
    assert not any(each.is_context for each in found)


def test_parents_of_what_is_meant_are_shown_as_context(family):
    found = tree_of(parse_query("grandchild | child-2").select(family), family)
    assert ["base", "  child-2", "  child-1", "    grandchild"] == drawn(found)
    assert [True, False, True, False] == [each.is_context for each in found]


def test_a_circle_of_parents_is_cut_open(make_run, runs_dir):
    make_run("a", parent="c")
    make_run("b", parent="a")
    make_run("c", parent="b")
    make_run("self", parent="self")
    runs = list_runs(runs_dir)
    assert {"a", "b", "c", "self"} == {each.run.name for each in tree_of(runs, runs)}


def test_a_tree_as_deep_as_there_are_runs(make_run, runs_dir):
    for number in range(120):
        make_run(f"r{number:03d}", parent=f"r{number - 1:03d}" if number else None)
    runs = list_runs(runs_dir)
    assert list(range(120)) == [each.depth for each in tree_of(runs, runs)]
