"""``paramdyn ls``: the runs, one a line; those that a filter means, in groups, or as a tree."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from paramdyn_tui.cli.ls_options import LsOptions, Request, request_from
from paramdyn_tui.cli.options import takes
from paramdyn_tui.cli.run_facts import group_facts, run_facts

if TYPE_CHECKING:
    from paramdyn.store.query.groups import Group
    from paramdyn.store.query.keys import Key
    from paramdyn.store.query.order import Branch
    from paramdyn.store.run_summary import RunSummary

CONTEXT_SETTINGS = {"ignore_unknown_options": True}
"""A term such as ``-perturb=none`` is no option."""


@takes(LsOptions)
def ls(options: LsOptions) -> None:
    """List the runs, newest first.

    \b
    paramdyn ls model=resnet18 'val.acc>.8' -perturb=none seed=0-3
    paramdyn ls status=running,paused age=..2d --sort test.loss
    paramdyn ls 'model=lenet | model=vgg19 init=he*' --group model,perturb
    paramdyn ls has:parent --tree
    paramdyn ls status=failed --ids | xargs -n1 paramdyn show

    All terms must hold; a '|' with spaces means or; '-' or '!' before a term
    turns it around. Quote it where the shell would read < > | ! or spaces.

    \b
    key=value  key!=value   a name, a pattern (res*), a range (0-3, .5..,
                            ..2k), or several: a,b; none: what is not there
    key<1e-3  key>=80%      also <= and >; times as 45s 20m 3h 2d 1w
    key~expression          a regular expression, in upper or lower case
    has:key    word         has a value; 'word' is part of the run's id

    \b
    Keys: id status model dataset init optimizer lr seed perturb parent arm
    of epoch step total_steps age created device images_per_s reason; metrics
    as val.acc test.loss train.epoch_loss; any field of the spec, or its last
    part: batch_size, weight_decay, optimizer.options.momentum. Statuses:
    queued starting running paused suspended stale finished stopped failed
    diverged crashed broken; live and ended mean several.

    A group's mean is of its finished runs, with the 95 % interval over
    seeds; other runs are counted apart, and so are repetitions: an experiment
    and its seed are one sample, whatever is recorded and on what device.
    A run whose folder cannot be read is listed, and why goes to stderr.
    """  # noqa: D301 - \b keeps lines apart in the help
    from paramdyn_tui.cli import output

    request = request_from(options)
    ascii_only = options.ascii or not output.is_unicode(sys.stdout)
    shown = request.runs[: options.limit] if options.limit else request.runs
    if options.ids:
        for run in shown:
            output.result_exact(run.name)
    elif request.group:
        _groups(request, options, ascii_only=ascii_only)
    elif options.tree:
        _tree(request, options, ascii_only=ascii_only)
    elif options.json:
        output.result_json([run_facts(run, request.columns) for run in shown])
    elif not shown:
        _say_nothing_found(request)
    else:
        _print_runs(shown, request, ascii_only=ascii_only)


def _say_nothing_found(request: Request) -> None:
    from paramdyn.store.runs_place import option_for
    from paramdyn_tui.cli import output

    more = option_for(request.folder)
    if request.everything:
        count = len(request.everything)
        runs = "the one run" if count == 1 else f"{count:,} runs"
        output.talk(f"None of {runs} in {request.folder} is meant. All of them: paramdyn ls{more}")
    else:
        output.talk(f"No runs in {request.folder}. Make one: paramdyn run{more}")


def _print_runs(shown: Sequence[RunSummary], request: Request, *, ascii_only: bool) -> None:
    from paramdyn_tui.cli import run_table

    keys = _with_id(request.columns) or _columns_for(shown)
    table = run_table.runs_table(shown, keys, chosen=bool(request.columns))
    run_table.show(table, ascii_only=ascii_only)
    _tell_problems(shown)


def _with_id(columns: list[Key]) -> list[Key]:
    """Return the columns with the id first where it is not among them: rows must have a name."""
    if not columns or any(key.name == "id" for key in columns):
        return columns
    return [*_usual(("id",)), *columns]


def _tell_problems(shown: Sequence[RunSummary]) -> None:
    from paramdyn_tui.cli import output

    for run in shown:
        if run.problem:
            output.talk(f"{run.name}: {run.problem}")


def _groups(request: Request, options: LsOptions, *, ascii_only: bool) -> None:
    from paramdyn.store.query.groups import group_runs
    from paramdyn.store.query.order import order_from, sort_by
    from paramdyn_tui.cli import output, run_table

    figures = request.columns or _usual(run_table.FIGURES)
    used = [*figures, *(key for key, _ in request.by if key not in figures)]
    groups = group_runs(request.runs, request.group, used)

    def value(key: Key, group: Group) -> Any:  # noqa: ANN401 - any plain value
        if key in request.group:
            return group.values[request.group.index(key)]
        found = group.figures.get(key.name)
        return found.mean if found else None

    groups = sort_by(groups, order_from(request.by), value)
    groups = groups[: options.limit] if options.limit else groups
    if options.json:
        output.result_json(
            [group_facts(each, request.group, members=options.members) for each in groups]
        )
    elif not groups:
        output.talk("No run is meant, so there are no groups. All runs: paramdyn ls")
    elif options.members:
        _print_members(groups, request, figures, ascii_only=ascii_only)
    else:
        table = run_table.groups_table(groups, request.group, figures)
        run_table.show(table, ascii_only=ascii_only)
    if groups and not options.json:
        _tell_repeated(groups)
        _tell_varying(groups)


def _print_members(
    groups: Sequence[Group], request: Request, figures: Sequence[Key], *, ascii_only: bool
) -> None:
    """Print each group's line and, indented below it, its runs."""
    from paramdyn.store.query.order import order_from, sort_by
    from paramdyn_tui.cli import output, run_table

    keys = request.columns or _usual(run_table.COLUMNS)
    if all(key.name != "id" for key in keys):
        keys = [*_usual(("id", "status", "seed")), *keys]
    for number, group in enumerate(groups):
        if number:
            output.result()
        run_table.show(
            run_table.groups_table([group], request.group, figures), ascii_only=ascii_only
        )
        ordered = sort_by(group.runs, order_from(request.by), lambda key, run: key.get(run))
        table = run_table.runs_table(ordered, keys, chosen=bool(request.columns))
        run_table.show(table, indent="  ", ascii_only=ascii_only)


def _tell_repeated(groups: Sequence[Group]) -> None:
    """Say why runs are not counted that look like samples."""
    from paramdyn.store.query.groups import REPEATED
    from paramdyn_tui.cli import output

    count = sum(group.apart.get(REPEATED, 0) for group in groups)
    if count:
        runs = "1 run repeats" if count == 1 else f"{count:,} runs repeat"
        output.talk(
            f"{runs} another one with its seed, and count once: what is recorded, the device and "
            "the threads make no further sample."
        )


def _tell_varying(groups: Sequence[Group]) -> None:
    """Say when more than seeds differs inside the groups: their intervals are of that as well."""
    from paramdyn_tui.cli import output

    varying = sorted({name for group in groups for name in group.varying})
    if varying:
        several = "some groups" if len(groups) > 1 else "this group"
        output.talk(
            f"Not only seeds differ inside {several}: {', '.join(varying)}. "
            "Add what matters to --group."
        )


def _tree(request: Request, options: LsOptions, *, ascii_only: bool) -> None:
    from paramdyn.store.query.order import tree_of
    from paramdyn_tui.cli import output, run_table

    branches = tree_of(request.runs, request.everything)
    branches = branches[: options.limit] if options.limit else branches
    if options.json:
        output.result_json([_branch_facts(branch, request.columns) for branch in branches])
        return
    if not branches:
        output.talk("No run is meant. All runs: paramdyn ls --tree")
        return
    runs = [branch.run for branch in branches]
    keys = request.columns or _columns_for(runs)
    if keys[0].name != "id":
        keys = [*_usual(("id",)), *(key for key in keys if key.name != "id")]
    lead = run_table.tree_leads(branches, ascii_only=ascii_only)
    table = run_table.runs_table(runs, keys, chosen=bool(request.columns), lead=lead)
    table = run_table.with_context(table, [branch.is_context for branch in branches])
    run_table.show(table, ascii_only=ascii_only)
    for branch in branches:
        if branch.lost_parent:
            output.talk(
                f"{branch.run.name}: its parent {branch.lost_parent} is not in this folder."
            )
    _tell_problems(runs)


def _branch_facts(branch: Branch, columns: Sequence[Key]) -> dict[str, Any]:
    return {
        **run_facts(branch.run, columns),
        "depth": branch.depth,
        "lost_parent": bool(branch.lost_parent),
        "meant": not branch.is_context,
    }


def _columns_for(runs: Sequence[RunSummary]) -> list[Key]:
    """Return the usual columns, and the arm where there are controls: they look alike otherwise."""
    from paramdyn.specs.controls import CONTROLS
    from paramdyn_tui.cli import run_table

    keys = _usual(run_table.COLUMNS)
    (arm,) = _usual(("arm",))
    if any(arm.get(run) in CONTROLS for run in runs):
        keys.insert(run_table.COLUMNS.index("seed"), arm)
    return keys


def _usual(names: Sequence[str]) -> list[Key]:
    from paramdyn.store.query.keys import Vocabulary

    vocabulary = Vocabulary()
    return [vocabulary.find(name) for name in names]
