"""A fork: two keys start a perturbed child with its controls, and lead to the comparison."""

import asyncio
import shutil
import time

import pytest

from paramdyn.errors import FailedWork
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state
from paramdyn_tui.launch.requests import status_of
from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.screens.new_run import NewRunScreen


class Nothing(CellWidget):
    can_focus = True

    def draw(self, *_):
        return []


class Bare(BenchScreen):
    MODE = "runs"

    def body(self):
        return [Nothing(classes="first-focus")]


@pytest.fixture(autouse=True)
def _bare_screens(monkeypatch):
    for mode in list(ParamdynApp.MODES):
        monkeypatch.setitem(ParamdynApp.MODES, mode, Bare)


@pytest.fixture
def bench(bench_template, tmp_path):
    """Return the runs folder and the names in it; every run has kept its last values."""
    template, names = bench_template
    runs = tmp_path / "bench"
    shutil.copytree(template, runs)
    parent = runs / names["s0"]
    (parent / "snapshots").mkdir(exist_ok=True)
    (parent / "snapshots" / "step-00000120.safetensors").touch()
    with (parent / "events.jsonl").open("a") as events:
        events.write(
            '{"step":120,"event":"snapshot","name":"final",'
            '"file":"snapshots/step-00000120.safetensors"}\n'
        )
    return runs, names


def in_fork(opened, runs, run, steps, **options):
    async def go():
        async with opened(runs, run=run, **options) as (app, pilot):
            await pilot.pause()
            await pilot.press("f")
            await pilot.pause()
            return await steps(app, pilot)

    return asyncio.run(go())


def test_two_keys_start_it_and_lead_to_the_comparison(opened, bench, eventually, monkeypatch):
    runs, names = bench
    asked = []

    def start(words):
        asked.append(words)
        return [{"path": str(runs / names[name]), "id": names[name]} for name in ("child", "twin")]

    monkeypatch.setattr("paramdyn_tui.tui.forms.landing.asked", start)

    async def steps(app, pilot):
        await pilot.press("ctrl+s")
        await eventually(pilot, lambda: app.current_mode == "compare")
        return list(app.bench.marked), app.bench.baseline

    marked, baseline = in_fork(opened, runs, runs / names["s0"], steps)
    [words] = asked
    expected = ["run", "--from", names["s0"], "--perturb", "sign-flip", "--controls"]
    assert [*expected, "--runs", str(runs), "--detach", "--json"] == words
    assert [runs / names["child"], runs / names["twin"]] == marked
    assert runs / names["twin"] == baseline


@pytest.mark.parametrize(("digit", "text"), [("2", "distort:1e-6"), ("3", "noise:0.01")])
def test_a_digit_chooses_a_preset(opened, bench, seen, eventually, digit, text):
    runs, names = bench

    async def steps(app, pilot):
        await eventually(pilot, lambda: "6 runs" in seen(app), tries=2000)
        await pilot.press(digit)
        await eventually(pilot, lambda: f"--perturb {text}" in seen(app))
        return True

    assert in_fork(opened, runs, runs / names["s0"], steps)


def test_layers_are_completed(opened, bench, eventually):
    runs, names = bench

    async def steps(app, pilot):
        screen = app.screen
        await eventually(pilot, lambda: screen._page.form is not None)
        screen._page.go_to("perturb/0/layers")
        await pilot.press("c", "o")
        await eventually(pilot, lambda: screen._page._line._suggestion.startswith("conv1"))
        await pilot.press("right")
        await pilot.pause()
        return screen._page.form.perturb[0]["layers"]

    assert "conv1.*" == in_fork(opened, runs, runs / names["s0"], steps)


def test_why_it_was_not_started_is_said_in_words(opened, bench, seen, eventually, monkeypatch):
    runs, names = bench

    def refuse(_words):
        raise FailedWork("the disk is full. Free some.")

    monkeypatch.setattr("paramdyn_tui.tui.forms.landing.asked", refuse)

    async def steps(app, pilot):
        await pilot.press("ctrl+s")
        await eventually(pilot, lambda: "the disk is full. Free some." in seen(app))
        await pilot.press("escape")
        await pilot.pause()
        return isinstance(app.screen, NewRunScreen)

    assert in_fork(opened, runs, runs / names["s0"], steps)


def test_a_run_that_cannot_be_read_is_no_parent(opened, bench, seen, eventually):
    runs, names = bench
    (runs / names["s1"] / "spec.toml").unlink()

    async def steps(app, pilot):
        await eventually(pilot, lambda: "No fork of this run" in seen(app))
        await pilot.press("escape")
        await pilot.pause()
        return isinstance(app.screen, Bare)

    assert in_fork(opened, runs, runs / names["s1"], steps)


@pytest.mark.slow
def test_a_fork_trains_a_child_and_its_twin(opened, runs_dir, command, eventually):
    small = "--limit 64 --test-limit 32 --epochs 1 --threads 1 --device cpu --record epoch"
    status, parent, _ = command("run", *small.split(), "--quiet")
    assert 0 == status

    async def steps(app, pilot):
        screen = app.screen
        await eventually(pilot, lambda: screen._page.form is not None)
        screen._page.form.put("controls", "twin")
        screen._page._changed()
        await pilot.press("ctrl+s")
        await eventually(pilot, lambda: app.current_mode == "compare", tries=4000)
        return list(app.bench.marked), app.bench.baseline

    marked, baseline = in_fork(opened, runs_dir, parent.strip(), steps)
    end = time.monotonic() + 200
    folders = [RunFolder(path) for path in marked]
    while {status_of(each)[0] for each in folders} != {"finished"} and time.monotonic() < end:
        time.sleep(0.1)
    arms = [read_state(folder.layout).summary["arm"] for folder in folders]
    assert ["child", "twin"] == arms
    assert {"finished"} == {status_of(folder)[0] for folder in folders}
    assert marked[1] == baseline
