"""Where a run computes, and in which arithmetic; nothing is left to torch's defaults."""

from __future__ import annotations

import ctypes
import os
import platform
import warnings
from contextlib import AbstractContextManager, nullcontext
from importlib import metadata
from pathlib import Path

import psutil
import torch

from paramdyn.errors import DeviceError
from paramdyn.registry import nearest_names

PRECISIONS = ("fp32", "tf32", "bf16")
_DEFAULT_THREADS = torch.get_num_threads()
_CUBLAS_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def resolve_device(name: str) -> torch.device:
    """Return the device that ``name`` means on this machine.

    Args:
        name: ``auto`` (cuda, else mps, else cpu), ``cpu``, ``cuda``, ``cuda:1``, ``mps``.

    Raises:
        DeviceError: No such device here, or no such name.
    """
    if name == "auto":
        kind = _best_kind()
        return torch.device("cuda", 0) if kind == "cuda" else torch.device(kind)
    kind, _, number = name.partition(":")
    if name == "cpu":
        return torch.device("cpu")
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise DeviceError(f"training.device: 'mps' is not available. {_what_torch_sees()}")
        return torch.device("mps")
    if kind == "cuda" and (not number or number.isdecimal()):
        return _cuda(name, int(number or 0))
    near = nearest_names(kind, ["cpu", "cuda", "mps", "auto"], count=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise DeviceError(
        f"training.device: unknown device '{name}'.{hint} "
        "Expected auto, cpu, cuda, cuda:N or mps; 'paramdyn doctor' lists what is here."
    )


def _best_kind() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _cuda(name: str, index: int) -> torch.device:
    if not torch.cuda.is_available():
        raise DeviceError(f"training.device: '{name}' is not available. {_what_torch_sees()}")
    count = torch.cuda.device_count()
    if index >= count:
        known = ", ".join(f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(count))
        raise DeviceError(
            f"training.device: there is no '{name}': torch sees {count} CUDA device(s): {known}. "
            "Choose one of them; CUDA_VISIBLE_DEVICES decides what torch sees."
        )
    return torch.device("cuda", index)


def _what_torch_sees() -> str:
    built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
    cause = "nvidia-smi shows whether the driver sees a GPU" if torch.version.cuda else (
        "a GPU needs the CUDA build of torch, see pytorch.org/get-started"
    )  # fmt: skip
    return (
        f"Torch {torch.__version__} is built {built} and sees {torch.cuda.device_count()} CUDA "
        f"device(s), mps {'yes' if torch.backends.mps.is_available() else 'no'}. "
        f"Use --device cpu or auto; {cause}."
    )


def check_precision(device: torch.device, precision: str) -> None:
    """Check that ``precision`` means something on ``device``.

    Raises:
        DeviceError: It does not; the message says why.
    """
    where = f"training.precision: '{precision}'"
    if precision not in PRECISIONS:
        raise DeviceError(
            f"{where} is unknown. Expected {', '.join(PRECISIONS)}. Weights are always kept in "
            "float32: 'bf16' is autocast, because weights in bf16 round small updates away."
        )
    if precision == "fp32":
        return
    if precision == "tf32" and device.type != "cuda":
        raise DeviceError(
            f"{where} does not exist on '{device.type}': it is a mode of NVIDIA's tensor cores. "
            "Use fp32, or a CUDA device."
        )
    if device.type not in ("cuda", "cpu"):
        raise DeviceError(f"{where} is not supported on '{device.type}'. Use fp32.")
    if device.type == "cuda" and torch.cuda.get_device_capability(device) < (8, 0):
        raise DeviceError(
            f"{where}: '{device_name(device)}' has no such tensor cores (they came with compute "
            "capability 8.0). Use fp32."
        )


def configure(device: torch.device, *, precision: str = "fp32", threads: int = 0) -> None:
    """Set threads, matrix arithmetic and determinism for this process.

    Call it before anything computes on a CUDA device: cuBLAS reads its workspace setting once.

    Args:
        device: As ``resolve_device`` returns it.
        precision: ``fp32``: no TF32 anywhere; ``tf32``: TF32 for convolutions and products;
            ``bf16``: float32 outside ``autocast``.
        threads: CPU threads; 0: as many as torch chose when it was imported.

    Raises:
        DeviceError: The precision means nothing on the device.
    """
    check_precision(device, precision)
    os.environ.setdefault(_CUBLAS_WORKSPACE, ":4096:8")
    torch.set_num_threads(threads or _DEFAULT_THREADS)
    _set_tf32(precision == "tf32")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    if device.type == "cuda":
        torch.cuda.set_device(device)


def keep_freed_memory() -> None:
    """Make this process keep memory it freed, for the next step, instead of returning it.

    By default glibc maps large blocks anew each time, and the system fills them with zeros, which
    takes a visible part of a small network's step. Only for a process that trains and ends, such
    as the worker; on other systems it does nothing.
    """
    if platform.system() != "Linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _set_tf32(enabled: bool) -> None:
    """Set TF32 in both of torch's interfaces: it raises where it reads them and they differ."""
    torch.set_float32_matmul_precision("high" if enabled else "highest")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some versions call the old interface deprecated
        torch.backends.cudnn.allow_tf32 = enabled
    precision = "tf32" if enabled else "ieee"
    torch.backends.fp32_precision = precision  # type: ignore[attr-defined]
    torch.backends.cuda.matmul.fp32_precision = precision
    torch.backends.cudnn.conv.fp32_precision = precision  # type: ignore[attr-defined]
    torch.backends.cudnn.rnn.fp32_precision = precision  # type: ignore[attr-defined]
    for operation in ("matmul", "conv", "rnn"):
        getattr(torch.backends.mkldnn, operation).fp32_precision = "ieee"


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return the context a forward pass runs in: bf16 autocast, or nothing.

    The cast of a weight is not cached: weights change at every step, and a cache would outlive a
    captured CUDA graph.
    """
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=False)
    return nullcontext()


def device_name(device: torch.device) -> str:
    """Return the name of the chip behind ``device``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _processor_name() if device.type == "cpu" else f"Apple GPU ({device.type})"


def describe() -> dict[str, object]:
    """Return what this machine can compute on: plain values, sizes in bytes."""
    return {
        "torch": torch.__version__,
        "torchvision": _version("torchvision"),
        "cuda_build": torch.version.cuda,
        "cuda_devices": [_describe_cuda(i) for i in range(torch.cuda.device_count())],
        "mps": torch.backends.mps.is_available(),
        "device": _best_kind(),
        "threads": torch.get_num_threads(),
        "cores": psutil.cpu_count(logical=False) or os.cpu_count() or 1,
        "logical_cores": os.cpu_count() or 1,
        "processor": _processor_name(),
        "memory_bytes": psutil.virtual_memory().total,
        "memory_available_bytes": psutil.virtual_memory().available,
    }


def _describe_cuda(index: int) -> dict[str, object]:
    properties = torch.cuda.get_device_properties(index)
    return {
        "index": index,
        "name": properties.name,
        "memory_bytes": properties.total_memory,
        "capability": f"{properties.major}.{properties.minor}",
    }


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _processor_name() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine()
