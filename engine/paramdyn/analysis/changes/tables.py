"""Tables of the question ``changed``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

from paramdyn.analysis.answer import Cell, Column, Table
from paramdyn.analysis.changes.ledger import Ledger, cause_of, halves
from paramdyn.analysis.changes.study import Changed
from paramdyn.analysis.verdict.intervals import mean_interval
from paramdyn.measurements.classes import CLASS_NAMES
from paramdyn.store.manifest import ParameterInfo

Studies = Mapping[str, Sequence[Changed]]
"""Label of a group of runs that differ in seeds only -> what each run tells."""

_RUN = Column("run", "run", "text")


def classes_table(studies: Sequence[Changed]) -> Table:
    """Return each class of each run: scalars, share and cause."""
    columns = (
        _RUN,
        Column("class", "class", "text", "class"),
        Column("scalars", "scalars", "count", "class"),
        Column("share", "share", "share", "class"),
        Column("why", "why", "text"),
    )
    rows: list[dict[str, Cell]] = []
    for study in studies:
        book = study.ledger
        rows += [
            {"run": book.run, "class": name, "scalars": book.total(name),
             "share": book.share(name), "why": cause_of(name)}
            for name in book.counts
            if book.total(name)
        ]  # fmt: skip
        rows.append({"run": book.run, "class": "all", "scalars": book.scalars, "share": 1.0,
                     "why": f"at step {book.step}, {book.source}"})  # fmt: skip
    return Table("classes", "Every parameter in one class", columns, rows)


def runs_table(studies: Studies) -> Table:
    """Return a row for each run: the headline beside its null."""
    columns = (
        _RUN,
        Column("group", "group", "text"),
        Column("seed", "seed", "count"),
        Column("changed", "changed", "share", "class"),
        Column("structural", "structural", "share", "class"),
        Column("decay", "decay-only", "share", "class"),
        Column("silent", "u", "share", "silent"),
        Column("untrained", "untrained", "share", "untrained-silent", null=True),
        Column("collapsed", "collapsed", "text"),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for label, members in studies.items():
        for study in members:
            book = study.ledger
            if study.untrained_silent is None:
                reasons[len(rows), "untrained"] = _why(study, "untrained")
            rows.append({
                "run": book.run, "group": label, "seed": study.subject.spec.seed,
                "changed": book.share("changed"), "structural": book.share("structural"),
                "decay": book.share("decay-only"), "silent": book.silent_share,
                "untrained": study.untrained_silent,
                "collapsed": "".join(study.collapsed[:1]) or _health(study),
            })  # fmt: skip
    images = max(
        (s.untrained.images for m in studies.values() for s in m if s.untrained), default=0
    )
    note = f"The untrained network saw {images:,} training images." if images else ""
    return Table("runs", "Run by run", columns, rows, reasons, note)


def groups_table(studies: Studies) -> Table:
    """Return a row for each group of runs: means over seeds with 95 % intervals."""
    columns = (
        Column("group", "group", "text"),
        Column("seeds", "seeds", "count"),
        *(
            column
            for key, title, term in (
                ("changed", "changed", "class"),
                ("unchanged", "unchanged", "class"),
                ("structural", "structural", "class"),
                ("decay", "decay-only", "class"),
                ("silent", "u", "silent"),
            )
            for column in (
                Column(key, title, "share", term),
                Column(f"{key}_low", "from", "share", term),
                Column(f"{key}_high", "to", "share", term),
            )
        ),
        Column("untrained", "untrained", "share", "untrained-silent", null=True),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for number, (label, members) in enumerate(studies.items()):
        row: dict[str, Cell] = {"group": label, "seeds": len(members)}
        for key, values in _shares(members).items():
            found = mean_interval(values)
            row[key] = sum(values) / len(values)
            if found.defined:
                row[f"{key}_low"], row[f"{key}_high"] = max(found.low, 0.0), min(found.high, 1.0)
            else:
                reasons |= {(number, f"{key}_{end}"): found.reason for end in ("low", "high")}
        nulls = [s.untrained_silent for s in members if s.untrained_silent is not None]
        if nulls:
            row["untrained"] = sum(nulls) / len(nulls)
        else:
            reasons[number, "untrained"] = _why(members[0], "untrained")
        rows.append(row)
    note = "Means over seeds; from and to: 95 % t-interval."
    return Table("groups", "Side by side", columns, rows, reasons, note)


def parts_table(
    studies: Sequence[Changed], name: str, title: str, key: Callable[[Ledger], Callable[..., str]]
) -> Table:
    """Return class shares of parts of the models, such as kinds of parameters."""
    shown = [c for c in _classes(studies) if any(s.ledger.total(c) for s in studies)]
    columns = (
        _RUN,
        Column("part", "part", "text", "depth" if name == "depth" else ""),
        Column("scalars", "scalars", "count"),
        *(Column(each, each, "share", "class") for each in shown),
    )
    rows: list[dict[str, Cell]] = []
    for study in studies:
        for part, counts in study.ledger.parts(key(study.ledger)).items():
            whole = sum(counts.values())
            if whole:
                shares = {each: counts.get(each, 0) / whole for each in shown}
                rows.append({"run": study.ledger.run, "part": part, "scalars": whole, **shares})
    return Table(name, title, columns, rows, detail=name == "layers")


def by_kind(_: Ledger) -> Callable[[ParameterInfo], str]:
    """Return what gives the kind of a tensor."""
    return lambda info: info.kind


def by_depth(ledger: Ledger) -> Callable[[ParameterInfo], str]:
    """Return what gives the half of the model that a tensor is in."""
    half = halves(ledger.parameters)
    return lambda info: half[info.name]


def by_tensor(globs: Sequence[str]) -> Callable[[Ledger], Callable[[ParameterInfo], str]]:
    """Return what gives the name of a tensor; those that no glob names go together."""

    def name(info: ParameterInfo) -> str:
        wanted = not globs or any(fnmatchcase(info.name, each) for each in globs)
        return info.name if wanted else "others"

    return lambda _: name


def structural_table(studies: Sequence[Changed]) -> list[Table]:
    """Return the tensors that no image reaches everywhere, with the reason; none without any."""
    columns = (
        _RUN,
        Column("parameter", "parameter", "text"),
        Column("structural", "structural", "count", "structural"),
        Column("share", "of tensor", "share", "structural"),
        Column("why", "why", "text"),
    )
    rows: list[dict[str, Cell]] = [
        {"run": study.ledger.run, "parameter": info.name, "structural": count,
         "share": count / info.count, "why": study.ledger.reasons.get(info.name, "")}
        for study in studies
        for info, count in zip(study.ledger.parameters, study.ledger.structural, strict=True)
        if count
    ]  # fmt: skip
    title = "Out of reach of every image"
    return [Table("structural", title, columns, rows)] if rows else []


def silence_table(studies: Sequence[Changed]) -> list[Table]:
    """Return dead units by layer at the end, with the start and the untrained net beside them."""
    columns = (
        _RUN,
        Column("layer", "layer", "text"),
        Column("units", "units", "count"),
        Column("dead", "dead at end", "count", "dead-unit"),
        Column("start", "at start", "count", "dead-unit", null=True),
        Column("untrained", "untrained", "count", "dead-unit", null=True),
        Column("silenced", "silenced", "count", "silenced"),
        Column("silenced_untrained", "untrained", "count", "silenced", null=True),
    )
    moments = {"dead": "end", "start": "start", "untrained": "untrained"}
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    notes = []
    for study in studies:
        if not any(each.layers for each in study.silence.values()):
            continue
        first = next(iter(study.silence.values()))
        for index, layer in enumerate((*first.layers, None)):
            row: dict[str, Cell] = {
                "run": study.ledger.run,
                "layer": layer.layer if layer else "all",
                "units": len(layer.dead) if layer else first.units,
            }
            for key, moment in moments.items():
                found = study.silence.get(moment)
                if found is None:
                    reasons[len(rows), key] = study.reasons.get(f"dead units at {moment}", "")
                else:
                    row[key] = found.layers[index].count if layer else found.dead
            for key, moment in (("silenced", "end"), ("silenced_untrained", "untrained")):
                found = study.silence.get(moment)
                if found is None:
                    reasons[len(rows), key] = study.reasons.get(f"dead units at {moment}", "")
                else:
                    row[key] = found.alone[index] if layer else found.scalars
            rows.append(row)
        notes.append("A weight between two dead units counts for both layers, and once in all.")
        bound = 3 / first.images
        notes.append(f"n = {first.images:,} test images: a dead unit fires on less than "
                     f"{100 * bound:.2g} % of all images (95 %).")  # fmt: skip
        if first.left_out:
            notes.append(f"Left out: {', '.join(first.left_out)}, whose outputs are added up.")
    note = " ".join(dict.fromkeys(notes))
    return [Table("dead_units", "Dead units", columns, rows, reasons, note)] if rows else []


def decay_table(studies: Sequence[Changed]) -> list[Table]:
    """Return what weight decay did; no table without weight decay."""
    columns = (
        _RUN,
        Column("decay", "weight decay", "number"),
        Column("steps", "steps", "step"),
        Column("ratio", "theta_T / theta_0", "number", "decay-ratio"),
        Column("structural", "of structural", "count", "class"),
        Column("dead", "of dead", "count", "class"),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for study in studies:
        if study.decay is not None:
            structural, dead = study.ledger.decay_only
            if study.decay.ratio is None:
                reasons[len(rows), "ratio"] = study.decay.reason
            rows.append({"run": study.ledger.run, "decay": study.decay.rate,
                         "steps": study.decay.steps, "ratio": study.decay.ratio,
                         "structural": structural, "dead": dead})  # fmt: skip
    note = "Scalars that nothing but weight decay moved, by why they had no gradient."
    title = "What weight decay did"
    return [Table("decay", title, columns, rows, reasons, note)] if rows else []


def _shares(members: Sequence[Changed]) -> dict[str, list[float]]:
    books = [study.ledger for study in members]
    return {
        "changed": [book.share("changed") for book in books],
        "unchanged": [book.unchanged_share for book in books],
        "structural": [book.share("structural") for book in books],
        "decay": [book.share("decay-only") for book in books],
        "silent": [book.silent_share for book in books],
    }


def _classes(studies: Sequence[Changed]) -> list[str]:
    return list(dict.fromkeys([*CLASS_NAMES, *(c for s in studies for c in s.ledger.counts)]))


def _why(study: Changed, name: str) -> str:
    default = "the run diverged" if study.subject.status == "diverged" else "there are no images"
    return study.reasons.get(name) or study.reasons.get("images") or default


def _health(study: Changed) -> str:
    if study.subject.status == "diverged":
        return "diverged"
    return "unknown" if {"images", "collapse"} & set(study.reasons) else "no"
