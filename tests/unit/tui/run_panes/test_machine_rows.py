"""The machine, its processes, and what happened, in rows."""

import dataclasses
from types import SimpleNamespace

import pytest

from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.run_panes.events_pane import events_picture
from paramdyn_tui.tui.run_panes.machine_panes import machine_rows
from paramdyn_tui.tui.run_panes.process_rows import ordered, process_table
from paramdyn_tui.tui.run_panes.system_pane import made_rows, system_picture
from paramdyn_tui.watching.gpus import Gpu
from paramdyn_tui.watching.machine import MachineView, ProcessRow

GPU = Gpu(0, "H200", 0.97, 9 * 2**30, 139 * 2**30, 612.0, 58.0)
MACHINE = MachineView(
    cpu=0.14, cores=16, load=(1.5, 1.0, 0.5), memory=6 * 2**30, memory_total=128 * 2**30,
    disk_read=None, disk_written=1.1 * 2**20, received=None, sent=None, gpus=(GPU,),
    gpu_problem="", processes=(), history={"cpu": (0.1, 0.9, 0.14), "gpu0": (0.5, 0.97)},
)  # fmt: skip


def test_the_strip_tells_the_gpu_first(live_view, lines):
    text = lines(system_picture(live_view, MACHINE, 100, 4, Look()), 100, 4)
    assert "GPU0 H200" in text[1]
    assert "97%" in text[1]
    assert "9.0G/139G" in text[1]
    assert "612W  58°C" in text[1]
    assert "14%  RAM 6.0G/128G" in text[2]
    assert lines(system_picture(live_view, MACHINE, 80, 1, Look()), 80, 1)[0].startswith(" GPU0")


def test_without_a_gpu_the_processor_is_told(live_view, lines):
    plain = dataclasses.replace(MACHINE, gpus=())
    assert "CPU" in lines(system_picture(live_view, plain, 80, 1, Look()), 80, 1)[0]


def test_a_run_that_has_ended_tells_where_it_was_made(view_of, lines):
    manifest = SimpleNamespace(
        versions={"torch": "2.13.0"}, git={"commit": "c36e7376aa"}, device_name="a chip",
        device="cpu", precision="fp32", threads=2, host="bench", paramdyn="0.1.0",
    )  # fmt: skip
    view = view_of(status="finished", manifest=manifest)
    text = " ".join(lines(system_picture(view, None, 76, 5, Look()), 76, 5))
    for part in ("made on", "a chip", "threads 2", "took 10s", "torch 2.13.0", "git c36e7376"):
        assert part in text
    assert "not known yet" in lines(system_picture(None, None, 40, 3, Look()), 40)[1]
    assert len(made_rows(view, 20)) > 3


@pytest.mark.parametrize("size", [(2, 1), (2, 3), (20, 4), (120, 8)])
@pytest.mark.parametrize("machine", [MACHINE, None])
def test_any_size_is_exact(size, machine, live_view, lines):
    ended = dataclasses.replace(live_view, manifest=None)
    assert lines(
        system_picture(ended if machine is None else live_view, machine, *size, Look()), size[0]
    )


def test_the_screen_has_a_row_for_all_that_is_measured():
    text = ["".join(span.text for span in row) for row in machine_rows(MACHINE, 80, Look())]
    assert [line.split()[0] for line in text] == ["CPU", "memory", "GPU", "memory", "H200", "disk",
                                                  "load"]  # fmt: skip
    assert text[5].rstrip().endswith("1.1M/s")
    wrong = dataclasses.replace(MACHINE, gpus=(), gpu_problem="GPUs are not shown: why.")
    assert "GPUs are not shown" in "".join(
        span.text for span in machine_rows(wrong, 80, Look())[-1]
    )


ROWS = (ProcessRow(7, "root", "init", 0.5, 9, 0, ""), ProcessRow(8, "me", "python", 0.1, 5, 3, "r"),
        ProcessRow(9, "me", "vi", 0.2, 99, 0, ""))  # fmt: skip


def test_processes_of_runs_come_first_in_every_order():
    assert [row.pid for row in ordered(ROWS, "cpu", mine=False)] == [8, 7, 9]
    assert [row.pid for row in ordered(ROWS, "memory", mine=False)] == [8, 9, 7]
    assert [row.pid for row in ordered(ROWS, "cpu", mine=True)] == [8]


def test_the_table_marks_its_order_and_its_cursor(lines):
    table = process_table(ROWS, 80, 3, at=1, first=0, sort="memory")
    text = lines(table, 80, 3)
    assert "pid" in text[0]
    assert [span.text.strip() for span in table[0] if span.style == "title"] == ["memory"]
    assert all(span.style == "cursor" for span in table[2])
    assert "python" in text[2]


def test_the_newest_events_are_shown(live_view, lines):
    text = lines(events_picture(live_view.events, 40, 3), 40, 3)
    assert "1 earlier" in text[0]
    assert "L e0.5" in text[1]
    assert "learning rate  0.001" in text[1]
    assert "none yet" in lines(events_picture((), 40, 3), 40)[1]


def test_names_of_processes_take_the_room_that_runs_leave(lines):
    long = ProcessRow(9, "me", "a-process-of-a-long-name", 0.2, 99, 0, "")
    alone = lines(process_table((long,), 80, 2, at=0, first=0, sort="cpu"), 80, 2)
    assert "a-process-of-a-long-name" in alone[1]
    of_run = dataclasses.replace(long, run="lenet-digits-default-sgd-s0-44136fa3")
    table = process_table((of_run,), 120, 2, at=0, first=0, sort="cpu")
    assert "lenet-digits-default-sgd-s0-44136fa3" in lines(table, 120, 2)[1]
