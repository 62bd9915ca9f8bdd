"""What the fields of a form offer, from the catalogues."""

from __future__ import annotations

from paramdyn.catalogues import (
    DATASETS,
    INITIALIZERS,
    MODELS,
    OPTIMIZERS,
    PERTURBATIONS,
    SCHEDULES,
    TORCH_OPTIMIZERS,
)
from paramdyn.registry import Registry
from paramdyn_tui.tui.forms.fields import Option
from paramdyn_tui.tui.forms.texts import text_of

NO, NONE, OWN, ALL = "no", "none", "own", "all"
NOW, QUEUED = "now", "queued"


def _of(registry: Registry) -> tuple[Option, ...]:
    return tuple(Option(entry.name, entry.summary) for entry in registry.entries())


def models() -> tuple[Option, ...]:
    """Return every model; ``package.module:name`` is taken as well."""
    return _of(MODELS)


def datasets() -> tuple[Option, ...]:
    """Return every data set; ``folder:PATH`` is taken as well."""
    return _of(DATASETS)


def initializers() -> tuple[Option, ...]:
    """Return every initializer but ``run``, which is what a fork is for."""
    return tuple(each for each in _of(INITIALIZERS) if each.value != "run")


def optimizers() -> tuple[Option, ...]:
    """Return every optimizer, those of torch too."""
    torch = tuple(Option(name, f"torch.optim.{name}") for name in TORCH_OPTIMIZERS)
    return _of(OPTIMIZERS) + torch


def schedules() -> tuple[Option, ...]:
    """Return every schedule."""
    return _of(SCHEDULES)


def perturbations() -> tuple[Option, ...]:
    """Return every perturbation, and none."""
    return (Option(NONE, "leave the first values as they are"), *_of(PERTURBATIONS))


def presets() -> tuple[Option, ...]:
    """Return the usual perturbations, complete with their amounts."""
    found = []
    for entry in PERTURBATIONS.entries():
        amount = (entry.options or {}).get("amount")
        text = entry.name if amount is None else f"{entry.name}:{text_of(amount)}"
        found.append(Option(text, entry.summary))
    return tuple(found)


AUGMENTATIONS = (
    Option(NONE, "images as they are"),
    Option("flip", "mirrored or not"),
    Option("crop", "shifted by up to 4 pixels; crop:2 by up to 2"),
    Option("flip,crop", "both"),
)
NORMALIZATIONS = (
    Option("none", "images scaled to [0, 1]"),
    Option("dataset", "subtract the training images' mean, divide by their deviation"),
)
SNAPSHOTS = (
    Option("final", "the last values"),
    Option("init,final", "the first and the last values"),
    Option("init,every:1,final", "each epoch's: a fork may start at any of them"),
    Option(NONE, "keep no values: nothing can be forked"),
)
RECORDS = (
    Option("auto", "at most 500 records, dense at first"),
    Option("epoch", "at the end of each epoch"),
    Option("every:10", "every 10 steps"),
    Option("log:10", "10 records in each power of ten"),
    Option(NONE, "only the last step"),
)
PRECISIONS = (
    Option("fp32", "float32 everywhere"),
    Option("tf32", "tensor cores of NVIDIA for products"),
    Option("bf16", "autocast; weights stay float32"),
)
CONTROLS = (
    Option(ALL, "twin, rounding twin, other order, independent network and its parent"),
    Option("twin", "the same start and order, not perturbed"),
    Option("twin,rounding-twin", "and one value moved by one unit in the last place"),
    Option("twin,rounding-twin,order", "and another order: the noise of training"),
    Option(NONE, "what the perturbation did cannot be told from what happens anyway"),
)
BUFFERS = (
    Option("none", "running statistics stay"),
    Option("means", "running means too: an exact symmetry of a sign flip"),
    Option("all", "every running statistic too, as the original study did"),
)
BOOLEANS = (Option("true"), Option("false"))
STARTS = (
    Option(NOW, "at once, beside what runs already"),
    Option(QUEUED, "when no other run is at work on the device"),
)
