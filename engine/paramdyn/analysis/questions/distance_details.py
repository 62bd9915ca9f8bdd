"""Tables of ``distance`` about one run's filters, spectra and layers."""

from __future__ import annotations

import math

import numpy as np

from paramdyn.analysis.answer import Column, Format, Table
from paramdyn.analysis.movement.measuring import Movement
from paramdyn.analysis.movement.spectrum import Spectrum
from paramdyn.analysis.questions.distance_tables import suffix
from paramdyn.analysis.tabulating import Undefined, Value, tabulated


def turns(move: Movement, number: int) -> Table:
    """Return one row a layer in front of a batch normalisation."""
    rate = move.subject.spec.optimizer.learning_rate
    rows = []
    for each in move.turns:
        known = each.angle[~np.isnan(each.angle)]
        radial = each.radial[~np.isnan(each.radial)]
        rows.append({
            "layer": each.layer,
            "angle": float(np.median(known)) if len(known) else Undefined("every filter is zero"),
            "null": 90.0,
            "deviation": each.null_deviation,
            "radial": float(np.median(radial)) if len(radial) else Undefined("zero at the start"),
            "smallest_radial": float(radial.min()) if len(radial) else None,
            "start_rate": each.effective_rate(rate, end=False),
            "end_rate": each.effective_rate(rate, end=True),
            "filters": len(each.angle),
            "undefined": each.undefined,
        })  # fmt: skip
    columns = (
        Column("layer", "layer", "text"),
        Column("angle", "turned °", "number", "angle"),
        Column("null", "unrelated °", "number", "angle", null=True),
        Column("deviation", "± sd", "number", "angle", null=True),
        Column("radial", "length ratio", "number", "radial"),
        Column("smallest_radial", "smallest", "number", "radial"),
        Column("start_rate", "lr/|w|² start", "number", "effective_rate", null=True),
        Column("end_rate", "lr/|w|² end", "number", "effective_rate"),
        Column("filters", "filters", "count"),
        Column("undefined", "zero", "count"),
    )
    note = "Medians over filters, live scalars only; lr is the spec's, without its schedule."
    title = f"Filters in front of batch normalisation: {move.subject.name}"
    return tabulated(f"filters{suffix(number)}", title, columns, rows, note=note, detail=True)


def spectra(move: Movement, number: int) -> Table:
    """Return one row a weight matrix."""
    rows: list[dict[str, Value]] = []
    for each in move.spectra:
        row: dict[str, Value] = {
            "parameter": each.parameter, "rows": each.rows, "columns": each.columns,
        }  # fmt: skip
        for key, found in (("", each.found), ("_shuffled", each.shuffled),
                           ("_mp", each.independent)):  # fmt: skip
            row |= _ranks(key, found, each.reason)
        rows.append(row)
    kinds: tuple[tuple[str, str, Format], ...] = (
        ("effective_rank", "effective rank", "number"),
        ("stable_rank", "stable rank", "number"),
        ("top_energy", "energy in top 10", "share"),
    )
    columns = [Column("parameter", "parameter", "text")]
    for key, title, form in kinds:
        columns += [
            Column(key, title, form, key),
            Column(f"{key}_shuffled", "shuffled", form, key, null=True),
            Column(f"{key}_mp", "independent", form, key, null=True),
        ]
    columns += [Column("rows", "m", "count"), Column("columns", "n", "count")]
    note = "Singular values of the displacement; columns that no input can move are left out."
    title = f"How many directions it moved in: {move.subject.name}"
    return tabulated(f"spectra{suffix(number)}", title, columns, rows, note=note, detail=True)


def layers_put_back(move: Movement, number: int) -> Table:
    """Return one row a layer, and the two controls."""
    found = move.robustness
    assert found is not None
    rows: list[dict[str, Value]] = [
        {"layer": each.layer, "reinitialized": each.reinitialized, "redrawn": each.redrawn,
         "scalars": each.scalars}
        for each in (*found.layers, found.everything)
    ]  # fmt: skip
    rows[-1]["layer"] = "(everything: control)"
    rows.append({"layer": "(nothing: control)", "reinitialized": found.nothing,
                 "redrawn": None if found.everything.redrawn is None else found.nothing,
                 "scalars": 0})  # fmt: skip
    columns = (
        Column("layer", "layer", "text"),
        Column("reinitialized", f"error + ({move.start})", "share", "reinitialized"),
        Column("redrawn", "error + (new draw)", "share", "redrawn"),
        Column("scalars", "scalars", "count"),
    )
    spread = math.sqrt(max(found.error * (1 - found.error), 0.25 / found.images) / found.images)
    note = (
        f"Error of the trained network {found.error:.2%} on {found.images:,} test images "
        f"(standard error {spread:.2%}); {found.error_before:.2%} before its running statistics "
        f"were reset on {found.training_images:,} training images."
        if found.training_images
        else f"Error of the trained network {found.error:.2%} on {found.images:,} test images "
        f"(standard error {spread:.2%}); it has no running statistics."
    )
    title = f"Error when one layer is put back: {move.subject.name}"
    return tabulated(f"put_back{suffix(number)}", title, columns, rows, note=note, detail=True)


def _ranks(key: str, found: Spectrum | None, reason: str) -> dict[str, Value]:
    names = ("effective_rank", "stable_rank", "top_energy")
    return {
        f"{name}{key}": Undefined(reason) if found is None else getattr(found, name)
        for name in names
    }
