"""A form as the words of ``paramdyn run``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from paramdyn.specs.run_spec import RunSpec
from paramdyn_tui.cli.spec_options import FIELDS, LISTS
from paramdyn_tui.tui.forms.form import (
    CONTROLS,
    OTHER,
    PLUGINS,
    SEEDS,
    START,
    STEP,
    Form,
)
from paramdyn_tui.tui.forms.offers import ALL, NONE, QUEUED
from paramdyn_tui.tui.forms.texts import perturbation_text, words_in

OPTION_OF = {
    key: f"--{option.replace('_', '-')}" for option, key in {**FIELDS, **LISTS}.items()
} | {
    "initializer.name": "--init",
    "initializer.weights": "--weights",
    "optimizer.options.betas": "--betas",
}
"""Dotted key -> the option that says it; every other key is said by ``--set``."""
_ORDER = [
    "model.name", "dataset.name", "initializer.name", "initializer.weights",
    "optimizer.name", "optimizer.learning_rate", "optimizer.options.momentum",
    "optimizer.options.betas", "optimizer.options.eps", "optimizer.weight_decay",
    "schedule.name", "schedule.warmup_epochs", "training.epochs", "training.batch_size",
]  # fmt: skip
_OWN = (CONTROLS, OTHER, PLUGINS, SEEDS, START, STEP)
_NORMALIZATION = "dataset.normalization"
WHEN_FREE = "--when-free"


def words_of(form: Form) -> list[str]:
    """Return what follows ``paramdyn run``, without how it is shown.

    Args:
        form: Anything, right or wrong: the command line says what is wrong with it.
    """
    return [word for part in _parts(form) for word in part]


def command_of(form: Form) -> list[str]:
    """Return the whole command that starts it, detached."""
    where = [*_value("--runs", str(form.runs))] if form.runs is not None else []
    where += _value("--data", form.data) if form.data else []
    return ["paramdyn", "run", *words_of(form), *where, "--detach"]


def command_text(command: Sequence[str]) -> str:
    """Return a command as a shell takes it."""
    return shlex.join(command)


def command_lines(command: Sequence[str], width: int) -> list[str]:
    """Return a command in lines that a shell takes as one, options and their values together.

    A word that is longer than a line stays whole.
    """
    units: list[str] = []
    for word in map(shlex.quote, command):
        alone = not units or word.startswith("-") or units[-1].count(" ") > 0
        if alone or not units[-1].startswith("--") or "=" in units[-1]:
            units.append(word)
        else:
            units[-1] += f" {word}"
    lines = [units[0]]
    for unit in units[1:]:
        if len(lines[-1]) + len(unit) + 3 <= width:
            lines[-1] += f" {unit}"
        else:
            lines[-1] += " \\"
            lines.append(f"    {unit}")
    return lines


def _parts(form: Form) -> Iterator[list[str]]:
    if form.parent is not None:
        step = form.text(STEP).strip()
        name = form.parent.name
        yield _value("--from", name if step in ("", "final") else f"{name}@{step}")
    said = form.said()
    keys = [key for key in _ORDER if key in said]
    keys += [key for key in said if key not in _ORDER and key not in _OWN]
    for key in keys:
        yield _said(key, said[key])
    for parts in form.perturb:
        yield _value("--perturb", perturbation_text(parts))
    if SEEDS in said:
        yield _value("--seed" if said[SEEDS].isdecimal() else "--seeds", said[SEEDS])
    for path in words_in(said.get(PLUGINS, "")):
        yield _value("--plugin", path)
    for text in words_in(said.get(OTHER, "")):
        yield _value("--set", text)
    if form.text(START) == QUEUED:
        yield [WHEN_FREE]
    if offers_controls(form) and form.text(CONTROLS) != NONE:
        wanted = form.text(CONTROLS)
        yield ["--controls" if wanted == ALL else f"--controls={wanted}"]


def offers_controls(form: Form) -> bool:
    """Tell whether there is something to control for: a run that goes on, perturbed."""
    return form.parent is not None and bool(form.perturb)


def _said(key: str, text: str) -> list[str]:
    if key == _NORMALIZATION and text in ("dataset", "none"):
        return ["--normalize" if text == "dataset" else "--no-normalize"]
    if key in OPTION_OF:
        return _value(OPTION_OF[key], text)
    return _value("--set", f"{key}={text}")


def _value(option: str, text: str) -> list[str]:
    """Return an option with its value, which may begin with a dash."""
    return [f"{option}={text}"] if text.startswith("-") else [option, text]


def field_of(problem: str, form: Form) -> str:
    """Return the key of the field that a problem is about; empty when it is about none.

    Args:
        problem: A sentence of the command line; it begins with an option, or with a dotted key.
        form: What was said.
    """
    head = problem.partition(": ")[0].partition(" ")[0].rstrip(":,")
    by_option = {option: key for key, option in OPTION_OF.items()}
    by_option |= {"--from": STEP, "--seed": SEEDS, "--seeds": SEEDS, "--controls": CONTROLS}
    by_option |= {"--plugin": PLUGINS, "--set": OTHER, WHEN_FREE: START, "seed": SEEDS}
    if head in by_option:
        return by_option[head]
    if problem.startswith("perturbation ") and form.perturb:
        for place, parts in enumerate(form.perturb):
            if repr(perturbation_text(parts)) in problem:
                return f"perturb/{place}/name"
        return "perturb/0/name"
    if head.startswith("perturbations["):
        number, _, rest = head.removeprefix("perturbations[").partition("]")
        return f"perturb/{number}/{rest.rpartition('.')[2] or 'name'}"
    if head.partition(".")[0] in RunSpec.__dataclass_fields__:
        return head.partition("[")[0]
    return PLUGINS if any(path in problem for path in words_in(form.text(PLUGINS))) else ""
