"""The machine, and its GPUs where the driver's library tells of them."""

# ruff: noqa: N802, ARG002 - a library's names and arguments

import os
import sys
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from paramdyn_tui.watching import gpus, machine
from paramdyn_tui.watching.gpus import GpuReader
from paramdyn_tui.watching.machine import MachineWatch


class Library(ModuleType):
    """What pynvml offers, of two GPUs; the second one fails when told to."""

    class NVMLError(Exception):
        pass

    NVML_TEMPERATURE_GPU = 0

    def __init__(self):
        super().__init__("pynvml")
        self.broken = False
        self.silent = False

    def nvmlInit(self):
        if self.silent:
            raise self.NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self):
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetName(self, handle):
        return b"H200" if handle else "H100"

    def nvmlDeviceGetMemoryInfo(self, handle):
        if handle and self.broken:
            raise self.NVMLError("GPU is lost")
        return SimpleNamespace(used=10 * (handle + 1), total=100)

    def nvmlDeviceGetUtilizationRates(self, handle):
        return SimpleNamespace(gpu=25 * (handle + 1))

    def nvmlDeviceGetPowerUsage(self, handle):
        if handle:
            raise self.NVMLError("Not Supported")
        return 612000

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return 58

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        return [SimpleNamespace(pid=os.getpid(), usedGpuMemory=None if handle else 7)]


@pytest.fixture
def library(monkeypatch):
    library = Library()
    monkeypatch.setitem(sys.modules, "pynvml", library)
    return library


@pytest.fixture
def no_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)


@pytest.fixture
def counters(monkeypatch):
    """Bytes that the machine has read, written, received and sent."""
    found = SimpleNamespace(read_bytes=0, write_bytes=0, bytes_recv=0, bytes_sent=0)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: found)
    monkeypatch.setattr(psutil, "net_io_counters", lambda **_: {"eth0": found, "lo": None})
    return found


def test_rates_are_since_the_look_before(counters):
    now = [0.0]
    watch = MachineWatch(clock=lambda: now[0])
    first = watch.look()
    assert (None, None) == (first.cpu, first.disk_read)
    now[0], counters.read_bytes, counters.bytes_sent = 4.0, 400, 100
    second = watch.look()
    assert (100.0, 0.0, 0.0, 25.0) == (
        second.disk_read, second.disk_written, second.received, second.sent
    )  # fmt: skip
    now[0], counters.read_bytes = 5.0, 0  # a disk was taken out
    assert 0.0 == watch.look().disk_read
    assert (100.0, 0.0) == watch.look().history["disk_read"][:2]
    assert () == first.history.get("disk_read", ())


def test_machine_that_does_not_tell_is_shown_without(monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("no statistics here")

    monkeypatch.setattr(psutil, "disk_io_counters", lambda: None)
    monkeypatch.setattr(psutil, "net_io_counters", refuse)
    watch = MachineWatch()
    watch.look()
    view = watch.look()
    assert (None, None) == (view.disk_read, view.sent)
    assert 0 < view.memory < view.memory_total
    assert view.cores >= 1


def test_history_is_limited(monkeypatch):
    monkeypatch.setattr(machine, "HISTORY", 3)
    watch = MachineWatch()
    lengths = [len(watch.look().history["memory"]) for _ in range(5)]
    assert [1, 2, 3, 3, 3] == lengths


@pytest.mark.usefixtures("library")
def test_processes_are_listed_only_when_wanted():
    watch = MachineWatch()
    assert () == watch.look().processes
    watch.processes = True
    rows = watch.look({os.getpid(): "my-run"}).processes
    assert ("my-run", os.getpid(), 7) == (rows[0].run, rows[0].pid, rows[0].gpu_memory)
    assert rows[0].memory > 10**6
    assert [] == [row for row in rows[1:] if row.run]


def test_idle_threads_of_the_kernel_are_not_listed(monkeypatch):
    def process(pid, cpu, memory):
        facts = {"pid": pid, "name": "x", "username": "u", "cpu_percent": cpu}
        rss = None if memory is None else SimpleNamespace(rss=memory)
        return SimpleNamespace(info={**facts, "memory_info": rss})

    found = [process(2, 0.0, 0), process(3, 1.5, 0), process(4, 0.0, 10), process(5, None, None)]
    monkeypatch.setattr(psutil, "process_iter", lambda _facts: found)
    watch = MachineWatch()
    watch.processes = True
    assert [3, 4, 5] == [row.pid for row in watch.look().processes]


@pytest.mark.usefixtures("library")
def test_gpus_are_read():
    first, second = MachineWatch().look().gpus
    assert (0, "H100", 0.25, 10, 100, 612.0, 58.0) == (
        first.index, first.name, first.used, first.memory, first.memory_total, first.watts,
        first.celsius,
    )  # fmt: skip
    assert (1, "H200", None) == (second.index, second.name, second.watts)
    assert (0.5,) == MachineWatch().look().history["gpu1"]
    assert (0.2,) == MachineWatch().look().history["gpu1_memory"]


def test_gpu_that_is_lost_is_said(library):
    reader = GpuReader()
    assert 2 == len(reader.read())
    library.broken = True
    assert [0] == [gpu.index for gpu in reader.read()]
    assert "GPU 1 cannot be read: GPU is lost" in reader.problem


@pytest.mark.parametrize("driver", [True, False])
@pytest.mark.usefixtures("no_library")
def test_missing_library_is_said_where_there_is_a_driver(monkeypatch, tmp_path, driver):
    monkeypatch.setattr(gpus, "DRIVER", tmp_path if driver else tmp_path / "absent")
    reader = GpuReader()
    assert ((), {}) == (reader.read(), reader.memory_by_process())
    assert driver == ("extra 'gpu'" in reader.problem)


def test_driver_that_does_not_answer_is_said(library, monkeypatch, tmp_path):
    monkeypatch.setattr(gpus, "DRIVER", tmp_path)
    library.silent = True
    reader = GpuReader()
    assert () == reader.read()
    assert "Driver Not Loaded" in reader.problem
