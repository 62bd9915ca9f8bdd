"""Runs that never change, the application on them, and what it shows as text and colours."""

import asyncio
import dataclasses
import json
import math
import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import InitializerSpec, OptimizerSpec, RunSpec, TrainingSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.process import this_process
from paramdyn.store.records import RecordWriter, encode_measurement
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of

NOW = 1_772_323_200.0  # 2026-03-01 00:00 UTC
CREATED = "2026-02-28T12:00:00+00:00"
EPOCHS, STEPS_PER_EPOCH = 10, 12
LENET = {
    "conv1": (450, 6), "conv2": (2400, 16), "fc1": (48000, 120), "fc2": (10080, 84),
    "fc3": (840, 10),
}  # fmt: skip
MEASUREMENTS = (
    "weight_norm", "displacement", "relative_displacement", "update_norm", "update_ratio",
    "direction_change", "sign_changes", "changed_share", "gradient_norm",
)  # fmt: skip


def kind_of(layer, kind):
    return "bias" if kind == "bias" else "conv" if layer.startswith("conv") else "linear"


MATRICES = {
    "test_a_key_does_something", "test_every_key_shows_something", "test_every_key_does_something",
    "test_every_key_does_something_in_both_panes", "test_it_fits_any_terminal",
    "test_what_differs_scrolls", "test_a_screen_in_ascii", "test_an_answer_is_computed_and_shown",
    "test_a_window_of_any_size_is_no_error", "test_a_digit_chooses_a_preset",
}  # fmt: skip
"""Tests that open the application many times: CI does every fourth of their cases."""


def pytest_collection_modifyitems(items):
    """Leave three of four cases of the large matrices to the long run."""
    if os.environ.get("PARAMDYN_LONG"):
        return
    counts = {}
    for item in items:
        name = getattr(item, "originalname", "")
        if name in MATRICES:
            counts[item.path, name] = place = counts.get((item.path, name), -1) + 1
            if place % 4:
                reason = "one of many: PARAMDYN_LONG=1 does all"
                item.add_marker(pytest.mark.skip(reason=reason))


def parameters():
    return tuple(
        ParameterInfo(f"{layer}.{kind}", (count,), count, layer, kind_of(layer, kind), True)
        for layer, counts in LENET.items()
        for kind, count in zip(("weight", "bias"), counts, strict=True)
    )  # fmt: skip


def loss_at(step, seed, *, shift=0.0):
    wave = 0.05 * math.sin(step * (1.7 + seed)) + shift
    return 2.3 * math.exp(-step / 40) + 0.15 + wave * math.exp(-step / 60)


def write_records(layout, steps, seed, *, shift=0.0):
    """Write what a run of so many steps records."""
    with RecordWriter(layout.metrics) as metrics, RecordWriter(layout.timing) as timing:
        for step in range(steps + 1):
            loss = loss_at(step, seed, shift=shift)
            record = {"step": step, "epoch": step / STEPS_PER_EPOCH, "learning_rate": 0.005}
            if step:
                record |= {"train/loss": loss, "train/accuracy": 1 / (1 + loss)}
            if step % STEPS_PER_EPOCH == 0:
                ends = {"test/loss": loss + 0.05, "test/accuracy": 1 / (1 + 0.6 * loss)}
                if step:
                    ends |= {"train/epoch_loss": loss, "train/epoch_accuracy": 1 / (1 + loss)}
                record |= ends
                timing.append({"step": step, "time": step / 9, "images_per_s": 1150.0 + step})
            metrics.append(record)
    count = 2 * len(LENET)
    with RecordWriter(layout.drift) as drift:
        for step in range(1, steps + 1):
            far = 1 - math.exp(-step / 50)
            drift.append_lines(
                encode_measurement(
                    step, name, far * (1 + place / 9) / 8,
                    [far * (1 + index + place) / (8 * count) for index in range(count)],
                )
                for place, name in enumerate(MEASUREMENTS)
            )  # fmt: skip
        sizes = [row.count for row in parameters()]
        zeros = [0] * count
        drift.append_lines([json.dumps({
            "step": steps, "measurement": "classes",
            "total": {"structural": 0, "dead": 450, "changed": sum(sizes) - 450},
            "values": {"structural": zeros, "dead": [450, *zeros[1:]],
                       "changed": [0, *sizes[1:]]},
        }, separators=(",", ":")) + "\n"])  # fmt: skip


def write_run(runs, spec, *, steps=None, status="finished", reason="", parent=None, process=None,
              shift=0.0, arm="", control_of=""):  # fmt: skip
    """Write a run folder as a worker leaves it; return its path."""
    total = spec.training.epochs * STEPS_PER_EPOCH
    steps = total if steps is None else steps
    folder = RunFolder.create(runs, run_id(spec), to_toml(spec))
    layout = folder.layout
    write_records(layout, steps, spec.seed, shift=shift)
    table = parameters()
    write_manifest(layout, Manifest(
        id=folder.name, created=CREATED, paramdyn="0.1.0", versions={"torch": "2.13.0"}, git=None,
        host="bench", boot_id="", pid=0, process_start=0.0, device="cpu", device_name="a chip",
        threads=1, precision="fp32", kernel="torch", parent=parent,
        dataset={"name": "digits", "classes": list("0123456789"), "train": 1437, "test": 360},
        steps_per_epoch=STEPS_PER_EPOCH, total_steps=total, record_steps=steps, parameters=table,
        buffers=(), initial_sha256="", arm=arm, control_of=control_of,
        reach=[{"parameter": "conv1.weight", "scalars": 25, "reason": "they only meet padding"}],
        command=["paramdyn", "run"],
    ))  # fmt: skip
    loss = loss_at(steps, spec.seed, shift=shift)
    write_state(layout, RunState(
        status=status, reason=reason, epoch=steps / STEPS_PER_EPOCH, step=steps, total_steps=total,
        metrics={"train/loss": loss, "test/loss": loss + 0.05,
                 "test/accuracy": 1 / (1 + 0.6 * loss)},
        heartbeat=NOW - 3600, started=NOW - 7200, images_per_s=1270.0,
        checkpoint_step=steps if status == "stopped" else -1,
        summary=summary_of(spec, created=CREATED, parent=parent, arm=arm, control_of=control_of),
        **(process or {}),
    ))  # fmt: skip
    with RecordWriter(layout.events) as events:
        for text in spec.perturbations:
            events.append({"step": 0, "event": "perturbation", "text": text.name, "changed": 62006,
                           "scalars": 62006, "norm": 9.5, "relative_norm": 2.0})  # fmt: skip
        events.append({"step": 48, "event": "learning-rate", "rate": 0.0005})
        if status == "finished":
            events.append({"step": steps, "event": "finished"})
    layout.log.write_text(
        "".join(f"2026-02-28 12:00:{epoch:02d} epoch {epoch} loss {loss_at(12 * epoch, 0):.4f}\n"
                for epoch in range(1, steps // STEPS_PER_EPOCH + 1)), encoding="utf-8",
    )  # fmt: skip
    return folder.path


def write_bench(runs):
    """Write the runs: three seeds, a perturbed child and its twin, and ends of other kinds."""
    training = TrainingSpec(epochs=EPOCHS)
    base = RunSpec(training=training)
    paths = {f"s{seed}": write_run(runs, dataclasses.replace(base, seed=seed)) for seed in range(3)}
    parent = {"run": paths["s0"].name, "step": EPOCHS * STEPS_PER_EPOCH}
    start = InitializerSpec(name=f"run:{paths['s0'].name}")
    twin = dataclasses.replace(base, initializer=start)
    child = dataclasses.replace(twin, perturbations=(parse_perturbation("sign-flip"),))
    paths["child"] = write_run(runs, child, parent=parent, shift=0.4)
    paths["twin"] = write_run(
        runs, twin, parent=parent, shift=-0.1, arm="twin", control_of=paths["child"].name
    )
    adam = dataclasses.replace(base, optimizer=OptimizerSpec(name="adam", learning_rate=0.1))
    paths["diverged"] = write_run(
        runs, adam, steps=30, status="diverged", reason="the loss is not finite at step 31"
    )
    fast = dataclasses.replace(base, optimizer=OptimizerSpec(learning_rate=0.02))
    paths["stopped"] = write_run(runs, fast, steps=60, status="stopped", reason="asked to stop")
    paths["crashed"] = write_run(
        runs, dataclasses.replace(fast, seed=1), steps=24, status="running",
        process={**dataclasses.asdict(this_process()), "pid": 2**22 - 1},
    )  # fmt: skip
    broken = runs / "spoilt"
    broken.mkdir()
    (broken / "spec.toml").write_text('model = { name = "lenet" }\n')
    (broken / "state.json").write_text('{"status": "run')
    return paths


@pytest.fixture(scope="session")
def bench_template(tmp_path_factory):
    """The runs, written once."""
    runs = tmp_path_factory.mktemp("bench") / "runs"
    return runs, {name: path.name for name, path in write_bench(runs).items()}


@pytest.fixture
def bench_runs(tmp_path):
    """An empty runs folder, and what writes a run into it."""
    return tmp_path / "runs", write_run


@pytest.fixture
def frozen_clock(monkeypatch):
    """Ages do not depend on the day."""
    monkeypatch.setattr("time.time", lambda: NOW)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """What the application remembers and configures is the test's own."""
    for name in ("STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_turn(pilot, press):
    """Return what presses keys and waits until each has had its turn: none is left in the queue."""

    async def press_all(*keys):
        await press(*keys)
        for _ in range(2000):
            if not pilot.app._waiting:
                break
            await pilot.pause(0.005)
        await pilot.pause()

    return press_all


@pytest.fixture
def opened(home):  # noqa: ARG001 - what is remembered goes there
    """Return a context manager that opens the application without a terminal, and its pilot."""
    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.bench import Bench
    from paramdyn_tui.tui.cells import Look
    from paramdyn_tui.tui.settings import Configuration, Settings

    @asynccontextmanager
    async def open_app(runs, *, run=None, size=(120, 36), look=None, theme="dark", start=None,
                       readonly=False, keys=None, **settings):  # fmt: skip
        app = ParamdynApp(
            Bench(Path(runs), open_run=Path(run) if run else None, readonly=readonly),
            look=look or Look(),
            settings=Settings(theme=theme, **settings),
            configuration=Configuration(keys=keys or {}),
            start=start or ("run" if run else "runs"),
        )
        async with app.run_test(size=size) as pilot:
            await settled(pilot, lambda: app.current_mode in ParamdynApp.MODES)
            pilot.press = in_turn(pilot, pilot.press)
            yield app, pilot

    return open_app


def shown(app):
    """Return what the application shows as lines of text, and the colours of each line in words."""
    strips = app.screen._compositor.render_strips()
    lines, colors = [], []
    for strip in strips:
        lines.append("".join(segment.text for segment in strip).rstrip())
        colors.append(" ".join(_inked(segment) for segment in strip if segment.text))
    return lines, colors


def _inked(segment):
    style, width = segment.style, len(segment.text)
    if style is None:
        return f"{width}"
    back = "" if style.bgcolor is None else f"/{style.bgcolor.number}"
    fore = "" if style.color is None else f"{style.color.number}"
    marks = "".join(
        letter for letter, on in (("b", style.bold), ("d", style.dim), ("u", style.underline),
                                  ("r", style.reverse)) if on
    )  # fmt: skip
    return f"{width}:{fore}{back}{marks}"


async def settled(pilot, condition=lambda: True, *, tries=400):
    """Wait until a condition holds and nothing more is to be drawn."""
    for _ in range(tries):
        await pilot.pause()
        if condition():
            await pilot.pause()
            return
        await asyncio.sleep(0.02)
    lines = "\n".join(shown(pilot.app)[0])
    raise AssertionError(f"waited in vain; the screen shows:\n{lines}")


@pytest.fixture
def eventually():
    """Wait for a condition in a coroutine: ``await eventually(pilot, condition)``."""
    return settled


@pytest.fixture
def seen():
    """Return what the application shows, as text."""
    return lambda app: "\n".join(shown(app)[0])


@pytest.fixture
def seen_colors():
    """Return the colours of what the application shows."""
    return lambda app: "\n".join(shown(app)[1])


@pytest.fixture
def each_shows_something(opened, seen, seen_colors):
    """Return a function that presses the first key of every action, and sees the screen change.

    The application is opened anew where a key led away, or showed nothing in the state that the
    keys before it had left: opened anew, each must show something.
    """

    async def press(actions, prepared, begin, *where, **how):
        left, fresh = list(actions), True
        while left:
            async with opened(*where, **how) as (app, pilot):
                await begin(app, pilot)
                place, fresh, some = (app.current_mode, len(app.screen_stack)), True, True
                while left and some and place == (app.current_mode, len(app.screen_stack)):
                    action = left[0]
                    await pilot.press(*prepared.get(action.id, []))
                    await pilot.pause()
                    before = seen(app), seen_colors(app)
                    await pilot.press(action.keys.split(",")[0])
                    for _ in range(200 if fresh else 10):
                        await settled(pilot)
                        some = (seen(app), seen_colors(app)) != before
                        if some:
                            break
                        await asyncio.sleep(0.02)
                    assert some or not fresh, f"{action.id} shows nothing"
                    left, fresh = left[some:], False

    return lambda *given, **how: asyncio.run(press(*given, **how))


os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
