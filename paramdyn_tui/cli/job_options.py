"""From options to jobs: the runs that were asked for, and with ``--controls`` their comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import SpecError
from paramdyn.registry import nearest_names
from paramdyn.specs.controls import (
    CONTROLS,
    INDEPENDENT,
    INDEPENDENT_PARENT,
    LOADED,
    Start,
    controls,
    first_weight,
    start_of,
    started_from,
    with_seed,
)
from paramdyn.specs.run_spec import RunSpec
from paramdyn_tui.cli.options import ALL, RunOptions
from paramdyn_tui.launch.jobs import Job, Planned

if TYPE_CHECKING:
    from paramdyn.store.equal_runs import EqualRuns
    from paramdyn.store.run_folder import RunFolder

EXAMPLE = "paramdyn run --from RUN --perturb sign-flip --controls"


def jobs_from(options: RunOptions, *, runs: Path) -> list[Job]:
    """Return the jobs that were asked for, in the order in which they can be carried out.

    Without ``--controls`` it is one for each seed. With it, each seed has, in this order: its
    parent, where that is not there yet; the child; its controls in the order of
    ``paramdyn.specs.controls``. What will be trained is said on stderr.

    Raises:
        SpecError: With all problems of the options and of the spec.
        RunNotFound: A run that is needed is gone.
        PluginError: A plug-in cannot be loaded.
    """
    planned = planned_from(options, runs=runs)
    if options.controls is not None and not options.quiet:
        from paramdyn_tui.cli import output
        from paramdyn_tui.cli.run_plan import announce

        try:
            announce(planned)
        except BrokenPipeError:  # '2>&1 | head': nobody watches runs that are detached, anyway
            if not options.detach:
                raise
            output.silence_talk()
    return [item.job for item in planned]


def planned_from(options: RunOptions, *, runs: Path) -> list[Planned]:
    """Return the jobs that were asked for, and what each is for; nothing is printed.

    Raises:
        SpecError, RunNotFound, PluginError: As ``jobs_from``.
    """
    from paramdyn.specs.run_id import run_id
    from paramdyn_tui.cli.spec_options import collect, specs_from

    problems: list[str] = []
    wanted = collect(problems, lambda: parse_controls(options.controls), ())
    specs = collect(problems, lambda: specs_from(options, runs=runs), [])
    if problems:
        raise SpecError(problems)
    if options.controls is None:
        return [Planned(job=Job(spec=spec), run=run_id(spec), about="") for spec in specs]
    return _with_controls(specs, wanted, runs, per_seed=bool(options.seeds))


def parse_controls(text: str | None) -> tuple[str, ...]:
    """Return the names of controls in ``twin,order``; ``all`` is every one, no text none.

    Raises:
        SpecError: A name is no control's.
    """
    names = [part.strip() for part in (text or "").split(",") if part.strip()]
    problems = []
    for name in names:
        if name not in (ALL, *CONTROLS):
            near = nearest_names(name, CONTROLS)
            hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
            problems.append(f"--controls: unknown control '{name}'.{hint} {_listing()}")
    if text is not None and not names:
        problems.append(f"--controls: no control is named. {_listing()}")
    if problems:
        raise SpecError(problems)
    return CONTROLS if ALL in names else tuple(name for name in CONTROLS if name in names)


def _listing() -> str:
    return f"Controls: {', '.join(CONTROLS)}. For all of them give --controls alone."


def _with_controls(
    specs: Sequence[RunSpec], wanted: Sequence[str], runs: Path, *, per_seed: bool
) -> list[Planned]:
    from paramdyn.specs.reader import read_spec
    from paramdyn.store.equal_runs import EqualRuns, lineage_of
    from paramdyn.store.run_folder import find_run

    start = start_of(specs[0])
    if start is None or not specs[0].perturbations:
        raise SpecError(_missing(start, specs[0]))
    parent = find_run(runs, start.run)
    own = read_spec(parent.layout.spec)
    others = per_seed and any(spec.seed != own.seed for spec in specs)
    needed = others or INDEPENDENT in wanted or INDEPENDENT_PARENT in wanted
    lineage = lineage_of(runs, parent) if needed else [own]
    if others:
        _check_family(lineage[0], parent.name)
    planner = _Planner(EqualRuns(runs), wanted, _layer(parent))
    for spec in specs:
        if per_seed and spec.seed != own.seed:
            planner.add_seed(spec, with_seed(lineage, spec.seed), start)
        else:
            planner.add_child(spec, lineage)
    return planner.planned


def _check_family(first: RunSpec, parent: str) -> None:
    """Check that other seeds give other networks."""
    fixed = first.seeds.initialization
    if fixed is not None and first.initializer.name not in LOADED:
        raise SpecError(
            f"--seeds: the recipe of {parent} fixes seeds.initialization = {fixed}, so the "
            "parents of all seeds would start from the same values. Continue a run that leaves it "
            "open, or give one --seed."
        )


def _missing(start: Start | None, spec: RunSpec) -> str:
    """Say what controls need and this run has not."""
    if start is None and not spec.perturbations:
        lacks, add = "starts from no other run and perturbs nothing", "--from RUN and --perturb"
    elif start is None:
        lacks, add = "starts from no other run", "--from RUN"
    else:
        lacks, add = "perturbs nothing", "--perturb"
    return (
        f"--controls: the run {lacks}, so there is nothing to control for. Controls belong to a "
        f"run that continues another one, perturbed. Add {add}: {EXAMPLE}. "
        "'paramdyn ls' lists runs, 'paramdyn catalog perturbations' what can be done to them."
    )


def _layer(parent: RunFolder) -> str:
    from paramdyn.store.manifest import read_manifest

    manifest = read_manifest(parent.layout)
    return first_weight(manifest.parameters, [str(row.get("parameter")) for row in manifest.reach])


class _Planner:
    """Lists jobs, each of which starts from a run that is there or from an earlier job."""

    def __init__(self, equal: EqualRuns, wanted: Sequence[str], layer: str) -> None:
        self.planned: list[Planned] = []
        self._equal = equal
        self._wanted = wanted
        self._layer = layer

    def add_seed(self, child: RunSpec, lineage: Sequence[RunSpec], start: Start) -> None:
        """Add a child of another seed after the parent of that seed."""
        previous: int | None = None
        for depth, spec in enumerate(lineage):
            last = depth == len(lineage) - 1
            step = start if last else start_of(lineage[depth + 1])
            previous = self._add(
                spec,
                arm="",
                about=f"{'the parent' if last else 'what the parent continues'}, seed {spec.seed}",
                start=previous,
                snapshot=step.step if step is not None else "final",
            )
        self.add_child(child, lineage, start=previous)

    def add_child(
        self, child: RunSpec, lineage: Sequence[RunSpec], *, start: int | None = None
    ) -> None:
        """Add a child and its controls."""
        child = self._continuing(child, start)
        own = self._add(child, arm="", about=_said(child), start=start)
        first = len(self.planned)
        arms = controls(child, lineage, layer=self._layer, wanted=self._wanted)
        needed = {arm.starts_from: start_of(arm.spec) for arm in arms}
        for place, arm in enumerate(arms):
            begin = needed.get(place)
            origin = start if arm.starts_from is None else first + arm.starts_from
            self._add(
                arm.spec,
                arm=arm.name,
                about=arm.about,
                of=own,
                start=origin if start_of(arm.spec) is not None else None,
                snapshot=begin.step if begin is not None else "",
            )

    def _continuing(self, child: RunSpec, start: int | None) -> RunSpec:
        return child if start is None else started_from(child, self.planned[start].run)

    def _add(
        self,
        spec: RunSpec,
        *,
        arm: str,
        about: str,
        of: int | None = None,
        start: int | None = None,
        snapshot: str = "",
    ) -> int:
        """Add a job, or the finished run that makes it needless; return its index."""
        from paramdyn.specs.run_id import run_id
        from paramdyn.specs.validation import validate

        spec = validate(_placed(self._continuing(spec, start)))
        if start is not None and self.planned[start].job.existing:
            start = None
        existing = self._equal.find(spec, snapshot=snapshot) if start is None else ""
        job = Job(spec=spec, arm=arm, of=of, start_of=start, existing=existing)
        self.planned.append(Planned(job=job, run=existing or run_id(spec), about=about))
        return len(self.planned) - 1


def _placed(spec: RunSpec) -> RunSpec:
    """Return ``spec`` with the device and the threads that it would get on this machine."""
    training = spec.training
    if training.device != "auto" and training.threads:
        return spec
    import torch

    from paramdyn import devices

    device = str(devices.resolve_device(training.device))
    threads = training.threads or torch.get_num_threads()
    return replace(spec, training=replace(training, device=device, threads=threads))


def _said(child: RunSpec) -> str:
    from paramdyn.specs.perturbation_text import format_perturbation

    return " + ".join(format_perturbation(each) for each in child.perturbations)
