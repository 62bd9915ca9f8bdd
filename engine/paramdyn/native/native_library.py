"""Compiles the C files beside it with the machine's C compiler, once, and loads the library.

The library lies in the user's cache folder under a hash of its source, the compiler and the
processor, so a shared home never serves code for another machine. Without a compiler nothing is
lost but speed.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path

import platformdirs

log = logging.getLogger(__name__)

_SOURCES = ("drift.c", "number.h", "rows.c", "order.c", "batch.c")
_FLAGS = ["-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]


@cache
def load() -> ctypes.CDLL | None:
    """Return the compiled library, or None where it cannot be had (the log says why)."""
    if platform.system() not in ("Linux", "Darwin"):
        return None
    compiler = find_compiler()
    if compiler is None:
        log.info("no C compiler found (tried $CC, cc, gcc, clang): recording uses torch")
        return None
    folder = resources.files("paramdyn.native")
    sources = {name: folder.joinpath(name).read_text() for name in _SOURCES}
    try:
        return ctypes.CDLL(str(_compiled(sources, compiler)))
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the native recording kernel cannot be built, recording uses torch: %s", error)
        return None


def find_compiler() -> str | None:
    """Return the path of a C compiler: ``$CC``, cc, gcc or clang."""
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        path = shutil.which(name) if name else None
        if path:
            return path
    return None


def _compiled(sources: dict[str, str], compiler: str) -> Path:
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    about = [*sources.values(), *_FLAGS, version.stdout, platform.machine(), _processor()]
    identity = "\x1f".join(about)
    folder = _folder()
    library = folder / f"drift-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            for name, text in sources.items():
                Path(work, name).write_text(text)
            built = Path(work, "drift.so")
            parts = [str(Path(work, name)) for name in sources if name.endswith(".c")]
            command = [compiler, *_FLAGS, "-o", str(built), *parts, "-lm"]
            threaded = subprocess.run([*command, "-fopenmp"], capture_output=True, check=False)
            if threaded.returncode != 0:
                subprocess.run(command, capture_output=True, check=True)
            built.replace(library)
    return library


def _folder() -> Path:
    root = os.environ.get("PARAMDYN_CACHE") or platformdirs.user_cache_dir("paramdyn")
    folder = Path(root, "kernels")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user: code is not loaded from there")
    return folder


def _processor() -> str:
    """Return what ``-march=native`` depends on, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    wanted = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))
