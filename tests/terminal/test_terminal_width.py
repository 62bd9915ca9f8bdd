"""What a terminal shows fits its width; what a pipe gets is whole."""

import io
import re

import pytest

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.writer import to_mapping
from paramdyn_tui.cli import output
from paramdyn_tui.cli.app import COMMANDS, load_command
from paramdyn_tui.cli.spec_options import FIELDS
from paramdyn_tui.cli.summary import CAUSES, partition_lines

LONG_ID = "resnet18-fashion-mnist-kaiming-uniform-sgd-s0-ea1c932e"
COLUMNS = ("id", "status", "model", "dataset", "init", "optimizer", "epoch", "test acc", "age")
SPARE = ("optimizer", "init", "dataset", "model", "epoch")
RUN = [LONG_ID, "finished", "resnet18", "fashion-mnist", "kaiming-uniform", "sgd", "20", "9%", "3h"]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """Return the lines that a function prints on a terminal of 80 columns, without colours."""

    def lines_of(function, *arguments, **options):
        with monkeypatch.context() as patch:
            screen = Terminal()
            patch.setenv("TERM", "xterm-256color")
            patch.setenv("COLUMNS", "80")
            patch.setattr("sys.stdout", screen)
            function(*arguments, **options)
        return re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).rstrip("\n").split("\n")

    return lines_of


@pytest.mark.parametrize(
    ("room", "columns"),
    [
        (200, "id status model dataset init optimizer epoch test acc age"),
        (120, "id status model dataset epoch test acc age"),
        (90, "id status epoch test acc age"),
        (80, "id status test acc age"),
    ],
)
def test_columns_that_the_id_says_too_give_way(room, columns):
    found = output.fitting(COLUMNS, [RUN], optional=SPARE, room=room)
    assert columns == " ".join(found)


def test_empty_columns_are_left_out():
    rows = [["a", "", "1"], ["b", "", ""]]
    assert ["x", "z"] == output.fitting(["x", "y", "z"], rows, optional=(), room=80)


@pytest.mark.parametrize("no_color", ["", "1"])
def test_terminal_shows_whole_ids(shown, monkeypatch, no_color):
    monkeypatch.setenv("NO_COLOR", no_color)
    lines = shown(output.table, COLUMNS, [RUN], optional=SPARE)
    assert lines[-1].startswith(LONG_ID)
    assert "" not in lines
    assert max(map(len, lines)) <= 80


def test_pipe_gets_every_column(capsys):
    output.table(COLUMNS, [RUN], optional=SPARE)
    assert RUN == capsys.readouterr().out.split("\n")[1].split()


def test_long_fields_go_on_below_their_text(shown):
    first, second = shown(output.fields, {"optimizer": " ".join(["momentum"] * 12)})
    assert len(first) <= 80
    assert second.startswith(" " * len("optimizer  ") + "momentum")


def test_partition_of_vgg19_fits_80_columns():
    lines = partition_lines(dict.fromkeys(CAUSES, 139_622_218))
    assert max(map(len, lines)) <= 80 - len("scalars  ")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_80_columns(name):
    command = load_command(name)
    text = command.get_help(command.make_context(name, [], resilient_parsing=True))
    assert max(map(len, text.split("\n"))) <= 80


LISTS = {"snapshots": "recording.snapshots", "augment": "dataset.augmentation"}


def test_run_help_says_the_real_defaults():
    spec = to_mapping(RunSpec())
    said = {
        parameter.name: found[1]
        for parameter in load_command("run").params
        if (found := re.search(r"\[default: (.*)\]", parameter.help or ""))
    }
    assert "all" == said.pop("measure")
    assert "0.9" == said.pop("momentum"), "an option of sgd, filled in when it is checked"
    real = {}
    for option in said:
        value = spec
        for key in (FIELDS | LISTS)[option].split("."):
            value = value[key]
        real[option] = f"{value:g}" if isinstance(value, int | float) else value
        real[option] = ",".join(value) or "none" if option in LISTS else real[option]
    assert real == said


def test_all_measurements_are_recorded_by_default():
    assert {*MEASUREMENTS.names()} == {*RunSpec().recording.what}
