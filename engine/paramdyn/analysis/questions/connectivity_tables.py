"""Tables and pictures of ``connectivity``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from paramdyn.analysis.answer import Column, Curve, Curves, Table
from paramdyn.analysis.companions import AGAIN, INDEPENDENT, ORDER
from paramdyn.analysis.connection.connecting import ALIGNED, Connection, Connectivity
from paramdyn.analysis.connection.lines import INTERPOLATED, Line
from paramdyn.analysis.tabulating import Undefined, Value, tabulated
from paramdyn.probes.interpolation import STABLE_BELOW, LinearPath

MOST_PICTURES = 6
"""Pairs that get a picture of their own."""
_NO_CHANGE = Undefined("the symmetries of this model are not known")


def barriers(found: Connectivity) -> Table:
    """Return one row a pair, alignment and treatment."""
    rows = [_barrier_row(each, line) for each in found.connections for line in each.lines]
    columns = (
        Column("pair", "pair", "text"),
        Column("between", "networks", "text"),
        Column("treatment", "statistics", "text"),
        Column("error_barrier", "error barrier", "share", "error_barrier"),
        Column("error_again", "twin", "share", "error_barrier", null=True),
        Column("error_order", "other order", "share", "error_barrier", null=True),
        Column("error_independent", "independent", "share", "error_barrier", null=True),
        Column("stable", "below 2 %", "text", "error_barrier"),
        Column("loss_barrier", "loss barrier", "number", "loss_barrier"),
        Column("loss_again", "twin", "number", "loss_barrier", null=True),
        Column("loss_order", "other order", "number", "loss_barrier", null=True),
        Column("loss_independent", "independent", "number", "loss_barrier", null=True),
        Column("at", "at alpha", "number", "loss_barrier"),
        Column("error_height", "error above chord", "share", "error_height"),
        Column("first_loss", "loss at 0", "number"),
        Column("last_loss", "loss at 1", "number"),
        Column("first_error", "error at 0", "share"),
        Column("last_error", "error at 1", "share"),
    )
    note = (
        "Signs are kept: a negative barrier lies below the chord. The twin of a machine that "
        "repeats itself has 0 exactly. Of aligned networks the independent pair is aligned, too."
    )
    return tabulated("barriers", "Barriers on the straight line", columns, rows, note=note)


def distances(found: Connectivity) -> Table:
    """Return one row a pair: how far apart its ends are, and what alignment changes."""
    rows = [row for each in found.connections if (row := _distance_row(each))]
    columns = (
        Column("pair", "pair", "text"),
        Column("raw", "distance", "number", "pair_distance"),
        Column("aligned", "aligned", "number", "aligned_distance"),
        Column("share", "aligned / raw", "share", "aligned_distance"),
        Column("untrained_share", "untrained", "share", "aligned_distance", null=True),
        Column("untrained_raw", "untrained raw", "number", "pair_distance", null=True),
        Column("untrained_aligned", "untrained aligned", "number", "aligned_distance", null=True),
        Column("spread", "restarts differ by", "number", "aligned_distance"),
        Column("flips", "signs flipped", "count", "aligned_distance"),
        Column("change", "logits changed", "number", "certificate"),
        Column("largest", "largest change", "number", "certificate"),
        Column("live", "live scalars", "count"),
    )
    note = (
        "Permutations of units and signs before batch normalisation, over live scalars. Alignment "
        "lowers the distance of unrelated networks too: that of two untrained draws is beside."
    )
    return tabulated("distances", "How far apart", columns, rows, note=note)


def curves(found: Connectivity) -> Table:
    """Return one row a point of each line."""
    rows: list[Mapping[str, Value]] = []
    for each in found.connections:
        nulls = [Line(f"null: {name}", path) for name, path in each.nulls.paths.items()]
        for line in (*each.lines, *nulls):
            path = line.path
            rows += [
                {"pair": each.ends.label, "between": line.between, "alpha": alpha,
                 "treatment": _treatment(each, path), "loss": loss, "error": error}
                for alpha, loss, error in zip(path.alphas, path.losses, path.errors, strict=True)
            ]  # fmt: skip
    columns = (
        Column("pair", "pair", "text"),
        Column("between", "networks", "text"),
        Column("treatment", "statistics", "text"),
        Column("alpha", "alpha", "number"),
        Column("loss", "loss", "number", "loss_barrier"),
        Column("error", "error", "share", "error_barrier"),
    )
    return tabulated("lines", "Along the line", columns, rows, detail=True)


def pictures(found: Connectivity) -> Iterator[Curves]:
    """Yield loss and error along each line, nulls fainter."""
    for number, each in enumerate(found.connections[:MOST_PICTURES], 1):
        suffix = f"_{number}" if number > 1 else ""
        treatments = [_treatment(each, line.path) for line in each.lines]
        drawn: list[tuple[str, LinearPath, bool]] = [
            (f"{line.between}, {treatment}" if treatment else line.between, line.path, False)
            for line, treatment in zip(each.lines, treatments, strict=True)
        ]
        own = [line.path for line in each.lines]
        drawn += [(name, path, True) for name, path in each.nulls.paths.items() if path not in own]
        for what, unit, values in (("loss", "nats", "losses"), ("error", "share", "errors")):
            yield Curves(
                f"{what}{suffix}",
                f"{what.capitalize()} on the straight line: {each.ends.label}",
                "alpha",
                f"{what} ({unit})",
                [_curve(name, path, values, null=null) for name, path, null in drawn],
            )


def _curve(name: str, path: LinearPath, values: str, *, null: bool) -> Curve:
    y = np.array(getattr(path, values), np.float64)
    return Curve(name, np.array(path.alphas), np.where(np.isfinite(y), y, np.nan), null=null)


def _barrier_row(connection: Connection, line: Line) -> dict[str, Value]:
    path, nulls = line.path, connection.nulls.paths
    aligned = line.between == ALIGNED
    beside = {
        AGAIN: nulls.get(AGAIN),
        ORDER: nulls.get(ORDER),
        INDEPENDENT: nulls.get(f"{INDEPENDENT}, {ALIGNED}" if aligned else INDEPENDENT),
    }
    row: dict[str, Value] = {
        "pair": connection.ends.label,
        "between": line.between,
        "treatment": _treatment(connection, path),
        "first_loss": path.losses[0],
        "last_loss": path.losses[-1],
        "first_error": path.errors[0],
        "last_error": path.errors[-1],
        **_heights(path),
    }
    if connection.ends.first[1] != connection.ends.second[1]:
        row["stable"] = None  # half the difference of the ends' errors is already more
    other = Undefined(f"nulls are looked at with statistics {connection.treatment}")
    for name, null in beside.items():
        if null is not None:
            here = path.treatment == connection.treatment
            high = _heights(null)
            row[f"error_{name}"] = high["error_barrier"] if here else other
            row[f"loss_{name}"] = high["loss_barrier"] if here else other
    return row


def _treatment(connection: Connection, path: LinearPath) -> str | None:
    """Return how statistics were treated; None where a network has none."""
    return None if connection.treatment == INTERPOLATED else path.treatment


def _heights(path: LinearPath) -> dict[str, Value]:
    loss, error = path.loss_barrier, path.error_barrier
    if loss.height is None or error.height is None or error.above_mean is None:
        why = Undefined(loss.reason or error.reason)
        return {"loss_barrier": why, "error_barrier": why, "error_height": why, "at": why}
    return {
        "loss_barrier": loss.height,
        "at": loss.at,
        "error_barrier": error.above_mean,
        "error_height": error.height,
        "stable": "yes" if error.above_mean < STABLE_BELOW else "no",
    }


def _distance_row(connection: Connection) -> dict[str, Value]:
    raw, aligned, change = connection.raw, connection.aligned, connection.certificate
    if raw is None or aligned is None:
        return {}
    untrained = connection.nulls.untrained
    lengths = [None if each is None else each.l2_live for each in (untrained or (None, None))]
    return {
        "pair": connection.ends.label,
        "raw": Undefined(raw.reason) if raw.l2_live is None else raw.l2_live,
        "aligned": Undefined(aligned.reason) if aligned.l2_live is None else aligned.l2_live,
        "share": _share(raw.l2_live, aligned.l2_live),
        "untrained_raw": lengths[0],
        "untrained_aligned": lengths[1],
        "untrained_share": _share(*lengths) if untrained else None,
        "spread": max(aligned.restarts) - min(aligned.restarts) if aligned.restarts else None,
        "flips": aligned.flips,
        "change": _NO_CHANGE
        if change is None
        else Undefined(change.reason)
        if change.relative is None
        else change.relative,
        "largest": None if change is None else change.largest,
        "live": raw.live_scalars,
    }


def _share(raw: float | None, aligned: float | None) -> Value:
    return aligned / raw if raw and aligned is not None else Undefined("they are the same")
