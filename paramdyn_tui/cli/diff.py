"""``paramdyn diff``: what differs between runs."""

from __future__ import annotations

import string
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from paramdyn_tui.cli.options import Json, Runs


def diff(
    run: Annotated[
        list[str],
        typer.Argument(metavar="RUN[@STEP]...", help="Two or more runs; the first is the base."),
    ],
    layers: Annotated[
        bool, typer.Option("--layers/--no-layers", help="Distances of each layer as well.")
    ] = True,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Compare runs: what was asked, with what they ran, what came out, how far apart they end.

    \b
    paramdyn diff RUN TWIN
    paramdyn diff RUN@final RUN@0
    paramdyn diff BASE RUN1 RUN2 --no-layers

    Only what differs is shown. Distances are between the last snapshots, or those after @: a step,
    init, best or final. L2 is the norm of the difference of all values, relative is that over the
    norm of the first run's; turned is 1 - cosine; opposite is the share of values of opposite
    sign; equal the share of values with the same bits. Running statistics are told apart.

    "equal until step N" is how far the two runs' records are the same bytes.
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn.errors import BadRequest
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.comparison import compare_runs, side_of

    if len(run) < 2:
        raise BadRequest(
            f"diff: '{run[0]}' is one run, two are compared. Name a second one: "
            f"paramdyn diff {run[0]} OTHER. All runs: paramdyn ls."
        )
    folder = runs_folder(runs)
    facts = compare_runs([side_of(folder, text) for text in run])
    if json:
        output.result_json(facts)
        return
    _print(facts, layers=layers)


def _print(facts: Mapping[str, Any], *, layers: bool) -> None:
    from paramdyn_tui.cli import output

    labels = names_of_columns(len(facts["runs"]))
    for label, run in zip(labels, facts["runs"], strict=True):
        output.sentence(f"{label}  {run['id']}  {run['status']}, step {run['step']}")
    _print_fields("asked", facts["spec"], labels, same="The specs are the same.")
    _print_fields("ran with", facts["provenance"], labels, same="")
    _print_metrics(facts["metrics"], labels)
    output.result()
    for label, records in zip(labels[1:], facts["records"], strict=True):
        for name in ("metrics", "drift"):
            text = agreement_text(records[name], (labels[0], label))
            output.sentence(f"{labels[0]} and {label}: {name}.jsonl {text}")
    for label, distances in zip(labels[1:], facts["distances"], strict=True):
        _print_distances(distances, (labels[0], label), layers=layers)


def names_of_columns(count: int) -> list[str]:
    """Return A, B, C, ...; R1, R2, ... for more than 26."""
    letters = string.ascii_uppercase
    return list(letters[:count]) if count <= 26 else [f"R{n}" for n in range(1, count + 1)]


def agreement_text(found: Mapping[str, Any], labels: tuple[str, str] = ("A", "B")) -> str:
    """Return in words how far two record files agree."""
    if not found["records_a"] and not found["records_b"]:
        return "is empty in both"
    if found["same"]:
        return f"is equal in all {found['records']:,} records"
    if found["first_different_step"] is None:
        ended = labels[int(found["records_a"] > found["records_b"])]
        if not found["records"]:
            return f"is empty in {ended}"
        return f"is equal until step {found['last_equal_step']}, where {ended} ends"
    if not found["records"]:
        return "differs from the first record on"
    return (
        f"is equal until step {found['last_equal_step']}, "
        f"differs from step {found['first_different_step']} on"
    )


def _print_fields(
    title: str, rows: Sequence[Mapping[str, Any]], labels: Sequence[str], *, same: str
) -> None:
    from paramdyn_tui.cli import output

    if not rows:
        if same:
            output.result()
            output.result(same)
        return
    cells = [
        [
            row["field"],
            *(
                _value(row["field"], value, given=given)
                for value, given in zip(row["values"], row["given"], strict=True)
            ),
        ]
        for row in rows
    ]
    output.result()
    output.table([title, *labels], _fitted(cells))


def _value(field: str, value: object, *, given: bool) -> str:
    if field.endswith("sha256"):
        return str(value)[:12]
    if value is None or not given:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value) or "none"


def _fitted(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Shorten long values in the middle when a terminal reads; a pipe gets them whole."""
    from paramdyn_tui.cli import output

    if not rows or not output.is_live(sys.stdout):
        return [list(row) for row in rows]
    name = max(len(row[0]) for row in rows)
    room = max((output.width() - name) // (len(rows[0]) - 1) - output.GAP, 8)
    return [[row[0], *(_shortened(cell, room) for cell in row[1:])] for row in rows]


def _shortened(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    head = (room - 2) // 2
    return f"{text[:head]}..{text[len(text) - (room - 2 - head) :]}"


def _print_metrics(rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import number

    if not rows:
        return
    differences = [f"{label}-{labels[0]}" for label in labels[1:]]
    cells = [
        [
            row["metric"],
            *map(number, row["values"]),
            *(_signed(value) for value in row["differences"][1:]),
        ]
        for row in rows
    ]
    output.result()
    columns = ["last metrics", *labels, *differences]
    output.table(columns, cells, right=columns[1:])


def _signed(value: float | None) -> str:
    from paramdyn_tui.formatting import number

    text = number(value)
    return f"+{text}" if value is not None and value > 0 else text


def _print_distances(facts: Mapping[str, Any], labels: tuple[str, str], *, layers: bool) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import count

    output.result()
    if facts["problem"]:
        output.sentence(f"{labels[0]} and {labels[1]}: {facts['problem']}")
    if not facts.get("total"):
        return
    steps = [facts[side].rpartition("@")[2] for side in ("a", "b")]
    output.sentence(
        f"{labels[0]} at step {steps[0]} and {labels[1]} at step {steps[1]}, "
        f"{count(facts['total']['scalars'])} scalars"
    )
    columns = ["layer", "L2", "relative", "turned", "opposite", "equal"]
    rows = [["all", *_cells(facts["total"])]]
    if layers:
        rows += [[row["layer"], *_cells(row)] for row in facts["layers"]]
        rows += [[f"{row['buffer']} (buffer)", *_cells(row)] for row in facts["buffers"]]
    output.table(columns, rows, right=columns[1:], optional=("turned", "opposite", "equal"))


def _cells(row: Mapping[str, Any]) -> list[str]:
    from paramdyn_tui.formatting import number, percent

    return [
        number(row["l2"]),
        number(row["relative"]),
        number(row["direction_change"]),
        percent(row["opposite_share"]),
        percent(row["equal_share"]),
    ]
