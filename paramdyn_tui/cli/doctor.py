"""``paramdyn doctor``: what this machine can do, and what is wrong with it, in words."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from paramdyn_tui.cli.options import Data, Json, Runs

OLDEST_PYTHON = (3, 11)
DATA_FILES = {
    "mnist": "MNIST/raw/train-images-idx3-ubyte",
    "fashion-mnist": "FashionMNIST/raw/train-images-idx3-ubyte",
    "cifar10": "cifar-10-batches-py/data_batch_1",
}
"""Data set -> a file that tells whether the data folder has it (``.gz`` counts too)."""


@dataclass(frozen=True)
class Check:
    """One point.

    Attributes:
        name: What was looked at.
        status: ``ok``, ``note`` (something is absent, and one can do without) or ``fails``.
        text: What was found, and what to do.
    """

    name: str
    status: str
    text: str


def doctor(
    runs: Runs = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check this machine: Python and its libraries, devices, data sets, the runs folder.

    \b
    paramdyn doctor
    paramdyn doctor --data /data/images     whether the data sets are found there
    paramdyn doctor --json | jq '.checks[] | select(.status == "fails")'

    ok: it works. note: something is absent that one can do without. fails: something will not
    work, with what to do about it; then the exit status is 1.
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn_tui.cli import output

    checks = examine(runs=runs, data=data)
    failing = [check for check in checks if check.status == "fails"]
    if json:
        output.result_json({"ok": not failing, "checks": [asdict(check) for check in checks]})
    else:
        rows = [[check.name, check.status, check.text] for check in checks]
        output.table(["point", "status", "found"], rows)
    if failing:
        output.talk(f"paramdyn: {', '.join(check.name for check in failing)}: see above.")
        raise typer.Exit(1)


def examine(*, runs: str | None, data: str | None) -> list[Check]:
    """Look at everything that a run needs."""
    checks = [_python()]
    try:
        import torch
    except (ImportError, OSError) as error:
        text = f"cannot be imported: {error}. Install it: pip install torch (pytorch.org)."
        checks.append(Check("torch", "fails", text))
    else:
        checks += _computing(torch.__version__)
    return [*checks, _compiler(), *_data(data), _runs(runs)]


def _python() -> Check:
    text = f"{platform.python_version()} in {sys.prefix}"
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", "fails", f"{text}; 3.11 or newer is needed.")
    return Check("python", "ok", text)


def _computing(version: str) -> list[Check]:
    from paramdyn import devices
    from paramdyn_tui.formatting import short_count

    facts: dict[str, Any] = devices.describe()
    cuda = [
        f"cuda:{item['index']} {item['name']} ({short_count(float(item['memory_bytes']))}B)"
        for item in facts["cuda_devices"]
    ]
    found = [*cuda, *(["mps"] if facts["mps"] else []), "cpu"]
    memory = short_count(float(facts["memory_available_bytes"]))
    whole = short_count(float(facts["memory_bytes"]))
    cpu = f"{facts['processor']}: {facts['cores']} cores, {facts['threads']} threads used"
    return [
        Check("torch", "ok", version),
        _torchvision(),
        Check("devices", "ok", f"{', '.join(found)}; auto means {facts['device']}"),
        Check("cpu", "ok", cpu),
        Check("memory", "ok", f"{memory}B free of {whole}B"),
    ]


def _torchvision() -> Check:
    from importlib.metadata import version

    from paramdyn.vision import torchvision

    try:
        torchvision()
    except (ImportError, RuntimeError, OSError) as error:
        text = f"cannot be imported: {error}. Install the release that fits torch."
        return Check("torchvision", "fails", text)
    return Check("torchvision", "ok", version("torchvision"))


def _compiler() -> Check:
    from paramdyn.native.native_library import find_compiler

    compiler = find_compiler()
    if compiler is None:
        text = "no C compiler ($CC, cc, gcc, clang): recording uses torch, which is slower"
        return Check("compiler", "note", text)
    return Check("compiler", "ok", f"{compiler}: builds the native recording kernel")


def _data(option: str | None) -> list[Check]:
    from paramdyn.datasets import data_folder

    folder = data_folder(option)
    there = {name: _has(folder / file) for name, file in DATA_FILES.items()}
    have = [name for name, found in there.items() if found]
    lack = [name for name, found in there.items() if not found]
    checks = [Check("digits", "ok", "inside scikit-learn, needs no file")]
    if have:
        checks.append(Check("data", "ok", f"{', '.join(have)} in {folder}"))
    if lack:
        text = f"{', '.join(lack)} not in {folder}: downloaded there when first used"
        checks.append(Check("data", "note", text))
    return checks


def _has(file: Path) -> bool:
    return file.exists() or file.with_name(f"{file.name}.gz").exists()


def _runs(option: str | None) -> Check:
    from paramdyn.store.run_folder import runs_folder

    folder = runs_folder(option)
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        text = f"{folder.absolute()} cannot be written: {error.strerror}. Choose another: --runs."
        return Check("runs", "fails", text)
    made = "" if nearest == folder else ", made by the first run"
    return Check("runs", "ok", f"{os.fspath(folder.absolute())} can be written{made}")
