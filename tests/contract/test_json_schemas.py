"""What every command prints with ``--json`` is what its schema says."""

import contextlib
import io
import json
from pathlib import Path

import jsonschema
import pytest

from paramdyn_tui.cli.app import COMMANDS, load_command

SCHEMAS = Path(__file__).parents[2] / "paramdyn_tui" / "schemas"
WITH_JSON = [
    name for name in COMMANDS if any(each.name == "json" for each in load_command(name).params)
]
TINY = (
    "--device", "cpu", "--threads", "1", "--limit", "64", "--test-limit", "32", "--batch", "32",
    "--epochs", "2", "--record", "every:1", "--snapshots", "init,final,every:1",
)  # fmt: skip


def schema_of(name):
    path = SCHEMAS / f"{name}.json"
    assert path.is_file(), f"{name} has --json and no schema: write {path}"
    return json.loads(path.read_text(encoding="utf-8"))


def check_answer(name, text):
    """Check that a text is one JSON value that fits the command's schema."""
    answer = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    validator = jsonschema.Draft202012Validator(schema_of(name))
    problems = [
        f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(answer)
    ]
    assert [] == problems
    return answer


def run_command(capfd, *arguments):
    from paramdyn_tui.__main__ import main

    capfd.readouterr()
    status = main(arguments)
    said = capfd.readouterr()
    return status, said.out, said.err


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A runs folder with a finished run and a child of it that is perturbed."""
    from paramdyn_tui.__main__ import main

    runs = tmp_path_factory.mktemp("study")
    with contextlib.redirect_stdout(io.StringIO()):
        assert 0 == main(["run", *TINY, "--runs", str(runs), "--quiet", "--foreground"])
        [parent] = [path.name for path in runs.iterdir() if path.is_dir()]
        child = ["run", "--from", parent, "--perturb", "sign-flip", "--epochs", "1"]
        assert 0 == main([*child, "--runs", str(runs), "--quiet", "--foreground"])
    [child_name] = [path.name for path in runs.iterdir() if path.is_dir() and path.name != parent]
    return runs, parent, child_name


def lines_of(name, study, out):
    """Return command lines of a command that reads, each with ``--json`` still to be added."""
    runs, parent, child = study
    place = ["--runs", str(runs)]
    return {
        "ls": [[*place], ["--group", "perturb", *place], ["--tree", *place]],
        "show": [[parent, *place], [child, *place]],
        "diff": [[parent, child, *place], [f"{parent}@0", f"{parent}@final", child, *place]],
        "plot": [[parent, *place], [parent, child, *place]],
        "analyze": [
            ["all", parent, child, "--images", "32", "--draws", "2", *place],
            ["reach", "--model", "lenet"],
            ["reach", "--explain"],
        ],
        "export": [
            ["--all", "--to", form, "--out", str(out / form), *place]
            for form in ("csv", "parquet", "tensorboard")
        ],
        "catalog": [[], ["perturbations"]],
        "doctor": [place],
        "help": [[], ["filters"], ["export"]],
        "attach": [[parent, *place]],
        "stop": [[parent, *place]],
        "pause": [[parent, *place]],
        "resume": [[parent, *place]],
        "rm": [[child, "--dry-run", *place]],
    }[name]


def test_schemas_and_commands_belong_together():
    """A schema ``run-plan.json`` is of a further form of what ``run`` prints."""
    known = {path.stem.partition("-")[0] for path in SCHEMAS.glob("*.json")}
    assert {"commands with --json, without schema": [], "schemas without such a command": []} == {
        "commands with --json, without schema": sorted(set(WITH_JSON) - known),
        "schemas without such a command": sorted(known - set(WITH_JSON)),
    }


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_schema_is_sound_and_closed(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    tops = schema.get("oneOf") or schema.get("anyOf") or [schema]
    for top in tops:
        resolved = top
        while "$ref" in resolved:
            resolved = schema["$defs"][resolved["$ref"].rpartition("/")[2]]
        inner = resolved.get("items", resolved) if resolved.get("type") == "array" else resolved
        while "$ref" in inner:
            inner = schema["$defs"][inner["$ref"].rpartition("/")[2]]
        assert inner.get("additionalProperties") is False or "oneOf" in inner or "anyOf" in inner


@pytest.mark.slow
@pytest.mark.parametrize("name", [each for each in WITH_JSON if each != "run"])
def test_answer_fits_the_schema(name, study, capfd, tmp_path):
    for arguments in lines_of(name, study, tmp_path):
        status, out, err = run_command(capfd, name, *arguments, "--json")
        assert status in (0, 2) or name == "analyze", err  # of all questions one may fail
        if status == 2:  # a run that has ended cannot be paused or resumed: an answer, or a refusal
            assert name in ("pause", "resume", "stop", "attach"), err
            assert err
            if not out:
                continue
        answer = check_answer(name, out)
        if name == "analyze":
            assert set() == terms_without_meaning(answer)


def terms_without_meaning(answer):
    tables = [table for each in answer["answers"] for table in each["tables"]]
    shown = {column["term"] for table in tables for column in table["columns"]}
    return shown - set(answer["terms"]) - {""}


@pytest.mark.slow
def test_answer_of_run_fits_the_schema(capfd, tmp_path):
    arguments = ("run", *TINY, "--runs", str(tmp_path), "--json")
    status, out, err = run_command(capfd, *arguments, "--foreground")
    assert 0 == status, err
    check_answer("run", out)
    status, out, err = run_command(capfd, *arguments, "--foreground", "--seeds", "1")
    assert 0 == status, err
    check_answer("run", out)


@pytest.mark.skipif(not (SCHEMAS / "run-plan.json").exists(), reason="no plans in JSON here")
def test_plan_of_run_fits_the_schema(capfd, tmp_path):
    plan = ("run", *TINY, "--runs", str(tmp_path), "--dry-run", "--json")
    status, out, err = run_command(capfd, *plan)
    assert 0 == status, err
    check_answer("run-plan", out)


def test_a_misfit_is_noticed():
    with pytest.raises(AssertionError, match="Additional properties"):
        check_answer("doctor", '{"ok": true, "checks": [], "new": 1}')


def test_an_answer_with_everything_fits_the_schema(full_answer, capfd):
    from paramdyn_tui.answers.report import Report, SubjectFacts, report_data
    from paramdyn_tui.cli import output

    subject = SubjectFacts("a.pt", "", "weights", "lenet", "digits", None, None)
    report = Report(
        "all", {}, [subject], [full_answer], {"reach": "why"}, {"layers": ()}, {"a": "1"}
    )
    output.result_json(report_data(report))
    check_answer("analyze", capfd.readouterr().out)
