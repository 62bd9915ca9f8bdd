"""Every run has an arm, also one of a folder from before there was a word for it."""

import json

import pytest

from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec, RunSpec
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import read_manifest
from paramdyn.store.run_index import list_runs
from paramdyn.store.summary import summary_of

FLIP = (PerturbationSpec(name="sign-flip"),)
FROM = InitializerSpec(name="run:somebody@final")
SPECS = {
    "base": RunSpec(),
    "child": RunSpec(initializer=FROM, perturbations=FLIP),
    "continued": RunSpec(initializer=FROM),
}


@pytest.mark.parametrize("arm", SPECS)
def test_spec_tells_the_arm_of_a_run_that_is_no_control(arm):
    assert arm == summary_of(SPECS[arm])["arm"]
    assert arm == summary_of(SPECS[arm], arm="parent")["arm"]


def test_perturbed_from_the_start_is_a_base_run():
    assert "base" == summary_of(RunSpec(perturbations=FLIP))["arm"]


@pytest.mark.parametrize("arm", SPECS)
def test_label_of_a_control_stays(arm):
    assert "order" == summary_of(SPECS[arm], arm="order")["arm"]


@pytest.mark.parametrize("older", ["", "parent"])
@pytest.mark.parametrize("arm", SPECS)
def test_older_folder_is_read_as_what_it_is(made_run, runs_dir, arm, older):
    layout = Layout(runs_dir / made_run(SPECS[arm]))
    state = json.loads(layout.state.read_text())
    state["summary"]["arm"] = older
    layout.state.write_text(json.dumps(state))
    manifest = json.loads(layout.manifest.read_text())
    manifest["arm"] = older
    manifest["parent"] = None if arm == "base" else {"run": "somebody", "step": 20}
    manifest["perturbations"] = [{"text": "sign-flip"}] if arm == "child" else []
    layout.manifest.write_text(json.dumps(manifest))
    assert [arm] == [run.arm for run in list_runs(runs_dir)]
    assert [arm] == [run.arm for run in list_runs(runs_dir)], "from the index"
    assert arm == read_manifest(layout).arm


@pytest.mark.parametrize("arm", SPECS)
def test_run_without_a_state_has_the_arm_of_its_spec(made_run, runs_dir, arm):
    layout = Layout(runs_dir / made_run(SPECS[arm]))
    layout.state.unlink()
    assert [("broken", arm)] == [(run.status, run.arm) for run in list_runs(runs_dir)]


def test_folder_that_tells_nothing_has_no_arm(runs_dir):
    folder = runs_dir / "odd"
    folder.mkdir()
    Layout(folder).state.write_text('{"schema_version": 1, "status": "finished"}')
    Layout(folder).spec.write_text("")
    assert [""] == [run.arm for run in list_runs(runs_dir)]
