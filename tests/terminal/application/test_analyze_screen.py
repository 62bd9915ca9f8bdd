"""Answers on a screen: every key does something; what is computed is a process of its own."""

import asyncio
import json
import re
import threading

import pytest
from textual.events import Key

from paramdyn.errors import FailedWork
from paramdyn_tui.answers.report import Report, report_data
from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.answer_panes import desk as desk_module
from paramdyn_tui.tui.answer_panes import weights as weights_module
from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.children import CANCELLED, Finished
from paramdyn_tui.tui.screens import analyze as analyze_module
from paramdyn_tui.tui.screens.base import BenchScreen

QUESTIONS = ("changed", "distance", "recovery", "correlation", "convergence", "connectivity",
             "reach")  # fmt: skip


class Nothing(CellWidget):
    can_focus = True

    def draw(self, *_):
        return []


class Bare(BenchScreen):
    MODE = "runs"

    def body(self):
        return [Nothing(classes="first-focus")]


class Scripted:
    """A child that prints an answer, or waits until it is given up."""

    output = ""
    talk = ""
    waits = False

    def __init__(self, words, _environment):
        self.words, self.cancelled, self._event = words, False, threading.Event()

    def cancel(self):
        self.cancelled = True
        self._event.set()

    def run(self, said):
        said('{"progress": ["kernels of a run", 3, 12]}')
        if self.waits:
            self._event.wait(60)
        return Finished(CANCELLED if self.cancelled else 0, self.output, self.talk)


@pytest.fixture
def child(monkeypatch, full_answer):
    for mode in [mode for mode in ParamdynApp.MODES if mode != "analyze"]:
        monkeypatch.setitem(ParamdynApp.MODES, mode, Bare)
    kind = type("Child", (Scripted,), {})
    kind.output = json.dumps(report_data(Report("recovery", {}, [], [full_answer])))
    monkeypatch.setattr(desk_module, "Child", kind)
    return kind


@pytest.fixture
def answers(opened, bench_template):
    """Return a function that opens the screen about one run, and does something there."""
    runs, names = bench_template

    def do(steps, *, run="child", **options):
        async def go():
            path = runs / names[run] if run else None
            async with opened(runs, run=path, start="analyze", **options) as (app, pilot):
                await pilot.pause()
                return await steps(app, pilot)

        return asyncio.run(go())

    return do


async def go_to(pilot, question):
    """Move from ``changed``, where the cursor begins, to a question."""
    for _ in range(QUESTIONS.index(question)):
        await pilot.press("down")


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50)])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_answer_is_computed_and_shown(answers, child, seen, eventually, size, theme):
    assert child.output

    async def steps(app, pilot):
        await go_to(pilot, "recovery")
        await pilot.press("enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        await pilot.press("tab", "pagedown", "pagedown")
        await pilot.pause()
        return seen(app)

    text = answers(steps, size=size, theme=theme)
    assert size[1] == len(text.splitlines())
    assert "recovery" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("pane", ["questions", "answer"])
def test_the_arrows_to_the_sides_go_to_other_questions_from_either_pane(
    answers, child, seen, size, pane
):
    assert child.output

    async def steps(app, pilot):
        titles = []
        await pilot.press(*(["tab"] if pane == "answer" else []))
        for key in ["right", "l", "left", "h", "left", "left"]:
            await pilot.press(key)
            await pilot.pause()
            titles += set(re.findall(r"[╭┏][─━] (\w+) ", seen(app))) - {"questions"}
        return titles

    expected = ["distance", "recovery", "distance", "changed", "all", "reach"]
    assert answers(steps, size=size) == expected


def test_an_answer_is_there_again_when_one_comes_back(answers, child, seen, eventually):
    assert child.output

    async def ask(app, pilot):
        await go_to(pilot, "recovery")
        await pilot.press("enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        return "answered 20" not in seen(app)

    async def see(app, pilot):
        await go_to(pilot, "recovery")
        await eventually(pilot, lambda: "answered 20" in seen(app))
        assert "recovery" in seen(app)
        return "supported" in seen(app)

    assert answers(ask)
    child.output = "nothing is asked again"
    assert answers(see)


def test_while_it_is_computed_one_sees_how_far_it_is_and_can_give_it_up(
    answers, child, seen, eventually
):
    child.waits = True

    async def steps(app, pilot):
        await pilot.press("enter")
        await eventually(pilot, lambda: "3 of 12" in seen(app))
        assert "kernels of a run" in seen(app)
        await pilot.press("down", "enter")
        await eventually(pilot, lambda: "'changed' is being computed" in seen(app))
        await pilot.press("X")
        await eventually(pilot, lambda: "Given up." in seen(app))
        await pilot.press("X")
        await eventually(pilot, lambda: "Nothing is being computed." in seen(app))
        return True

    assert answers(steps)


def test_weights_files_are_asked_about_with_their_paths_completed(
    answers, child, seen, eventually, home
):
    folder = home / "my nets"
    folder.mkdir()
    for name in ("a.pt", "b.safetensors", "notes.txt"):
        (folder / name).write_bytes(b"")
    said = []

    class Listening(child):
        def __init__(self, words, environment=None):
            said.append(words)
            super().__init__(words, environment)

    async def typed(pilot, text):
        for letter in text:
            await pilot.press({" ": "space", "-": "minus", ".": "full_stop"}.get(letter, letter))
        await pilot.pause()

    async def steps(app, pilot):
        assert "asks about weights files of your own" in seen(app)
        await pilot.press("w")
        await typed(pilot, "m")
        await eventually(pilot, lambda: "my\\ nets/" in seen(app))
        line = app.screen.query_one("Input")
        line.value = f"{folder.name}/".replace(" ", "\\ ")
        await eventually(pilot, lambda: "a.pt" in seen(app) and "notes" not in seen(app))
        for text, problem in (
            ("my\\ nets/none.pt --model lenet", "there is no file"),
            ("my\\ nets/notes.txt --model lenet", "is no weights file"),
            ("my\\ nets/a.pt --model lenets", "Did you mean lenet"),
            ("my\\ nets/a.pt --modle lenet", "unknown option '--modle'"),
            ("my\\ nets/a.pt --image-size big --model lenet", "a number above 0"),
        ):
            line.value = text
            await eventually(pilot, lambda problem=problem: problem in seen(app))
            await pilot.press("enter")
            assert line.is_attached
        line.value = "my\\ nets/a.pt 'my nets/b.safetensors' --model lenet --dataset digits"
        await pilot.pause()
        await pilot.press("enter")
        await eventually(pilot, lambda: "│ 2 files" in seen(app))
        await go_to(pilot, "recovery")
        await pilot.press("c", "enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        rest = f"--weights {folder}/a.pt --weights {folder}/b.safetensors --model lenet"
        assert f"analyze recovery {rest} --dataset digits" in " ".join(said[0])
        assert app.clipboard.startswith("paramdyn analyze recovery --weights '")
        await pilot.press("escape")
        await eventually(pilot, lambda: "No run is chosen" in seen(app))
        await pilot.press("w")
        return "my\\ nets/a.pt" in seen(app)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk_module, "Child", Listening)
        assert answers(steps, run=None)


@pytest.mark.usefixtures("child")
def test_a_slow_disk_holds_up_no_key_and_its_late_answer_is_dropped(
    answers, seen, eventually, home, monkeypatch
):
    for name in ("quick/a.pt", "slow/late.pt", "slow.pt"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).touch()
    answered, asked = threading.Event(), []

    def behind_a_disk(work):
        def slowly(path):
            if str(path).endswith(("slow/", "slow.pt")):
                asked.append(str(path))
                answered.wait(20)
            return work(path)

        return slowly

    for name in ("_named", "_file_problem"):
        monkeypatch.setattr(weights_module, name, behind_a_disk(getattr(weights_module, name)))

    async def steps(app, pilot):
        await pilot.press("w")
        line = app.screen.query_one("Input")
        line.value = "slow/"
        await eventually(pilot, lambda: "reading folders" in seen(app))
        line.value = "quick/"
        await eventually(pilot, lambda: "a.pt" in seen(app))
        line.value = "slow/l"
        line.value = "slow.pt --model lenet"
        await pilot.press("enter")
        await eventually(pilot, lambda: len(asked) > 1 and "reading folders" in seen(app))
        assert line.is_attached
        waits = not answered.is_set()
        answered.set()
        await eventually(pilot, lambda: not line.is_attached)
        assert "late" not in seen(app)
        return waits, asked.count("slow/")

    assert (True, 1) == answers(steps, run=None)


@pytest.mark.usefixtures("child")
@pytest.mark.parametrize(
    ("keys", "text", "shown"),
    [
        (("x", "enter"), "a.pt --model lenet", "│ a.pt"),
        (("x",), "b.pt --model lenet", "there is no file"),
        (("x", "escape"), "a.pt --model lenet", "No run is chosen"),
    ],
)
def test_a_key_just_after_enter_takes_nothing_back_but_escape_does(
    answers, seen, eventually, home, monkeypatch, keys, text, shown
):
    (home / "a.pt").touch()
    released, judge = threading.Event(), weights_module.weights_of
    monkeypatch.setattr(weights_module, "weights_of", lambda t: (released.wait(20), judge(t))[1])

    async def steps(app, pilot):
        await pilot.press("w")
        line = app.screen.query_one("Input")
        with line.prevent(line.Changed):
            line.value = text
        for key in ("enter", *keys):  # all of them before anything is heard of the file
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        released.set()
        await eventually(pilot, lambda: shown in seen(app))
        return line.is_attached, line.value

    attached, value = answers(steps, run=None)
    assert (attached, value) == ("b.pt" in text, text)


def test_why_there_is_no_answer_is_said_in_words(answers, child, seen, eventually):
    child.output, child.talk = "", "paramdyn: child: it kept no values. Train it with --snapshots."

    async def steps(app, pilot):
        await pilot.press("enter")
        await eventually(pilot, lambda: "it kept no values" in seen(app))
        return "no answer" in seen(app)

    assert answers(steps)


def test_answers_are_kept_by_question_and_runs(answers, child, seen, eventually, bench_template):
    runs, names = bench_template
    assert child.output

    async def steps(app, pilot):
        await pilot.press("enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        await pilot.press("down")
        await eventually(pilot, lambda: "computes it with controls" in seen(app))
        await pilot.press("up")
        await eventually(pilot, lambda: "lacks order" in seen(app) or "supported" in seen(app))
        app.bench.mark(runs / names["s1"])
        app.bench_changed()
        await eventually(pilot, lambda: "computes it with controls" in seen(app))
        return True

    assert answers(steps)


def test_missing_controls_are_made_after_the_command_was_shown(
    answers, child, seen, eventually, monkeypatch
):
    started = []
    monkeypatch.setattr(desk_module, "asked", lambda words: started.append(words) or [{}])
    assert child.output

    async def steps(app, pilot):
        await pilot.press("M")
        await eventually(pilot, lambda: "No control is missing here" in seen(app))
        await pilot.press("enter")
        await eventually(pilot, lambda: "Controls are missing" in seen(app))
        await pilot.press("M")
        await eventually(pilot, lambda: "paramdyn run runs/lenet-a1b2 --controls" in seen(app))
        assert [] == started
        await pilot.press("enter")
        await eventually(pilot, lambda: "1 runs are being trained" in seen(app))
        return app.bench.runs

    runs = answers(steps)
    expected = ["run", "runs/lenet-a1b2", "--controls", "--detach", "--json", "--runs", str(runs)]
    assert [expected] == started


def test_no_controls_are_made_with_readonly(answers, child, seen, eventually):
    assert child.output

    async def steps(app, pilot):
        await pilot.press("enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        before = seen(app).splitlines()
        await pilot.press("M")
        await eventually(pilot, lambda: "That is off" in seen(app))
        return before[:-1] == seen(app).splitlines()[:-1]

    assert answers(steps, readonly=True)


def test_numbers_are_explained_before_and_after(answers, child, seen, eventually, monkeypatch):
    term = {"definition": "how often it is right", "formula": "k / n", "null": "", "reference": ""}
    asked = []

    def explain(words):
        asked.append(words)
        return {"terms": {"accuracy": term}}

    monkeypatch.setattr(analyze_module, "asked_child", explain)
    assert child.output

    async def steps(app, pilot):
        await pilot.press("x")
        await eventually(pilot, lambda: "how often it is right" in seen(app))
        await pilot.press("escape")
        await eventually(pilot, lambda: "how often it is right" not in seen(app))
        return True

    assert answers(steps)
    assert [["analyze", "changed", "--explain", "--json"]] == asked


def test_a_failed_explanation_is_said(answers, child, seen, eventually, monkeypatch):
    def refuse(_words):
        raise FailedWork("no such question")

    monkeypatch.setattr(analyze_module, "asked_child", refuse)
    assert child.output

    async def steps(app, pilot):
        await pilot.press("x")
        await eventually(pilot, lambda: "no such question" in seen(app))
        return True

    assert answers(steps)


def test_the_command_is_copied_and_the_answer_written(
    answers, child, eventually, seen, monkeypatch, tmp_path, bench_template
):
    runs, names = bench_template
    copied = []
    monkeypatch.setattr(ParamdynApp, "copy_to_clipboard", lambda _, text: copied.append(text))
    assert child.output

    async def steps(app, pilot):
        await pilot.press("c")
        await pilot.press("e")
        await eventually(pilot, lambda: "Nothing to export here yet." in seen(app))
        await pilot.press("enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        exports = app.screen.exports()
        for name, write in exports.items():
            write(tmp_path / name)
        return sorted(exports)

    assert ["changed.csv", "changed.json", "changed.md"] == answers(steps)
    assert [f"paramdyn analyze changed {names['child']} --details --runs {runs}"] == copied
    assert "It comes back." in (tmp_path / "changed.md").read_text()
    assert "It comes back." in (tmp_path / "changed.csv").read_text()
    assert "recovery" == json.loads((tmp_path / "changed.json").read_text())["question"]


def test_without_a_run_it_says_what_to_do(answers, child, seen, eventually):
    assert child.output

    async def steps(app, pilot):
        await eventually(pilot, lambda: "No run is chosen." in seen(app))
        await pilot.press("enter")
        await pilot.pause()
        return "computing" not in seen(app)

    assert answers(steps, run=None)


KEYS = [key for action in of_scope("analyze") for key in action.keys.split(",")]


@pytest.mark.parametrize("pane", ["questions", "answer"])
@pytest.mark.parametrize("key", KEYS)
def test_every_key_does_something_in_both_panes(answers, child, seen, eventually, key, pane):
    assert child.output

    async def steps(app, pilot):
        await pilot.press("down", "down", "enter")
        await eventually(pilot, lambda: "supported" in seen(app))
        if pane == "answer":
            await pilot.press("tab", "pagedown", "down")
        await asyncio.sleep(0)
        app.screen.query_one("Footer")._forget()
        await pilot.pause()
        before = seen(app)
        child.waits = True
        await pilot.press(key)
        await eventually(pilot, lambda: seen(app) != before)
        return True

    assert answers(steps, size=(80, 24))


@pytest.mark.slow
@pytest.mark.long
def test_a_real_question_about_a_real_run(opened, runs_dir, command, eventually, monkeypatch):
    for mode in [mode for mode in ParamdynApp.MODES if mode != "analyze"]:
        monkeypatch.setitem(ParamdynApp.MODES, mode, Bare)
    small = "--limit 64 --test-limit 32 --epochs 1 --threads 1 --device cpu --record epoch"
    status, path, _ = command("run", *small.split(), "--quiet")
    assert 0 == status

    async def go():
        async with opened(runs_dir, run=path.strip(), start="analyze") as (app, pilot):
            await go_to(pilot, "reach")
            await pilot.press("enter")
            key = app.screen._key()
            await eventually(pilot, lambda: key in app.screen.desk.found, tries=6000)
            return app.screen.desk.found[key]

    found = asyncio.run(go())
    assert ["reach"] == [answer.question for answer in found.report.answers], found.problem
