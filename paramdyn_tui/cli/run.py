"""``paramdyn run``: start a run, or several one after another, and show them."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paramdyn_tui.cli.options import RunOptions, takes

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn_tui.cli.ending import Ending
    from paramdyn_tui.launch.jobs import Job

_OPEN_FILES = Path("/dev/fd")


@takes(RunOptions)
def run(options: RunOptions) -> None:
    """Train a network and record how every parameter moves.

    Without options: LeNet on 1,797 handwritten digits, 20 epochs. What is not said comes from the
    SPEC file or from the run named by --from, else from the defaults.

    The run belongs to no terminal: Ctrl-C asks whether to leave it or to stop it, and a closed
    window or a lost connection changes nothing. paramdyn attach shows it again. Several runs
    (--seeds) are carried out one after another; those that wait are listed as queued.

    A run that is perturbed and continued says little alone. --controls also trains what it must be
    compared with: the twin (not perturbed), the rounding twin (moved by one unit in the last
    place), another order of images, and an independent network. What is there is used again.

    \b
    paramdyn run --model resnet18 --dataset cifar10 --detach
    paramdyn run --seeds 0-5
    paramdyn run --when-free          queue it until its device is free
    paramdyn run --from RUN --perturb sign-flip --controls --dry-run
    paramdyn run --foreground         in a batch job (SLURM, ...)
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.foreground import check_launch
    from paramdyn_tui.cli.job_options import jobs_from, planned_from

    check_launch(options)
    runs = runs_folder(options.runs)
    if options.dry_run:
        from paramdyn_tui.cli.run_plan import dry_run

        dry_run(planned_from(options, runs=runs), json=options.json)
        return
    jobs = jobs_from(options, runs=runs)
    endings = _carry_out(jobs, options, runs=runs)
    if not options.json and not options.quiet:
        _say_how_to_compare(jobs, endings, options)
    if options.json:
        facts = [ending.facts for ending in endings]
        alone = len(jobs) == 1 and not options.seeds and options.controls is None
        output.result_json(facts[0] if alone else facts)
    worst = max((ending.exit_status for ending in endings), default=0)
    if worst:
        raise typer.Exit(worst)


def _carry_out(jobs: list[Job], options: RunOptions, *, runs: Path) -> list[Ending]:
    from paramdyn_tui.cli.data_option import data_arguments
    from paramdyn_tui.cli.foreground import carry_out_all
    from paramdyn_tui.launch.plan import Plan

    data = data_arguments(options.data, earlier_run(options, runs=runs))
    command = ["paramdyn", *sys.argv[1:]]
    if options.when_free:
        jobs = [replace(job, waits_for=_device_of(job.spec)) for job in jobs]
    elif len(jobs) == 1 and not jobs[0].existing:
        return [_one(jobs[0], ["--runs", str(runs), *data, "--", *command], options)]
    plan = Plan(jobs=tuple(jobs), runs=runs, data=tuple(data), command=tuple(command))
    return carry_out_all(plan, options)


def _device_of(spec: RunSpec) -> str:
    """Return where a run will train, as its run.json will name it.

    Raises:
        DeviceError: That device is not here.
    """
    if spec.training.device == "cpu":
        return "cpu"
    from paramdyn.devices import resolve_device

    return str(resolve_device(spec.training.device))


def _say_how_to_compare(jobs: list[Job], endings: list[Ending], options: RunOptions) -> None:
    """Say how a child is put beside its controls; nothing when there are none."""
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.asking import runs_option
    from paramdyn_tui.missing_controls import command_to_compare

    children = sorted({job.of for job in jobs if job.of is not None})
    if not children or any(ending.asked for ending in endings) or children[0] >= len(endings):
        return
    command = "ls has:parent --group perturb,arm"
    if len(children) == 1:
        command = command_to_compare(endings[children[0]].folder.name)
    output.talk(f"compare  paramdyn {command}{runs_option(options.runs)}")


def _one(job: Job, arguments: list[str], options: RunOptions) -> Ending:
    from paramdyn.specs.writer import to_toml
    from paramdyn_tui.cli.foreground import carry_out

    arguments = (["--arm", job.arm] if job.arm else []) + arguments
    arguments = (["--of", job.of_run] if job.of_run else []) + arguments
    content = to_toml(job.spec).encode()
    if _OPEN_FILES.is_dir():
        with tempfile.TemporaryFile() as file:  # it has no name: a killed viewer leaves nothing
            file.write(content)
            file.seek(0)
            spec = str(_OPEN_FILES / str(file.fileno()))
            return carry_out(["--spec", spec, *arguments], options, keep_open=(file.fileno(),))
    with tempfile.TemporaryDirectory(prefix="paramdyn-") as folder:
        path = Path(folder) / "spec.toml"
        path.write_bytes(content)
        return carry_out(["--spec", str(path), *arguments], options)


def earlier_run(options: RunOptions, *, runs: Path) -> Path | None:
    """Return the folder of the run that ``--from`` or SPEC names, if any."""
    from paramdyn.store.run_folder import find_run

    if options.start:
        return find_run(runs, options.start.partition("@")[0]).path
    if options.spec is None or options.spec.is_dir():
        return options.spec
    return options.spec.parent
