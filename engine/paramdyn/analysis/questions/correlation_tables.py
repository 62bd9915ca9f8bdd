"""Tables of ``correlation``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from paramdyn.analysis.answer import Column, Table
from paramdyn.analysis.features.between import Between
from paramdyn.analysis.features.correlation import Correlation
from paramdyn.analysis.features.inside import Inside
from paramdyn.analysis.similarity import Measured, Null, WithinModel
from paramdyn.analysis.similarity.paired import CKA, HELD_OUT, MATCHED, OF_ITSELF
from paramdyn.analysis.tabulating import Undefined, Value, tabulated

TITLES: Mapping[str, str] = {
    "matched": "matched |r|, Hungarian", "greedy": "matched |r|, greedy", "cka": "CKA, unbiased",
    "svcca": "SVCCA", "pwcca_x": "PWCCA by the first", "pwcca_y": "PWCCA by the second",
    "procrustes": "Procrustes", "held_out": "Procrustes angle, held out",
}  # fmt: skip


def within(found: Correlation) -> Table:
    """Return one row a model: its features, the untrained net's and independent ones' beside."""
    rows = []
    for one in found.inside:
        before = found.untrained.get(one.subject.name)
        rows.append({
            "model": one.label, "step": one.step,
            "state": one.trouble or "sound",
            **_correlated(one.within), **_nulls(one, before),
            "accuracy": one.accuracy if math.isfinite(one.accuracy) else Undefined("no answer"),
            "relative": found.relative.get(one.subject.name),
        })  # fmt: skip
    columns = (
        Column("model", "model", "text"), Column("state", "state", "text", "trouble"),
        Column("participation", "participation ratio", "number", "participation"),
        Column("participation_untrained", "untrained", "number", "participation", null=True),
        Column("participation_independent", "independent", "number", "participation", null=True),
        Column("mean", "mean r", "number", "mean_r"),
        Column("mean_untrained", "untrained", "number", "mean_r", null=True),
        Column("above_half", "r > .5", "share", "share_above_half"),
        Column("above_half_untrained", "untrained", "share", "share_above_half", null=True),
        Column("absolute", "mean |r|", "number", "mean_absolute_r"),
        Column("absolute_independent", "independent", "number", "mean_absolute_r", null=True),
        Column("standardized", "standardised ratio", "number", "standardized_participation"),
        Column("standardized_untrained", "untrained", "number", "standardized_participation",
               null=True),
        Column("relative", "moved", "share", "feature_displacement"),
        Column("accuracy", "accuracy", "share", "accuracy"),
        Column("live", "live", "count", "live_units"),
        Column("dead", "dead", "count", "live_units"),
        Column("constant", "constant", "count", "live_units"),
        Column("step", "step", "step"),
    )  # fmt: skip
    first = found.inside[0]
    note = (
        f"Features: {taken(first)}; n = {first.n:,} images. Dead and constant units have no "
        "correlation: excluded and counted. Independent: normal "
        "features of the same n and live units."
    )
    return tabulated("within", "Features within one model", columns, rows, note=note)


def logits(found: Correlation) -> Table:
    """Return one row a model whose head has outputs that are never a target."""
    rows: list[dict[str, Value]] = []
    for one in found.inside:
        if one.logits is None:
            continue
        before = found.untrained.get(one.subject.name)
        row: dict[str, Value] = {"model": one.label, "unused": one.unused,
                                 **_correlated(one.logits)}  # fmt: skip
        if before is not None and before.logits is not None:
            row |= {f"{key}_untrained": value for key, value in _correlated(before.logits).items()}
        rows.append(row)
    columns = (
        Column("model", "model", "text"),
        Column("unused", "unused outputs", "count", "unused-outputs"),
        Column("absolute", "mean |r|", "number", "mean_absolute_r"),
        Column("absolute_untrained", "untrained", "number", "mean_absolute_r", null=True),
        Column("participation", "participation ratio", "number", "participation"),
        Column("participation_untrained", "untrained", "number", "participation", null=True),
    )  # fmt: skip
    note = (
        "Outputs that are never a target are pushed down together, by every optimizer: their "
        "correlation is an artefact (unused outputs), there before any training."
    )
    return tabulated("unused_outputs", "Outputs that are no features", columns, rows, note=note)


def measures(found: Correlation) -> Table:
    """Return one row a measure of the first pair, with its null and its ceiling."""
    if not found.pairs:
        return Table("measures", "", (), ())
    pair = found.pairs[0]
    rows = []
    for name in OF_ITSELF:
        null = pair.nulls.get(name)
        rows.append({
            "measure": TITLES[name],
            "value": _value(pair.values[name]),
            "permuted": _null_value(null),
            "permuted_low": _end(null, "low"),
            "permuted_high": _end(null, "high"),
            "independent_runs": _ceiling(pair, name),
        })  # fmt: skip
    columns = (
        Column("measure", "measure", "text"),
        Column("value", "value", "number", "similarity"),
        Column("permuted", "images permuted", "number", "permuted", null=True),
        Column("permuted_low", "2.5 %", "number", "permuted", null=True),
        Column("permuted_high", "97.5 %", "number", "permuted", null=True),
        Column("independent_runs", "independent runs", "number", "ceiling", null=True),
    )
    draws = max((null.draws for null in pair.nulls.values()), default=0)
    ceiling = (
        f" Independent runs: {pair.first.subject.name} and {pair.independent_name}."
        if pair.independent else ""
    )  # fmt: skip
    note = (
        f"n = {pair.first.n:,} images, held out {pair.values[HELD_OUT].n:,}; images of the second "
        f"model permuted {draws} times; independent normal features would match at about "
        f"{pair.matched_null:.3f}.{ceiling} Procrustes and its angle are distances: 0 is alike."
    )
    title = f"{pair.first.label} and {pair.second.label}: {taken(pair.first)}"
    return tabulated("measures", title, columns, rows, note=note)


def pairs(found: Correlation) -> Table:
    """Return one row a pair of models; empty for one pair, which has a table of its own."""
    if len(found.pairs) < 2:
        return Table("pairs", "", (), ())
    rows: list[dict[str, Value]] = []
    for pair in found.pairs:
        row: dict[str, Value] = {"first": pair.first.label, "second": pair.second.label,
                                 "seed": pair.seed, "state": pair.trouble or "sound"}  # fmt: skip
        for name in (CKA, MATCHED):
            row |= {
                name: _value(pair.values[name]),
                f"{name}_permuted": _null_value(pair.nulls.get(name)),
                f"{name}_independent": _ceiling(pair, name),
            }
        row[HELD_OUT] = _value(pair.values[HELD_OUT])
        row["held_out_permuted"] = _null_value(pair.nulls.get(HELD_OUT))
        rows.append(row)
    columns = (
        Column("first", "first", "text"), Column("second", "second", "text"),
        Column("state", "state", "text", "trouble"),
        Column("cka", "CKA", "number", "cka"),
        Column("cka_permuted", "permuted", "number", "permuted", null=True),
        Column("cka_independent", "independent", "number", "ceiling", null=True),
        Column("matched", "matched |r|", "number", "matched_r"),
        Column("matched_permuted", "permuted", "number", "permuted", null=True),
        Column("matched_independent", "independent", "number", "ceiling", null=True),
        Column("held_out", "held-out angle", "number", "procrustes"),
        Column("held_out_permuted", "permuted", "number", "permuted", null=True),
        Column("seed", "seed", "count"),
    )  # fmt: skip
    return tabulated("pairs", "Models with each other", columns, rows)


def by_arm(found: Correlation) -> Table:
    """Return one row a run of each arm, beside how far it moved."""
    inside = {one.subject.name: one for one in found.inside}
    rows: list[dict[str, Value]] = []
    for arm in found.side.arms:
        for rate, seeds in arm.runs.items():
            for seed, run in seeds.items():
                one = inside[run.subject.name]
                rows.append({
                    "arm": arm.label, "rate": rate, "seed": seed, "state": one.trouble or "sound",
                    "relative": found.relative.get(run.subject.name),
                    "accuracy": one.accuracy, **_correlated(one.within),
                    **_nulls(one, found.untrained.get(run.subject.name)),
                })  # fmt: skip
    columns = (
        Column("arm", found.side.what or "arm", "text"), Column("rate", "learning rate", "number"),
        Column("seed", "seed", "count"), Column("state", "state", "text", "trouble"),
        Column("relative", "moved", "share", "feature_displacement"),
        Column("participation", "participation ratio", "number", "participation"),
        Column("participation_untrained", "untrained", "number", "participation", null=True),
        Column("mean", "mean r", "number", "mean_r"),
        Column("above_half", "r > .5", "share", "share_above_half"),
        Column("accuracy", "accuracy", "share", "accuracy"),
    )  # fmt: skip
    return tabulated("arms", "Side by side, each run", columns, rows, detail=True)


def arms(found: Correlation) -> Table:
    """Return one row a comparison of two arms."""
    rows: list[dict[str, Value]] = []
    for pair in found.arms:
        for each in pair.contrasts:
            good = [m for m in each.meetings.values() if not m.reason]
            why = next((m.reason for m in each.meetings.values() if m.reason), each.ratio.reason)
            ratio, low, high = (each.ratio.value, each.ratio.low, each.ratio.high)
            rows.append({
                "first": f"{pair.first} at {each.rates[0]:g}",
                "second": f"{pair.second} at {each.rates[1]:g}",
                "where": each.where,
                "level": _geometric([m.level for m in good], why),
                "first_ratio": _geometric([m.first for m in good], why),
                "second_ratio": _geometric([m.second for m in good], why),
                "ratio": ratio if math.isfinite(ratio) else Undefined(why or "no seed"),
                "null": 1.0,
                "low": low if math.isfinite(low) else Undefined(each.ratio.reason or why),
                "high": high if math.isfinite(high) else Undefined(each.ratio.reason or why),
                "seeds": len(good),
                "how": "; ".join(dict.fromkeys(m.how for m in good)) if len(good) < 3 else "",
            })  # fmt: skip
    columns = (
        Column("first", "first", "text"), Column("second", "second", "text"),
        Column("where", "compared at", "text", "matched_displacement"),
        Column("level", "moved", "share", "feature_displacement"),
        Column("first_ratio", "participation ratio", "number", "participation"),
        Column("second_ratio", "of the second", "number", "participation"),
        Column("ratio", "first / second", "number", "participation_contrast"),
        Column("null", "equal", "number", "participation_contrast", null=True),
        Column("low", "2.5 %", "number", "participation_contrast"),
        Column("high", "97.5 %", "number", "participation_contrast"),
        Column("seeds", "seeds", "count"), Column("how", "matched", "text"),
    )  # fmt: skip
    note = "Geometric means over seeds; the interval is Student's of the logarithms."
    return tabulated("contrasts", f"{found.side.what}s side by side", columns, rows, note=note)


def itself(found: Correlation) -> Table:
    """Return one row a measure: what it says of the first model and itself."""
    rows = [
        {"measure": TITLES[name], "value": _value(value), "expected": OF_ITSELF[name]}
        for name, value in found.self_test.items()
    ]
    columns = (
        Column("measure", "measure", "text"),
        Column("value", "of itself", "number", "self_test"),
        Column("expected", "must be", "number", "self_test", null=True),
    )
    title = f"Self-test: {found.inside[0].label} with itself"
    return tabulated("self_test", title, columns, rows, detail=True)


def taken(one: Inside) -> str:
    """Return where features were taken, in words."""
    layer, _, returned = one.layer.partition(":")
    return f"what '{layer}' {'returns' if returned else 'is given'}"


def _correlated(found: WithinModel) -> dict[str, Value]:
    return {
        "participation": _value(found.participation_ratio), "mean": _value(found.mean),
        "above_half": _value(found.share_above_half), "absolute": _value(found.mean_absolute),
        "standardized": _value(found.standardized_participation_ratio),
        "live": found.live, "dead": found.dead, "constant": found.constant,
    }  # fmt: skip


def _nulls(one: Inside, before: Inside | None) -> dict[str, Value]:
    nothing = Undefined("no live unit")
    row: dict[str, Value] = {
        "participation_independent": one.participation_null if one.within.live else nothing,
        "absolute_independent": one.absolute_null,
    }
    if before is not None:
        found = _correlated(before.within)
        keys = ("participation", "mean", "above_half", "standardized")
        row |= {f"{key}_untrained": found[key] for key in keys}
    return row


def _value(found: Measured) -> Value:
    return Undefined(found.reason) if found.value is None else found.value


def _null_value(null: Null | None) -> Value:
    return None if null is None else _value(null.mean)


def _end(null: Null | None, which: str) -> Value:
    if null is None:
        return None
    found: float | None = getattr(null, which)
    return Undefined(null.mean.reason or "one draw has no spread") if found is None else found


def _ceiling(pair: Between, name: str) -> Value:
    return _value(pair.independent[name]) if pair.independent else None


def _geometric(values: Sequence[float], why: str) -> Value:
    sound = list(_positive(values))
    if not sound or len(sound) < len(values):
        return Undefined(why or "no seed")
    return math.exp(math.fsum(math.log(each) for each in sound) / len(sound))


def _positive(values: Sequence[float]) -> Iterator[float]:
    yield from (each for each in values if each > 0 and math.isfinite(each))
