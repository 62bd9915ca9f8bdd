"""A run folder as a subject."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from paramdyn.analysis.subjects.subject import (
    BEST,
    END,
    START,
    UNTRAINED,
    Kept,
    Moment,
    State,
    Subject,
)
from paramdyn.checkpoints import copy_into, fitting, load_checkpoint
from paramdyn.errors import ParamdynError, RunIncomplete, RunNotFound
from paramdyn.parameters import FlatParameters
from paramdyn.specs import RunSpec
from paramdyn.specs.run_spec import InitializerSpec
from paramdyn.starting import starting_model
from paramdyn.store.columns import Columns, read_columns
from paramdyn.store.drift_lines import bytes_until, last_line, last_step, lines_of, sample_lines
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
        if moment == BEST:
            return self._best[1]
        if moment == END and self._checkpoint is not None:
            return self._at_checkpoint
        return _mapped(self._path(moment))

    def step_of(self, moment: Moment) -> int:
        """Return the step of a moment."""
        if moment in (START, UNTRAINED, 0):
            return 0
        if moment == BEST:
            return self._best[0]
        if moment == END and self._checkpoint is not None:
            return int(self._checkpoint["step"])
        path = self._path(moment)
        return next(kept.step for kept, file in self._kept if file == path)

    def source_of_end(self) -> str:
        """Return what holds the values at its end: ``checkpoint``, or the snapshot's file name.

        Raises:
            RunNotFound, RunIncomplete: As ``state``.
        """
        return "checkpoint" if self._checkpoint is not None else self._path(END).stem

    def kept(self) -> tuple[Kept, ...]:
        """Return the snapshots that are there, by step."""
        return tuple(kept for kept, _ in self._kept)

    def columns(self, *keys: str) -> Columns:
        """Return metrics.jsonl as columns."""
        return _up_to(read_columns(self._folder.layout.metrics, keys or None), self.last_record)

    def drift_lines(self, measurement: str, most: int = 0, /) -> Iterable[bytes]:
        """Return the lines of a measurement."""
        path, end = self._folder.layout.drift, self._drift_end
        if most:
            return sample_lines(path, measurement, most, end)
        return chain.from_iterable(lines_of(path, measurement, end))

    def last_drift_line(self, measurement: str) -> bytes | None:
        """Return the last line of a measurement."""
        return last_line(self._folder.layout.drift, measurement, self._drift_end)

    def events(self) -> Sequence[Record]:
        """Return events.jsonl."""
        return read(self._folder.layout.events)[0]

    @cached_property
    def last_record(self) -> int | None:
        """The last step whose records count, the same for every file of a live run; None: all.

        The metrics of a step are written after all else of it. Values are chosen first, so that
        records are not older than they are.
        """
        if not self.is_live:
            return None
        with contextlib.suppress(ParamdynError):  # said where values are asked for
            _ = self._checkpoint
        return last_step(self._folder.layout.metrics)

    @cached_property
    def _drift_end(self) -> int | None:
        last = self.last_record
        return None if last is None else bytes_until(self._folder.layout.drift, last)

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
        if moment == END and self.is_live:
            raise RunNotFound(
                f"{self.name}: is {self.status} and has kept no values after step 0 yet. Ask again "
                "when it has written its first checkpoint or snapshot; this writes one now: "
                f"paramdyn pause {self.id}, and paramdyn resume lets it go on."
            )
        kept = ", ".join(f"{kept.name} ({kept.step})" for kept, _ in self._kept) or "none"
        if self.is_live:
            then = "Ask again when it has written its next checkpoint or snapshot."
        elif self.status == "diverged":
            then = "It diverged. Run its spec again with a smaller learning rate."
        else:
            then = "Run its spec again with other --snapshots, such as every:1,final."
        raise RunNotFound(
            f"{self.name}: no snapshot '{moment}'; it kept {kept}. Its values at that moment are "
            f"needed. {then}"
        )

    @cached_property
    def _checkpoint(self) -> dict[str, Any] | None:
        """The newest checkpoint of a run that got farther than what it kept; None else.

        Read once: a live run replaces it, and one that ends takes it away.
        """
        path = self._folder.layout.checkpoint
        while self._got_beyond_snapshots:
            try:
                return load_checkpoint(path, mapped=True)
            except RunIncomplete:
                if path.is_file():
                    raise
        return None

    @property
    def _got_beyond_snapshots(self) -> bool:
        there = self.status != "finished" and self._folder.layout.checkpoint.is_file()
        if self.is_live:
            self.__dict__.pop("_kept", None)  # the last one comes before the checkpoint goes
        kept = [each for each, _ in self._kept if each.name not in ("best", "init")]
        if not there or not kept:
            return there
        return read_state(self._folder.layout).checkpoint_step > kept[-1].step

    @cached_property
    def _at_checkpoint(self) -> State:
        assert self._checkpoint is not None
        found, model = self._checkpoint, self.new_model()
        flat = FlatParameters(model)
        with fitting(self._folder.layout.checkpoint), torch.no_grad():
            copy_into([flat.values], [found["values"]])
            copy_into(model.buffers(), found["buffers"])
        return {key: each.detach() for key, each in model.state_dict().items()}

    @cached_property
    def _best(self) -> tuple[int, State]:
        """The step and the values of the best epoch, of one file: a live run replaces it."""
        path = self._path(BEST)
        arrays, facts = read_snapshot(path)
        noted = next(kept.step for kept, file in self._kept if file == path)
        return int(facts.get("step", noted)), _tensors(arrays)

    @cached_property
    def _start(self) -> State:
        """Drawn again, and checked against the hash that the run noted."""
        model, _, _ = starting_model(
            self.spec, runs=self._runs, classes=self.classes, origin=self._folder.layout.origin
        )
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
    return _tensors(read_snapshot(path)[0])


def _tensors(arrays: Mapping[str, np.ndarray[Any, Any]]) -> State:
    return {name: torch.from_numpy(values) for name, values in arrays.items()}


def _up_to(columns: Columns, step: int | None) -> Columns:
    """Return the records up to a step; all of them for None."""
    if step is None:
        return columns
    kept = columns.step <= step
    return Columns(
        columns.step[kept],
        {key: values[kept] for key, values in columns.values.items()},
        {key: known[kept] for key, known in columns.recorded.items()},
        columns.offset,
    )
