"""What ``analyze`` is asked about: runs by name or filter, weights of the user's, a mere model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import BadRequest, ParamdynError, RunNotFound, SpecError
from paramdyn.store.run_folder import RunFolder, find_run, runs_folder
from paramdyn_tui.cli import output
from paramdyn_tui.cli.analyze_options import AnalyzeOptions

if TYPE_CHECKING:
    from paramdyn.analysis.bench import Bench
    from paramdyn.analysis.subjects import Subject
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn_tui.answers.report import SubjectFacts

WEIGHTS_SUFFIXES = (".safetensors", ".pt", ".pth")
DEFAULT_CLASSES = 10
_NOT_OPENED = ("queued", "broken")
_FILTER = re.compile(r"[=<>~:|!]|\s")


def open_subjects(options: AnalyzeOptions, bench: Bench) -> list[Subject]:
    """Put everything that was named on the bench: runs first, then weights, then a mere model.

    Raises:
        SpecError: Names stand for nothing, filters or the model's options are wrong; all of them.
        BadRequest: Nothing was named, or weights without a model.
        ParamdynError: Something that was named cannot be opened.
    """
    from paramdyn.analysis.subjects import tell_apart

    names = list(options.run or ())
    files = [*(options.weights or ()), *(Path(name) for name in names if is_weights(name))]
    folders = chosen_folders([n for n in names if not is_weights(n)], options)
    subjects = [bench.open(folder) for folder in folders]
    tell_apart(subjects)
    if files or (options.model and not folders):
        spec = own_spec(options, folders)
        subjects += own_subjects(files, spec, options.classes)
    if not subjects:
        raise BadRequest(
            f"analyze: nothing to ask about. Expected a run, such as paramdyn analyze "
            f"{options.question} RUN, or --weights FILE --model NAME --dataset NAME. All runs: "
            "paramdyn ls."
        )
    bench.subjects = subjects if len(subjects) > len(folders) else bench.subjects
    return subjects


def is_weights(name: str) -> bool:
    """Tell whether a name is that of a weights file rather than of a run."""
    return name.endswith(WEIGHTS_SUFFIXES) and not Path(name).is_dir()


def chosen_folders(names: Sequence[str], options: AnalyzeOptions) -> list[RunFolder]:
    """Return the runs that names and filters mean, each once.

    A name that is no run's and looks like a filter is one: ``'model=lenet seed<6'``.

    Raises:
        SpecError: With every name that stands for none, and every problem of a filter.
    """
    runs = runs_folder(options.runs)
    found: list[RunFolder] = []
    problems: list[str] = []
    for name in names:
        try:
            found += _meant(name, runs)
        except SpecError as error:
            problems += error.problems
        except ParamdynError as error:
            problems.append(str(error))
    if options.where is not None:
        try:
            found += fitting(options.where, runs, said="--where")
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return list({folder.path.resolve(): folder for folder in found}.values())


def _meant(name: str, runs: Path) -> list[RunFolder]:
    try:
        return [find_run(runs, name)]
    except RunNotFound:
        if not _FILTER.search(name):
            raise
    return fitting(name, runs, said="filter")


def fitting(text: str, runs: Path, *, said: str) -> list[RunFolder]:
    """Return the runs that a filter means, oldest first; those that have not begun are left out.

    Args:
        text: The filter.
        runs: The runs folder.
        said: What a message about it begins with.

    Raises:
        SpecError: It cannot be read, or no run fits.
    """
    from paramdyn.store.query.filters import parse_query
    from paramdyn.store.run_index import list_runs

    rows = list_runs(runs)
    fitting_rows = parse_query(text, rows).select(rows)
    usable = [row for row in reversed(fitting_rows) if row.status not in _NOT_OPENED]
    for row in fitting_rows:
        if row.status in _NOT_OPENED:
            output.talk(f"{row.name}: is {row.status}, and left out.")
    if not usable:
        raise SpecError(
            f"{said}: no run in {runs} that has begun fits '{text}'. Expected at least one. Try "
            "the filter with paramdyn ls."
        )
    return [RunFolder(row.path.absolute()) for row in usable]


def own_spec(options: AnalyzeOptions, folders: Sequence[RunFolder]) -> RunSpec:
    """Return the model and the images of the user's weights: as said, else as of the first run.

    Raises:
        BadRequest: Nothing says which model.
        SpecError: A field is wrong.
    """
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn_tui.cli.options import SpecOptions
    from paramdyn_tui.cli.spec_options import specs_from

    if options.model is None and not folders:
        raise BadRequest(
            "--weights: of which model? Expected its name beside the file: --weights FILE --model "
            "resnet18 --dataset cifar10. All names: paramdyn catalog models."
        )
    asked = SpecOptions(
        spec=folders[0].layout.spec if folders else None,
        model=options.model,
        dataset=options.dataset,
        image_size=options.image_size,
        normalize=options.normalize,
        assign=options.assign,
        plugin=options.plugin,
        seed=options.seed if not folders else None,
    )
    [spec] = specs_from(asked, runs=runs_folder(options.runs))
    # how the run beside them began says nothing about them
    return replace(spec, initializer=RunSpec().initializer, perturbations=())


def own_subjects(files: Sequence[Path], spec: RunSpec, classes: int | None) -> list[Subject]:
    """Return weights files as subjects; without any, the model that nobody has trained.

    Raises:
        WeightsError: A file cannot be read, or does not fit the model.
    """
    from paramdyn.analysis.subjects import model_subject, names_of_files, open_weights

    if not files:
        return [model_subject(spec, classes=classes or DEFAULT_CLASSES)]
    return [
        open_weights(path, spec, classes=classes, name=name)
        for path, name in zip(files, names_of_files(files), strict=True)
    ]


def facts_of(subject: Subject) -> SubjectFacts:
    """Return what is said of a subject at the head of an answer."""
    from paramdyn.analysis.subjects import standing
    from paramdyn_tui.answers.report import SubjectFacts

    found = standing(subject)
    spec, folder = subject.spec, subject.folder
    return SubjectFacts(
        name=subject.name,
        path=str(folder.path) if folder is not None else "",
        status=subject.status,
        model=spec.model.name,
        dataset=spec.dataset.name,
        seed=spec.seed if folder is not None else None,
        step=found.step,
        values=found.source,
        last_record=found.last_record,
    )
