"""How long a run will take, from what runs like it took here."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from paramdyn.errors import StoreError
from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import read_manifest
from paramdyn.store.run_summary import RunSummary, default_of, fields_of
from paramdyn.store.state import read_state

MOST_RUNS = 8
"""So many of the newest runs are looked at."""
SHORT_SECONDS = 60.0
"""Of a run shorter than this the loading is a good part, which does not grow with its epochs."""
_SAME = ("training.batch_size", "training.precision", "dataset.image_size")
_PLACE = ("training.device", "training.threads")
_SIZE = ("dataset.train_limit", "dataset.validation")


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a run may take.

    Attributes:
        seconds: The estimate.
        n: From how many runs.
    """

    seconds: float
    n: int


def estimate(spec: RunSpec, rows: Iterable[RunSummary]) -> Estimate | None:
    """Return how long ``spec`` takes, from finished runs of the same model, data, batch and place.

    Their time for an image, the median of the newest ``MOST_RUNS``, times the images to train on.
    Where the spec leaves device or threads open, runs on those of the newest such run count.

    Args:
        spec: What is to be run.
        rows: Runs there are, the newest first.

    Returns:
        The estimate; None when no finished run tells.
    """
    from paramdyn.specs.flat import flat_fields

    wanted = flat_fields(spec)
    alike = [row for row in rows if row.status == "finished" and _is_alike(row, wanted)]
    if not alike:
        return None
    place = [_value(alike[0], key) for key in _PLACE]
    here = [row for row in alike if [_value(row, key) for key in _PLACE] == place][:MOST_RUNS]
    images = next(filter(None, (_images_an_epoch(row, wanted) for row in here)), 0.0)
    rates = list(filter(None, map(_seconds_an_image, here)))
    if not images or not rates:
        return None
    training = spec.training
    total = images * training.epochs
    if training.max_steps:
        total = min(total, training.max_steps * training.batch_size)
    return Estimate(statistics.median(rates) * total, len(rates))


def _is_alike(row: RunSummary, wanted: Mapping[str, Any]) -> bool:
    if (row.model, row.dataset) != (wanted["model.name"], wanted["dataset.name"]):
        return False
    if fields_of(row) is None:
        return False
    names = [name for name in wanted if name.startswith(("model.", "dataset.options."))]
    if any(_value(row, name) != wanted[name] for name in (*names, *_SAME)):
        return False
    device = "cuda:0" if wanted[_PLACE[0]] == "cuda" else wanted[_PLACE[0]]
    asked = zip(_PLACE, (device, wanted[_PLACE[1]]), ("auto", 0), strict=True)
    return all(value in (_value(row, key), left_open) for key, value, left_open in asked)


def _value(row: RunSummary, key: str) -> Any:  # noqa: ANN401 - any plain value
    fields = fields_of(row) or {}
    return fields[key] if key in fields else default_of(row, key)


def _images_an_epoch(row: RunSummary, wanted: Mapping[str, Any]) -> float:
    """Return how many images an epoch of the wanted run has; 0 when this run does not tell."""
    train, kept = _sizes(row)
    limit, validation = (wanted[key] for key in _SIZE)
    if [_value(row, key) for key in _SIZE] == [limit, validation]:
        return train
    if _value(row, _SIZE[0]):
        return 0.0  # of a part, nobody knows how large the whole is
    images = min(limit or train + kept, train + kept)
    return images * (1 - validation) if validation < 1 else max(images - validation, 0.0)


def _seconds_an_image(row: RunSummary) -> float:
    """Return what an image of a run took; 0 when it does not tell."""
    try:
        state = read_state(Layout(row.path))
    except StoreError:
        return 0.0
    images = state.epoch * _sizes(row)[0]
    if not images > 0:
        return 0.0
    lasted = state.heartbeat - state.started
    training = images / state.images_per_s if state.images_per_s > 0 else 0.0
    # one that was resumed says when it was started for the last time
    return (max(lasted, training) if lasted >= SHORT_SECONDS else training) / images


def _sizes(row: RunSummary) -> tuple[int, int]:
    """Return how many images a run trained on, and how many it set aside; 0 while unknown."""
    try:
        dataset = read_manifest(Layout(row.path)).dataset
    except StoreError:
        return 0, 0
    train, kept = dataset.get("train"), dataset.get("validation", 0)
    return (train if type(train) is int else 0), (kept if type(kept) is int else 0)
