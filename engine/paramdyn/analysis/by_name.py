"""The questions as functions of names, paths or subjects, for people who write Python.

``distance``, ``recovery``, ``correlation`` and ``connectivity`` take names by themselves; these
here are the others. See ``paramdyn.analysis``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torch import nn

from paramdyn.analysis import changes, settling
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.questions.reach import audit_of
from paramdyn.analysis.reachability import ReachAudit, reach_of
from paramdyn.analysis.subjects import Subject, model_subject
from paramdyn.catalogues import MODELS
from paramdyn.specs import DatasetSpec, ModelSpec, RunSpec

Named = Subject | str | Path
"""A subject, or the id, the start of an id, or the path of a run."""

IMAGE_SIZE = 32
CLASSES = 10


def changed(run: Named, *, bench: Bench | None = None) -> changes.Changed:
    """Return which parameters of a run changed, and why the others did not.

    Args:
        run: A run, finished or live, or weights.
        bench: Runs folder, images and options; ``Bench()`` by default.

    Returns:
        Classes that sum to all scalars, shares in [0, 1]; what needs images or values that are not
        there is None, with the reason.

    Raises:
        RunNotFound: There is no such run, or it kept neither classes nor values.

    Reference:
        Chizat et al., "On Lazy Training in Differentiable Programming", arXiv:1812.07956, for what
        is not to be concluded from it.
    """
    bench = bench or Bench()
    return changes.changed(_opened(run, bench), bench)


def convergence(run: Named, *, bench: Bench | None = None) -> settling.Convergence:
    """Return whether a run has converged, from its records, and its gradients where it ended.

    Args:
        run: A run, finished or live.
        bench: Runs folder, images and options; ``Bench()`` by default.

    Returns:
        The slope of the last tenth of the loss with its 95 % interval, relative to the loss; what
        is undefined is None, with the reason.

    Raises:
        RunNotFound: There is no such run, or it has no records.
    """
    bench = bench or Bench()
    return settling.convergence(_opened(run, bench), bench)


def reach(
    model: Named | nn.Module,
    *,
    image_size: int | None = None,
    classes: int | None = None,
    bench: Bench | None = None,
) -> ReachAudit:
    """Return which parameters can ever get a gradient, before anything is trained.

    Args:
        model: A module, the name of one in the catalogue, or a run.
        image_size: Pixels of a side; None: 32, or as the run saw them.
        classes: Classes of the data set; None: 10, or as many as the module or the run has.
        bench: Where runs are; ``Bench()`` by default.

    Returns:
        Counts of scalars, exact: no data and no values are needed.

    Raises:
        RunNotFound: There is no such run.
        BadRequest: The model cannot be built for images of this size.
    """
    if isinstance(model, nn.Module):
        return reach_of(model, image_size=image_size or IMAGE_SIZE, classes=classes)
    if isinstance(model, str) and model in MODELS:
        dataset = DatasetSpec(image_size=image_size or IMAGE_SIZE)
        spec = RunSpec(model=ModelSpec(name=model), dataset=dataset)
        return audit_of(model_subject(spec, classes=classes or CLASSES))
    subject = _opened(model, bench or Bench())
    if image_size is None and classes is None:
        return audit_of(subject)
    dataset = subject.spec.dataset
    seen = replace(dataset, image_size=image_size or dataset.image_size)
    spec = replace(subject.spec, dataset=seen)
    return audit_of(model_subject(spec, classes=classes or subject.classes))


def _opened(run: Named, bench: Bench) -> Subject:
    """Return a subject, on the bench."""
    if not isinstance(run, Subject):
        return bench.open(run)
    if run not in bench.subjects:
        bench.subjects.append(run)
    return run
