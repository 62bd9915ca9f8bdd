"""``ls`` as a person sees it: golden pictures at 80 and 120 columns, in a pipe, and as JSON."""

import io
import json
import re
from pathlib import Path

import pytest

from paramdyn.errors import BadRequest
from paramdyn.specs import ModelSpec, OptimizerSpec, RunSpec
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of

SCHEMAS = Path(__file__).parents[2] / "paramdyn_tui" / "schemas"


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def make(
    runs, name, *, perturb="", parent=None, lr=0.005, model="lenet", seed=0, arm="", control_of="",
    **fields,
):  # fmt: skip
    spec = RunSpec(
        seed=seed,
        model=ModelSpec(name=model),
        optimizer=OptimizerSpec(learning_rate=lr),
        perturbations=(parse_perturbation(perturb),) if perturb else (),
    )
    parent = {"run": parent, "step": 240} if parent else None
    summary = summary_of(
        spec, created="2020-01-02T03:04:05+00:00", parent=parent, arm=arm, control_of=control_of
    )
    folder = RunFolder.create(runs, name, "")
    write_state(folder.layout, RunState(**{"status": "finished", "summary": summary, **fields}))


@pytest.fixture
def bench(runs_dir):
    """A small bench: a base, flipped children over seeds, one that failed, one that crashed."""
    base = "lenet-digits-default-sgd-s0-1aa03aa1"
    end = {"epoch": 20.0, "step": 240, "total_steps": 240}
    make(runs_dir, base, metrics={"test/accuracy": 0.9523, "test/loss": 0.201}, **end)
    for seed, accuracy in enumerate((0.9012, 0.9133, 0.8934)):
        make(
            runs_dir, f"lenet-digits-run-sign-flip-sgd-s{seed}-aa00bb0{seed}", perturb="sign-flip",
            seed=seed, parent=base, metrics={"test/accuracy": accuracy, "test/loss": 0.3}, **end,
        )  # fmt: skip
    make(
        runs_dir, "lenet-digits-run-sign-flip-sgd-s3-dd00ee00", perturb="sign-flip", seed=3,
        parent="gone", status="diverged", epoch=1.5, reason="the loss is not finite",
    )  # fmt: skip
    make(
        runs_dir, "resnet18-digits-default-sgd-s0-77aa88bb", model="resnet18", lr=0.1,
        status="running", pid=1, host="elsewhere", boot_id="x", heartbeat=1.0, epoch=3.25,
    )  # fmt: skip
    return runs_dir


@pytest.fixture
def drawn(monkeypatch, capsys):
    """Return what ``ls`` draws on a terminal of some columns, and what it says beside it."""
    from paramdyn_tui.__main__ import main

    def draw(columns, *arguments, colour=False):
        with monkeypatch.context() as patch:
            screen = Screen()
            patch.setenv("TERM", "xterm-256color")
            patch.setenv("NO_COLOR", "" if colour else "1")
            patch.setenv("COLUMNS", str(columns))
            patch.setattr("sys.stdout", screen)
            assert 0 == main(["ls", *arguments])
        # How long a worker has been silent, and how old a run is, changes from day to day.
        picture = re.sub(r"\d{4}d$", "2000d", screen.getvalue(), flags=re.MULTILINE)
        return re.sub(r"stale \d+d\d\dh", "stale 9999d00h", picture), capsys.readouterr().err

    return draw


FORMS = {
    "list": ["--sort", "id"],
    "filter": ["sign-flip", "test.acc>.9", "--sort", "test"],
    "group": ["--group", "model,perturb"],
    "members": ["--group", "perturb", "--members", "--sort", "seed"],
    "tree": ["--tree", "--sort", "id", "--columns", "id,status,seed,test.acc"],
    "columns": ["--columns", "id,lr,batch_size,seed,test.acc", "--sort", "id"],
}


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("bench")
def test_picture(drawn, golden, form, columns):
    picture, beside = drawn(columns, *FORMS[form])
    assert max(map(len, picture.splitlines())) <= columns
    golden(f"ls/{form}-{columns}.txt", picture + ("-- stderr --\n" + beside if beside else ""))


@pytest.mark.parametrize("columns", [40, 60, 200])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("bench")
def test_every_width_is_kept(drawn, form, columns):
    picture, _ = drawn(columns, *FORMS[form])
    assert max(map(len, picture.splitlines())) <= columns


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("bench")
def test_ascii_is_ascii(drawn, form):
    assert all(drawn(columns, *FORMS[form], "--ascii")[0].isascii() for columns in (40, 120))


@pytest.mark.usefixtures("bench")
def test_colours_change_no_text(drawn):
    plain, _ = drawn(80, "--sort", "id")
    coloured, _ = drawn(80, "--sort", "id", colour=True)
    assert "\x1b[31mdiverged" in coloured
    assert "\x1b[35mstale" in coloured
    assert plain == re.sub(r"\x1b\[[0-9;]*m", "", coloured)


@pytest.mark.usefixtures("bench")
def test_pipe_gets_every_column_and_whole_ids(command):
    status, out, _ = command("ls", "resnet18")
    head, line = out.splitlines()
    assert 0 == status
    assert line.startswith("resnet18-digits-default-sgd-s0-77aa88bb  stale ")
    assert ["val", "acc", "test", "acc", "age"] == head.split()[-5:]


@pytest.mark.usefixtures("bench")
def test_a_minus_before_a_term_is_no_option(command):
    said = command("ls", "-model=lenet", "--ids")
    assert (0, "resnet18-digits-default-sgd-s0-77aa88bb\n", "") == said


@pytest.mark.usefixtures("bench")
def test_terms_may_be_one_argument_or_many(command):
    texts = [["seed=0", "perturb=sign-flip"], ["seed=0 perturb=sign-flip"]]
    assert 1 == len({command("ls", "--ids", *text) for text in texts})


@pytest.mark.usefixtures("bench")
def test_nothing_meant(command):
    status, out, err = command("ls", "model=vgg19")
    assert (0, "") == (status, out)
    assert err.startswith("None of 6 runs in ")
    assert (0, "[]\n", "") == command("ls", "model=vgg19", "--json")
    assert (0, "", "") == command("ls", "model=vgg19", "--ids")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tree", "--group", "model"],
        ["--members"],
        ["--ids", "--json"],
        ["--group", "model", "--columns", "status"],
    ],
)
@pytest.mark.usefixtures("bench")
def test_forms_that_exclude_each_other(command, arguments):
    status, out, err = command("ls", *arguments)
    assert (BadRequest.exit_status, "") == (status, out)
    assert err.startswith("paramdyn: --")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--sort", "test", "--columns", "lr,test.acc,perturb,augmentation,nesterov"],
        ["--tree"],
        ["--group", "model,perturb"],
        ["--group", "lr", "--members"],
        ["model=nothing"],
    ],
)
def test_json_is_as_its_schema_says(json_of, bench, arguments):
    import jsonschema

    (bench / "odd").mkdir()
    schema = json.loads((SCHEMAS / "ls.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json_of("ls", *arguments)
    jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
    assert bool(found) is ("model=nothing" not in arguments)


@pytest.mark.usefixtures("bench")
def test_group_figures_in_json(json_of):
    [_, _, group] = json_of("ls", "--group", "model,perturb", "--sort", "test")
    flipped = next(each for each in json_of("ls", "--group", "perturb") if each["group"]["perturb"])
    assert {"diverged": 1} == flipped["not_counted"]
    assert (3, 0.90263) == (
        flipped["figures"]["test/accuracy"]["n"],
        round(flipped["figures"]["test/accuracy"]["mean"], 5),
    )
    assert {"model": "resnet18", "perturb": None} == group["group"]


def test_names_that_would_move_the_cursor(command, runs_dir):
    make(runs_dir, "evil\x1b[2J\nrun")
    _, out, _ = command("ls")
    assert 2 == len(out.splitlines())
    assert "evil\\x1b[2J\\nrun" in out


@pytest.mark.usefixtures("bench")
def test_chosen_columns_keep_the_name_of_each_run(command):
    lines = command("ls", "--columns", "seed,lr")[1].splitlines()
    assert ["id", "seed", "lr"] == lines[0].split()
    names = [line.split()[0] for line in lines[1:]]
    assert len(names) == len({*names}) > 2


@pytest.mark.usefixtures("bench")
def test_place_of_the_id_among_chosen_columns_is_the_user_s(command):
    assert ["seed", "id"] == command("ls", "--columns", "seed,id")[1].splitlines()[0].split()


def test_run_that_repeats_another_is_said_to_be_no_sample(command, bench):
    import shutil

    finished = command("ls", "status=finished", "--ids")[1].split()[0]
    shutil.copytree(bench / finished, bench / "copy-of-it")
    _, _, err = command("ls", finished, "|", "copy-of-it", "--group", "model")
    assert "1 run repeats another one with its seed, and count" in err


ARMS = ("twin", "rounding-twin", "order", "independent")


def test_the_tree_tells_controls_by_their_arms(drawn, runs_dir):
    """A child and its controls look alike but for the arm; where there are none it is left out."""
    base, child = "lenet-digits-default-sgd-s0-base", "lenet-digits-run-sgd-s0-child"
    make(runs_dir, base)
    make(runs_dir, child, perturb="sign-flip", parent=base)
    head, *rows = drawn(120, "--tree")[0].splitlines()
    assert "arm" not in head.split()
    assert len(rows) == 2
    for number, arm in enumerate(ARMS):
        name = f"lenet-digits-run-sgd-s0-{number}"
        make(runs_dir, name, parent=base, arm=arm, control_of=child)
    head, first, *below = drawn(140, "--tree", "--sort", "id")[0].splitlines()
    place = head.index("arm")
    assert base in first
    assert all(row[0] in "├└" for row in below)
    told = [row[place:].split()[0] for row in below]
    assert told == [*ARMS, "child"]


def test_a_narrow_tree_tells_the_arms_too(drawn, runs_dir):
    """Else five rows would be the same; the ids are shortened before."""
    base, child = (
        "resnet18-fashion-mnist-default-sgd-s0-base",
        "resnet18-fashion-mnist-run-s0-child",
    )
    make(runs_dir, base)
    make(runs_dir, child, perturb="sign-flip", parent=base)
    for number, arm in enumerate(ARMS):
        name = f"resnet18-fashion-mnist-run-sign-flip-sgd-s0-a{number}"
        make(runs_dir, name, parent=base, arm=arm, control_of=child)
    head, *rows = drawn(80, "--tree", "--sort", "id")[0].splitlines()
    assert "arm" in head.split()
    assert [sum(f" {arm} " in row for row in rows) for arm in (*ARMS, "child")] == [1] * 5
