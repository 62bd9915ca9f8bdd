"""The arm of a run, wherever a user meets it."""

import json

import pytest

from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec, RunSpec


@pytest.fixture
def family(made_run):
    """A base run, a child of it, and a run that continues it without a change."""
    base = made_run(RunSpec())
    start = InitializerSpec(name=f"run:{base}@final")
    flip = (PerturbationSpec(name="sign-flip"),)
    child = made_run(RunSpec(initializer=start, perturbations=flip))
    return {"base": base, "child": child, "continued": made_run(RunSpec(initializer=start))}


def test_ls_finds_each_arm(command, family):
    for arm, name in family.items():
        assert (0, f"{name}\n", "") == command("ls", f"arm={arm}", "--ids")


def test_ls_groups_and_shows_arms(json_of, family, command):
    groups = json_of("ls", "--group", "arm")
    assert [{"arm": arm} for arm in family] == [group["group"] for group in groups]
    assert set(family) <= set(command("ls", "--columns", "arm")[1].split())


@pytest.mark.usefixtures("family")
def test_completion_offers_the_arms():
    from paramdyn_tui.completing.words import candidates

    offered = {each.value for each in candidates(["ls"], "arm=")}
    assert {"arm=base", "arm=child", "arm=continued"} <= offered


def test_show_and_export_tell_the_arm(command, json_of, family, runs_dir):
    from paramdyn.store.export.tables import run_row
    from paramdyn.store.run_folder import RunFolder

    name = family["base"]
    lines = [line.split() for line in command("show", name)[1].splitlines()]
    assert ["arm", "base"] in lines
    assert "base" == json_of("show", name)["arm"]
    assert "base" == run_row(RunFolder.open(runs_dir / name))["arm"]


def test_plan_tells_the_arms_of_parents_and_children(command, family):
    status, out, _ = command(
        "run", "--from", family["base"], "--perturb", "sign-flip", "--seeds", "0-1", "--controls",
        "twin", "--dry-run", "--json",
    )  # fmt: skip
    assert 0 == status
    arms = [run["arm"] for run in json.loads(out)["runs"]]
    assert ["child", "twin", "base", "child", "twin"] == arms


def test_plan_of_base_runs_says_nothing_of_arms(command):
    out = command("run", "--seeds", "0-1", "--dry-run")[1]
    assert "base" not in out


def test_legend_names_children_by_their_perturbation(family, runs_dir):
    from paramdyn.store.run_folder import RunFolder
    from paramdyn_tui.plotting.run_names import short_names, spec_fields

    folders = [RunFolder.open(runs_dir / family[arm]) for arm in ("child", "continued")]
    names = short_names(folders, [spec_fields(folder) for folder in folders])
    assert ["sign-flip", "unperturbed"] == names
    folders = [RunFolder.open(runs_dir / family[arm]) for arm in ("base", "child")]
    names = short_names(folders, [spec_fields(folder) for folder in folders])
    assert ["default", "sign-flip, continued"] == names


def test_plots_are_grouped_by_the_words_that_ls_has(family, runs_dir):
    from paramdyn.store.run_folder import RunFolder
    from paramdyn_tui.plotting.run_names import field_of, shown_field, spec_fields

    fields = [spec_fields(RunFolder.open(runs_dir / name)) for name in family.values()]
    assert list(family) == [shown_field("arm", each[field_of(fields, "arm")]) for each in fields]
