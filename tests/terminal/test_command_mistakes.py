"""What a mistake on the command line gets to read: no traceback, all of it, what to do."""

import pytest

MISTAKES = {
    "unknown-model": ["run", "--model", "lenett"],
    "several-problems": ["run", "--model", "lenett", "--optimizer", "sdg", "--lr", "-1"],
    "contradictory-options": [
        "run", "--from", "x", "--init", "default", "--seed", "1", "--seeds", "0-2",
    ],
    "betas": ["run", "--optimizer", "adam", "--betas", "0.9"],
    "set-without-value": ["run", "--set", "optimizer.options.eps"],
    "set-unknown-key": ["run", "--set", "optimizer.lr=0.1"],
    "seeds-downwards": ["run", "--seeds", "3-1"],
    "unknown-perturbation": ["run", "--perturb", "sgn-flip"],
    "momentum-of-adam": ["run", "--optimizer", "adam", "--momentum", "0.5"],
    "unknown-kind": ["catalog", "optimizrs"],
    "unknown-column": ["ls", "--sort", "tset"],
    "filter": ["ls", "modl=3", "acc>1", "lr=abc", "name~[", "status=finised", "age<3", "x", "or"],
    "filter-quote": ["ls", 'id="x'],
    "unknown-option-of-ls": ["ls", "--sotr", "age"],
    "rm-nothing": ["rm"],
    "rm-where-and-name": ["rm", "x", "--where", "y"],
    "unknown-command": ["rnu"],
    "unknown-option": ["plot", "x", "--smoth", "3"],
    "unknown-short-option": ["run", "-qx"],
    "option-before-the-command": ["--runs", "x", "ls"],
    "no-value": ["run", "--epochs"],
    "option-for-a-value": ["run", "--epochs", "--detach"],
    "value-of-a-flag": ["ls", "--json=1"],
    "no-whole-number": ["run", "--epochs", "1.5"],
    "no-number": ["run", "--lr", "fast"],
    "too-small-number": ["ls", "--limit", "-1"],
    "nan-where-there-is-a-least-number": ["stop", "x", "--timeout", "nan"],
    "unknown-choice": ["completion", "zshh"],
    "absent-file": ["run", "absent.toml"],
    "no-argument": ["show"],
    "no-arguments": ["diff"],
    "argument-too-many": ["show", "a", "b"],
    "argument-where-none-is": ["doctor", "x"],
    "exclusive-options": ["run", "--detach", "--foreground"],
    "exclusive-options-of-ls": ["ls", "--tree", "--group", "model"],
    "theme-without-a-terminal": ["tui", "--theme", "drak"],
    "theme-and-run": ["tui", "nope", "--theme", "blue"],
    "all-at-once": ["run", "--lr", "fast", "--epochs", "1.5", "--nope", "--json=3"],
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name, command, golden, runs_dir):
    status, out, err = command(*MISTAKES[name])
    assert (2, "") == (status, out)
    golden(f"mistakes/{name}.txt", err.replace(str(runs_dir), "RUNS"))


def test_absent_run(command, runs_dir):
    status, _, err = command("show", "nothing")
    assert 2 == status
    assert f"paramdyn: {runs_dir}: no run 'nothing' among 0. All runs: paramdyn ls.\n" == err


def test_absent_spec_file(command, tmp_path):
    status, _, err = command("run", str(tmp_path / "spec.toml"))
    assert 2 == status
    assert "spec.toml: no such file." in err


def test_debug_shows_the_traceback(command):
    status, _, err = command("run", "--model", "lenett", "--debug")
    assert 2 == status
    assert "Traceback" in err


def test_keyboard_interrupt_is_130(command, monkeypatch):
    from paramdyn_tui.cli import ls

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ls, "request_from", interrupted)
    assert 130 == command("ls")[0]
