"""What a fork has to know of the run that it starts from."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import ParamdynError

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn.store.manifest import ParameterInfo

NAMED = ("init", "final", "best")


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that a run has kept.

    Attributes:
        value: What is written after ``@``.
        about: Which it is.
    """

    value: str
    about: str


@dataclass(frozen=True, slots=True)
class Parent:
    """The run.

    Attributes:
        path: Its folder.
        spec: What it computed.
        kept: Its snapshots; the one from which a fork usually starts comes first.
        parameters: Its parameter table; empty where that cannot be read.
    """

    path: Path
    spec: RunSpec
    kept: tuple[Kept, ...] = ()
    parameters: tuple[ParameterInfo, ...] = ()

    @property
    def name(self) -> str:
        """Its id."""
        return self.path.name

    def layer_globs(self) -> list[str]:
        """Return globs over its parameters that mean something: layers, kinds of them, and all."""
        layers = dict.fromkeys(info.layer for info in self.parameters if info.layer)
        blocks = dict.fromkeys(layer.split(".")[0] for layer in layers if "." in layer)
        names = [info.name for info in self.parameters]
        ends = dict.fromkeys(name.rpartition(".")[2] for name in names if "." in name)
        return [
            "*",
            *(f"{block}.*" for block in blocks),
            *(f"{layer}.*" for layer in layers),
            *(f"*.{end}" for end in ends),
            *names,
        ]

    def matched(self, globs: str) -> tuple[int, int]:
        """Return how many parameters, and scalars of them, some globs choose."""
        wanted = [glob.strip() for glob in globs.split("|")]
        found = [
            info for info in self.parameters if any(fnmatchcase(info.name, each) for each in wanted)
        ]
        return len(found), sum(info.count for info in found)

    def layer_problem(self, globs: str) -> str:
        """Return what is wrong with globs over its parameters; nothing where none is known."""
        if not self.parameters:
            return ""
        for glob in globs.split("|"):
            if not self.matched(glob)[0]:
                some = ", ".join(info.name for info in self.parameters[:3])
                return (
                    f"'{glob.strip()}' matches none of the {len(self.parameters)} parameters. They "
                    f"are called such as {some}. Use a glob over these names: 'conv1.*'."
                )
        return ""


def read_parent(path: Path) -> Parent:
    """Read what a fork has to know.

    Raises:
        ParamdynError: The folder holds no run whose spec can be read.
    """
    from paramdyn.specs.reader import read_spec
    from paramdyn.store.manifest import read_manifest
    from paramdyn.store.run_folder import RunFolder

    folder = RunFolder.open(path)
    spec = read_spec(folder.layout.spec)
    try:
        parameters = tuple(read_manifest(folder.layout).parameters)
    except ParamdynError:
        parameters = ()
    return Parent(path, spec, tuple(_kept(folder.path)), parameters)


def _kept(path: Path) -> list[Kept]:
    """Return the snapshots whose files are there: ``final`` first, else the newest one."""
    from paramdyn.store.layout import Layout
    from paramdyn.store.records import read

    steps: dict[int, str] = {}
    best: list[Kept] = []
    try:
        events = read(Layout(path).events)[0]
    except (ParamdynError, OSError):
        return []
    for event in events:
        step, name = event.get("step"), str(event.get("name"))
        if event.get("event") != "snapshot" or not isinstance(step, int):
            continue
        if not (path / str(event.get("file"))).is_file():
            continue
        if name == "best":  # its file moves on as validation improves
            best = [Kept(name, f"step {step:,}, the best on validation images")]
        elif name in NAMED or step not in steps:
            steps[step] = name
    found = [
        Kept(name if name in NAMED else str(step), f"step {step:,}")
        for step, name in sorted(steps.items(), reverse=True)
    ]
    return sorted([*found, *best], key=lambda each: each.value != "final")
