"""The form of a fork: where it starts, what is done, what it is compared with."""

from dataclasses import replace

import pytest

from paramdyn.errors import ParamdynError
from paramdyn.specs.run_spec import RunSpec, TrainingSpec
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.tui.forms.checking import SlowPlan, check, will_compare
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.parent import read_parent
from paramdyn_tui.tui.forms.rows import fields_of, rows_of
from paramdyn_tui.tui.forms.words import words_of

SPEC = RunSpec(training=TrainingSpec(epochs=3, device="cpu", threads=1))
KEPT = (("init", 0), ("epoch", 10), ("epoch", 20), ("final", 20))
ARMS = ["child", "twin", "rounding-twin", "order", "independent-parent", "independent"]


@pytest.fixture
def parent(made_run, runs_dir):
    return read_parent(runs_dir / made_run(SPEC, kept=KEPT))


def test_two_keys_are_enough(parent, runs_dir):
    form = Form(parent)
    expected = ["--from", parent.name, "--perturb", "sign-flip", "--controls"]
    assert expected == words_of(form)
    checked = check(form, runs_dir)
    assert {} == checked.problems
    assert ARMS == [run.arm for run in checked.to_train]
    assert will_compare(form)


def test_snapshots_that_were_kept_can_be_chosen(parent, runs_dir):
    assert ["final", "10", "init"] == [each.value for each in parent.kept]
    form = Form(parent)
    form.put("step", "10")
    assert ["--from", f"{parent.name}@10"] == words_of(form)[:2]
    assert {} == check(form, runs_dir).problems
    form.put("step", "7")
    assert ["step"] == list(check(form, runs_dir).problems)


def test_a_snapshot_whose_file_is_gone_is_not_offered(parent):
    (parent.path / "snapshots" / "step-00000010.safetensors").unlink(missing_ok=True)
    assert "10" not in [each.value for each in read_parent(parent.path).kept]


def test_controls_are_offered_for_a_perturbation_only(parent):
    form = Form(parent)
    assert "controls" in [field.key for field in fields_of(rows_of(form))]
    form.put("controls", "twin")
    assert "--controls=twin" == words_of(form)[-1]
    form.put("controls", "none")
    assert not will_compare(form)
    form.put("controls", "all")
    form.put("preset", "none")
    assert "controls" not in [field.key for field in fields_of(rows_of(form))]
    assert ["--from", parent.name] == words_of(form)


def test_layers_are_completed_and_checked(parent, runs_dir):
    form = Form(parent)
    assert {"*", "conv1.*", "*.weight", "fc.weight"} <= set(form.layers_of())
    assert (2, 456) == parent.matched("conv1.*")
    form.put("perturb/0/layers", "conv1.*|nothing.*")
    problems = check(form, runs_dir).problems
    assert ["perturb/0/layers"] == list(problems)
    assert "'nothing.*' matches none" in problems["perturb/0/layers"][0]


def test_the_recipe_of_the_parent_holds_unless_something_else_is_said(parent, runs_dir):
    form = Form(parent)
    form.put("training.epochs", "3")
    form.put("optimizer.learning_rate", "0.1")
    assert ["--lr", "0.1"] == words_of(form)[2:4]
    spec = check(form, runs_dir).spec
    assert (3, 0.1) == (spec.training.epochs, spec.optimizer.learning_rate)


def test_a_form_that_is_copied_stays_as_it_was(parent):
    form = Form(parent)
    kept = form.copy()
    form.put("perturb/0/layers", "conv1.*")
    form.put("seeds", "0-3")
    assert ["--from", parent.name, "--perturb", "sign-flip", "--controls"] == words_of(kept)


@pytest.mark.slow
def test_where_devices_must_be_looked_at_a_process_makes_the_plan(made_run, runs_dir):
    name = made_run(SPEC, kept=KEPT)
    layout = Layout(runs_dir / name)
    text = layout.spec.read_text().replace('device = "cpu"', 'device = "auto"')
    layout.spec.write_text(text)
    form = Form(read_parent(runs_dir / name))
    checked = check(form, runs_dir)
    assert (True, None) == (checked.is_slow, checked.runs)
    found = SlowPlan(form).find_out(checked)
    assert ARMS == [run.arm for run in found.runs]
    given_up = SlowPlan(form)
    given_up.cancel()
    assert given_up.find_out(checked) is None


def test_a_folder_without_a_run_is_no_parent(tmp_path):
    with pytest.raises(ParamdynError, match="no spec"):
        read_parent(tmp_path)


def test_a_parent_whose_table_is_gone_takes_any_layers(parent, runs_dir):
    RunFolder(parent.path).layout.manifest.unlink()
    form = Form(replace(parent, parameters=read_parent(parent.path).parameters))
    form.put("perturb/0/layers", "whatever.*")
    assert "perturb/0/layers" not in check(form, runs_dir).problems
