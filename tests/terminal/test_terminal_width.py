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
    """Return the lines that a function prints on a terminal, without its colours."""

    def lines_of(function, *arguments, columns=80, **options):
        with monkeypatch.context() as patch:
            screen = Terminal()
            patch.setenv("TERM", "xterm-256color")
            patch.setenv("COLUMNS", str(columns))
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


LONG = ["layer3.0.downsample.0.weight", "no image of this size can reach it", "6,946,816"]


@pytest.mark.parametrize("columns", [40, 60])
def test_long_texts_of_a_table_go_on_below_and_nothing_is_lost(shown, columns):
    headings = ["parameter", "reason", "scalars"]
    lines = shown(output.table, headings, [LONG], right=("scalars",), columns=columns)
    assert max(map(len, lines)) <= columns
    assert lines[1].endswith("6,946,816")
    assert {*"".join(LONG)} <= {*"".join(lines)}
    assert len("".join(LONG).replace(" ", "")) == len("".join("".join(lines[1:]).split()))


def test_table_too_wide_for_any_terminal_keeps_its_numbers_whole(shown):
    numbers = ["1,234,567,890"] * 4
    headings, row = ["layer", *"abcd"], ["conv1.weight", *numbers]
    lines = shown(output.table, headings, [row], right=headings[1:], columns=40)
    assert 4 == lines[1].count("1,234,567,890")


def test_pipe_gets_each_row_on_one_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    output.table(["parameter", "reason", "scalars"], [LONG], right=("scalars",))
    assert 2 == len(capsys.readouterr().out.splitlines())


def test_sentence_is_broken_between_words(shown):
    text = "A and B: drift.jsonl differs from the first record on"
    lines = [line for line in shown(output.sentence, text, columns=40) if line]
    assert text.split() == " ".join(lines).split()
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("columns", [40, 200])
def test_command_to_copy_has_no_line_break(shown, columns):
    command = "paramdyn diff lenet-digits-default-sgd-s0-54ad3fef lenet-digits-run-sgd-s0-bd4db85e"
    pairs = {"compare it": command, "draw it": "paramdyn plot x"}
    lines = shown(output.commands, pairs, columns=columns)
    assert [command] == [line[line.index("paramdyn") :] for line in lines if "diff" in line]
    assert lines[0].startswith("compare it")
    assert (columns == 200) == (command in lines[0])
