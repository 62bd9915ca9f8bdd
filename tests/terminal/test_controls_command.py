"""``paramdyn run --controls``: what it says it will train, and what a mistake gets to read."""

import json
from pathlib import Path

import jsonschema
import pytest

from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_spec import RunSpec

SCHEMA = Path(__file__).parents[2] / "paramdyn_tui" / "schemas" / "run.json"
MISTAKES = {
    "controls-of-nothing": ["--controls"],
    "controls-without-from": ["--perturb", "noise", "--controls", "twin"],
    "controls-without-perturb": ["--from", "PARENT", "--controls"],
    "controls-and-other-problems": [
        "--from", "PARENT", "--perturb", "nois", "--controls", "twni", "--lr", "-1",
    ],
    "controls-of-a-fixed-network": [
        "--from", "FIXED", "--perturb", "noise", "--seeds", "0-1", "--controls",
    ],
    "as-published-noise": ["--from", "PARENT", "--perturb", "noise", "--as-published"],
    "as-published-nothing": ["--as-published"],
    "buffers-of-noise": ["--perturb", "noise,buffers=all"],
    "buffers-unknown": ["--perturb", "sign-flip,buffers=mean"],
    "ulp-of-none": ["--perturb", "ulp:0"],
    "share-of-none": ["--perturb", "sign-flip,share=0"],
    "from-absent-snapshot": ["--from", "PARENT@best"],
}  # fmt: skip


@pytest.fixture
def names(made_run):
    spec = with_overrides(RunSpec(), {"training.device": "cpu", "training.threads": 1})
    fixed = with_overrides(spec, {"seeds.initialization": 7})
    return {"PARENT": made_run(spec), "FIXED": made_run(fixed)}


@pytest.fixture
def line(names, command):
    """Return a function that runs ``paramdyn run`` with the names of the runs filled in."""

    def run(*arguments):
        for short, name in names.items():
            arguments = [argument.replace(short, name) for argument in arguments]
        return command("run", *arguments)

    return run


PLAN = ["--from", "PARENT", "--perturb", "distort:1e-6", "--seeds", "0-1", "--controls"]


def test_a_dry_run_is_a_table_and_trains_nothing(line, golden, runs_dir):
    status, out, err = line(*PLAN, "--dry-run")
    assert (0, "") == (status, err)
    golden("controls-plan.txt", out)
    assert 2 == len(list(runs_dir.iterdir()))


def test_the_plan_as_json_fits_its_schema(line):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    status, out, _ = line(*PLAN, "--dry-run", "--json")
    facts = json.loads(out)
    jsonschema.validate(facts, schema)
    assert (0, 13, 0) == (status, facts["to_train"], facts["existing"])
    children = [run["run"] for run in facts["runs"] if run["arm"] == "child"]
    assert {"", *children} == {run["control_of"] for run in facts["runs"]}
    assert all("@" in run["starts_from"] for run in facts["runs"] if run["arm"] == "twin")


def test_a_dry_run_without_controls(line):
    status, out, _ = line("--dry-run", "--epochs", "3", "--seeds", "0,1")
    assert 0 == status
    assert ["run", "state"] == out.split("\n")[0].split()
    assert "2 runs to train, 6 epochs in all." == out.splitlines()[-1]


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name, line, golden, runs_dir):
    status, out, err = line(*MISTAKES[name])
    assert (2, "") == (status, out)
    golden(f"mistakes/{name}.txt", err.replace(str(runs_dir), "RUNS"))


@pytest.fixture
def child(names, made_run):
    """A perturbed child of the run PARENT, whose running statistics were negated, too."""
    wanted = {
        "training.device": "cpu",
        "training.threads": 1,
        "initializer.name": f"run:{names['PARENT']}",
        "perturbations": ["sign-flip,buffers=all"],
    }
    return made_run(with_overrides(RunSpec(), wanted))


def test_show_names_the_controls_that_are_missing_and_what_trains_them(child, command, runs_dir):
    status, out, _ = command("show", child, "--json")
    facts = json.loads(out)
    assert 0 == status
    assert ["twin", "rounding-twin", "order", "independent-parent", "independent"] == facts[
        "missing_controls"
    ]
    [wanted] = [each["command"] for each in facts["next"] if "controls it lacks" in each["for"]]
    assert f"paramdyn run {runs_dir / child} --controls" == wanted
    assert (0, "") == command(*wanted.split()[1:], "--dry-run")[::2]


def test_a_run_that_is_not_perturbed_lacks_no_control(names, command):
    facts = json.loads(command("show", names["PARENT"], "--json")[1])
    assert [] == facts["missing_controls"]
