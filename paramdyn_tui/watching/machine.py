"""The machine that the screen runs on: processors, memory, disks, network, GPUs, processes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from paramdyn_tui.watching.gpus import Gpu, GpuReader

PERIOD_SECONDS = 2.0
HISTORY = 240
"""Samples that are kept of each quantity: eight minutes."""
MOST_PROCESSES = 200


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process.

    Attributes:
        pid: Its number.
        user: Whose it is; empty where that is not told.
        name: What it is called.
        cpu: Processor time it used since the look before, in cores; 0 at the first look.
        memory: Bytes it has in memory.
        gpu_memory: Bytes it has on all GPUs together.
        run: Name of the run that it trains; empty for any other process.
    """

    pid: int
    user: str
    name: str
    cpu: float
    memory: int
    gpu_memory: int
    run: str


@dataclass(frozen=True, slots=True, eq=False)
class MachineView:
    """The machine at one moment. Nothing in it changes later.

    Attributes:
        cpu: Share of all cores that was used since the look before; None at the first look.
        cores: How many cores there are.
        load: Processes that ran or waited, over 1, 5 and 15 minutes; empty where nobody counts.
        memory: Bytes in use that are not merely cached.
        memory_total: Bytes in all.
        disk_read: Bytes a second since the look before; None at the first look, and where the
            system does not tell. So the next three.
        disk_written: Bytes a second.
        received: Bytes a second over the network, but for the machine's talk with itself.
        sent: Bytes a second.
        gpus: Its GPUs.
        gpu_problem: Why GPUs that seem to be there are not shown, in words; maybe empty.
        processes: Those that train runs, then the busiest, if they are wanted.
        history: ``cpu``, ``memory`` (a share), ``disk_read``, ``disk_written``, ``received``,
            ``sent``, and ``gpu0``, ``gpu0_memory`` (shares), ... -> its last values, the newest at
            the end.
    """

    cpu: float | None
    cores: int
    load: tuple[float, ...]
    memory: int
    memory_total: int
    disk_read: float | None
    disk_written: float | None
    received: float | None
    sent: float | None
    gpus: tuple[Gpu, ...]
    gpu_problem: str
    processes: tuple[ProcessRow, ...]
    history: Mapping[str, tuple[float, ...]]


class MachineWatch:
    """Looks at this machine now and then. Belongs to one thread.

    Attributes:
        processes: Whether processes are wanted; listing them costs the most.

    Args:
        clock: Returns seconds that never go back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.processes = False
        self._clock = clock
        self._gpus = GpuReader()
        self._history: dict[str, deque[float]] = {}
        self._counted: tuple[float, dict[str, int]] | None = None

    def look(self, runs: Mapping[int, str] | None = None) -> MachineView:
        """Return how the machine is now.

        Args:
            runs: Process -> the run that it trains.
        """
        import psutil

        first = self._counted is None
        used = float(psutil.cpu_percent(None)) / 100.0  # since it was asked for the last time
        memory = psutil.virtual_memory()
        rates = self._rates(psutil)
        gpus = self._gpus.read()
        taken = int(memory.total - memory.available)
        self._remember("cpu", None if first else used)
        self._remember("memory", taken / memory.total)
        for name, rate in rates.items():
            self._remember(name, rate)
        for gpu in gpus:
            self._remember(f"gpu{gpu.index}", gpu.used)
            self._remember(f"gpu{gpu.index}_memory", gpu.memory / max(gpu.memory_total, 1))
        return MachineView(
            cpu=None if first else used,
            cores=psutil.cpu_count() or 1,
            load=_load(psutil),
            memory=taken,
            memory_total=int(memory.total),
            **rates,
            gpus=gpus,
            gpu_problem=self._gpus.problem,
            processes=self._listed(psutil, runs or {}) if self.processes else (),
            history={name: tuple(values) for name, values in self._history.items()},
        )

    def _remember(self, name: str, value: float | None) -> None:
        if value is not None:
            self._history.setdefault(name, deque(maxlen=HISTORY)).append(value)

    def _rates(self, psutil: Any) -> dict[str, float | None]:  # noqa: ANN401 - the module
        counts, now = _counts(psutil), self._clock()
        before, self._counted = self._counted, (now, counts)
        rates: dict[str, float | None] = dict.fromkeys(
            ("disk_read", "disk_written", "received", "sent")
        )
        if before is not None and now > before[0]:
            for name in rates:
                if name in counts and name in before[1]:
                    grown = counts[name] - before[1][name]  # less than 0 where a disk was removed
                    rates[name] = max(grown, 0) / (now - before[0])
        return rates

    def _listed(self, psutil: Any, runs: Mapping[int, str]) -> tuple[ProcessRow, ...]:  # noqa: ANN401
        on_gpus = self._gpus.memory_by_process()
        rows = []
        facts = ("pid", "name", "username", "cpu_percent", "memory_info")
        for process in psutil.process_iter(facts):
            info = process.info
            if info["memory_info"] and not (info["memory_info"].rss or info["cpu_percent"]):
                continue  # an idle thread of the kernel
            rows.append(
                ProcessRow(
                    pid=info["pid"],
                    user=info["username"] or "",
                    name=info["name"] or "",
                    cpu=(info["cpu_percent"] or 0.0) / 100.0,
                    memory=info["memory_info"].rss if info["memory_info"] else 0,
                    gpu_memory=on_gpus.get(info["pid"], 0),
                    run=runs.get(info["pid"], ""),
                )
            )
        rows.sort(
            key=lambda row: (bool(row.run), row.cpu, row.gpu_memory, row.memory), reverse=True
        )
        return tuple(rows[:MOST_PROCESSES])


def _load(psutil: Any) -> tuple[float, ...]:  # noqa: ANN401 - the module
    try:
        return tuple(psutil.getloadavg())
    except (OSError, AttributeError):
        return ()


def _counts(psutil: Any) -> dict[str, int]:  # noqa: ANN401 - the module
    """Return bytes since the machine started, as far as the system tells."""
    counts: dict[str, int] = {}
    try:
        disks = psutil.disk_io_counters()
    except (OSError, RuntimeError, NotImplementedError, psutil.Error):
        disks = None
    if disks is not None:
        counts |= {"disk_read": disks.read_bytes, "disk_written": disks.write_bytes}
    try:
        links = psutil.net_io_counters(pernic=True)
    except (OSError, RuntimeError, psutil.Error):
        links = {}
    outer = [link for name, link in links.items() if not name.startswith("lo")]
    if outer:
        counts["received"] = sum(link.bytes_recv for link in outer)
        counts["sent"] = sum(link.bytes_sent for link in outer)
    return counts
