"""``paramdyn analyze``: questions about runs and weights, answered with controls and verdicts."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paramdyn_tui.cli import output
from paramdyn_tui.cli.analyze_options import AnalyzeOptions
from paramdyn_tui.cli.options import takes

if TYPE_CHECKING:
    from paramdyn_tui.answers.report import Report
    from paramdyn_tui.answers.sheet import Sheet
    from paramdyn_tui.cli.progress import Progress


@takes(AnalyzeOptions)
def analyze(options: AnalyzeOptions) -> None:
    """Answer a question about runs, with controls, intervals and a verdict.

    \b
    paramdyn analyze changed RUN           what changed, and why the rest did not
    paramdyn analyze distance SGD ADAM     how far, how straight, side by side
    paramdyn analyze recovery CHILD --make-controls
    paramdyn analyze correlation 'model=resnet18 seed<6' --out features.md
    paramdyn analyze all RUN               every question, the verdicts first
    paramdyn analyze reach --model resnet18 --image-size 32
    paramdyn analyze connectivity --weights A.pt B.pt --model lenet
    paramdyn analyze recovery --explain    what its numbers mean

    Each number stands beside its null or its control. A verdict is one of four words (supported,
    not supported, artefact, inconclusive), with what decided it and what would change it; one
    seed never gives more than inconclusive. paramdyn help verdicts tells more.

    A run that still trains is looked at as far as it is. Files may be named like runs. A .csv
    comes with one file a table, a .md with its pictures beside it.
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    from paramdyn.plugins import load_plugins

    load_plugins([Path(path) for path in options.plugin or ()])
    if options.question is None:
        _say_questions()
        raise typer.Exit(2)
    from paramdyn_tui.answers.asked import ALL, questions_of

    names = questions_of(options.question)
    if options.explain and not _names_something(options):
        _explain(names, options)
        return
    if options.out:
        from paramdyn_tui.answers.writing import check_out

        check_out(options.out)
    report = _report(options)
    if options.make_controls and any(answer.missing for answer in report.answers):
        from paramdyn_tui.cli.analyze_controls import make_controls

        if make_controls(report.answers, options):
            report = _report(options)
    for path in options.out or ():
        _write(report, path, options)
    if options.json:
        from paramdyn_tui.answers.report import report_data

        output.result_json(report_data(report))
    elif not options.out:
        _print(report, options)
    if report.failed and options.question == ALL:
        raise typer.Exit(1)


def _names_something(options: AnalyzeOptions) -> bool:
    return bool(options.run or options.where is not None or options.weights or options.model)


def _say_questions() -> None:
    """Say on stderr which questions there are."""
    from paramdyn.catalogues import QUESTIONS

    rows = [[entry.name, entry.summary] for entry in QUESTIONS.entries()]
    output.talk("paramdyn: analyze: which question? Expected one of these, or all:")
    output.talk_lines(output.aligned(rows[0], rows[1:]))
    output.talk("Such as: paramdyn analyze changed RUN. All runs: paramdyn ls.")


def _report(options: AnalyzeOptions) -> Report:
    from paramdyn_tui.cli.progress import progress_bar

    with progress_bar("reading runs", quiet=options.quiet) as progress:
        return _asked(options, progress)


def _asked(options: AnalyzeOptions, progress: Progress) -> Report:
    from paramdyn.analysis.asked_layers import unmatched_layers
    from paramdyn.analysis.bench import Bench, Options
    from paramdyn.devices import resolve_device
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.answers.asked import answered
    from paramdyn_tui.cli.analyze_subjects import facts_of, open_subjects
    from paramdyn_tui.cli.data_option import DATA_VARIABLE

    bench = Bench(
        runs=runs_folder(options.runs),
        data=options.data or os.environ.get(DATA_VARIABLE) or None,
        device=resolve_device(options.device),
        options=Options(
            most_images=options.images,
            alphas=options.alphas,
            restarts=options.restarts,
            draws=options.draws,
            seed=options.seed,
            layers=tuple(options.layers or ()),
            feature_layer=options.feature_layer or "",
            details=options.details or options.json or bool(options.out),
        ),
        progress=progress,
    )
    subjects = open_subjects(options, bench)
    unmatched_layers(bench.options.layers, subjects)  # before anything is computed
    facts = [facts_of(subject) for subject in subjects]
    return answered(str(options.question), subjects, bench, facts)


def _sheet(options: AnalyzeOptions) -> Sheet:
    from paramdyn_tui.answers.sheet import Sheet
    from paramdyn_tui.cli.plot import wants_color

    terminal = shutil.get_terminal_size((80, 24))
    return Sheet(
        width=max(options.width or terminal.columns, 40),
        height=terminal.lines,
        color=wants_color(options.no_color),
        details=options.details,
    )


def _print(report: Report, options: AnalyzeOptions) -> None:
    from paramdyn_tui.answers.report import report_lines

    _print_lines(report_lines(report, _sheet(options), explain=options.explain), options)


def _print_lines(lines: Sequence[str], options: AnalyzeOptions) -> None:
    from paramdyn_tui.safe_text import to_ascii

    text = "\n".join(lines)
    plain = options.ascii or not output.is_unicode(sys.stdout)
    painted = _sheet(options).color
    output.result_lines(to_ascii(text) if plain else text, painted=painted)


def _explain(names: Sequence[str], options: AnalyzeOptions) -> None:
    from paramdyn_tui.answers.asked import versions
    from paramdyn_tui.answers.explained import term_lines, terms_of_questions
    from paramdyn_tui.answers.report import Report, report_data

    terms = terms_of_questions(names)
    if options.json:
        asked = Report(str(options.question), {}, (), (), versions=versions(), terms=terms)
        output.result_json(report_data(asked))
    else:
        _print_lines(term_lines(terms, _sheet(options)), options)


def _write(report: Report, path: Path, options: AnalyzeOptions) -> None:
    """Write the files, which they replace, and say so."""
    from paramdyn.store.atomic import write_whole
    from paramdyn_tui.answers.asked import page_facts
    from paramdyn_tui.answers.writing import can_draw, files_of

    command = shlex.join(["paramdyn", *sys.argv[1:]])
    facts = page_facts(report.options, report.versions, command)
    written = []
    for file, content in files_of(report, path, facts):
        replaced = file.exists()
        write_whole(file, content)
        written.append(f"{'Replaced' if replaced else 'Wrote'} {file}.")
    if options.quiet:
        return
    if path.suffix.lower() == ".md" and not can_draw():
        output.talk(
            "Pictures are drawn as text: matplotlib is not installed. "
            "pip install 'paramdyn[figures]' makes them files."
        )
    beside = len(written) - 1
    more = f" {beside} more file{'s' * (beside != 1)} of it: {path.stem}-*" if beside else ""
    output.talk(f"{written[-1]}{more}")
