"""A run that grows while it is on the screen."""

import asyncio
import dataclasses
import json
import shutil

import pytest

from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import RunState, write_state

BEGUN = 40


class Growing:
    """Gives a run its records bit by bit, as a worker does."""

    def __init__(self, finished, path):
        shutil.copytree(finished, path)
        self.path, self.layout = path, Layout(path)
        self._files = (self.layout.metrics, self.layout.drift, self.layout.timing)
        self._later = []
        for file in self._files:
            lines = file.read_text().splitlines(keepends=True)
            step = [json.loads(line)["step"] for line in lines]
            file.write_text("".join(line for line, at in zip(lines, step, strict=True)
                                    if at <= BEGUN))  # fmt: skip
            self._later.append([(at, line) for line, at in zip(lines, step, strict=True)
                                if at > BEGUN])  # fmt: skip
        self.layout.events.write_text("")
        self.layout.log.write_text("")
        self.state("running", BEGUN)

    def state(self, status, step, **more):
        process = dataclasses.asdict(this_process())
        summary = json.loads(self.layout.state.read_text())["summary"]
        write_state(self.layout, RunState(
            status=status, step=step, epoch=step / 12, total_steps=120, summary=summary,
            images_per_s=500.0, **process, **more,
        ))  # fmt: skip

    def go_on(self, step):
        for file, later in zip(self._files, self._later, strict=True):
            with file.open("a") as stream:
                stream.write("".join(line for at, line in later if at == step))
        self.state("running", step)


@pytest.fixture
def growing(bench_template, tmp_path):
    runs, names = bench_template
    return Growing(runs / names["s0"], tmp_path / "live" / "a-run")


def test_each_record_is_seen_and_the_end(growing, opened, eventually, seen):
    async def watch():
        async with opened(growing.path.parent, run=growing.path) as (app, pilot):
            await eventually(pilot, lambda: "● RUNNING" in seen(app))
            await eventually(pilot, lambda: "step 40/120" in seen(app) and "CPU" in seen(app))
            for step in (41, 42, 43):
                growing.go_on(step)
                await eventually(pilot, lambda step=step: f"step {step}/120" in seen(app))
                view = app.bench.open_view
                assert view.metrics["train/loss"].steps[-1] == step
                assert view.drift["relative_displacement"].steps[-1] == step
            with growing.layout.events.open("a") as events:
                events.write('{"step":43,"event":"warning","text":"gradient norm 31.2"}\n')
            with growing.layout.log.open("a") as log:
                log.write("2026-02-28 12:00:05,000 INFO here: so far so good\n")
            await eventually(pilot, lambda: "gradient norm 31.2" in seen(app))
            await eventually(pilot, lambda: "so far so good" in seen(app))
            growing.state("finished", 120)
            await eventually(pilot, lambda: "✔ FINISHED" in seen(app) and "made on" in seen(app))
            assert app.watcher._machine is None, "an idle screen looks at nothing that moves"

    asyncio.run(watch())


def test_one_record_changes_few_cells(growing, opened, eventually, seen):
    def cells(app):
        """Return what each cell of the charts looks like."""
        return [
            (letter, segment.style)
            for pane in app.screen.grid.panes
            for y in range(pane.size.height)
            for segment in pane.render_line(y)
            for letter in segment.text
        ]

    async def watch():
        async with opened(growing.path.parent, run=growing.path) as (app, pilot):
            await eventually(pilot, lambda: "step 40/120" in seen(app) and "fc3" in seen(app))
            for step in (41, 42):
                growing.go_on(step)
                await eventually(pilot, lambda step=step: f"step {step}/120" in seen(app))
            await pilot.pause()
            before = cells(app)
            growing.go_on(43)
            await eventually(pilot, lambda: "step 43/120" in seen(app) and cells(app) != before)
            after = cells(app)
            changed = sum(one != other for one, other in zip(before, after, strict=True))
            assert 0 < changed < len(after) / 20

    asyncio.run(watch())


def test_a_run_that_stops_crashes_or_vanishes_says_so(growing, opened, eventually, seen):
    async def watch():
        async with opened(growing.path.parent, run=growing.path) as (app, pilot):
            await eventually(pilot, lambda: "● RUNNING" in seen(app))
            growing.state("paused", 43)
            await eventually(pilot, lambda: "P lets it go on" in seen(app))
            growing.state("stopped", 43, reason="asked to stop", checkpoint_step=36)
            await eventually(pilot, lambda: "Stopped: asked to stop.  R carries on from step 36"
                             in seen(app))  # fmt: skip
            growing.state("diverged", 43, reason="the loss is nan")
            await eventually(pilot, lambda: "Diverged: the loss is nan." in seen(app))
            shutil.rmtree(growing.path)
            await eventually(
                pilot, lambda: "REMOVED" in seen(app) and "folder is gone" in seen(app)
            )
            assert "train/loss" in seen(app), "what was read stays"

    asyncio.run(watch())


def test_a_queued_run_gets_its_charts_when_it_begins(growing, opened, eventually, seen):
    queued = growing.path.parent / "queued"
    queued.mkdir()
    shutil.copy(growing.layout.spec, queued)
    write_state(Layout(queued), RunState(status="queued", summary={"model": "lenet"}))

    async def watch():
        async with opened(queued.parent, run=queued) as (app, pilot):
            await eventually(pilot, lambda: "Queued. Charts appear with its first record"
                             in seen(app))  # fmt: skip
            for name in ("run.json", "metrics.jsonl", "drift.jsonl"):
                shutil.copy(growing.path / name, queued)
            growing.layout = Layout(queued)
            growing.state("running", BEGUN)
            await eventually(pilot, lambda: "RUNNING" in seen(app) and "train/loss" in seen(app))

    asyncio.run(watch())
