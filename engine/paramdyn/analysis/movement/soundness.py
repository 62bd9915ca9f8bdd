"""Which runs may not speak: diverged ones, and those that no longer tell images apart."""

from __future__ import annotations

import math

import scipy
import torch

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import Subject
from paramdyn.errors import ParamdynError


def spoiled(subject: Subject, bench: Bench) -> str:
    """Return ``diverged``, ``collapsed``, or nothing for a sound run.

    A collapsed network is never more accurate than one that always answers the most frequent
    label. So images are shown only to a run whose recorded test accuracy is not above that
    (95 % interval); where that cannot be done the record decides.

    Args:
        subject: A run, or weights from elsewhere.
        bench: Knows the images.
    """
    if subject.status == "diverged":
        return "diverged"
    if subject.folder is not None and not _suspicious(subject, bench):
        return ""
    try:
        flags = bench.observations.of(subject).collapse
    except ParamdynError:
        return "collapsed" if subject.folder is not None else ""
    if flags.not_finite:
        return "diverged"
    return "collapsed" if flags.collapsed else ""


def trouble(subject: Subject, word: str, bench: Bench) -> str:
    """Return a run's name, its word, and where images tell it why.

    Args:
        subject: The run.
        word: What ``spoiled`` returned.
        bench: Knows the images.
    """
    try:
        why = bench.observations.why_collapsed(subject) if word == "collapsed" else ()
    except ParamdynError:
        why = ()
    return f"{subject.name} {word} ({'; '.join(why)})" if why else f"{subject.name} {word}"


def _suspicious(subject: Subject, bench: Bench) -> bool:
    columns, manifest = subject.columns("test/accuracy"), subject.manifest
    if columns is None or manifest is None:
        return True
    _, values = columns.curve("test/accuracy")
    if not len(values):
        return True
    majority, images = _majority(bench, len(manifest.dataset["classes"]))
    highest = float(scipy.stats.binom.ppf(0.975, images, majority)) / images
    return not math.isfinite(values[-1]) or values[-1] <= highest


def _majority(bench: Bench, classes: int) -> tuple[float, int]:
    """Return the share of the most frequent label and N; balanced classes where images lack."""
    try:
        labels = torch.cat([labels for _, labels in bench.images.test])
    except ParamdynError:
        return 1 / max(classes, 1), 1_000
    return float(labels.bincount().max()) / len(labels), len(labels)
