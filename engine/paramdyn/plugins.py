"""Load a user's plug-in files: Python files whose import registers names in the catalogues.

A plug-in is executed once a process. Which file it is, is decided by its name and content, not by
its path, so the copy that a run folder keeps is not loaded beside the original.
"""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType, TracebackType

from paramdyn.errors import PluginError
from paramdyn.regular_files import read_regular


def load_plugins(paths: Iterable[Path]) -> None:
    """Execute each plug-in file under a private module name; skip those already loaded.

    Names that a failing file registered before it failed stay registered.

    Args:
        paths: Python files, in the order in which they are executed.

    Raises:
        PluginError: A file cannot be read, raises, or registers a name that is taken. The message
            names the file, the line and the exception.
    """
    for path in paths:
        _load(path)


def module_name(path: Path, content: bytes) -> str:
    """Return the name under which a plug-in is kept in ``sys.modules``."""
    digest = hashlib.sha256(content).hexdigest()[:12]
    return f"_paramdyn_plugin_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"


def _load(path: Path) -> None:
    content = _content(path)
    name = module_name(path, content)
    if name in sys.modules:
        return
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # before it runs: its dataclasses look themselves up here
    with _Explained(path, name):
        exec(compile(content, str(path), "exec"), module.__dict__)


def _content(path: Path) -> bytes:
    try:
        return read_regular(path)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise PluginError(
            f"{path}: {reason}. A plug-in is a Python file that can be read. Correct the path; one "
            "in a spec is relative to the spec's own folder."
        ) from error


class _Explained:
    """Turn whatever a user's file raises, ``sys.exit()`` included, into a PluginError."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            return
        sys.modules.pop(self._name, None)
        if isinstance(error, (Exception, SystemExit)):
            raise PluginError(self._message(error, trace)) from error

    def _message(self, error: BaseException, trace: TracebackType | None) -> str:
        line = self._line(error, trace)
        where = f"{self._path}: line {line}" if line else str(self._path)
        if isinstance(error, PluginError):
            return f"{where}: {error}"
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        kind = type(error).__name__
        found = f"{kind}: {text}" if text else kind
        return f"{where}: {found}. A plug-in must run without an error. Correct that line."

    def _line(self, error: BaseException, trace: TracebackType | None) -> int | None:
        if isinstance(error, SyntaxError) and error.filename == str(self._path):
            return error.lineno
        frames = traceback.extract_tb(trace)
        lines = [frame.lineno for frame in frames if frame.filename == str(self._path)]
        return lines[-1] if lines else None
