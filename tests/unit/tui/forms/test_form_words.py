"""The command that a form shows means what the form says."""

import shlex
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.catalogues import DATASETS, MODELS, OPTIMIZERS, PERTURBATIONS, SCHEDULES
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.validation import validate
from paramdyn_tui.cli.run_words import run_options
from paramdyn_tui.cli.spec_options import specs_from
from paramdyn_tui.tui.forms.checking import check
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.rows import fields_of, rows_of
from paramdyn_tui.tui.forms.texts import text_of
from paramdyn_tui.tui.forms.words import command_lines, command_of, command_text, words_of

NUMBERS = st.one_of(
    st.floats(0, 1e3, allow_nan=False, allow_infinity=False), st.integers(0, 2000).map(float)
)
SMALL = st.integers(1, 500)
SECTIONS = {"dataset": DATASETS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
NAMED = {"dataset": ["digits", "mnist", "synthetic"], "optimizer": ["sgd", "adam", "adamw"],
         "schedule": ["constant", "step", "cosine"]}  # fmt: skip
PLAIN = {
    "model.name": st.sampled_from(MODELS.names()),
    "initializer.name": st.sampled_from(["default", "kaiming-normal", "orthogonal"]),
    "optimizer.learning_rate": NUMBERS,
    "optimizer.weight_decay": NUMBERS,
    "schedule.warmup_epochs": NUMBERS,
    "training.epochs": SMALL,
    "training.batch_size": SMALL,
    "training.max_steps": SMALL,
    "training.threads": SMALL,
    "training.precision": st.sampled_from(["fp32", "bf16"]),
    "training.device": st.sampled_from(["auto", "cpu", "cuda:1"]),
    "dataset.train_limit": SMALL,
    "dataset.test_limit": SMALL,
    "dataset.normalization": st.sampled_from(["none", "dataset"]),
    "dataset.augmentation": st.sampled_from([["flip"], ["crop:2"], ["flip", "crop"]]),
    "recording.when": st.sampled_from(["epoch", "every:7", "log:3"]),
    "recording.snapshots": st.sampled_from([[], ["init"], ["init", "every:2"]]),
    "recording.what": st.sampled_from([["displacement"], ["classes", "weight_norm"]]),
    "seed": SMALL,
    "seeds.order": SMALL,
    "seeds.dropout": SMALL,
}
OPTIONS = {
    "momentum": st.floats(0.01, 0.99), "dampening": NUMBERS, "nesterov": st.just(False),
    "betas": st.tuples(st.floats(0, 0.99), st.floats(0, 0.99)).map(list), "eps": NUMBERS,
    "amsgrad": st.booleans(), "every_epochs": st.floats(0.5, 9), "gamma": NUMBERS,
    "final": NUMBERS, "train": st.integers(600, 900), "test": SMALL, "classes": st.integers(2, 9),
    "channels": st.sampled_from([1, 3]), "native_size": st.integers(1, 28),
}  # fmt: skip


@st.composite
def said(draw):
    """Return key -> value of what a person might say."""
    wanted = draw(st.sets(st.sampled_from(sorted(PLAIN)), max_size=9))
    found = {key: draw(PLAIN[key]) for key in sorted(wanted)}
    for section, names in NAMED.items():
        name = draw(st.sampled_from(names))
        found[f"{section}.name"] = name
        known = SECTIONS[section].entry(name).options or {}
        for option in draw(st.sets(st.sampled_from(sorted(known) or ["-"]), max_size=3)):
            if option in known:
                found[f"{section}.options.{option}"] = draw(OPTIONS[option])
    return found


PARTS = st.builds(
    lambda name, layers, norms: {"name": name, "layers": layers, "norms": norms},
    st.sampled_from(PERTURBATIONS.names()),
    st.sampled_from(["", "*", "conv1.*", "conv*|fc1.*", "a b, c", 'x"y', "[12].weight"]),
    st.booleans(),
)


def filled(values, perturbations):
    form = Form()
    for key, value in values.items():
        text = text_of(value) or "none"
        form.put("seeds" if key == "seed" else key, text)
    for number, parts in enumerate(perturbations):
        form.put(f"perturb/{number}/name", parts["name"])
        form.put(f"perturb/{number}/layers", parts["layers"])
        form.put(f"perturb/{number}/norms", text_of(parts["norms"]))
    return form


@settings(max_examples=60, deadline=None)
@given(values=said(), perturbations=st.lists(PARTS, max_size=3))
def test_the_command_line_makes_of_the_command_what_the_form_says(
    values, perturbations, tmp_path_factory
):
    runs = tmp_path_factory.getbasetemp()
    meant = [{**parts, "layers": parts["layers"] or "*"} for parts in perturbations]
    expected = validate(with_overrides(RunSpec(), {**values, "perturbations": meant}))
    shown = command_text(command_of(filled(values, perturbations)))
    program, command, *words = shlex.split(shown)
    assert ("paramdyn", "run") == (program, command)
    assert [expected] == specs_from(run_options(words), runs=runs)


@pytest.mark.parametrize("width", [56, 76, 200])
def test_the_command_in_lines_is_the_same_command_for_a_shell(width):
    form = filled({"model.name": "resnet18", "training.epochs": 3}, [])
    form.put("plugin", "'my plug in.py' other.py")
    form.put("perturb/0/name", "distort")
    form.put("perturb/0/layers", "conv*|fc1.*")
    command = command_of(form)
    lines = command_lines(command, width)
    assert command == shlex.split("\n".join(lines).replace("\\\n", ""))
    assert all(len(line) <= width for line in lines)


def test_what_holds_anyway_is_not_said():
    form = Form()
    for key in ("model.name", "training.epochs", "optimizer.options.momentum", "seeds"):
        form.put(key, form.usual(key))
        form.put(key, f" {form.usual(key)} ")
    assert [] == words_of(form)


def test_options_of_another_choice_are_left_out_and_come_back():
    form = Form()
    form.put("optimizer.options.momentum", "0.5")
    form.put("optimizer.name", "adam")
    assert ["--optimizer", "adam"] == words_of(form)
    form.put("optimizer.name", "sgd")
    assert ["--momentum", "0.5"] == words_of(form)


@pytest.mark.parametrize(
    ("text", "words"),
    [("7", ["--seed", "7"]), ("0-4", ["--seeds", "0-4"]), ("0,3", ["--seeds", "0,3"]), ("0", [])],
)
def test_one_seed_or_several(text, words):
    form = Form()
    form.put("seeds", text)
    assert words == words_of(form)


def test_a_run_can_wait_until_its_device_is_free(tmp_path):
    form = Form()
    form.put("start", "queued")
    assert ["--when-free"] == words_of(form)
    assert {} == check(form, tmp_path).problems
    assert run_options(words_of(form)).when_free


def test_the_preset_is_what_is_done():
    form = Form()
    form.put("preset", "distort:1e-6")
    assert ["--perturb", "distort:1e-6"] == words_of(form)
    form.put("perturb/0/layers", "conv1.*")
    assert "distort:1e-6,layers=conv1.*" == form.text("preset")
    form.put("perturb/1/name", "shuffle")
    assert "own" == form.text("preset")
    form.put("perturb/0/name", "none")
    assert ["--perturb", "shuffle"] == words_of(form)
    form.put("preset", "none")
    assert [] == words_of(form)


@pytest.mark.parametrize(
    ("key", "text", "part"),
    [
        ("optimizer.learning_rate", "abc", "Expected a number"),
        ("optimizer.learning_rate", "-1", "at least 0"),
        ("model.name", "resnet19", "Did you mean 'resnet18'"),
        ("dataset.name", "folder", "needs a path"),
        ("training.epochs", "0", "at least 1"),
        ("dataset.augmentation", "blur", "expected one of"),
        ("seeds", "4-1", "no list of seeds"),
        ("seeds", "0-999999", "more than 10,000 seeds"),
        ("seeds", "0-" + "9" * 5000, "no list of seeds"),
        ("optimizer.options.momentum", "-2", "at least 0"),
        ("seeds.order", "-3", "from 0"),
        ("plugin", "nowhere.py", "nowhere.py"),
        ("other", "nonsense", "KEY=VALUE"),
        ("initializer.name", "weights", "needs a file"),
    ],
)
def test_a_problem_stands_at_its_field(key, text, part, tmp_path):
    form = Form()
    form.more = True
    form.put(key, text)
    checked = check(form, tmp_path)
    assert [key] == list(checked.problems), checked.problems
    assert part in " ".join(checked.problems[key])
    assert key in [field.key for field in fields_of(rows_of(form))]


def test_all_problems_are_found_at_once(tmp_path):
    form = Form()
    form.put("training.epochs", "0")
    form.put("perturb/0/name", "distort")
    form.put("perturb/0/amount", "much")
    form.put("perturb/1/name", "sign-flip")
    form.put("perturb/1/share", "7")
    checked = check(form, tmp_path)
    assert ["perturb/0/amount", "perturb/1/share", "training.epochs"] == sorted(checked.problems)
    assert checked.spec is None


def test_a_sound_form_tells_what_would_be_trained_without_torch(tmp_path):
    form = Form()
    form.put("seeds", "0-2")
    form.put("training.epochs", "4")
    before = "torch" in sys.modules
    checked = check(form, tmp_path)
    assert {} == checked.problems
    assert [4, 4, 4] == [run.epochs for run in checked.to_train]
    assert before == ("torch" in sys.modules)
    (tmp_path / checked.runs[1].name).mkdir()
    assert (checked.runs[1].name,) == check(form, tmp_path).twins
