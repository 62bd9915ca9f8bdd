"""Tables and pictures of the question ``convergence``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from paramdyn.analysis.answer import Cell, Column, Curve, Curves, Picture, Table
from paramdyn.analysis.settling.run import LAST_PART, Convergence
from paramdyn.analysis.settling.same_point import PairOfEnds
from paramdyn.analysis.settling.thresholds import (
    SHORTFALLS,
    Arrival,
    Waiting,
    arrival,
    waiting_times,
)
from paramdyn.analysis.verdict.rules.convergence import FLAT_WITHIN

Findings = Mapping[str, Sequence[Convergence]]
"""Label of a group of runs that differ in seeds only -> what each run tells."""

_RUN = Column("run", "run", "text")
MOST_POINTS = 2000


def runs_table(findings: Findings) -> Table:
    """Return a row for each run: the word and the numbers that it rests on."""
    columns = (
        _RUN,
        Column("word", "state", "text", "word"),
        Column("relative", "loss, last tenth", "share", "relative-slope"),
        Column("low", "from", "share", "relative-slope"),
        Column("high", "to", "share", "relative-slope"),
        Column("slope", "slope", "number", "slope"),
        Column("records", "records", "count"),
        Column("accuracy", "train accuracy", "share", "train-accuracy"),
        Column("ratio", "g_T / g_0", "number", "gradient-ratio"),
        Column("gap", "best - last", "share", "validation-gap"),
        Column("best", "best at", "step", "validation-gap"),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for each in (one for members in findings.values() for one in members):
        number, slope = len(rows), each.slope
        row: dict[str, Cell] = {"run": each.subject.name, "word": each.word, "records": slope.n}
        if slope.defined:
            row["slope"] = slope.value
        else:
            reasons |= {(number, key): slope.reason for key in ("slope", *_RELATIVE)}
        if each.relative is not None:
            row |= dict(zip(_RELATIVE, each.relative, strict=True))
        elif slope.defined:
            reasons |= {(number, key): "the loss is zero" for key in _RELATIVE}
        if math.isnan(each.train_accuracy):
            reasons[number, "accuracy"] = "no train accuracy was recorded in the last tenth"
        else:
            row["accuracy"] = each.train_accuracy
        row |= {"ratio": each.gradient_ratio, "gap": each.gap, "best": each.best_epoch}
        for key, name in (("ratio", "gradient ratio"), ("gap", "validation"),
                          ("best", "validation")):  # fmt: skip
            if row[key] is None:
                reasons[number, key] = each.reasons.get(name, "")
        rows.append(row)
    note = (
        "Loss, last tenth: by what share of itself it changes in a tenth of the steps (below 0: it "
        "falls), with a 95 % interval from means of blocks of batches. Converged: the interval "
        f"contains 0 and stays within {FLAT_WITHIN:.0%} of it; undecided: it reaches farther."
    )
    return Table("runs", "Has it converged?", columns, rows, reasons, note)


_RELATIVE = ("relative", "low", "high")


def gradients_table(findings: Findings) -> list[Table]:
    """Return gradient statistics at the end; no table when no run has them."""
    every = [one for members in findings.values() for one in members]
    if all(each.gradients is None for each in every):
        return []
    columns = (
        _RUN,
        Column("norm", "norm at end", "number", "gradient-norm-end"),
        Column("sparsity", "exactly zero", "share", "gradient-sparsity"),
        Column("images", "images", "count"),
        Column("gsnr", "GSNR", "number", "gsnr"),
        Column("null", "pure noise", "number", "gsnr", null=True),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for number, each in enumerate(every):
        row: dict[str, Cell] = {"run": each.subject.name}
        if each.gradients is None:
            why = each.reasons.get("gradients") or each.reasons.get("images", "the run diverged")
            reasons |= {(number, key): why for key in ("norm", "sparsity", "images")}
        else:
            finite = math.isfinite(each.gradients.norm)
            row["norm"] = each.gradients.norm if finite else None
            reasons |= {} if finite else {(number, "norm"): "it is not finite"}
            row |= {"sparsity": each.gradients.sparsity, "images": each.gradients.images}
        noise = each.noise
        row |= {"gsnr": noise.ratio if noise else None, "null": noise.null if noise else None}
        why = noise.reason if noise else each.reasons.get("noise") or "there are no images"
        reasons |= {(number, key): why for key in ("gsnr", "null") if row[key] is None}
        rows.append(row)
    return [Table("gradients", "Gradients at the end", columns, rows, reasons)]


def waiting_of(findings: Findings) -> dict[tuple[str, float], tuple[float, Waiting]]:
    """Return how long each group takes to come near the best train accuracy on its data set.

    The key is (group, share of the best that may be missing), the value the accuracy to reach and
    how long that takes. The best is of all runs given that did not diverge; those that did count
    as waiting until then.
    """
    best: dict[str, float] = {}
    for each in (one for members in findings.values() for one in members):
        data, values = each.subject.spec.dataset.name, each.accuracy[1]
        if len(values) and each.word != "diverged":
            best[data] = max(best.get(data, 0.0), float(np.nanmax(values)))
    found = {}
    for label, members in findings.items():
        known = [each for each in members if len(each.accuracy[0])]
        top = best.get(members[0].subject.spec.dataset.name, math.nan)
        for shortfall in SHORTFALLS if known and math.isfinite(top) else ():
            goal = (1 - shortfall) * top
            times = [_arrival(each, goal) for each in known]
            found[label, shortfall] = goal, waiting_times(times)
    return found


def _arrival(each: Convergence, goal: float) -> Arrival:
    found = arrival(*each.accuracy, goal)
    return replace(found, arrived=False) if each.word == "diverged" else found


def waiting_table(findings: Findings) -> list[Table]:
    """Return the median steps to shares of the best train accuracy, with censoring."""
    found = waiting_of(findings)
    if not found:
        return []
    columns = (
        Column("group", "group", "text"),
        Column("threshold", "train accuracy", "share", "steps-to"),
        Column("arrived", "arrived", "count", "steps-to"),
        Column("runs", "of runs", "count"),
        Column("median", "median step", "step", "steps-to"),
        Column("low", "from", "step", "steps-to"),
        Column("high", "to", "step", "steps-to"),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for (label, _), (goal, each) in found.items():
        ends = {"median": each.median, "low": each.low, "high": each.high}
        why = "one run has no interval" if each.runs < 2 else "beyond the end of the runs"
        for key, value in ends.items():
            if value is None:
                reason = "fewer than half of the runs arrived" if key == "median" else why
                reasons[len(rows), key] = reason
        whole = {key: None if value is None else int(value) for key, value in ends.items()}
        rows.append(
            {"group": label, "threshold": goal, "arrived": each.arrived, "runs": each.runs, **whole}
        )
    note = (
        "90, 95 and 99 % of the best train accuracy that any of these runs has. Runs that end "
        "before they arrive count as waiting (Kaplan-Meier); epochs are the resolution."
    )
    return [Table("steps_to", "Steps to get there", columns, rows, reasons, note)]


def pairs_table(pairs: Sequence[PairOfEnds]) -> list[Table]:
    """Return how far apart ends from different starts are; no table without pairs."""
    if not pairs:
        return []
    columns = (
        Column("first", "run", "text"),
        Column("second", "other start", "text"),
        Column("aligned", "aligned", "number", "aligned-ends"),
        Column("unrelated", "d3 shuffled", "number", "aligned-ends", null=True),
        Column("raw", "raw", "number", "aligned-ends"),
        Column("order", "d1 order", "number", "aligned-ends", null=True),
        Column("twin", "d0 twin", "number", "aligned-ends", null=True),
        Column("disagreement", "disagree", "share", "end-disagreement"),
        Column("disagreement_order", "order", "share", "end-disagreement", null=True),
        Column("barrier", "barrier", "number", "end-barrier"),
        Column("barrier_order", "order", "number", "end-barrier", null=True),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for number, pair in enumerate(pairs):
        row: dict[str, Cell] = {column.key: getattr(pair, column.key) for column in columns}
        for key, value in row.items():
            if value is None:
                control = "the twin" if key == "twin" else "the order control"
                named = key in ("twin", "order") or key.endswith("_order")
                why = f"{control} was not run" if named else "a value is not finite"
                reasons[number, key] = why
        rows.append(row)
    note = (
        "Pairs share no run. d3: the second network shuffled within each tensor, so nothing but "
        "its norms is left; d1: the first run with its images in another order; d0: it again."
    )
    title = "Do different starts end at one point?"
    return [Table("ends", title, columns, rows, reasons, note)]


def pictures_of(findings: Findings) -> list[Picture]:
    """Return train losses with the slope of the last tenth, and who is still waiting."""
    curves = []
    every = [one for members in findings.values() for one in members]
    for each in every:
        steps, losses = each.loss
        finite = np.isfinite(losses)
        stride = max(1, int(finite.sum()) // MOST_POINTS)
        x, y = steps[finite][::stride], losses[finite][::stride]
        if len(x):
            curves.append(Curve(each.subject.name, x, y))
        if each.slope.defined and len(every) <= 3:
            first, last = each.window
            chosen = steps > (1 - LAST_PART) * last
            middle = float(losses[chosen].mean())
            ends = np.array([first, last], dtype=np.float64)
            line = middle + each.slope.value * (ends - steps[chosen].mean())
            curves.append(Curve(f"{each.subject.name}: slope", ends, line, null=True))
    found: list[Picture] = []
    if curves:
        found.append(Curves("loss", "Train loss of batches", "step", "nats", curves))
    steps_to = [
        Curve(label, np.append(0.0, each.steps), np.append(1.0, each.waiting))
        for (label, shortfall), (_, each) in waiting_of(findings).items()
        if shortfall == SHORTFALLS[1] and each.runs > 1
    ]
    if steps_to:
        title = "Share of runs below 95 % of the best train accuracy"
        found.append(Curves("waiting", title, "step", "share", steps_to))
    return found
