"""Values out of range, and values that contradict each other. No catalogue is asked here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from paramdyn.registry import nearest_names
from paramdyn.specs.perturbation_fields import field_problems
from paramdyn.specs.problem import Problem, shown
from paramdyn.specs.run_spec import (
    SCHEMA_VERSION,
    DatasetSpec,
    InitializerSpec,
    RecordingSpec,
    RunSpec,
    TrainingSpec,
)
from paramdyn.specs.schedule import parse_count, parse_when

LARGEST_SEED = 2**63 - 1
MOST_THREADS = 1024
"""More than any machine this runs on has; far beyond, the process runs out of memory."""
NORMALIZATIONS = ("none", "dataset")
PRECISIONS = ("fp32", "tf32", "bf16")
REFUSED_PRECISIONS = {
    "bf16-weights": "weights kept in bf16 cancel small updates: 55 % of them look unchanged where "
    "fp32 says 0.2 %",
    "fp16": "fp16 overflows at 65,504 and needs loss scaling, and drift would depend on it",
}
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,4})?", re.ASCII)


def range_problems(spec: RunSpec) -> list[Problem]:
    """Return every value out of its range and every contradiction between values."""
    return [
        *_schema_problems(spec.schema_version),
        *_plugin_problems(spec.plugins),
        *_number_problems(spec),
        *_seed_problems(spec),
        *_dataset_problems(spec.dataset),
        *_initializer_problems(spec.initializer),
        *field_problems(spec.perturbations),
        *_option_range_problems(spec),
        *_nesterov_problems(spec),
        *_training_problems(spec.training),
        *_recording_problems(spec.recording, validation=spec.dataset.validation),
    ]


def _schema_problems(version: int) -> Iterator[Problem]:
    if not 1 <= version <= SCHEMA_VERSION:
        text = f"found {version}, expected a version from 1 to {SCHEMA_VERSION}. Remove the line."
        yield Problem("schema_version", text)


def _plugin_problems(plugins: tuple[str, ...]) -> Iterator[Problem]:
    names = [PurePath(plugin).name for plugin in plugins]
    for i, name in enumerate(names):
        if not name:
            yield Problem(f"plugins[{i}]", f"found {shown(plugins[i])}, expected a Python file.")
        elif name in names[:i]:
            text = (
                f"two plug-ins are called '{name}', and a run keeps its plug-ins in one folder. "
                "Rename one."
            )
            yield Problem(f"plugins[{i}]", text)


def _number_problems(spec: RunSpec) -> Iterator[Problem]:
    for key, least in _LEAST.items():
        section, _, name = key.partition(".")
        value = getattr(getattr(spec, section), name)
        if not math.isfinite(value) or value < least:
            yield Problem(key, f"found {shown(value)}, expected {_at_least(value, least)}.")
    if spec.training.threads > MOST_THREADS:
        text = f"found {shown(spec.training.threads)}, expected at most {MOST_THREADS:,}."
        yield Problem("training.threads", text)


_LEAST = {
    "dataset.image_size": 1,
    "dataset.train_limit": 0,
    "dataset.test_limit": 0,
    "dataset.validation": 0,
    "optimizer.learning_rate": 0,
    "optimizer.weight_decay": 0,
    "schedule.warmup_epochs": 0,
    "training.epochs": 1,
    "training.batch_size": 1,
    "training.max_steps": 0,
    "training.threads": 0,
}


def _at_least(value: float, least: int) -> str:
    kind = "whole" if isinstance(value, int) else "finite"
    return f"a {kind} number of at least {least}"


def _seed_problems(spec: RunSpec) -> Iterator[Problem]:
    seeds = {
        "seed": spec.seed,
        **{f"seeds.{name}": getattr(spec.seeds, name) for name in spec.seeds.__dataclass_fields__},
    }
    for key, seed in seeds.items():
        if seed is not None and not 0 <= seed <= LARGEST_SEED:
            yield Problem(key, f"found {seed}, expected a whole number from 0 to 2^63 - 1.")


def _dataset_problems(dataset: DatasetSpec) -> Iterator[Problem]:
    held, limit = dataset.validation, dataset.train_limit
    if math.isfinite(held) and held >= 1 and held != int(held):
        text = f"found {held}, expected a share below 1 or a whole number of images."
        yield Problem("dataset.validation", text)
    elif held >= 1 and 0 < limit <= held:
        text = (
            f"{held:.0f} images are set aside, but dataset.train_limit is {limit}: none is left to "
            "train on. Lower one or raise the other."
        )
        yield Problem("dataset.validation", text, ("dataset.train_limit",))
    if dataset.normalization not in NORMALIZATIONS:
        text = _not_one_of(dataset.normalization, NORMALIZATIONS)
        yield Problem("dataset.normalization", text)
    kinds = [text.partition(":")[0] for text in dataset.augmentation]
    for i, text in enumerate(dataset.augmentation):
        problem = _augmentation_problem(text, dataset.image_size)
        if problem is None and kinds[i] in kinds[:i]:
            problem = f"'{kinds[i]}' is listed twice. Name it once."
        if problem is not None:
            yield Problem(f"dataset.augmentation[{i}]", problem, ("dataset.image_size",))


def _augmentation_problem(text: str, image_size: int) -> str | None:
    kind, colon, _ = text.partition(":")
    if text in {"flip", "crop"}:
        return None
    if kind != "crop" or not colon:
        return _not_one_of(text, ("flip", "crop", "crop:K"))
    try:
        reach = parse_count(text)
    except ValueError as error:
        return str(error)
    if reach >= image_size:
        return f"found '{text}', expected a shift below dataset.image_size, which is {image_size}."
    return None


def _initializer_problems(initializer: InitializerSpec) -> Iterator[Problem]:
    if initializer.name == "weights" and not initializer.weights:
        text = "'weights' needs a file. Set initializer.weights to a .safetensors or .pt file."
        yield Problem("initializer.name", text, ("initializer.weights",))
    if initializer.weights and initializer.name not in {"weights", "pretrained"}:
        text = (
            f"a file is given, but the initializer is '{initializer.name}', which reads none. "
            "Set initializer.name to 'weights', or remove the file."
        )
        yield Problem("initializer.weights", text, ("initializer.name",))


def _option_range_problems(spec: RunSpec) -> Iterator[Problem]:
    parts: dict[str, Any] = {
        "dataset": spec.dataset,
        "optimizer": spec.optimizer,
        "schedule": spec.schedule,
        **{f"perturbations[{i}]": part for i, part in enumerate(spec.perturbations)},
    }
    for key, part in parts.items():
        section = key.partition("[")[0]
        ranges = {
            **_OPTION_RANGES.get(section, {}),
            **_OPTION_RANGES.get(f"{section}:{part.name}", {}),
        }
        for option, (holds, expected) in ranges.items():
            value = part.options.get(option)
            if value is not None and not holds(value):
                text = f"found {shown(value)}, expected {expected}."
                yield Problem(f"{key}.options.{option}", text, (f"{key}.name",))


def _numbers(value: object) -> list[float]:
    """Return the numbers in an option; a value of another type is reported by its type."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, (int, float)) and not isinstance(item, bool)]


def _least(least: float) -> tuple[Callable[[Any], bool], str]:
    expected = f"at least {least}"
    return lambda value: all(number >= least for number in _numbers(value)), expected


def _are_betas(value: object) -> bool:
    pair = not isinstance(value, list) or len(value) == 2
    return pair and all(0 <= number < 1 for number in _numbers(value))


_OPTION_RANGES: Mapping[str, Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "dataset:synthetic": {
        "train": _least(1),
        "test": _least(1),
        "classes": _least(2),
        "native_size": _least(1),
        "channels": (lambda value: all(n in {1, 3} for n in _numbers(value)), "1 or 3"),
    },
    "optimizer": {
        "momentum": _least(0),
        "eps": _least(0),
        "betas": (_are_betas, "two numbers, each at least 0 and below 1"),
    },
    "schedule:step": {
        "every_epochs": (lambda value: all(n > 0 for n in _numbers(value)), "above 0"),
        "gamma": _least(0),
    },
    "schedule:cosine": {"final": _least(0)},
    "perturbations": {
        "amount": (lambda value: all(map(math.isfinite, _numbers(value))), "a finite number"),
    },
    "perturbations:ulp": {"amount": _least(1)},
    "perturbations:sign-flip": {
        "share": (lambda value: all(0 < n <= 1 for n in _numbers(value)), "above 0 and at most 1"),
    },
}


def _nesterov_problems(spec: RunSpec) -> Iterator[Problem]:
    options = spec.optimizer.options
    if options.get("nesterov") is not True:
        return
    if options.get("momentum") == 0:
        text = "Nesterov's step needs a momentum above 0, and optimizer.options.momentum is 0."
        yield Problem("optimizer.options.nesterov", text, ("optimizer.options.momentum",))
    if options.get("dampening", 0) != 0:
        text = "Nesterov's step needs a dampening of 0. Remove one of the two."
        yield Problem("optimizer.options.dampening", text, ("optimizer.options.nesterov",))


def _training_problems(training: TrainingSpec) -> Iterator[Problem]:
    precision, device = training.precision, training.device
    refused = REFUSED_PRECISIONS.get(precision.lower().replace("_", "-"))
    if refused is not None:
        text = (
            f"'{precision}' is refused: {refused}. Use 'bf16', which computes in bf16 and keeps "
            "the weights in fp32."
        )
        yield Problem("training.precision", text)
    elif precision not in PRECISIONS:
        yield Problem("training.precision", _not_one_of(precision, PRECISIONS))
    elif precision == "tf32" and device in {"cpu", "mps"}:
        text = f"'tf32' exists on CUDA only, and training.device is '{device}'. Use 'fp32'."
        yield Problem("training.precision", text, ("training.device",))
    if not _DEVICE.fullmatch(device):
        choices = ("auto", "cpu", "cuda", "cuda:1", "mps")
        yield Problem("training.device", _not_one_of(device, choices))


def _recording_problems(recording: RecordingSpec, *, validation: float) -> Iterator[Problem]:
    try:
        parse_when(recording.when)
    except ValueError as error:
        yield Problem("recording.when", str(error))
    for i, text in enumerate(recording.snapshots):
        key = f"recording.snapshots[{i}]"
        if text == "best" and validation == 0:
            problem = (
                "'best' needs images to choose with: set dataset.validation; the test set never "
                "chooses anything."
            )
            yield Problem(key, problem, ("dataset.validation",))
        elif text.partition(":")[0] == "every":
            try:
                parse_count(text)
            except ValueError as error:
                yield Problem(key, str(error))
        elif text not in {"init", "final", "best"}:
            choices = ("init", "final", "best", "every:K")
            yield Problem(key, f"{_not_one_of(text, choices)} For none at all: snapshots = [].")


def _not_one_of(found: str, choices: tuple[str, ...]) -> str:
    near = nearest_names(found, choices, 1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return f"found {shown(found)}, expected one of {listed}.{hint}"
