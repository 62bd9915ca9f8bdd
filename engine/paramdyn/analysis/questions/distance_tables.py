"""Tables of ``distance`` about one run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from paramdyn.analysis.answer import Column, Table
from paramdyn.analysis.movement.displacement import Displacement, grouped, named_by, together
from paramdyn.analysis.movement.measuring import Movement
from paramdyn.analysis.movement.recorded import RecordedMove, recorded_groups, recorded_together
from paramdyn.analysis.movement.trajectory import Trajectory
from paramdyn.analysis.tabulating import Undefined, Value, tabulated

_MOVES = (
    Column("displacement", "displacement", "number", "displacement"),
    Column("live_displacement", "live only", "number", "live"),
    Column("order_displacement", "other order", "number", "order_displacement", null=True),
    Column("order_gap", "order gap", "number", "order_gap", null=True),
    Column("relative_to_start", "/|θ_0|", "share", "relative_to_start"),
    Column("live_relative", "/|θ_0| live", "share", "live"),
    Column("relative_to_end", "/|θ_T|", "share", "relative_to_end"),
    Column("start_norm", "|θ_0|", "number", "start_norm"),
    Column("end_norm", "|θ_T|", "number", "end_norm"),
    Column("sign_changes", "signs changed", "share", "sign_changes"),
    Column("sign_change_null", "arctan null", "share", "sign_changes", null=True),
    Column("scalars", "scalars", "count"),
    Column("live_scalars", "live", "count", "live"),
)
LARGEST_EPSILON = 1e-6
"""Of Adam, above which its first step is not as long as the formula says."""
_ZERO_START = Undefined("its values at the start are all zero")


def totals(moves: Sequence[Movement]) -> Table:
    """Return one row a run: all parameters together."""
    rows = []
    for move in moves:
        step = None if move.subject.folder is None else move.step
        row: dict[str, Value] = {"run": move.subject.name, "since": move.start, "step": step}
        if move.total is not None:
            row |= _row(move.total)
        elif move.recorded:
            row |= _recorded_row(recorded_together("total", move.recorded))
        row |= {
            "order_displacement": math.sqrt(move.order.every.squared) if move.order else None,
            "order_gap": move.order_gap.every.l2 if move.order_gap else None,
        }
        rows.append(row)
    columns = (Column("run", "run", "text"), Column("since", "since", "text"),
               Column("step", "step", "step"), *_MOVES)  # fmt: skip
    note = (
        "A total is the root of the summed squares of all parameters, not a mean of layers. "
        "Buffers do not count."
    )
    shown = _without_live(columns, rows)
    if len(shown) < len(columns):
        note += " Some input can move every scalar: all are live."
    return tabulated("totals", "How far it moved", shown, rows, note=note)


def kinds_of_all(moves: Sequence[Movement]) -> Table:
    """Return one row a run and kind: norm scales can be most of a norm."""
    rows = [
        {"run": move.subject.name, **row} for move in moves for row in _group_rows(move, "kind")
    ]
    columns = (Column("run", "run", "text"), Column("name", "kind", "text"), *_MOVES)
    return tabulated("kinds", "By kind", _without_live(columns, rows), rows, detail=True)


def by_group(move: Movement, by: str, number: int, globs: Sequence[str] = ()) -> Table:
    """Return one row a layer or kind of one run, the total of all last.

    Args:
        move: The run.
        by: ``layer`` or ``kind``.
        number: Of the run, from 1.
        globs: Layers without a parameter of such a name are left out.
    """
    columns = (Column("name", by, "text"), *_MOVES)
    title = f"By {by}: {move.subject.name}"
    table = move.subject.parameters
    asked = {getattr(row, by) for row in table if named_by(globs, row.name)} | {"total"}
    rows = [row for row in _group_rows(move, by) if row["name"] in asked]
    shown = _without_live(columns, rows)
    return tabulated(f"{by}s{suffix(number)}", title, shown, rows, detail=by == "layer")


def _group_rows(move: Movement, by: str) -> list[dict[str, Value]]:
    table = move.subject.parameters
    rows: list[dict[str, Value]] = []
    if move.parts:
        groups = grouped(move.parts, table, by)
        rows = [{"name": part.name, **_row(part)} for part in groups]
        rows.append({"name": "total", **_row(together("total", move.parts))})
    elif move.recorded:
        found = recorded_groups(move.recorded, table, by)
        rows = [{"name": part.name, **_recorded_row(part)} for part in found]
        rows.append({"name": "total", **_recorded_row(recorded_together("total", move.recorded))})
    return rows


def paths(moves: Sequence[Movement]) -> Table:
    """Return one row a run: length and straightness of the recorded path."""
    rows = []
    for move in moves:
        path = move.path
        if path is None or not len(path.path_length.step):
            continue
        straight = path.straightness
        nothing = Undefined("nothing moved, or it was not recorded")
        first, middle, last = _ratios(path)
        rows.append({
            "run": move.subject.name,
            "path_length": path.path_length.last,
            "displacement": path.displacement.last,
            "straightness": nothing if straight is None else straight,
            "random_walk": path.random_walk,
            "random_walk_own": path.random_walk_of_its_steps,
            "chords": path.chords,
            "every": path.every,
            "first_ratio": first,
            "adam_first": _adam_first_step(move),
            "median_ratio": middle,
            "last_ratio": last,
        })  # fmt: skip
    columns = (
        Column("run", "run", "text"),
        Column("path_length", "path length", "number", "path_length"),
        Column("displacement", "displacement", "number", "displacement"),
        Column("straightness", "straightness", "number", "straightness"),
        Column("random_walk", "random walk", "number", "random_walk", null=True),
        Column("random_walk_own", "its own steps", "number", "random_walk_own", null=True),
        Column("chords", "records", "count", "path_length"),
        Column("every", "steps apart", "count", "path_length"),
        Column("first_ratio", "first update", "share", "update_ratio"),
        Column("adam_first", "Adam's first", "share", "update_ratio", null=True),
        Column("median_ratio", "median update", "share", "update_ratio"),
        Column("last_ratio", "last update", "share", "update_ratio"),
    )
    apart = max((move.path.every for move in moves if move.path), default=1)
    note = (
        "Every step was recorded: lengths are exact."
        if apart == 1
        else f"Records are up to {apart} steps apart: a path length is a lower bound, and "
        "straightness an upper one."
    )
    return tabulated("paths", "How straight its way was", columns, rows, note=note)


def intervals(move: Movement, number: int) -> Table:
    """Return one row an interval between snapshots, or between epochs of the records."""
    found = move.directions
    if found is None:
        return _recorded_intervals(move, number)
    rows = [
        {
            "from": found.steps[i],
            "to": found.steps[i + 1],
            "distance": float(found.intervals[i]),
            "from_start": float(found.distances[0, i + 1]),
            "to_end": float(found.to_end[i + 1]),
            "walk_to_end": math.sqrt(found.steps[i + 1] / found.steps[-1]),
            "turn": Undefined("there is no earlier one") if i == 0 else float(found.turns[i]),
            "deviation": found.null_deviation,
        }
        for i in range(len(found.steps) - 1)
    ]
    columns = (
        Column("from", "from step", "step"),
        Column("to", "to step", "step"),
        Column("distance", "distance", "number", "interval_distance"),
        Column("from_start", "from step 0", "number", "displacement"),
        Column("to_end", "cos to end", "number", "direction_to_end"),
        Column("walk_to_end", "random walk", "number", "direction_to_end", null=True),
        Column("turn", "cos to last", "number", "turn"),
        Column("deviation", "null sd", "number", "turn", null=True),
    )
    note = f"Kept snapshots, over {found.scalars:,} live scalars, in float64."
    title = f"Between snapshots: {move.subject.name}"
    return tabulated(f"intervals{suffix(number)}", title, columns, rows, note=note, detail=True)


def _without_live(
    columns: Sequence[Column], rows: Sequence[Mapping[str, Value]]
) -> Sequence[Column]:
    """Return the columns, without those of live scalars where all scalars are."""
    if any(row.get("live_scalars") != row.get("scalars") for row in rows if "live_scalars" in row):
        return columns
    return [column for column in columns if column.term != "live"]


def _row(part: Displacement) -> dict[str, Value]:
    relative, live, end = part.relative_to_start, part.live_relative, part.relative_to_end
    return {
        "displacement": part.every.l2,
        "live_displacement": part.live.l2,
        "relative_to_start": _ZERO_START if relative is None else relative,
        "live_relative": _ZERO_START if live is None else live,
        "relative_to_end": Undefined("its values at the end are all zero") if end is None else end,
        "start_norm": math.sqrt(part.every.squared_a),
        "end_norm": math.sqrt(part.every.squared_b),
        "sign_changes": _or(part.sign_changes, "no scalar is other than zero in both"),
        "sign_change_null": _or(part.sign_change_null, "no scalar is other than zero in both"),
        "scalars": part.every.scalars,
        "live_scalars": part.live.scalars,
    }


def _recorded_row(part: RecordedMove) -> Mapping[str, Value]:
    start, end = part.start_norm, part.end_norm
    unknown = Undefined("the records do not say")
    return {
        "displacement": part.displacement,
        "relative_to_start": unknown if start is None else part.displacement / start
        if start else _ZERO_START,
        "relative_to_end": part.displacement / end if end else unknown,
        "start_norm": unknown if start is None else start,
        "end_norm": unknown if end is None else end,
        "scalars": part.scalars,
    }  # fmt: skip


def _recorded_intervals(move: Movement, number: int) -> Table:
    """Bound what snapshots would tell: |d_t - d_s| <= distance <= length of the path between."""
    manifest, path = move.subject.manifest, move.path
    rows: list[dict[str, Value]] = []
    if manifest is not None and path is not None and len(path.path_length.step):
        ends = range(0, int(path.path_length.step[-1]) + 1, manifest.steps_per_epoch)
        for begin in ends[:-1]:
            there = begin + manifest.steps_per_epoch
            far = [path.displacement.at(step) for step in (begin, there)]
            way = [path.path_length.at(step) for step in (begin, there)]
            if None not in far and None not in way:
                rows.append({"from": begin, "to": there, "least": abs(far[1] - far[0]),  # type: ignore[operator]
                             "most": way[1] - way[0], "from_start": far[1]})  # type: ignore[operator]  # fmt: skip
    columns = (
        Column("from", "from step", "step"),
        Column("to", "to step", "step"),
        Column("least", "at least", "number", "interval_distance"),
        Column("most", "at most", "number", "path_length"),
        Column("from_start", "from step 0", "number", "displacement"),
    )
    note = (
        "From the records: the distance between two epochs' ends lies between the difference of "
        "their displacements and the length of the path between them; it is neither. "
        "--snapshots init,every:1,final keeps what measures it."
    )
    title = f"Between epochs: {move.subject.name}"
    return tabulated(f"intervals{suffix(number)}", title, columns, rows, note=note, detail=True)


def _ratios(path: Trajectory) -> tuple[float | None, float | None, float | None]:
    values = path.update_ratio.value[np.isfinite(path.update_ratio.value)]
    if not len(values):
        return None, None, None
    return float(values[0]), float(np.median(values)), float(values[-1])


def _adam_first_step(move: Movement) -> float | None:
    """Return lr sqrt(live d) / |theta_0|, where the first step is Adam's and small epsilon's."""
    optimizer, total = move.subject.spec.optimizer, move.total
    adam = optimizer.name.lower() in ("adam", "adamw")
    if total is None or not adam or optimizer.options.get("eps", 0.0) > LARGEST_EPSILON:
        return None
    if total.every.squared_a == 0:
        return None
    return optimizer.learning_rate * math.sqrt(total.live.scalars / total.every.squared_a)


def _or(value: float | None, reason: str) -> Value:
    return Undefined(reason) if value is None else value


def suffix(number: int) -> str:
    """Return what tells tables of several runs apart: nothing for the first."""
    return f"_{number}" if number > 1 else ""
