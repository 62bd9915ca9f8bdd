"""A run that is there already is found by what it computes."""

from __future__ import annotations

import shutil

import pytest

from paramdyn.errors import RunNotFound
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.validation import validate
from paramdyn.store.equal_runs import EqualRuns, lineage_of, spec_lookup
from paramdyn.store.run_folder import find_run

SPEC = validate(with_overrides(RunSpec(), {"training.device": "cpu", "training.threads": 1}))


def changed(spec=SPEC, **overrides):
    return validate(
        with_overrides(spec, {key.replace("__", "."): v for key, v in overrides.items()})
    )


@pytest.fixture
def found(runs_dir):
    return lambda spec=SPEC, **asked: EqualRuns(runs_dir).find(spec, **asked)


def test_nothing_is_found_where_nothing_is(found, runs_dir):
    assert "" == found()
    runs_dir.rmdir()
    assert "" == found()


def test_an_equal_run_is_found_whatever_it_is_called(found, made_run, runs_dir):
    name = made_run(SPEC)
    assert name == found()
    (runs_dir / name).rename(runs_dir / "mine")
    assert "mine" == found()


def test_the_oldest_of_several_is_taken(found, made_run):
    names = [made_run(SPEC) for _ in range(3)]
    assert names[0] == found()


def test_the_same_spec_said_otherwise_is_equal(found, made_run):
    name = made_run(changed(optimizer__options__momentum=0.9, seeds__order=0))
    assert name == found()


@pytest.mark.parametrize(
    "overrides",
    [
        {"seed": 1},
        {"seeds.order": 1},
        {"optimizer.learning_rate": 0.1},
        {"perturbations": ["ulp"]},
        {"recording.when": "epoch"},
        {"recording.snapshots": []},
        {"training.precision": "bf16"},
        {"training.threads": 2},
        {"initializer.name": "orthogonal"},
    ],
)
def test_any_difference_makes_another_run(found, made_run, overrides):
    made_run(validate(with_overrides(SPEC, overrides)))
    assert "" == found()


@pytest.mark.parametrize("status", ["running", "failed", "stopped", "diverged", "queued"])
def test_only_a_finished_run_counts(found, made_run, status):
    made_run(SPEC, status=status)
    assert "" == found()


def test_numbers_of_another_torch_are_other_numbers(found, made_run):
    made_run(SPEC, torch="1.0")
    assert "" == found()


def test_a_snapshot_that_is_needed_must_be_there(found, made_run, runs_dir):
    name = made_run(SPEC, kept=[("init", 0), ("final", 20)])
    assert [name, name, ""] == [found(snapshot=step) for step in ("final", "init", "best")]
    (runs_dir / name / "snapshots" / "step-00000020.safetensors").unlink()
    assert "" == found(snapshot="final")


def test_a_plug_in_that_was_changed_makes_another_run(found, made_run, runs_dir, tmp_path):
    plugin = tmp_path / "mine.py"
    plugin.write_text("A = 1")
    spec = changed(plugins=[str(plugin)])
    name = made_run(changed(plugins=["plugins/mine.py"]))
    (runs_dir / name / "plugins").mkdir()
    (runs_dir / name / "plugins" / "mine.py").write_text("A = 1")
    assert name == found(spec)
    plugin.write_text("A = 2")
    assert "" == found(spec)
    plugin.unlink()
    assert "" == found(spec)


def test_a_broken_folder_is_no_equal_run(found, made_run, runs_dir):
    name = made_run(SPEC)
    (runs_dir / name / "run.json").write_text("{")
    assert "" == found()
    (runs_dir / name / "spec.toml").write_text("seed = ")
    assert "" == found()


def test_lineage_goes_back_to_the_first_run(made_run, runs_dir):
    first = made_run(SPEC)
    second = made_run(changed(initializer__name=f"run:{first}@final"))
    third = made_run(changed(initializer__name=f"run:{second}"))
    names = [spec.initializer.name for spec in lineage_of(runs_dir, find_run(runs_dir, third))]
    assert ["default", f"run:{first}@final", f"run:{second}"] == names


def test_a_lost_ancestor_is_named(made_run, runs_dir):
    first = made_run(SPEC)
    second = made_run(changed(initializer__name=f"run:{first}@final"))
    shutil.rmtree(runs_dir / first)
    with pytest.raises(RunNotFound) as caught:
        lineage_of(runs_dir, find_run(runs_dir, second))
    assert (
        f"{second}: it starts from run '{first}', which is not there any more, so nothing can be "
        "made by the same recipe. Put it back, or leave out what needs it: --controls "
        "twin,rounding-twin,order."
    ) == str(caught.value)


def test_runs_that_start_from_each_other_are_refused(made_run, runs_dir):
    name = made_run(changed(initializer__name="run:circle"))
    (runs_dir / name).rename(runs_dir / "circle")
    with pytest.raises(RunNotFound, match="more than 100 runs start from each other"):
        lineage_of(runs_dir, find_run(runs_dir, "circle"))


def test_lookup_of_specs(made_run, runs_dir):
    look_up = spec_lookup(runs_dir)
    assert SPEC == look_up(made_run(SPEC))
    assert look_up("nothing") is None
