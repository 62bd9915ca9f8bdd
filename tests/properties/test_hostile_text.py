"""Whatever stands in a folder, no command lets it write control characters to a terminal."""

import json
import re
import shutil
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from paramdyn.specs.run_spec import RunSpec

NASTY = "\x1b[31m\x1b]0;title\x07\x9b2J\x00\r\n\t\x7f\u202e\u2066\u200b\udcff"
CLASSES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that move the cursor, break lines, or turn text around."""

LETTERS = st.sampled_from([*"ab-é", *"\x1b[]31m;\x07\x9b\r\n\t\x7f\u202e\u2066\u2028", "\udcff"])
NAMES = st.text(LETTERS, min_size=1, max_size=30).filter(lambda name: name.strip("."))
COMMANDS = (
    ("ls",), ("ls", "--tree"), ("ls", "--group", "id,model"), ("ls", "--columns", "model,reason"),
    ("ls", "--group", "model", "--members"), ("show", "NAME"), ("diff", "NAME", "other"),
    ("plot", "NAME"), ("plot", "NAME", "other", "--group", "model"), ("attach", "NAME"),
    ("show", "absent-NAME"), ("ls", "NAME=1"), ("ls", "--NAME"), ("help", "NAME"),
    ("run", "--model", "NAME"), ("run", "--perturb", "NAME"), ("catalog", "NAME"), ("NAME",),
    ("completion", "NAME"), ("export", "NAME", "--to", "NAME"), ("rm", "NAME"),
    ("resume", "NAME"), ("stop", "NAME"), ("run", "NAME", "--dry-run"),
)  # fmt: skip


def foreign(text):
    """Return the characters of a text that no terminal should get, newlines apart."""
    return {each for each in text if each != "\n" and unicodedata.category(each) in CLASSES}


def poison(folder, name):
    """Put a text into every place of a run's folder that some command quotes."""
    state = json.loads((folder / "state.json").read_text())
    state["reason"] = f"{name} gave up"
    state["summary"] |= dict.fromkeys(("model", "dataset", "perturbations", "control_of"), name)
    state["summary"]["spec"] = {"model.name": name, name: name}
    state["metrics"] = {f"{name}/loss": 1.0}
    (folder / "state.json").write_text(json.dumps(state))
    manifest = json.loads((folder / "run.json").read_text())
    manifest |= {"host": name, "device_name": name, "arm": name, "command": [name]}
    manifest["versions"] = {name: name}
    manifest["dataset"] = {"classes": [name], "name": name}
    manifest["perturbations"] = [{"text": name, "scalars": 1, "changed": 1, "norm": 1.0}]
    manifest["reach"] = [{"parameter": name, "scalars": 1, "reason": name}]
    manifest["parameters"][0] |= {"name": name, "layer": name}
    (folder / "run.json").write_text(json.dumps(manifest))
    with (folder / "events.jsonl").open("a") as file:
        for event in ("perturbation", "warning", name):
            text = {"step": 1, "event": event, "text": name, "name": name}
            file.write(json.dumps(text) + "\n")
    values = [0.5] * len(manifest["parameters"])
    row = {"step": 1, "measurement": "displacement", "total": 1.0, "values": values}
    (folder / "drift.jsonl").write_text(json.dumps(row) + "\n")
    rows = [{"step": step, "epoch": 0.0, "train/loss": 1.0, f"{name}/loss": 2.0} for step in (1, 2)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "log.txt").write_bytes(name.encode("utf-8", "surrogateescape"))
    (folder / "snapshots" / "of").mkdir(exist_ok=True)


@pytest.fixture
def commands(capsys, made_run, runs_dir, monkeypatch):
    """Return a function that gives every command a run of a name and with its text everywhere."""
    from paramdyn_tui.__main__ import main

    monkeypatch.setenv("COLUMNS", "100")
    plain = runs_dir / made_run(RunSpec())
    shutil.copytree(plain, runs_dir / "other")

    def run(name):
        clean = name.replace("/", "").replace("\0", "")
        folder = runs_dir / clean
        shutil.copytree(plain, folder)
        poison(folder, name)
        try:
            for words in COMMANDS:
                arguments = [word.replace("NAME", clean) for word in words]
                yield words, main(arguments), capsys.readouterr()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return run


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NAMES)
@example(NASTY)
@example(NASTY[:-1])
def test_no_command_writes_a_control_character(commands, name):
    for words, status, said in commands(name):
        assert status in (0, 1, 2), words
        assert set() == foreign(said.out), words
        assert set() == foreign(said.err), words
        assert "Traceback" not in said.err, words


def test_json_keeps_exact_values(capsys, made_run, runs_dir):
    from paramdyn_tui.__main__ import main

    name = "a\x1b[31m\x7f\u202e"
    (runs_dir / made_run(RunSpec())).rename(runs_dir / name)
    assert 0 == main(["ls", "--json"])
    out = capsys.readouterr().out
    assert set() == foreign(out)
    assert [name] == [run["id"] for run in json.loads(out)]


def test_pipe_gets_exact_names_and_a_terminal_printable_ones(
    capsys, made_run, runs_dir, monkeypatch
):
    import sys

    from paramdyn_tui.__main__ import main

    name = "a\x1b[31m\u202e"
    (runs_dir / made_run(RunSpec())).rename(runs_dir / name)
    main(["ls", "--ids"])
    assert f"{name}\n" == capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    main(["ls", "--ids"])
    assert "a\\x1b[31m\\u202e\n" == capsys.readouterr().out


def test_colours_are_ours_alone(capsys, made_run, runs_dir, monkeypatch):
    """A colour in a name does not pass where colours of our own do."""
    import sys

    from paramdyn_tui.__main__ import main

    (runs_dir / made_run(RunSpec())).rename(runs_dir / "a\x1b[35;45mb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for words in (["ls"], ["ls", "--tree"], ["plot", "a"], ["show", "a"], ["catalog"], ["help"]):
        main(words)
        out = capsys.readouterr().out
        assert "\x1b[35;45m" not in out
        assert set() == foreign(re.sub(r"\x1b\[[0-9;]*m", "", out)), words


def test_completion_leaves_out_what_no_line_holds(made_run, runs_dir):
    from paramdyn_tui.completing.answer import answer

    name = made_run(RunSpec())
    shutil.copytree(runs_dir / name, runs_dir / f"{name}\n\x1b[31m")
    shown = answer(["show", ""], {"_PARAMDYN_COMPLETE": "zsh"})
    assert name in shown
    assert set() == foreign(shown.replace("\t", ""))


def test_live_picture_escapes_what_it_quotes():
    import io

    from paramdyn_tui.cli.painter import Painter

    stream = io.StringIO()
    Painter(stream).paint([[("\x1b[31mname\n", "1")]])
    assert "\r\x1b[K\x1b[1m\\x1b[31mname\\n\x1b[0m\n\x1b[J" == stream.getvalue()
