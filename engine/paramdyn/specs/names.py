"""The names in a spec: what each refers to in the catalogues, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from paramdyn.catalogues import (
    DATASETS,
    INITIALIZERS,
    MEASUREMENTS,
    MODELS,
    OPTIMIZERS,
    PERTURBATIONS,
    REFUSED_OPTIMIZERS,
    SCHEDULES,
    TORCH_OPTIMIZERS,
)
from paramdyn.registry import Entry, Registry, unknown_name
from paramdyn.specs.options import filled, option_problems
from paramdyn.specs.problem import Problem, shown
from paramdyn.specs.run_spec import OptimizerSpec, RunSpec

_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_SNAPSHOT = re.compile(r"final|best|init|\d+")
_OWN_FIELDS = {"lr": "learning_rate", "learning_rate": "learning_rate",
               "weight_decay": "weight_decay"}  # fmt: skip


def name_problems(spec: RunSpec) -> list[Problem]:
    """Return every name that no catalogue has, and every option its owner does not take.

    Plug-ins must have been loaded. ``package.module:factory`` is not imported here.
    """
    return [
        *_model_problems(spec),
        *_dataset_problems(spec),
        *_initializer_problems(spec),
        *_perturbation_problems(spec),
        *_optimizer_problems(spec.optimizer),
        *_plain_name_problems(SCHEDULES, "schedule.name", spec.schedule.name),
        *_measurement_problems(spec.recording.what),
        *_all_option_problems(spec),
    ]


def optimizer_name(name: str) -> str:
    """Return an optimizer's name as the catalogues spell it; ``name`` itself when they do not.

    The registry's exact name comes first, then its names and those of ``torch.optim`` in any
    capitalization: ``SGD`` is ``sgd``, ``rmsprop`` is ``RMSprop``.
    """
    if name in OPTIMIZERS:
        return name
    spelled = {known.lower(): known for known in (*TORCH_OPTIMIZERS, *OPTIMIZERS)}
    return spelled.get(name.lower(), name)


def entries(spec: RunSpec) -> dict[str, Entry | None]:
    """Return the entry of each named section; None where nothing is registered under that name.

    Keys: ``model``, ``dataset``, ``initializer``, ``optimizer``, ``schedule``, and
    ``perturbations[i]``.
    """
    optimizer = optimizer_name(spec.optimizer.name)
    return {
        "model": _entry(MODELS, spec.model.name),
        "dataset": _entry(DATASETS, spec.dataset.name.partition(":")[0]),
        "initializer": _entry(INITIALIZERS, spec.initializer.name.partition(":")[0]),
        **{
            f"perturbations[{i}]": _entry(PERTURBATIONS, perturbation.name)
            for i, perturbation in enumerate(spec.perturbations)
        },
        "optimizer": _entry(OPTIMIZERS, optimizer),
        "schedule": _entry(SCHEDULES, spec.schedule.name),
    }


def resolved(spec: RunSpec) -> RunSpec:
    """Return the spec with names as the catalogues spell them and every default option written.

    Nothing is checked: what is unknown stays as it is.
    """
    known = entries(spec)
    model, dataset, initializer = spec.model, spec.dataset, spec.initializer
    optimizer, schedule = spec.optimizer, spec.schedule
    return replace(
        spec,
        model=replace(model, options=filled(known["model"], model.options)),
        dataset=replace(dataset, options=filled(known["dataset"], dataset.options)),
        initializer=replace(initializer, options=filled(known["initializer"], initializer.options)),
        perturbations=tuple(
            replace(item, options=filled(known[f"perturbations[{i}]"], item.options))
            for i, item in enumerate(spec.perturbations)
        ),
        optimizer=replace(
            optimizer,
            name=optimizer_name(optimizer.name),
            options=filled(known["optimizer"], optimizer.options),
        ),
        schedule=replace(schedule, options=filled(known["schedule"], schedule.options)),
    )


def _entry(registry: Registry, name: str) -> Entry | None:
    return registry.entry(name) if name in registry else None


def _plain_name_problems(registry: Registry, key: str, name: str) -> list[Problem]:
    return [] if name in registry else [Problem(key, registry.unknown(name))]


def _model_problems(spec: RunSpec) -> list[Problem]:
    name = spec.model.name
    if name in MODELS or _FACTORY.fullmatch(name):
        return []
    if ":" in name:
        text = f"found {shown(name)}, expected 'package.module:factory' with Python names."
        return [Problem("model.name", text)]
    text = f"{MODELS.unknown(name)} Your own: 'package.module:factory'."
    return [Problem("model.name", text)]


def _dataset_problems(spec: RunSpec) -> list[Problem]:
    base, _, path = spec.dataset.name.partition(":")
    if base != "folder":
        return _no_argument_problems(DATASETS, "dataset.name", spec.dataset.name)
    if path.strip():
        return []
    text = "'folder' needs a path: a folder with train/CLASS/*.png and test/CLASS/*.png."
    return [Problem("dataset.name", f"{text} Write 'folder:PATH'.")]


def _initializer_problems(spec: RunSpec) -> list[Problem]:
    name = spec.initializer.name
    base, _, source = name.partition(":")
    if base != "run":
        return _no_argument_problems(INITIALIZERS, "initializer.name", name)
    run, at, step = source.partition("@")
    if not run.strip():
        return [
            Problem("initializer.name", "'run' needs a run. Write 'run:RUN' or 'run:RUN@STEP'.")
        ]
    if at and not _SNAPSHOT.fullmatch(step):
        text = f"found step {shown(step)}, expected a number, 'final', 'best' or 'init' after '@'."
        return [Problem("initializer.name", text)]
    return []


def _no_argument_problems(registry: Registry, key: str, name: str) -> list[Problem]:
    """Check a name; built-in things take nothing after a colon, plug-ins may."""
    base, colon, _ = name.partition(":")
    if base not in registry:
        return [Problem(key, registry.unknown(base))]
    if colon and registry.entry(base).owner == "paramdyn":
        text = f"found {shown(name)}, but '{base}' takes nothing after a colon. Write '{base}'."
        return [Problem(key, text)]
    return []


def _perturbation_problems(spec: RunSpec) -> list[Problem]:
    return [
        problem
        for i, perturbation in enumerate(spec.perturbations)
        for problem in _plain_name_problems(
            PERTURBATIONS, f"perturbations[{i}].name", perturbation.name
        )
    ]


def _optimizer_problems(spec: OptimizerSpec) -> list[Problem]:
    name = optimizer_name(spec.name)
    if name in OPTIMIZERS or name in TORCH_OPTIMIZERS:
        return [
            Problem(f"optimizer.options.{option}", f"write it as 'optimizer.{field}' instead.")
            for option, field in _OWN_FIELDS.items()
            if option in spec.options and _unregistered(name)
        ]
    refused = {known.lower(): (known, reason) for known, reason in REFUSED_OPTIMIZERS.items()}
    if name.lower() in refused:
        known, reason = refused[name.lower()]
        text = f"'{known}' cannot be used: {reason}. Choose another, such as 'adam'."
        return [Problem("optimizer.name", text)]
    names = [*OPTIMIZERS.names(), *TORCH_OPTIMIZERS]
    text = unknown_name("optimizer", spec.name, names, listing="paramdyn catalog optimizers")
    return [Problem("optimizer.name", text)]


def _unregistered(optimizer: str) -> bool:
    """Tell whether only the optimizer's own signature knows its options."""
    return optimizer not in OPTIMIZERS or OPTIMIZERS.entry(optimizer).options is None


def _measurement_problems(names: tuple[str, ...]) -> list[Problem]:
    found = []
    for i, name in enumerate(names):
        if name not in MEASUREMENTS:
            found.append(Problem(f"recording.what[{i}]", MEASUREMENTS.unknown(name)))
        elif name in names[:i]:
            text = f"'{name}' is listed twice. Name each measurement once."
            found.append(Problem(f"recording.what[{i}]", text))
    return found


def _all_option_problems(spec: RunSpec) -> Iterator[Problem]:
    for key, entry in entries(spec).items():
        section, _, index = key.rstrip("]").partition("[")
        part = getattr(spec, section)
        options = (part[int(index)] if index else part).options
        yield from option_problems(entry or Entry(key, "", options=None), options, key)
