"""``rm`` asks, refuses what it must, and deletes what was meant."""

import json
from pathlib import Path

import pytest

from paramdyn.specs import RunSpec
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of

SCHEMA = Path(__file__).parents[2] / "paramdyn_tui" / "schemas" / "rm.json"


def make(runs, name, parent=None, **fields):
    parent = {"run": parent, "step": 24} if parent else None
    summary = summary_of(RunSpec(), created="2020-01-02T03:04:05+00:00", parent=parent)
    folder = RunFolder.create(runs, name, "")
    write_state(folder.layout, RunState(**{"status": "finished", "summary": summary, **fields}))
    return folder


@pytest.fixture
def family(runs_dir):
    """A parent, its child and grandchild, and one that failed."""
    make(runs_dir, "base")
    make(runs_dir, "child", "base")
    make(runs_dir, "grandchild", "child")
    make(runs_dir, "wreck", status="failed")
    return runs_dir


@pytest.fixture
def left(runs_dir):
    return lambda: " ".join(sorted(path.name for path in runs_dir.iterdir()))


ALL = "base child grandchild wreck"


@pytest.fixture
def answered(monkeypatch):
    """Return a function that makes the terminal there, with somebody who answers."""
    import typer

    def answer(yes):
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        monkeypatch.setattr(typer, "confirm", lambda *_, **__: yes)

    return answer


@pytest.mark.usefixtures("family")
def test_yes_deletes(command, left):
    status, out, err = command("rm", "wreck", "--yes")
    assert (0, "base child grandchild") == (status, left())
    assert ["id", "status", "size", "children"] == out.split("\n")[0].split()
    assert err.startswith("Deleted 1 run, ")


@pytest.mark.usefixtures("family")
def test_without_a_terminal_and_yes_nothing_goes(command, left):
    status, _, err = command("rm", "wreck")
    assert (2, ALL) == (status, left())
    assert "Add --yes" in err


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(("yes", "status", "rest"), [(True, 0, ALL[:-6]), (False, 1, ALL)])
def test_asked(command, left, answered, yes, status, rest):
    answered(yes)
    assert (status, rest) == (command("rm", "wreck")[0], left())


@pytest.mark.usefixtures("family")
def test_a_parent_stays_unless_told(command, left):
    status, _, err = command("rm", "base", "--yes")
    assert (2, ALL) == (status, left())
    assert "child started from it" in err
    assert "--with-children" in err


@pytest.mark.usefixtures("family")
def test_with_children_all_descendants_go(command, left):
    assert 0 == command("rm", "base", "--with-children", "--yes")[0]
    assert "wreck" == left()


@pytest.mark.usefixtures("family")
def test_orphans_stay(command, left):
    status, _, err = command("rm", "child", "--orphan", "--yes")
    assert (0, "base grandchild wreck") == (status, left())
    assert "grandchild will have no parent" in err


@pytest.mark.usefixtures("family")
def test_a_parent_named_with_its_children_may_go(command, left):
    assert 0 == command("rm", "grandchild", "base", "child", "--yes")[0]
    assert "wreck" == left()


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("where", ["status=failed", "status=failed age>7d", "wreck"])
def test_where(command, left, where):
    assert 0 == command("rm", "--where", where, "--yes")[0]
    assert ALL[:-6] == left()


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--where", " "], "which runs?"),
        (["--where", "modl=3"], "unknown key 'modl'"),
        (["wre", "--yes"], "means wreck. With --yes, write the whole id."),
        (["nothing", "--yes"], "no run 'nothing'"),
        (["wreck", "--with-children", "--orphan"], "children go or stay"),
    ],
)
def test_refused(command, left, arguments, said):
    status, _, err = command("rm", *arguments)
    assert (2, ALL) == (status, left())
    assert said in err


def test_a_run_elsewhere_is_refused(command, family, left, tmp_path):
    make(tmp_path / "elsewhere", "there")
    status, _, err = command("rm", str(tmp_path / "elsewhere" / "there"), "--yes")
    assert (2, True) == (status, (tmp_path / "elsewhere" / "there").is_dir())
    assert f"is not in {family}" in err
    status, _, err = command("rm", str(family), "--yes")
    assert (2, ALL) == (status, left())


def test_a_living_run_is_refused_with_all_the_others(command, family, left):
    with RunFolder.open(family / "wreck").lock():
        status, _, err = command("rm", "wreck", "base", "--yes")
        assert 2 == status
    assert ALL == left()
    assert "2 problems" in err
    assert "wreck: is starting. Stop it first" in err


def test_a_folder_by_its_path(command, family, left):
    assert 0 == command("rm", str(family / "wreck"), "--yes")[0]
    assert ALL[:-6] == left()


@pytest.mark.usefixtures("family")
def test_nothing_meant_is_no_error(command, left):
    status, out, err = command("rm", "--where", "model=vgg19", "--yes")
    assert (0, "", ALL) == (status, out, left())
    assert "No run is meant" in err


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("dry", [True, False])
def test_json(json_of, left, dry):
    import jsonschema

    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    arguments = ["--dry-run"] if dry else ["--yes"]
    found = json_of("rm", "base", "--with-children", *arguments)
    jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
    assert ["base", "child", "grandchild"] == [each["id"] for each in found["runs"]]
    assert {not dry} == {each["deleted"] for each in found["runs"]}
    assert (ALL if dry else "wreck") == left()


def test_a_failure_keeps_the_parents_of_what_stays(command, family, left, monkeypatch):
    from paramdyn.errors import StoreError
    from paramdyn.store.upkeep import removal

    def refuse(path):
        raise StoreError(f"{path}: cannot be deleted: the disk reported an error.")

    monkeypatch.setattr(removal, "remove_run", refuse)
    status, _, err = command("rm", "base", "--with-children", "--yes")
    assert (1, ALL) == (status, left())
    assert f"{family / 'grandchild'}: cannot be deleted" in err
    assert "base: is kept, because a child" in err
