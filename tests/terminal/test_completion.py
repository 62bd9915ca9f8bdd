"""The tab key, by the protocol that shells speak."""

import subprocess
import sys

import pytest

from paramdyn.catalogues import QUESTIONS, REGISTRIES
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.cli.app import COMMANDS
from paramdyn_tui.completing import answer, scripts, words
from paramdyn_tui.plotting.request import AXES, PARTS

RUN = "lenet-digits-s0-1aa03aa1"
TWIN = "lenet-digits-s1-2bb14bb2"


@pytest.fixture
def two_runs(runs_dir):
    """Two runs; the first one kept three snapshots."""
    for name in (RUN, TWIN):
        folder = RunFolder.create(runs_dir, name, "")
        write_state(folder.layout, RunState(status="finished"))
    with RecordWriter(runs_dir / RUN / "events.jsonl") as events:
        for step, kept in ((0, "init"), (468, "epoch"), (468, "final")):
            events.append({"step": step, "event": "snapshot", "name": kept, "file": "x"})
    return runs_dir


def offered(*typed):
    return [each.value for each in words.candidates(typed[:-1], typed[-1])]


def test_commands():
    assert list(COMMANDS) == offered("")
    assert ["show"] == offered("sh")
    assert "--version" in offered("--")


def test_options_of_a_command_each_once():
    assert ["--model"] == offered("run", "--mod")
    assert [] == offered("run", "--model", "lenet", "--mod")
    assert ["--perturb"] == offered("run", "--perturb", "sign-flip", "--perturb")
    assert [] == offered("no-such-command", "")


@pytest.mark.parametrize("option", ["--runs", "--runs="])
def test_runs_come_from_the_folder_that_is_named(tmp_path, option):
    (tmp_path / "elsewhere" / "resnet-x").mkdir(parents=True)
    place = str(tmp_path / "elsewhere")
    given = [f"{option}{place}"] if option.endswith("=") else [option, place]
    assert ["resnet-x"] == offered("show", *given, "")


@pytest.mark.usefixtures("two_runs")
def test_runs_and_their_steps():
    assert [RUN, TWIN] == offered("show", "")
    assert [TWIN] == offered("diff", RUN, "")
    assert [f"{RUN}@init", f"{RUN}@0", f"{RUN}@468", f"{RUN}@final"] == offered(
        "run", "--from", f"{RUN}@"
    )
    assert [f"{RUN}@final"] == offered("diff", f"{RUN}@fi")
    assert [] == offered("show", f"{RUN}@")


def test_names_of_every_catalogue():
    found = {
        registry.plural: offered("run", option, "")
        for registry, option in zip(
            REGISTRIES[:6],
            ("--model", "--dataset", "--init", "--optimizer", "--schedule", "--perturb"),
            strict=True,
        )
    }
    for registry in REGISTRIES[:6]:
        assert set(registry.names()) <= set(found[registry.plural])
    assert set(REGISTRIES[6].names()) == set(offered("run", "--measure", ""))
    assert [registry.plural for registry in REGISTRIES] == offered("catalog", "")


@pytest.mark.usefixtures("two_runs")
def test_questions_then_runs():
    assert [*QUESTIONS, "all"] == offered("analyze", "")
    assert ["recovery", "reach"] == offered("analyze", "re")
    assert [RUN, TWIN] == offered("analyze", "changed", "lenet")
    assert ["lenet"] == offered("analyze", "reach", "--model", "len")


def test_lists_leave_out_what_is_there():
    assert ["weight_norm,displacement", "weight_norm,direction_change"] == offered(
        "run", "--measure", "weight_norm,di"
    )
    assert "metrics,metrics" not in offered("export", "--what", "metrics,")


def test_values_of_other_options():
    assert ["csv"] == offered("export", "--to", "c")
    assert ["--to=parquet"] == offered("export", "--to=p")
    assert ["bash", "zsh", "fish"] == offered("completion", "")
    assert ["optimizer.learning_rate="] == offered("run", "--set", "optimizer.l")
    assert [scripts.FILES] == offered("run", "--weights", "")
    assert [scripts.FILES] == offered("run", "")


def test_keys_of_lists_are_completed():
    assert ["status"] == offered("ls", "--sort", "stat")
    assert ["-status"] == offered("ls", "--sort", "-stat")
    assert ["model,perturb"] == offered("ls", "--group", "model,pert")
    assert "model,model" not in offered("ls", "--columns", "model,")


def test_values_of_plot():
    assert ["test.acc,test.loss"] == offered("plot", "--metric", "test.acc,test")
    assert list(PARTS) == offered("plot", "--what", "")
    assert set(AXES) == set(offered("plot", "--x", ""))
    assert ["perturb"] == offered("plot", "--group", "per")
    assert ["weight_norm"] == offered("plot", "--measure", "weight_n")


@pytest.mark.usefixtures("two_runs")
def test_run_to_subtract_is_completed():
    assert [RUN, TWIN] == offered("plot", "--diff", "")


def test_filters_are_completed(two_runs):
    assert "status=" in offered("export", "--runs", str(two_runs), "--where", "stat")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("paramdyn run --from a", (["paramdyn", "run", "--from"], "a", False)),
        ("paramdyn show ", (["paramdyn", "show"], "", False)),
        ("paramdyn ls 'model=a b", (["paramdyn", "ls"], "model=a b", True)),
        ('paramdyn show "my run" x\\ y', (["paramdyn", "show", "my run"], "x y", False)),
    ],
)
def test_a_line_is_split_as_a_shell_does(line, expected):
    assert expected == answer.split(line)


@pytest.mark.usefixtures("two_runs")
def test_bash_gets_only_what_it_replaces():
    environment = {"_PARAMDYN_COMPLETE": "bash", "_PARAMDYN_LINE": f"paramdyn run --from {RUN}@f"}
    assert "@final\n" == answer.answer([], environment)
    environment["_PARAMDYN_LINE"] = "paramdyn export --to=p"
    assert "parquet\n" == answer.answer([], environment)


def test_bash_does_not_close_a_quote_after_half_a_filter(made_run, tiny_spec):
    made_run(tiny_spec)
    environment = {"_PARAMDYN_COMPLETE": "bash", "_PARAMDYN_LINE": "paramdyn ls 'mod"}
    assert "model=lenet\n" == answer.answer([], environment)
    environment["_PARAMDYN_LINE"] = "paramdyn ls mod"
    assert "model=\n" == answer.answer([], environment)


@pytest.mark.parametrize("typed", ["'lenet-digits-s1", '"lenet-digits-s1', "lenet\\-digits-s1"])
@pytest.mark.usefixtures("two_runs")
def test_fish_hands_over_the_last_word_with_its_quotes(typed):
    found = answer.answer(["show", typed], {"_PARAMDYN_COMPLETE": "fish"})
    assert f"{TWIN}\tfinished\n" == found


@pytest.mark.parametrize("place", ["~/some where", "$HOME/some where", "${HOME}/some where"])
def test_home_and_variables_in_the_place_of_runs(tmp_path, monkeypatch, place):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "some where" / "resnet-x").mkdir(parents=True)
    assert ["resnet-x"] == offered("show", "--runs", place, "")


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_get_descriptions(shell):
    found = answer.answer(["show", "lenet-digits-s1"], {"_PARAMDYN_COMPLETE": shell})
    assert f"{TWIN}\tfinished\n" == found


def test_an_unknown_shell_gets_nothing():
    assert "" == answer.answer([""], {"_PARAMDYN_COMPLETE": "tcsh"})


def test_a_broken_run_is_offered_and_breaks_nothing(two_runs):
    (two_runs / RUN / "state.json").write_bytes(b"\xff{")
    (two_runs / RUN / "events.jsonl").write_bytes(b"\x00\n")
    assert [RUN] == offered("show", RUN[:16])
    assert [] == offered("run", "--from", f"{RUN}@")


def test_scripts_are_printed(command):
    for shell, script in scripts.SCRIPTS.items():
        assert (0, script, "") == command("completion", shell)
        assert f"paramdyn completion {shell}" in script
    status, _, err = command("completion", "bsh")
    assert (2, True) == (status, "'bash'" in err)


def test_completing_loads_nothing_heavy():
    code = (
        "import sys\nfrom paramdyn_tui.completing.words import candidates\n"
        "candidates(['run', '--model'], 'res'); candidates(['show'], '')\n"
        "print([name for name in ('torch', 'numpy', 'rich', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ("[]\n", "") == (done.stdout, done.stderr)
