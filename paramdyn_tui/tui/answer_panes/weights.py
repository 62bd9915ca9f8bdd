"""Asking about weights files instead of runs: the line that is typed, and what it means."""

from __future__ import annotations

import os
import re
import shlex
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.catalogues import DATASETS, MODELS
from paramdyn.registry import Registry, nearest_names

if TYPE_CHECKING:
    from paramdyn_tui.tui.dialogs.prompt import Prompt

SUFFIXES = (".safetensors", ".pt", ".pth")
MODEL, DATASET, CLASSES, SIZE = "--model", "--dataset", "--classes", "--image-size"
OPTIONS = (MODEL, DATASET, CLASSES, SIZE)
"""Options of ``analyze`` that say what the weights are of."""
MOST_NAMES = 2000
"""So many names of a folder are looked at for completion."""
HINT = "weights files, then --model NAME --dataset NAME; empty: the runs again"


@dataclass(frozen=True, slots=True)
class Weights:
    """What is asked about instead of runs.

    Attributes:
        files: Weights files; none: a model that nobody has trained.
        options: Options of ``analyze`` with their values, in the order of ``OPTIONS``.
    """

    files: tuple[Path, ...]
    options: tuple[tuple[str, str], ...]

    def words(self) -> list[str]:
        """Return them as words of the command."""
        files = [word for path in self.files for word in ("--weights", str(path))]
        return [*files, *(word for pair in self.options for word in pair)]

    @property
    def names(self) -> list[str]:
        """What they are called: the files, with their folders where names are equal; the model."""
        names = [path.name for path in self.files]
        if len(set(names)) < len(names):
            return [str(path) for path in self.files]
        return names or [dict(self.options)[MODEL]]


def weights_prompt(
    typed: str, take: Callable[[str, Weights | None], None]
) -> tuple[Prompt, Callable[[str | None], None]]:
    """Return a dialog that asks which files are meant, and what is to be done with its result.

    Args:
        typed: What stands in it at first.
        take: Called with the line and what it means; not where the dialog is left.
    """
    from paramdyn_tui.tui.dialogs.prompt import Prompt

    meant: dict[str, Weights | None] = {}

    def check(text: str) -> str:
        meant[text], problem = weights_of(text)
        return problem

    def done(text: str | None) -> None:
        if text is not None:
            take(text, meant[text])

    return Prompt(HINT, typed, check=check, propose=proposals(), reads=True), done


def weights_of(text: str) -> tuple[Weights | None, str]:
    """Return what a line means, and what is wrong with it, in words.

    A line of nothing means no weights; that is no mistake.

    Args:
        text: Files and options, as in a shell: ``a.pt b.pt --model lenet --dataset digits``.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        return None, "a quote or a backslash is not closed"
    files: list[Path] = []
    options: dict[str, str] = {}
    left = iter(words)
    for word in left:
        if word == "--weights":
            continue  # as it is typed in a shell
        if word.startswith("-"):
            name, joined, value = word.partition("=")
            value = value if joined else next(left, "")
            problem = _option_problem(name, value, options)
            if problem:
                return None, problem
            options[name] = value
        else:
            files.append(Path(os.path.expanduser(word)).absolute())  # noqa: PTH111 - raises nothing
    problem = next((each for path in files if (each := _file_problem(path))), "")
    if not problem and files and MODEL not in options:
        problem = f"of which model? Write {MODEL} NAME behind the files"
    if not problem and options and MODEL not in options:
        problem = f"{next(iter(options))} needs {MODEL} NAME"
    if problem or not words:
        return None, problem
    kept = tuple((each, options[each]) for each in OPTIONS if each in options)
    return Weights(tuple(files), kept), ""


def _option_problem(name: str, value: str, before: Iterable[str]) -> str:
    if name not in OPTIONS:
        return f"unknown option '{name}'. Expected one of {', '.join(OPTIONS)}"
    if name in before:
        return f"{name} stands there twice"
    if not value:
        return f"{name} needs a value"
    known: Registry | None = {MODEL: MODELS, DATASET: DATASETS}.get(name)
    if known is not None:
        if value not in known:
            near = nearest_names(value, known.names())
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            return f"{name}: unknown '{value}'.{hint}"
        return ""
    return "" if value.isdecimal() and int(value) > 0 else f"{name} is '{value}': a number above 0"


def _file_problem(path: Path) -> str:
    if path.suffix not in SUFFIXES:
        return f"'{path.name}' is no weights file: expected {', '.join(SUFFIXES)}"
    found = os.path.isfile(path)  # noqa: PTH113 - raises nothing, where a name is too long
    return "" if found else f"there is no file {path}"


def proposals() -> Callable[[str], Sequence[str]]:
    """Return a function that completes a line: paths, options, names of models and data sets.

    A folder is listed once. May be called from several threads.
    """
    folders = _Folders()

    def propose(text: str) -> list[str]:
        head, last = _parted(text)
        before = head.split()
        option = before[-1] if before else ""
        if option == MODEL:
            found = [f"{name} " for name in MODELS.names() if name.startswith(last)]
        elif option == DATASET:
            found = [f"{name} " for name in DATASETS.names() if name.startswith(last)]
        elif option in OPTIONS:
            found = []
        else:
            left = [each for each in OPTIONS if each not in before]
            found = [f"{each} " for each in left if each.startswith(last)]
            paths = [] if last.startswith("-") else _paths(last, folders)
            ready = not last and any(word.endswith(SUFFIXES) for word in before)
            found = [*found, *paths] if ready else [*paths, *found]
        return [head + each for each in found if each != f"{last} "]

    return propose


def _parted(text: str) -> tuple[str, str]:
    """Return a line without its last word, and that word; a space behind a backslash parts none."""
    found = re.search(r"(?:[^\s\\]|\\.)*$", text)
    place = found.start() if found else len(text)
    return text[:place], text[place:]


class _Folders:
    """What lies in folders, each listed once, however many threads ask."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._locks: dict[str, threading.Lock] = {}

    def names(self, folder: str) -> list[str]:
        """Return the folders in a folder, each with ``/``, and the weights files."""
        with self._locks.setdefault(folder, threading.Lock()):
            if folder not in self._names:
                self._names[folder] = _named(os.path.expanduser(folder or "."))  # noqa: PTH111
            return self._names[folder]


def _paths(last: str, folders: _Folders) -> list[str]:
    """Return the paths of folders and weights files that begin with what was typed."""
    typed = re.sub(r"\\(.)", r"\1", last)
    folder, _, start = typed.rpartition("/")
    folder += "/" * ("/" in typed)
    names = [name for name in folders.names(folder) if name.startswith(start)]
    if not start:
        names = [name for name in names if not name.startswith(".")]
    return [_escaped(folder + name) for name in names]


def _named(folder: str) -> list[str]:
    """Return the folders, each with ``/``, and the weights files in a folder that can be read."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for place, entry in enumerate(entries):
                if place >= MOST_NAMES:
                    break
                if entry.is_dir():
                    names.append(f"{entry.name}/")
                elif entry.name.endswith(SUFFIXES):
                    names.append(f"{entry.name} ")
    except OSError:
        pass  # what was read of it counts
    return sorted(names, key=lambda name: (name.endswith("/"), name))


def _escaped(path: str) -> str:
    """Return a path as it is typed: a backslash stands before signs that part words."""
    end = " " * path.endswith(" ")
    return re.sub(r"([\s\\'\"])", r"\\\1", path.removesuffix(" ")) + end
