"""Further tables and the pictures of the question ``changed``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramdyn.analysis.answer import Bars, Cell, Column, Curve, Curves, Picture, Table
from paramdyn.analysis.changes.study import Changed
from paramdyn.analysis.changes.tables import Studies, by_tensor

MOST_BARS = 40


def tolerance_table(studies: Sequence[Changed]) -> list[Table]:
    """Return the unchanged share for each tolerance; no table when no run kept both ends."""
    known = [(study, study.tolerance) for study in studies if study.tolerance is not None]
    if not known:
        return []
    tolerances = known[0][1].tolerances
    columns = (
        Column("run", "run", "text"),
        *(
            Column(f"tol_{index}", f"{tol:g}" if tol else "0", "share", "tolerance")
            for index, tol in enumerate(tolerances)
        ),
        Column("bfloat16", "bf16", "share", "invisible"),
        Column("float16", "fp16", "share", "invisible"),
    )
    rows: list[dict[str, Cell]] = [
        {
            "run": study.ledger.run,
            **{f"tol_{index}": share for index, share in enumerate(curve.shares)},
            **curve.invisible,
        }
        for study, curve in known
    ]
    note = "Tolerances are times the root mean square of each tensor. bf16 and fp16: first and "
    return [Table("tolerances", "Share that counts as unchanged, by tolerance", columns, rows,
                  note=note + "last value round to the same number.")]  # fmt: skip


def laziness_table(studies: Sequence[Changed]) -> list[Table]:
    """Return how far each run is from its linearization; no table when none could be had."""
    if all(study.laziness is None for study in studies):
        return []
    columns = (
        Column("run", "run", "text"),
        Column("kernel", "kernel distance", "number", "kernel-distance"),
        Column("error", "linearization error", "number", "linearization-error"),
        Column("scaled", "alpha = 100", "number", "scaled-error", null=True),
        Column("flips", "gates flipped", "share", "gate-flips"),
        Column("images", "images", "count"),
        Column("kernel_images", "in kernel", "count"),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for study in studies:
        lazy = study.laziness
        if lazy is None:
            why = study.reasons.get("laziness", "not looked at")
            reasons |= {(len(rows), column.key): why for column in columns[1:]}
            rows.append({"run": study.ledger.run})
            continue
        if lazy.kernel_distance is None:
            reasons[len(rows), "kernel"] = lazy.kernel_reason
        if lazy.linearization_error is None:
            reasons |= {(len(rows), key): lazy.linear_reason for key in ("error", "scaled")}
        if lazy.flipped is None:
            reasons[len(rows), "flips"] = "the model has no rectifiers"
        rows.append({
            "run": study.ledger.run, "kernel": lazy.kernel_distance,
            "error": lazy.linearization_error, "scaled": lazy.scaled_error, "flips": lazy.flipped,
            "images": lazy.images, "kernel_images": lazy.kernel_images,
        })  # fmt: skip
    note = (
        "Lazy: kernel distance and linearization error below 0.1, and the control smaller than "
        "the error. Evaluation mode, running statistics of the end, float64."
    )
    return [Table("laziness", "Near its linearization?", columns, rows, reasons, note)]


def pictures_of(studies: Studies) -> list[Picture]:
    """Return the classes of each group, or of each tensor of one run, and the tolerances."""
    every = [study for members in studies.values() for study in members]
    found: list[Picture] = [_partition(studies) if len(studies) > 1 else _layers(every[0])]
    known = [(s.ledger.run, s.tolerance) for s in every if s.tolerance is not None]
    curves = [
        Curve(run, np.array(curve.tolerances[1:]), np.array(curve.shares[1:]))
        for run, curve in known
    ]
    if curves:
        title = "Share that counts as unchanged"
        x = "tolerance / root mean square"
        found.append(Curves("tolerances", title, x, "share", curves, log_x=True))
    return found


def _partition(studies: Studies) -> Bars:
    names = list(dict.fromkeys(n for m in studies.values() for s in m for n in s.ledger.counts))
    parts: dict[str, list[float | None]] = {
        name: [sum(s.ledger.share(name) for s in members) / len(members)
               for members in studies.values()]
        for name in names
    }  # fmt: skip
    shown = {name: values for name, values in parts.items() if any(values)}
    return Bars("classes", "Parameters by class", list(studies), shown, unit="share")


def _layers(study: Changed) -> Bars:
    """Return one bar a tensor, the largest ``MOST_BARS`` in the model's order."""
    found = study.ledger.parts(by_tensor(())(study.ledger))
    sizes = {name: sum(counts.values()) for name, counts in found.items()}
    large = set(sorted(sizes, key=lambda name: -sizes[name])[:MOST_BARS])
    labels = [name for name in found if name in large and sizes[name]]
    parts: dict[str, list[float | None]] = {
        each: [found[name][each] / sizes[name] for name in labels] for each in study.ledger.counts
    }
    shown = {name: values for name, values in parts.items() if any(values)}
    return Bars("classes", "Parameters by class and tensor", labels, shown, unit="share")
