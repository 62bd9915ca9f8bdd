"""Where each file of a run lies. Only names: nothing here touches the disk."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

SCHEMA_VERSION = 1
"""Version of the run folder's files; raised when an older reader would misread them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths inside one run folder.

    Attributes:
        path: The run folder itself.
    """

    path: Path

    @property
    def spec(self) -> Path:
        """What was asked, fully resolved."""
        return self.path / "spec.toml"

    @property
    def spec_quoted(self) -> str:
        """The spec's path as a shell takes it, for a command that a message names."""
        return shlex.quote(str(self.spec))

    @property
    def manifest(self) -> Path:
        """Where and with what it ran; the parameter table."""
        return self.path / "run.json"

    @property
    def state(self) -> Path:
        """How far it is."""
        return self.path / "state.json"

    @property
    def metrics(self) -> Path:
        """Loss and accuracy, one line a record."""
        return self.path / "metrics.jsonl"

    @property
    def drift(self) -> Path:
        """Measurements of the parameters, one line a step and measurement."""
        return self.path / "drift.jsonl"

    @property
    def events(self) -> Path:
        """What happened, and at which step."""
        return self.path / "events.jsonl"

    @property
    def timing(self) -> Path:
        """Seconds and images per second, one line a record."""
        return self.path / "timing.jsonl"

    @property
    def log(self) -> Path:
        """Everything the worker said."""
        return self.path / "log.txt"

    @property
    def control(self) -> Path:
        """A request to the worker."""
        return self.path / "control"

    @property
    def checkpoint(self) -> Path:
        """What resuming needs."""
        return self.path / "checkpoint.pt"

    @property
    def lock(self) -> Path:
        """Which process writes this folder."""
        return self.path / "lock"

    @property
    def origin(self) -> Path:
        """The snapshot that it started from, where the run of that snapshot was deleted."""
        return self.path / "origin.safetensors"

    @property
    def snapshots(self) -> Path:
        """Folder of the kept parameters."""
        return self.path / "snapshots"

    @property
    def plugins(self) -> Path:
        """Folder of the plug-in files the run used."""
        return self.path / "plugins"

    @property
    def best_snapshot(self) -> Path:
        """The parameters with the best validation accuracy so far."""
        return self.snapshots / "best.safetensors"

    def snapshot(self, step: int) -> Path:
        """Return where the parameters after ``step`` updates are kept."""
        return self.snapshots / f"step-{step:08d}.safetensors"
