"""Tables of ``recovery``: child and references in the same columns, means over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from paramdyn.analysis.answer import Cell, Table
from paramdyn.analysis.families import RERUN
from paramdyn.analysis.perturbed import Recovery, SeedRecovery
from paramdyn.analysis.perturbed.function import Likeness
from paramdyn.analysis.perturbed.one_seed import Pair
from paramdyn.analysis.questions.recovery_columns import ANSWERS, DISTANCES, RATIOS
from paramdyn.analysis.verdict.intervals import Interval, mean_interval, ratio_interval
from paramdyn.specs.controls import INDEPENDENT, ORDER, PARENT, ROUNDING_TWIN, TWIN

ROWS: tuple[tuple[Pair, str], ...] = (
    ((TWIN, "child"), "child E to control A0"),
    ((TWIN, RERUN), "d0: control to its re-run"),
    ((TWIN, ROUNDING_TWIN), "control to rounding twin"),
    ((TWIN, ORDER), "d1: control to other data order"),
    ((TWIN, INDEPENDENT), "d2: control to independent start (quotient: d3)"),
    ((PARENT, "child"), "child E to parent P"),
    ((PARENT, TWIN), "control A0 to parent P"),
    ((PARENT, ORDER), "other data order to parent P"),
    (("start", "child"), "child E to its own start S"),
    (("mirror", "child"), "child E to the parent's mirror image -P"),
    ((PARENT, "start"), "perturbation: parent P to start S"),
)

Getter = Callable[[SeedRecovery], float | None]


def sound_seeds(recovery: Recovery) -> tuple[SeedRecovery, ...]:
    """Return the counted seeds in which no run collapsed or diverged; all if there is none."""
    return tuple(each for each in recovery.counted if is_sound(each)) or recovery.counted


def is_sound(seed: SeedRecovery) -> bool:
    """Tell whether no run that verdicts rest on collapsed or diverged."""
    evidence = seed.evidence()
    return not evidence.collapsed and not evidence.diverged


def tables_of(recovery: Recovery, mark: str) -> list[Table]:
    """Return the tables of one recipe.

    Args:
        recovery: What was measured.
        mark: Ends the tables' names, to tell recipes apart.
    """
    seeds = sound_seeds(recovery)
    of = f" ({recovery.label})" if recovery.label else ""
    tables = [
        _ratio_table(seeds, f"ratios{mark}", f"Does it come back?{of}"),
        _distance_table(seeds, f"distances{mark}", f"Distances of weights{of}"),
    ]
    if any(seed.likenesses for seed in seeds):
        tables.append(_answer_table(seeds, f"answers{mark}", f"Answers and features{of}"))
    return tables


def geometric(values: Sequence[float]) -> float | None:
    """Return the geometric mean, the arithmetic one where a value is 0; None without values."""
    if not values:
        return None
    if all(value > 0 for value in values):
        return math.exp(math.fsum(map(math.log, values)) / len(values))
    return math.fsum(values) / len(values)


def over_seeds(seeds: Sequence[SeedRecovery], get: Getter) -> float | None:
    """Return the mean over the seeds that have the value."""
    return geometric([value for each in seeds if (value := get(each)) is not None])


def _distance_table(seeds: Sequence[SeedRecovery], name: str, title: str) -> Table:
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for pair, label in ROWS:
        there = [seed for seed in seeds if pair in seed.separations]
        if not there and pair != (TWIN, RERUN):
            continue
        row: dict[str, Cell] = {"pair": label, "n": len(there)}
        for key, get in _getters(pair).items():
            row[key] = over_seeds(there, get)
            if row[key] is None:
                reasons[len(rows), key] = _reason(pair, key, there)
        if pair == (TWIN, RERUN) and not there:
            row |= {"raw": over_seeds(seeds, lambda seed: seed.d0), "n": len(seeds)}
            row["in_d1"] = over_seeds(seeds, _floor_in_d1)
            if row["in_d1"] is not None:
                reasons.pop((len(rows), "in_d1"), None)
            if row["raw"] is None:
                reasons[len(rows), "raw"] = seeds[0].floor.said if seeds else "no seed"
            else:
                reasons.pop((len(rows), "raw"), None)
            row["pair"] = f"{label} ({seeds[0].floor.how})" if seeds else label
        rows.append(row)
    return Table(name, title, DISTANCES, rows, reasons, _distance_note(seeds))


def _floor_in_d1(seed: SeedRecovery) -> float | None:
    return None if seed.d0 is None or not seed.d1 else seed.d0 / seed.d1


def _getters(pair: Pair) -> Mapping[str, Getter]:
    def orbit(name: str) -> Getter:
        def get(seed: SeedRecovery) -> float | None:
            found = seed.separations[pair].orbit
            value: float | None = None if found is None else getattr(found, name)
            return value

        return get

    def in_d1(seed: SeedRecovery) -> float | None:
        raw = seed.separations[pair].raw
        return None if raw is None or not seed.d1 else raw / seed.d1

    return {
        "raw": lambda seed: seed.separations[pair].raw,
        "in_d1": in_d1,
        "live": orbit("live"),
        "signs": orbit("signs"),
        "aligned": orbit("aligned"),
        "quotient": lambda seed: seed.separations[pair].quotient,
        "certificate": lambda seed: seed.separations[pair].certificate,
    }


def _reason(pair: Pair, key: str, there: Sequence[SeedRecovery]) -> str:
    said = next((s.separations[pair].reason for s in there if s.separations[pair].reason), "")
    if said:
        return said
    if key == "in_d1":
        return "the order control is not there, so d1 is unknown"
    if key == "certificate":
        return "no images, or nothing was moved"
    if not there:
        return "the control was run once only"
    if pair == (TWIN, RERUN):
        return "the floor is a plain distance"
    return "symmetries are looked for between child, control, other order, independent and parent"


def _distance_note(seeds: Sequence[SeedRecovery]) -> str:
    said = list(dict.fromkeys(f"d0 {seed.floor.said}" for seed in seeds))
    dead = max((seed.symmetries.dead_scalars for seed in seeds), default=0)
    live = f"{dead:,} scalars can never move and are not live" if dead else "every scalar is live"
    return f"{'; '.join(said)}; {live}; buffers count in no distance."


def _answer_table(seeds: Sequence[SeedRecovery], name: str, title: str) -> Table:
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for pair, label in ROWS:
        there = [seed.likenesses[pair] for seed in seeds if pair in seed.likenesses]
        if not there:
            continue
        row: dict[str, Cell] = {"pair": label.partition(" (")[0], "n": len(there)}
        for key, get in _ANSWERED.items():
            values = [value for each in there if (value := get(each)) is not None]
            row[key] = math.fsum(values) / len(values) if values else None
            if not values:
                reasons[len(rows), key] = _why_no_answer(key, there[0])
        rows.append(row)
    images = min((seed.images for seed in seeds), default=0)
    note = f"n = {images:,} test images; means over seeds; features are what the head is given."
    return Table(name, title, ANSWERS, rows, reasons, note)


_ANSWERED: Mapping[str, Callable[[Likeness], float | None]] = {
    "disagreement": lambda each: each.agreement.disagreement,
    "chance": lambda each: each.agreement.chance,
    "divergence": lambda each: each.agreement.divergence,
    "cka": lambda each: each.cka.value,
    "barrier": lambda each: each.barrier,
    "aligned_barrier": lambda each: each.aligned_barrier,
}


def _why_no_answer(key: str, each: Likeness) -> str:
    if key == "cka":
        return each.cka.reason
    if "barrier" in key:
        return "no line was followed between these two, or a loss on it is not finite"
    return each.agreement.reason or "undefined"


def _ratio_table(seeds: Sequence[SeedRecovery], name: str, title: str) -> Table:
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for term, label, null, get in STATISTICS:
        values = [value for each in seeds if (value := get(each)) is not None]
        found = ratio_interval(values, [1.0] * len(values))
        if term == "growth-rate":
            found = mean_interval(values)
        rows.append({"ratio": label, "null": _null(null, seeds), "n": len(values), **_cells(found)})
        for key in ("value", "low", "high"):
            if rows[-1][key] is None:
                reasons[len(rows) - 1, key] = found.reason or "not measured"
    note = "Intervals are over seeds; one seed has none."
    return Table(name, title, RATIOS, rows, reasons, note)


STATISTICS: tuple[tuple[str, str, float | Getter, Getter], ...] = (
    ("rho", "rho = d(E, A0) / d1", 1.0, lambda each: each.rho),
    ("q", "q = quotient d(E, A0) / d1 (null: d3 / d1)",
     lambda each: each.d3 / each.d1 if each.d3 is not None and each.d1 else None,
     lambda each: each.q),
    ("s", "s = d(E, S) / d(E, P)", 0.0, lambda each: each.s),
    ("f", "f = disagreement with A0 / that of d1", 1.0, lambda each: each.f),
    ("amplification", "A = d(E, A0) / perturbation", 1.0, lambda each: each.amplification),
    ("growth-rate", "growth a step = ln(A) / steps", 0.0, lambda each: each.growth_rate),
    ("return-index", "return index = d(E, P) / d(A0, P)", 1.0, lambda each: each.return_index),
)  # fmt: skip


def _null(null: float | Getter, seeds: Sequence[SeedRecovery]) -> float | None:
    return over_seeds(seeds, null) if callable(null) else null


def _cells(found: Interval) -> dict[str, Cell]:
    numbers = {"value": found.value, "low": found.low, "high": found.high}
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}
