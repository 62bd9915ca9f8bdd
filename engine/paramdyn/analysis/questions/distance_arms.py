"""Tables of ``distance`` about runs put side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from paramdyn.analysis.answer import Column, Table
from paramdyn.analysis.movement.comparison import Ratio
from paramdyn.analysis.movement.distances import Distances
from paramdyn.analysis.movement.matched import Traveller
from paramdyn.analysis.tabulating import Undefined, Value, tabulated


def arms(found: Distances) -> Table:
    """Return one row an arm and learning rate: what its seeds did, each mean over seeds."""
    rows: list[dict[str, Value]] = []
    for arm in found.side.arms:
        for rate, seeds in arm.runs.items():
            sound = [t for t in seeds.values() if t.subject.name not in found.unsound]
            rows.append({
                "arm": arm.label,
                "rate": rate,
                "best": rate == arm.best,
                "displacement": _mean([t.path.displacement.last for t in sound]),
                "path_length": _mean([t.path.path_length.last for t in sound]),
                "straightness": _mean([t.path.straightness for t in sound]),
                "random_walk": _mean([t.path.random_walk for t in sound]),
                "loss": _mean([t.lowest_loss for t in sound]),
                "accuracy": _mean([_accuracy(t) for t in sound]),
                "seeds": len(sound),
                "unsound": len(seeds) - len(sound),
            })  # fmt: skip
    columns = (
        Column("arm", found.side.what, "text"),
        Column("rate", "lr", "number"),
        Column("displacement", "displacement", "number", "displacement"),
        Column("path_length", "path length", "number", "path_length"),
        Column("straightness", "straightness", "number", "straightness"),
        Column("random_walk", "random walk", "number", "random_walk", null=True),
        Column("loss", "train loss", "number", "matched_loss"),
        Column("accuracy", "test accuracy", "share", "accuracy"),
        Column("best", "best lr", "text"),
        Column("seeds", "seeds", "count"),
        Column("unsound", "left out", "count"),
    )
    chosen = "; ".join(f"{arm.label} by {arm.chosen_by}" for arm in found.side.arms)
    note = f"Means over seeds at the last record. Best learning rate: {chosen}; never by test."
    return tabulated("arms", f"Side by side: each {found.side.what}", columns, rows, note=note)


def ratios(found: Distances) -> Table:
    """Return one row a pair of arms and condition."""
    rows: list[dict[str, Value]] = []
    for pair in found.pairs:
        for ratio in pair.ratios:
            good = [each for each in ratio.meetings.values() if not each.reason]
            rows.append({
                "first": pair.first, "second": pair.second, "where": ratio.where,
                "first_rate": ratio.rates[0], "second_rate": ratio.rates[1],
                **_interval(ratio), "null": 1.0,
                "first_displacement": _mean([each.first for each in good]),
                "second_displacement": _mean([each.second for each in good]),
                "seeds": len(good),
            })  # fmt: skip
    columns = (
        Column("first", "first", "text"),
        Column("second", "second", "text"),
        Column("where", "compared at", "text"),
        Column("ratio", "first / second", "number", "displacement_ratio"),
        Column("null", "null", "number", "displacement_ratio", null=True),
        Column("low", "95 % low", "number", "displacement_ratio"),
        Column("high", "95 % high", "number", "displacement_ratio"),
        Column("first_displacement", "first", "number", "displacement"),
        Column("second_displacement", "second", "number", "displacement"),
        Column("first_rate", "its lr", "number"),
        Column("second_rate", "its lr", "number"),
        Column("seeds", "seeds", "count"),
    )
    note = (
        "Matched rows take each at its own best learning rate. Within 10 % counts as equal; a "
        "difference at equal learning rate that is gone when matched is one of step size."
    )
    return tabulated("ratios", "How many times as far", columns, rows, note=note)


def meetings(found: Distances) -> Table:
    """Return one row a seed: the levels at which two runs were compared."""
    rows: list[dict[str, Value]] = [
        {
            "first": pair.first, "second": pair.second, "where": ratio.where, "seed": seed,
            "rate": f"{ratio.rates[0]:g} / {ratio.rates[1]:g}",
            "level": Undefined(met.reason) if met.reason else met.level,
            "first_displacement": Undefined(met.reason) if met.reason else met.first,
            "second_displacement": Undefined(met.reason) if met.reason else met.second,
        }
        for pair in found.pairs
        for ratio in pair.ratios
        for seed, met in ratio.meetings.items()
    ]  # fmt: skip
    columns = (
        Column("first", "first", "text"),
        Column("second", "second", "text"),
        Column("where", "compared at", "text"),
        Column("rate", "lr", "text"),
        Column("seed", "seed", "step"),
        Column("level", "level", "number", "matched_loss"),
        Column("first_displacement", "first", "number", "displacement"),
        Column("second_displacement", "second", "number", "displacement"),
    )
    note = (
        "The level is the train loss, the path length, or the number of steps at which both are "
        "compared. Displacement there is linear between the two records around it."
    )
    title = "Where two runs of a seed were compared"
    return tabulated("meetings", title, columns, rows, note=note, detail=True)


def _interval(ratio: Ratio) -> Mapping[str, Value]:
    found = ratio.interval
    if found.defined:
        return {"ratio": found.value, "low": found.low, "high": found.high}
    reason = Undefined(found.reason)
    known = np.isfinite(found.value)
    return {"ratio": found.value if known else reason, "low": reason, "high": reason}


def _accuracy(run: Traveller) -> float | None:
    columns = run.subject.columns("test/accuracy")
    if columns is None:
        return None
    _, values = columns.curve("test/accuracy")
    return float(values[-1]) if len(values) else None


def _mean(values: list[float | None]) -> Value:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else Undefined("no sound run has it")
