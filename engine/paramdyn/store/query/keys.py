"""What can be asked about a run in a list: the keys of filters, of sorting, groups and columns.

A key is a short name (``model``, ``lr``, ``age``), a metric (``val.acc`` for
``validation/accuracy``), or a field of the spec: dotted, or its last part where only one field
has it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from paramdyn.registry import nearest_names
from paramdyn.specs.flat import completed
from paramdyn.store.run_summary import RunSummary, default_of, fields_of, options_of

NUMBER, TEXT, FLAG, LIST, DURATION, DATE, STATUS, ANY = (
    "number", "text", "flag", "list", "duration", "date", "status", "any",
)  # fmt: skip
"""The kinds of values that keys have."""

SPLITS = ("train", "validation", "test")
METRICS = (
    *(f"{split}/{name}" for split in SPLITS for name in ("loss", "accuracy")),
    "train/epoch_loss", "train/epoch_accuracy",
)  # fmt: skip
"""The metrics that every run may have; a vocabulary adds those that it sees."""

_WORDS = {
    "val": "validation", "valid": "validation", "acc": "accuracy", "epoch_acc": "epoch_accuracy",
}  # fmt: skip
_ALIASES = {
    "name": "id", "run": "id", "data": "dataset", "initializer": "init", "opt": "optimizer",
    "perturbation": "perturb", "perturbations": "perturb", "control_of": "of",
    "speed": "images_per_s", "learning_rate": "lr", "optimizer.learning_rate": "lr",
    "training.device": "device", "momentum": "optimizer.options.momentum",
    "model.name": "model", "dataset.name": "dataset", "initializer.name": "init",
    "optimizer.name": "optimizer", "wd": "optimizer.weight_decay", "batch": "training.batch_size",
    "schedule": "schedule.name", "limit": "dataset.train_limit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be asked about a run.

    Attributes:
        name: Its canonical name.
        kind: One of the kinds of values above.
        get: Returns its value for a run; None where it has none.
        blank: Whether having none is a value too, written ``none``: a run without a parent.
    """

    name: str
    kind: str
    get: Callable[[RunSummary], Any] = field(compare=False, repr=False)
    blank: bool = False


def canonical(name: str) -> str:
    """Return the name of the key of a spec's field: ``model`` for ``model.name``."""
    return _ALIASES.get(name, name)


class UnknownKey(LookupError):
    """There is no such key, or several; the message says which come near."""


class Vocabulary:
    """The keys that can be asked of some runs.

    Args:
        rows: The runs: their metrics and the options of their optimizers and so on are keys.
        now: Seconds since 1970 from which ages are counted; None: this moment.
        more: Keys of what the runs' summaries do not tell, each known by its name.
    """

    def __init__(
        self,
        rows: Iterable[RunSummary] = (),
        now: float | None = None,
        more: Iterable[Key] = (),
    ) -> None:
        self._now = time.time() if now is None else now
        self._fields: dict[str, Any] = dict(_usual_fields())
        metrics: dict[str, None] = dict.fromkeys(METRICS)
        seen: dict[tuple[str, ...], RunSummary] = {}
        for run in rows:
            metrics.update(dict.fromkeys(run.metrics))
            seen.setdefault((run.model, run.dataset, run.initializer, run.optimizer), run)
            if run.spec:
                self._fields.update(run.spec)
        for run in seen.values():
            self._fields.update(options_of(run))
        self._metrics = list(metrics)
        self._short = _short_keys(self._now)
        self._found: dict[str, Key] = {key.name: key for key in more}

    def names(self) -> list[str]:
        """Return the canonical name of every key, the short ones first."""
        metrics = [name.replace("/", ".") for name in self._metrics]
        fields = [name for name in self._fields if name not in _ALIASES and name not in self._short]
        return [*self._short, *metrics, *fields]

    def find(self, word: str) -> Key:
        """Return the key that a word means.

        Raises:
            UnknownKey: None or several.
        """
        if word not in self._found:
            self._found[word] = self._look_up(word)
        return self._found[word]

    def knows(self, word: str) -> bool:
        """Tell whether a word means one key."""
        try:
            self.find(word)
        except UnknownKey:
            return False
        return True

    def metrics_of(self, split: str) -> list[str]:
        """Return the metrics of a split (``val`` works too); none when it is not one."""
        split = _WORDS.get(split, split)
        return [name for name in self._metrics if name.startswith(f"{split}/")]

    def _look_up(self, word: str) -> Key:
        lowered = word.lower()
        name = _ALIASES.get(lowered, lowered)
        if name in self._short:
            return self._short[name]
        for exact in (word, name):
            if exact in self._fields:
                return self._field(exact)
        parts = [_WORDS.get(part, part) for part in lowered.replace("/", ".").split(".")]
        metric = "/".join(parts)
        if metric in self._metrics:
            return _metric(metric)
        if parts[0] in SPLITS and len(parts) == 1:
            return _metric(f"{parts[0]}/accuracy")
        return self._by_last_part(word, metric)

    def _by_last_part(self, word: str, metric: str) -> Key:
        metrics = [name for name in self._metrics if name.endswith(f"/{metric}")]
        fields = [name for name in self._fields if name.lower().endswith(f".{word.lower()}")]
        # 'augmentation' is what is done to images, not the seed of it.
        fields = [name for name in fields if not name.startswith("seeds.")] or fields
        if len(metrics) + len(fields) == 1:
            return _metric(metrics[0]) if metrics else self._field(fields[0])
        if metrics or fields:
            names = [name.replace("/", ".") for name in metrics] + fields
            raise UnknownKey(f"'{word}' may be {', '.join(names)}. Write which.")
        short = [name for name in _ALIASES if "." not in name]
        near = nearest_names(word, [*self.names(), *short, *SPLITS])
        hint = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
        raise UnknownKey(f"unknown key '{word}'.{hint} All keys: paramdyn ls --help.")

    def _field(self, name: str) -> Key:
        if name in _ALIASES:
            return self._short[_ALIASES[name]]
        return _spec_key(name, name, self._fields[name])


def _short_keys(now: float) -> dict[str, Key]:
    keys = [
        Key("id", TEXT, lambda run: run.name),
        Key("status", STATUS, lambda run: run.status),
        Key("model", TEXT, lambda run: run.model or None),
        Key("dataset", TEXT, lambda run: run.dataset or None),
        Key("init", TEXT, lambda run: run.initializer or None),
        Key("optimizer", TEXT, lambda run: run.optimizer or None),
        _spec_key("lr", "optimizer.learning_rate", 0.0),
        Key("seed", NUMBER, lambda run: run.seed),
        Key("perturb", TEXT, lambda run: run.perturbations or None, blank=True),
        Key("parent", TEXT, lambda run: run.parent or None, blank=True),
        Key("arm", TEXT, lambda run: run.arm or None, blank=True),
        Key("of", TEXT, lambda run: run.control_of or None, blank=True),
        Key("epoch", NUMBER, lambda run: run.epoch if run.problem is None else None),
        Key("step", NUMBER, lambda run: run.step if run.problem is None else None),
        Key("total_steps", NUMBER, lambda run: run.total_steps or None),
        Key("age", DURATION, lambda run: age_seconds(run.created, now)),
        Key("created", DATE, lambda run: run.created or None),
        _spec_key("device", "training.device", "auto"),
        Key("images_per_s", NUMBER, lambda run: run.images_per_s or None),
        Key("reason", TEXT, lambda run: run.reason or run.problem or None, blank=True),
    ]
    return {key.name: key for key in keys}


def _metric(name: str) -> Key:
    return Key(name, NUMBER, lambda run: run.metrics.get(name))


def _spec_key(name: str, path: str, usual: object) -> Key:
    """Return the key of a field of the spec, of the kind of the value that it has elsewhere."""
    constant = _usual_fields().get(path)

    def get(run: RunSummary) -> Any:  # noqa: ANN401 - any plain value
        spec = fields_of(run) if run.spec is None else run.spec
        if spec is None:
            return None
        value = spec.get(path)
        if value is None:
            value = default_of(run, path) if constant is None else constant
        return None if value in ("", []) else value

    def seed(run: RunSummary) -> Any:  # noqa: ANN401 - any plain value
        return run.seed if (own := get(run)) is None else own

    if path.startswith("seeds."):
        return Key(name, NUMBER, seed)
    return Key(name, _kind_of(usual), get, blank=usual in ("", []))


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, (int, float)):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    return LIST if isinstance(value, (list, tuple)) else ANY


@functools.cache
def _usual_fields() -> Mapping[str, Any]:
    """Return the fields that every spec has, with their defaults."""
    return {name: value for name, value in completed({}).items() if ".options." not in name}


def age_seconds(created: str, now: float) -> float | None:
    """Return how long ago an ISO 8601 time was, never negative; None when it is no time."""
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(now - when.timestamp(), 0.0)
