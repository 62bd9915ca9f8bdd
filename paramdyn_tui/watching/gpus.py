"""NVIDIA's GPUs, read with the driver's own library where its Python package is installed."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

DRIVER = Path("/proc/driver/nvidia/version")
"""Is there where the driver is loaded."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU at one moment.

    Attributes:
        index: Its number, as in ``cuda:0``.
        name: What it calls itself.
        used: Share of the last sampling period in which it computed.
        memory: Bytes in use.
        memory_total: Bytes in all.
        watts: What it draws; None where it does not tell.
        celsius: Its temperature; None where it does not tell.
    """

    index: int
    name: str
    used: float
    memory: int
    memory_total: int
    watts: float | None
    celsius: float | None


class GpuReader:
    """Reads all GPUs; none where that is impossible.

    Attributes:
        problem: Why GPUs that seem to be there cannot be read, in words; maybe empty.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._library: ModuleType | None = None
        self._handles: list[Any] = []
        self._begun = False

    def read(self) -> tuple[Gpu, ...]:
        """Return each GPU as it is now; one that has fallen off the bus is left out."""
        self._begin()
        library = self._library
        found = []
        for index, handle in enumerate(self._handles if library is not None else ()):
            try:
                found.append(_gpu(library, index, handle))
            except library.NVMLError as error:  # type: ignore[union-attr]
                self.problem = f"GPU {index} cannot be read: {error}. Look at nvidia-smi."
        return tuple(found)

    def memory_by_process(self) -> dict[int, int]:
        """Return for each process how many bytes it has on all GPUs together."""
        self._begin()
        taken: Counter[int] = Counter()
        library = self._library
        for handle in self._handles if library is not None else ():
            with contextlib.suppress(library.NVMLError):  # type: ignore[union-attr]
                for each in library.nvmlDeviceGetComputeRunningProcesses(handle):  # type: ignore[union-attr]
                    taken[each.pid] += each.usedGpuMemory or 0
        return dict(taken)

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        try:
            import pynvml
        except ImportError:
            if DRIVER.exists():
                self.problem = "GPUs are not shown: install paramdyn with its extra 'gpu'."
            return
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
            self._library = pynvml
        except pynvml.NVMLError as error:
            if DRIVER.exists():
                self.problem = f"GPUs cannot be read: {error}. Look at nvidia-smi."


def _gpu(library: Any, index: int, handle: Any) -> Gpu:  # noqa: ANN401 - the library's own
    name = library.nvmlDeviceGetName(handle)
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    watts = celsius = None
    with contextlib.suppress(library.NVMLError):
        watts = library.nvmlDeviceGetPowerUsage(handle) / 1000.0
    with contextlib.suppress(library.NVMLError):
        sensor = library.NVML_TEMPERATURE_GPU
        celsius = float(library.nvmlDeviceGetTemperature(handle, sensor))
    return Gpu(
        index=index,
        name=name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name),
        used=library.nvmlDeviceGetUtilizationRates(handle).gpu / 100.0,
        memory=int(memory.used),
        memory_total=int(memory.total),
        watts=watts,
        celsius=celsius,
    )
