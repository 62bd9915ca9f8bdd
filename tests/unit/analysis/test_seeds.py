"""Runs of one experiment are found by what they are."""

from dataclasses import dataclass, replace

from paramdyn.analysis.seeds import by_recipe
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_spec import RunSpec


@dataclass
class Stand:
    """As much of a subject as groups look at."""

    name: str
    spec: RunSpec
    folder: object = "somewhere"


def stand(name, **overrides):
    spec = with_overrides(RunSpec(), {k.replace("__", "."): v for k, v in overrides.items()})
    return Stand(name, spec)


def found(tmp_path, *subjects):
    groups = by_recipe(subjects, runs=tmp_path)
    return [(group.label, [member.name for member in group.subjects]) for group in groups]


def test_seeds_are_one_group_by_seed(tmp_path):
    expected = [("lenet on digits", ["a", "b"])]
    assert expected == found(tmp_path, stand("b", seed=2), stand("a", seed=1))


def test_groups_are_called_by_what_sets_them_apart(tmp_path):
    subjects = (
        stand("a"),
        stand("b", optimizer__name="adam", optimizer__learning_rate=0.001),
        stand("c", optimizer__name="adam", optimizer__learning_rate=0.001, seed=1),
    )
    expected = [("SGD", ["a"]), ("Adam learning_rate=0.001", ["b", "c"])]
    assert expected == found(tmp_path, *subjects)


def test_weights_from_elsewhere_are_a_group_each(tmp_path):
    one, two = (replace(stand(name), folder=None) for name in ("a.pt", "b.pt"))
    assert [("a.pt", ["a.pt"]), ("b.pt", ["b.pt"])] == found(tmp_path, one, two)


def test_weights_beside_a_run_are_called_by_their_file(tmp_path):
    """How they were trained is not known: the default optimizer of their spec says nothing."""
    adam = stand("b", optimizer__name="adam", optimizer__learning_rate=0.001)
    flat = replace(stand("flat.pt"), folder=None)
    expected = [("Adam learning_rate=0.001", ["b"]), ("flat.pt", ["flat.pt"])]
    assert expected == found(tmp_path, adam, flat)
