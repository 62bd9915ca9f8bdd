import pytest

from paramdyn.errors import UnknownName
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.plotting.run_names import described, field_of, short_names

BASE = {"model.name": "lenet", "seed": 0, "perturbations": "", "optimizer.learning_rate": 0.005}


def names(tmp_path, *fields, folders=None):
    folders = folders or [f"lenet-s0-{index:08d}" for index in range(len(fields))]
    return short_names([RunFolder(tmp_path / name) for name in folders], [BASE | f for f in fields])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([{}, {"seed": 1}], ["seed 0", "seed 1"]),
        ([{}, {"perturbations": "sign-flip"}], ["unperturbed", "sign-flip"]),
        (
            [{}, {"seed": 1}, {"perturbations": "sign-flip"}],
            ["seed 0", "seed 1", "sign-flip, seed 0"],
        ),
        ([{}, {"optimizer.learning_rate": 0.1}], ["lr 0.005", "lr 0.1"]),
        ([{}, {"model.name": "resnet18"}], ["lenet", "resnet18"]),
        ([{"arm": "twin"}, {"arm": "rounding-twin", "seed": 0}], ["twin", "rounding-twin"]),
        ([{}, {"training.device": "cuda", "seed": 1}], ["seed 0", "seed 1"]),
    ],
)
def test_runs_are_named_by_what_differs(tmp_path, fields, expected):
    assert expected == names(tmp_path, *fields)


def test_the_only_run_keeps_its_name(tmp_path):
    assert ["lenet-s0-00000000"] == names(tmp_path, {})


def test_equal_specs_are_told_apart_by_their_folders(tmp_path):
    folders = ["lenet-s0-abc", "lenet-s0-abc-2"]
    assert ["abc", "abc-2"] == names(tmp_path, {}, {}, folders=folders)


def test_names_are_always_different(tmp_path):
    fields = [{"seed": 1}, {"seed": 1}, {"seed": 2}]
    found = names(tmp_path, *fields, folders=["a-x", "b-x", "c-y"])
    assert ["a-x", "b-x", "seed 2"] == found


def test_long_names_are_cut_only_where_they_stay_different():
    long = ["noise:0.1,layers=layer1.0.conv1.weight", "noise:0.1,layers=layer2.0.conv1.weight"]
    found = described([{"perturbations": text} for text in long])
    assert 2 == len(set(found))


@pytest.mark.parametrize(
    ("word", "field"),
    [("lr", "optimizer.learning_rate"), ("learning_rate", "optimizer.learning_rate"),
     ("perturb", "perturbations"), ("model", "model.name"), ("seed", "seed")],
)  # fmt: skip
def test_fields_have_short_words(word, field):
    assert field == field_of([BASE], word)


def test_unknown_field():
    with pytest.raises(UnknownName, match="unknown field 'sead'"):
        field_of([BASE], "sead")
