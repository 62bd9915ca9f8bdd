"""A run folder as a subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch

from paramdyn.analysis.subjects.subject import END, START, UNTRAINED, Kept, Moment, State, Subject
from paramdyn.checkpoints import copy_into, fitting, load_checkpoint
from paramdyn.errors import RunNotFound
from paramdyn.parameters import FlatParameters
from paramdyn.specs import RunSpec
from paramdyn.specs.run_spec import InitializerSpec
from paramdyn.starting import starting_model
from paramdyn.store.columns import Columns, read_columns
from paramdyn.store.equal_runs import lineage_of
from paramdyn.store.manifest import Manifest
from paramdyn.store.records import Record, read
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.snapshots import read_snapshot
from paramdyn.store.state import read_state

_LOADING = ("pretrained", "weights")
_DRAWN = "kaiming-uniform"


class RunSubject(Subject):
    """The model of a run, finished or live.

    The end of one that has not finished is its newest snapshot or checkpoint, whichever is later.

    Args:
        folder: The run.
        spec: Its spec, plug-ins loaded.
        manifest: Its run.json.
        status: Its effective status.
        runs: Where the runs that it starts from are looked for.
    """

    def __init__(
        self, folder: RunFolder, spec: RunSpec, manifest: Manifest, status: str, runs: Path
    ) -> None:
        self.name = folder.name
        self.spec = spec
        self.classes = len(manifest.dataset["classes"])
        self.status = status
        self.parameters = manifest.parameters
        self._folder, self._manifest, self._runs = folder, manifest, runs

    @property
    def folder(self) -> RunFolder:
        """The run's folder."""
        return self._folder

    @property
    def manifest(self) -> Manifest:
        """What run.json holds."""
        return self._manifest

    def state(self, moment: Moment = END) -> State:
        """Return the values at a moment."""
        if moment == UNTRAINED:
            return self._untrained
        if moment in (START, 0):
            kept = self._files.get("init")
            return self._start if kept is None else _mapped(kept)
        if moment == END and self._ends_in_checkpoint:
            return self._checkpoint[1]
        return _mapped(self._path(moment))

    def step_of(self, moment: Moment) -> int:
        """Return the step of a moment."""
        if moment in (START, UNTRAINED, 0):
            return 0
        if moment == END and self._ends_in_checkpoint:
            return self._checkpoint[0]
        path = self._path(moment)
        return next(kept.step for kept, file in self._kept if file == path)

    def kept(self) -> tuple[Kept, ...]:
        """Return the snapshots that are there, by step."""
        return tuple(kept for kept, _ in self._kept)

    def columns(self, *keys: str) -> Columns:
        """Return metrics.jsonl as columns."""
        return read_columns(self._folder.layout.metrics, keys or None)

    def events(self) -> Sequence[Record]:
        """Return events.jsonl."""
        return read(self._folder.layout.events)[0]

    @cached_property
    def _kept(self) -> list[tuple[Kept, Path]]:
        """Every snapshot whose file is there. ``best`` names its step; its file moves on."""
        found: dict[Path, Kept] = {}
        for event in self.events():
            path = self._folder.path / str(event.get("file"))
            if event.get("event") == "snapshot" and path.is_file():
                found[path] = Kept(int(event["step"]), str(event["name"]))
        return sorted(((kept, path) for path, kept in found.items()), key=lambda item: item[0].step)

    @property
    def _files(self) -> Mapping[str, Path]:
        return {kept.name: path for kept, path in self._kept}

    def _path(self, moment: Moment) -> Path:
        # best.safetensors moves on as validation improves: a step number never means it.
        if moment == END:
            wanted = [path for kept, path in self._kept if kept.name not in ("best", "init")][-1:]
        elif isinstance(moment, str):
            wanted = [path for kept, path in self._kept if kept.name == moment]
        else:
            wanted = [p for kept, p in self._kept if kept.step == moment and kept.name != "best"]
        if wanted:
            return wanted[-1]
        kept = ", ".join(f"{kept.name} ({kept.step})" for kept, _ in self._kept) or "none"
        raise RunNotFound(
            f"{self.name}: no snapshot '{moment}'; it kept {kept}. Its values at that moment are "
            "needed. Run its spec again with other --snapshots, such as every:1, or wait until it "
            "has finished or written a checkpoint."
        )

    @cached_property
    def _ends_in_checkpoint(self) -> bool:
        """Whether a run that has not finished got farther than what it kept."""
        kept = [each for each, _ in self._kept if each.name not in ("best", "init")]
        if self.status == "finished" or not self._folder.layout.checkpoint.is_file():
            return False
        step = read_state(self._folder.layout).checkpoint_step
        return step > (kept[-1].step if kept else 0)

    @cached_property
    def _checkpoint(self) -> tuple[int, State]:
        """The step and the values of the newest checkpoint, read once: a live run replaces it."""
        path = self._folder.layout.checkpoint
        found = load_checkpoint(path, mapped=True)
        model = self.new_model()
        flat = FlatParameters(model)
        with fitting(path), torch.no_grad():
            copy_into([flat.values], [found["values"]])
            copy_into(model.buffers(), found["buffers"])
        return int(found["step"]), {key: each.detach() for key, each in model.state_dict().items()}

    @cached_property
    def _start(self) -> State:
        """Drawn again, and checked against the hash that the run noted."""
        model, _, _ = starting_model(self.spec, runs=self._runs, classes=self.classes)
        found = FlatParameters(model).state_hash()
        if found != self._manifest.initial_sha256:
            raise RunNotFound(
                f"{self.name}: its values at step 0 were not kept, and drawing them again gives "
                f"others (sha256 {found[:12]}, not {self._manifest.initial_sha256[:12]}): another "
                "torch, or another file. Run its spec again with --snapshots init,final."
            )
        return dict(model.state_dict())

    @cached_property
    def _untrained(self) -> State:
        """The draw of the run's first ancestor, unperturbed; a fresh one if that was pretrained."""
        first = lineage_of(self._runs, self._folder)[0]
        loaded = first.initializer.name.partition(":")[0] in _LOADING
        drawn = InitializerSpec(name=_DRAWN) if loaded else first.initializer
        plain = replace(first, initializer=drawn, perturbations=())
        model, _, _ = starting_model(plain, runs=self._runs, classes=self.classes)
        return dict(model.state_dict())


def _mapped(path: Path) -> State:
    arrays, _ = read_snapshot(path)
    return {name: torch.from_numpy(values) for name, values in arrays.items()}
