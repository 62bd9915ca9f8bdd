"""From options to specs: a base (defaults, a file, a parent run), then what was typed over it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from paramdyn.errors import ParamdynError, SpecError
from paramdyn.specs.run_spec import InitializerSpec, RunSpec
from paramdyn_tui.cli.options import SpecOptions

FIELDS = {
    "model": "model.name",
    "dataset": "dataset.name",
    "optimizer": "optimizer.name",
    "schedule": "schedule.name",
    "lr": "optimizer.learning_rate",
    "weight_decay": "optimizer.weight_decay",
    "momentum": "optimizer.options.momentum",
    "eps": "optimizer.options.eps",
    "warmup": "schedule.warmup_epochs",
    "epochs": "training.epochs",
    "batch": "training.batch_size",
    "max_steps": "training.max_steps",
    "precision": "training.precision",
    "device": "training.device",
    "threads": "training.threads",
    "limit": "dataset.train_limit",
    "test_limit": "dataset.test_limit",
    "validation": "dataset.validation",
    "image_size": "dataset.image_size",
    "seed": "seed",
    "record": "recording.when",
}
"""Options that are a field of the spec, as they stand."""

LISTS = {
    "augment": "dataset.augmentation",
    "measure": "recording.what",
    "snapshots": "recording.snapshots",
}
"""Options that are a list in the spec; ``none`` is the empty one."""
MOST_SEEDS = 10_000
"""A slip of the finger must not ask for a million runs."""
DIGITS = 20
"""No seed has more; of thousands of them Python makes no number."""


def specs_from(options: SpecOptions, *, runs: Path) -> list[RunSpec]:
    """Return what was asked for, resolved and checked: one spec for each seed.

    Raises:
        SpecError: With all problems: of the options, of ``--from``, of the spec.
        PluginError: A plug-in cannot be loaded.
    """
    from paramdyn.plugins import load_plugins
    from paramdyn.specs import validation
    from paramdyn.specs.paths import with_absolute_paths
    from paramdyn.specs.reader import with_overrides

    problems = contradictions(options)
    seeds = collect(problems, lambda: parse_seeds(options.seeds), [])
    base = collect(problems, lambda: _base(options, runs=runs), None)
    if base is None:
        raise SpecError(problems)
    changes = _changes(options, base, problems)
    load_plugins([Path(plugin) for plugin in changes.get("plugins", base.plugins)])
    spec = collect(problems, lambda: with_overrides(base, changes), None)
    if spec is not None and options.as_published:
        spec = collect(problems, lambda: as_published(spec), None)
    if spec is not None:
        problems += validation.problems(spec)
    if problems:
        raise SpecError(problems)
    every = seeds or [spec.seed]
    largest = validation.validate(
        replace(spec, seed=max(every))
    )  # what holds for it, holds for all
    whole = with_absolute_paths(largest)
    return [replace(whole, seed=seed) for seed in every]


def as_published(spec: RunSpec) -> RunSpec:
    """Return ``spec`` with its perturbations applied to every buffer too, as the study did.

    Raises:
        SpecError: It has no perturbation, one that the study did not use, or one that says what
            to do with buffers itself.
    """
    from paramdyn.catalogues import BUFFER_PERTURBATIONS

    example = "paramdyn run --from RUN --perturb sign-flip --as-published"
    problems = []
    if not spec.perturbations:
        problems.append(
            "--as-published: there is no perturbation. It makes those of the original study act "
            f"on running statistics too. Add one: {example}."
        )
    for each in spec.perturbations:
        if each.name not in BUFFER_PERTURBATIONS:
            problems.append(
                f"--as-published: the study did not use '{each.name}'. It used "
                f"{' and '.join(BUFFER_PERTURBATIONS)}. Leave out one of the two."
            )
        elif each.buffers not in ("none", "all"):
            problems.append(
                f"--as-published: '{each.name}' says buffers={each.buffers} itself, and the study "
                "perturbed all of them. Leave out one of the two."
            )
    if problems:
        raise SpecError(problems)
    perturbations = tuple(replace(each, buffers="all") for each in spec.perturbations)
    return replace(spec, perturbations=perturbations)


def contradictions(options: SpecOptions) -> list[str]:
    """Return what of the options cannot be meant together, one sentence each."""
    found = []
    if options.start and options.init:
        found.append(
            "--from and --init: both say where the first values come from. "
            "Give one: --from RUN[@STEP] for those of a run, --init NAME to draw new ones."
        )
    if options.start and options.weights:
        found.append(
            "--from and --weights: both say where the first values come from. "
            "Give one: --from RUN[@STEP] for those of a run, --weights FILE for your own."
        )
    if options.seed is not None and options.seeds:
        found.append(
            f"--seed {options.seed} and --seeds {options.seeds}: both say which seed. "
            "Give --seed for one run, --seeds for several."
        )
    return found


def parse_seeds(text: str | None) -> list[int]:
    """Return the seeds of ``0-2`` or ``0,3,7-9``, in that order; none for no text.

    Raises:
        SpecError: The text is not of that form, a range goes down, or it is too many.
    """
    seeds: list[int] = []
    for part in (text or "").split(",") if text else ():
        low, dash, high = part.strip().partition("-")
        ends = [low, high] if dash else [low, low]
        numbers = all(end.isdecimal() and len(end) <= DIGITS for end in ends)
        first, last = map(int, ends) if numbers else (1, 0)
        if last < first:
            shown = text if len(text or "") <= 60 else f"{text:.60}..."
            raise SpecError(
                f"--seeds: '{shown}' is no list of seeds. Expected such as 0-2 or 0,3,7-9."
            )
        if len(seeds) + last - first >= MOST_SEEDS:
            raise SpecError(
                f"--seeds: '{text}' is more than {MOST_SEEDS:,} seeds. Expected at most that many: "
                "each is a run of its own."
            )
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))


def _base(options: SpecOptions, *, runs: Path) -> RunSpec:
    from paramdyn.specs.reader import read_spec

    base = RunSpec()
    if options.spec is not None:
        path = options.spec
        base = read_spec(path / "spec.toml" if os.path.isdir(path) else path)  # noqa: PTH112
        # the worker reads a copy of the spec elsewhere
        base = replace(base, plugins=tuple(str(Path(plugin).resolve()) for plugin in base.plugins))
    if not options.start:
        return base
    from paramdyn.store.run_folder import find_run
    from paramdyn_tui.cli.starting_point import check_start

    name, _, step = options.start.partition("@")
    parent = find_run(runs, name)
    check_start(parent, step)
    if options.spec is None:
        base = read_spec(parent.layout.spec)
    near = parent.path.resolve().parent == runs.resolve()
    known = parent.name if near else str(parent.path.resolve())
    start = InitializerSpec(name=f"run:{known}@{step}" if step else f"run:{known}")
    return replace(base, initializer=start)


def _changes(options: SpecOptions, base: RunSpec, problems: list[str]) -> dict[str, Any]:
    """Return dotted key -> value of everything that was typed."""
    changes: dict[str, Any] = {
        key: getattr(options, option)
        for option, key in FIELDS.items()
        if getattr(options, option) is not None
    }
    for option, key in LISTS.items():
        if getattr(options, option) is not None:
            changes[key] = _names(getattr(options, option))
    if options.normalize is not None:
        changes["dataset.normalization"] = "dataset" if options.normalize else "none"
    if options.betas is not None:
        changes["optimizer.options.betas"] = collect(
            problems, lambda: _betas(str(options.betas)), [0.9, 0.999]
        )
    if (options.init or options.weights) and not options.start:
        weights = str(Path(options.weights).resolve()) if options.weights else ""
        changes["initializer.name"] = options.init or "weights"
        changes["initializer.weights"] = weights
    if options.perturb or options.start:
        changes["perturbations"] = list(options.perturb or ())
    if options.plugin:
        added = [str(path.resolve()) for path in options.plugin]
        changes["plugins"] = list(dict.fromkeys((*base.plugins, *added)))
    return changes | _assigned(options, problems)


def _assigned(options: SpecOptions, problems: list[str]) -> dict[str, Any]:
    assigned = {}
    for text in options.assign or ():
        key, equals, value = text.partition("=")
        if equals and key.strip():
            assigned[key.strip()] = _toml_value(value.strip())
        else:
            problems.append(
                f"--set: '{text}' is not KEY=VALUE. Expected such as optimizer.options.eps=0.1."
            )
    return assigned


def _names(text: str) -> list[str]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    return [] if names == ["none"] else names


def _betas(text: str) -> list[float]:
    try:
        betas = [float(part) for part in text.split(",")]
    except ValueError:
        betas = []
    if len(betas) != 2:
        raise SpecError(f"--betas: '{text}' is not two numbers. Expected such as 0.9,0.999.")
    return betas


def _toml_value(text: str) -> Any:  # noqa: ANN401 - TOML knows many types
    """Read a value as TOML does; what is not TOML is a text (so quotes may be left out)."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def collect(problems: list[str], work: Callable[[], Any], otherwise: Any) -> Any:  # noqa: ANN401
    """Return what ``work`` returns; its problems join the others, and ``otherwise`` stands in."""
    try:
        return work()
    except SpecError as error:
        problems += error.problems
    except ParamdynError as error:
        problems.append(str(error))
    return otherwise
