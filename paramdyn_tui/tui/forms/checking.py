"""Whether a form means something that can be trained: what is wrong, what would be trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn.errors import ParamdynError, SpecError
from paramdyn_tui.cli.run_words import run_options
from paramdyn_tui.tui.children import Child, Finished
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.words import command_of, field_of, offers_controls, words_of

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.cli.options import RunOptions


@dataclass(frozen=True, slots=True)
class Run:
    """One run that would be trained, or is there.

    Attributes:
        name: Its id.
        arm: What it is in an experiment: ``base``, ``child``, a control.
        existing: Whether it is there already and is not trained again.
        epochs: How long it is trained.
        about: What it is for, in words.
    """

    name: str
    arm: str
    existing: bool
    epochs: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about a form.

    Attributes:
        problems: Key of a field -> what is wrong there; what is wrong with no field is at ``""``.
        spec: Of the first run that was asked for; None when there are problems.
        runs: What would be trained, in its order; None while that is not known.
        twins: Names of runs of the very same spec that are there already, where none is spared.
        is_slow: Whether finding out what would be trained takes a process of its own.
        seconds: How long the first run may take; None when no past run tells.
        past: From how many past runs that is known.
    """

    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    spec: RunSpec | None = None
    runs: tuple[Run, ...] | None = None
    twins: tuple[str, ...] = ()
    is_slow: bool = False
    seconds: float | None = None
    past: int = 0

    @property
    def to_train(self) -> list[Run]:
        """The runs that are not there yet."""
        return [run for run in self.runs or () if not run.existing]

    @property
    def number_of_problems(self) -> int:
        """How many things are wrong."""
        return sum(map(len, self.problems.values()))


def check(form: Form, runs: Path, rows: Sequence[RunSummary] = ()) -> Checked:
    """Find out what a form means, with the code of the command line. It imports no torch.

    Args:
        form: What was said.
        runs: The runs folder.
        rows: The runs in it, from which it is estimated how long it takes.
    """
    checked = _checked(form, runs)
    if checked.spec is None or not rows:
        return checked
    from paramdyn_tui.watching.past_times import estimate

    found = estimate(checked.spec, rows)
    return checked if found is None else replace(checked, seconds=found.seconds, past=found.n)


def _checked(form: Form, runs: Path) -> Checked:
    try:
        options = replace(run_options(words_of(form)), quiet=True)
        specs = _specs(options, runs)
    except ParamdynError as error:
        return Checked(problems=_at_fields(_sentences(error), form))
    layers = _layer_problems(form)
    if layers:
        return Checked(problems=layers)
    spec = specs[0]
    if options.controls is None:
        return _without_controls(specs, runs)
    if spec.training.device == "auto" or not spec.training.threads:
        return Checked(spec=spec, is_slow=True)
    try:
        return Checked(spec=spec, runs=_planned(options, runs))
    except ParamdynError as error:
        return Checked(problems=_at_fields(_sentences(error), form))


class SlowPlan:
    """What would be trained, found out by ``paramdyn run --dry-run``: it has to look at devices.

    Args:
        form: What was said.
    """

    def __init__(self, form: Form) -> None:
        words = [word for word in command_of(form)[1:] if word != "--detach"]
        self._form = form
        self._child = Child([*words, "--dry-run", "--json"])

    def cancel(self) -> None:
        """Give it up."""
        self._child.cancel()

    def find_out(self, checked: Checked) -> Checked | None:
        """Return what was found out; None when it was given up."""
        try:
            finished = self._child.run()
            if self._child.cancelled:
                return None
            if finished.status:
                Finished(finished.status, "", finished.talk).result()
            facts = finished.result()
        except ParamdynError as error:
            return Checked(problems=_at_fields(_sentences(error), self._form))
        return replace(checked, runs=tuple(_run(each) for each in facts["runs"]))


def _specs(options: RunOptions, runs: Path) -> list[RunSpec]:
    from paramdyn_tui.cli.job_options import parse_controls
    from paramdyn_tui.cli.spec_options import collect, specs_from

    problems: list[str] = []
    collect(problems, lambda: parse_controls(options.controls), ())
    specs: list[RunSpec] = collect(problems, lambda: specs_from(options, runs=runs), [])
    if problems:
        raise SpecError(problems)
    return specs


def _without_controls(specs: Sequence[RunSpec], runs: Path) -> Checked:
    from paramdyn.specs.arms import arm_of
    from paramdyn.specs.controls import start_of
    from paramdyn.specs.run_id import run_id

    found = [
        Run(
            name=run_id(spec),
            arm=arm_of(
                "", continues=start_of(spec) is not None, perturbed=bool(spec.perturbations)
            ),
            existing=False,
            epochs=spec.training.epochs,
        )
        for spec in specs
    ]
    twins = tuple(run.name for run in found if (runs / run.name).is_dir())
    return Checked(spec=specs[0], runs=tuple(found), twins=twins)


def _planned(options: RunOptions, runs: Path) -> tuple[Run, ...]:
    from paramdyn_tui.cli.job_options import planned_from
    from paramdyn_tui.cli.run_plan import facts

    return tuple(_run(each) for each in facts(planned_from(options, runs=runs))["runs"])


def _run(facts: Mapping[str, Any]) -> Run:
    return Run(
        str(facts["run"]),
        str(facts["arm"]),
        bool(facts["existing"]),
        int(facts["epochs"]),
        str(facts["about"]),
    )


def _sentences(error: ParamdynError) -> list[str]:
    if isinstance(error, SpecError):
        return error.problems
    lines = [line.removeprefix("- ").strip() for line in str(error).splitlines() if line.strip()]
    listed = len(lines) > 1 and lines[0].endswith("problems:")
    return lines[1:] if listed else [" ".join(lines)]


def _at_fields(sentences: Sequence[str], form: Form) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        key = field_of(sentence, form)
        found.setdefault(key, []).append(_without_key(sentence, key))
    return found


def _without_key(sentence: str, key: str) -> str:
    """Return a sentence without the dotted key that it begins with: it stands at its field."""
    head, colon, rest = sentence.partition(": ")
    named = head == key or head.startswith(("pert", "--", key))
    about_field = colon and key and " " not in head and named
    return rest[:1].upper() + rest[1:] if about_field else sentence


def _layer_problems(form: Form) -> dict[str, list[str]]:
    if form.parent is None:
        return {}
    found = {}
    for number, parts in enumerate(form.perturb):
        problem = form.parent.layer_problem(parts.get("layers", "*"))
        if problem:
            found[f"perturb/{number}/layers"] = [problem]
    return found


def will_compare(form: Form) -> bool:
    """Tell whether what is trained is to be laid beside its controls."""
    return offers_controls(form) and any(word.startswith("--controls") for word in words_of(form))
