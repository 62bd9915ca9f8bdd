"""Which parameters can ever get a gradient? Asked of shapes, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramdyn.analysis.answer import Answer, Cell, Column, Curve, Curves, Picture, Table
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.reachability import ReachAudit, reach_of
from paramdyn.analysis.reachability.terms import TERMS
from paramdyn.analysis.subjects import START, State, Subject
from paramdyn.errors import ParamdynError
from paramdyn.specs import RunSpec

__all__ = ["TERMS", "ask", "audit_of", "repeats_one_channel"]

MOST_DRAWN = 50_000_000
"""Models with more parameters than this are not drawn to find out which of them start at zero."""

_COLUMNS = (
    Column("model", "model", "text"),
    Column("image_size", "pixels", "count"),
    Column("parameters", "parameters", "count"),
    Column("structural", "structural", "count", "structural"),
    Column("structural_share", "share", "share", "structural"),
    Column("vanishes_at", "0 from px", "count", "vanishes-at"),
    Column("tied", "tied", "count", "tied"),
    Column("groups", "groups", "count", "tied"),
    Column("directions", "directions", "count", "directions"),
    Column("unused", "unused", "count", "unused"),
    Column("sign_channels", "free signs", "count", "sign-channels"),
    Column("zero_start", "zero at start", "count", "zero-start"),
)


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Say which parameters no image can move, and why. Needs no data and no run.

    Args:
        subjects: Runs, weights, or models that nobody has trained; equal models are looked at once.
        bench: Told of progress.

    Raises:
        BadRequest: A model cannot be built.
    """
    kinds: dict[tuple[object, ...], Subject] = {}
    for subject in subjects:
        kinds.setdefault(_kind(subject), subject)
    audits: dict[str, ReachAudit] = {}
    for done, subject in enumerate(kinds.values()):
        bench.progress(f"shapes of {subject.spec.model.name}", done, len(kinds))
        audits[_label(subject, audits)] = audit_of(subject)
    bench.progress("shapes", len(kinds), len(kinds))
    return Answer(
        question="reach",
        subjects=[subject.name for subject in subjects],
        summary=[line for label, audit in audits.items() for line in _sentences(label, audit)],
        tables=[_overview(audits), *_concerned(audits), _by_size(audits)],
        pictures=_pictures(audits),
        notes=_notes(audits, len(subjects) - len(kinds)),
    )


def audit_of(subject: Subject) -> ReachAudit:
    """Return what can and cannot move in a subject's model on its images.

    Raises:
        BadRequest: The model cannot be built.
    """
    return reach_of(
        subject.shapes(),
        image_size=subject.spec.dataset.image_size,
        classes=subject.classes,
        gray=subject.status != "model" and repeats_one_channel(subject.spec),
        start=_start(subject),
        build=subject.shapes,
    )


def repeats_one_channel(spec: RunSpec) -> bool:
    """Tell whether a data set's images are gray, so that one channel is repeated three times."""
    if spec.dataset.name == "synthetic":
        return int(spec.dataset.options.get("channels", 1)) == 1
    return spec.dataset.name in ("digits", "mnist", "fashion-mnist")


def _start(subject: Subject) -> State | None:
    """Return the values at step 0; None where they are unknown, or long to draw."""
    large = sum(info.count for info in subject.parameters) > MOST_DRAWN
    if large and all(kept.name != "init" for kept in subject.kept()):
        return None
    try:
        return subject.state(START)
    except (ParamdynError, OSError):
        return None


def _kind(subject: Subject) -> tuple[object, ...]:
    spec = subject.spec
    gray = subject.status != "model" and repeats_one_channel(spec)
    return (
        spec.model.name, repr(spec.model.options), spec.dataset.image_size, subject.classes, gray,
        spec.initializer.name.partition(":")[0], subject.status == "weights",
    )  # fmt: skip


def _label(subject: Subject, taken: dict[str, ReachAudit]) -> str:
    spec = subject.spec
    plain = f"{spec.model.name} at {spec.dataset.image_size} px"
    return plain if plain not in taken else f"{plain} ({subject.name})"


def _sentences(label: str, audit: ReachAudit) -> list[str]:
    share = audit.structural_share
    if not audit.structural:
        said = [f"{label}: some image can give every one of its {audit.scalars:,} parameters "
                "a gradient."]  # fmt: skip
    else:
        where = (
            "at no size up to 512 pixels is it zero"
            if audit.vanishes_at is None
            else f"at {audit.vanishes_at} pixels it is zero"
        )
        said = [
            f"{label}: no image can give {audit.structural:,} of {audit.scalars:,} parameters "
            f"({100 * (share or 0):.4f} %) a gradient, whatever the data, the seed and the "
            f"optimizer; {where} (null: 0)."
        ]
    if audit.tied_groups:
        said.append(
            f"{label}: {audit.tied_scalars:,} weights are tied in {audit.tied_groups:,} groups "
            f"with bit-equal gradients, so {audit.scalars:,} parameters move in at most "
            f"{audit.directions:,} independent directions."
        )
    said += [
        f"{label}: module '{each.name}' is never called; its {each.scalars:,} parameters are "
        "out of use."
        for each in audit.unused_modules
    ]
    if audit.unused_outputs:
        said.append(
            f"{label}: {audit.unused_outputs} of {audit.outputs} logits are no class; their "
            f"{audit.unused_output_scalars:,} parameters only ever learn to say no."
        )
    return said


def _overview(audits: dict[str, ReachAudit]) -> Table:
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for number, (label, audit) in enumerate(audits.items()):
        if audit.vanishes_at is None:
            reasons[number, "vanishes_at"] = "no image size up to 512 pixels has none"
        if audit.sign_channels is None:
            reasons[number, "sign_channels"] = audit.sign_reason
        if audit.zero_start is None:
            reasons[number, "zero_start"] = "its values at the start are not known or not drawn"
        unused = sum(each.scalars for each in audit.unused_modules) + audit.unused_output_scalars
        rows.append({
            "model": label, "image_size": audit.image_size, "parameters": audit.scalars,
            "structural": audit.structural, "structural_share": audit.structural_share,
            "vanishes_at": audit.vanishes_at, "tied": audit.tied_scalars,
            "groups": audit.tied_groups, "directions": audit.directions, "unused": unused,
            "sign_channels": audit.sign_channels,
            "zero_start": None if audit.zero_start is None else len(audit.zero_start),
        })  # fmt: skip
    return Table("models", "What can move", _COLUMNS, rows, reasons)


def _concerned(audits: dict[str, ReachAudit]) -> list[Table]:
    """Return a row for each tensor with structural or tied scalars; no table without any."""
    columns = (
        Column("model", "model", "text"),
        Column("parameter", "parameter", "text"),
        Column("shape", "shape", "text"),
        Column("scalars", "scalars", "count"),
        Column("structural", "structural", "count", "structural"),
        Column("share", "share", "share", "structural"),
        Column("groups", "tied groups", "count", "tied"),
        Column("largest", "copies", "count", "tied"),
        Column("why", "why", "text"),
    )
    rows: list[dict[str, Cell]] = []
    for label, audit in audits.items():
        for each in audit.parameters:
            if not each.structural and each.ties is None:
                continue
            tie = each.ties
            copies = f"its layer is given each number up to {tie.largest} times" if tie else ""
            rows.append({
                "model": label, "parameter": each.info.name,
                "shape": "x".join(map(str, each.info.shape)), "scalars": each.info.count,
                "structural": each.structural, "share": each.structural / each.info.count,
                "groups": tie.groups if tie else 0, "largest": tie.largest if tie else 1,
                "why": "; ".join(part for part in (each.reason, copies) if part),
            })  # fmt: skip
    if not rows:
        return []
    note = "Every other tensor can get a gradient of its own in each of its scalars."
    return [Table("tensors", "Tensors that cannot move freely", columns, rows, note=note)]


def _by_size(audits: dict[str, ReachAudit]) -> Table:
    columns = (
        Column("model", "model", "text"),
        Column("size", "pixels", "count"),
        Column("structural", "structural", "count", "structural"),
        Column("share", "share", "share", "structural"),
    )
    rows: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    for label, audit in audits.items():
        for each in audit.sizes:
            if each.structural is None:
                reasons |= {(len(rows), key): each.reason for key in ("structural", "share")}
            rows.append({"model": label, "size": each.size, "structural": each.structural,
                         "share": each.share})  # fmt: skip
    note = "Taps that only ever meet padding, in evaluation mode; unused modules are not counted."
    return Table("sizes", "By image size", columns, rows, reasons, note, detail=True)


def _pictures(audits: dict[str, ReachAudit]) -> list[Picture]:
    curves = []
    for label, audit in audits.items():
        known = [(each.size, each.share) for each in audit.sizes if each.share is not None]
        if any(share for _, share in known):
            size, share = np.array(known, dtype=np.float64).T
            curves.append(Curve(label.partition(" at ")[0], size, share))
    title = "Share of the parameters that no image can reach"
    picture = Curves("by_size", title, "image size in pixels", "share", curves)
    return [picture] if curves else []


def _notes(audits: dict[str, ReachAudit], repeated: int) -> list[str]:
    notes = [f"{label}: {note}" for label, audit in audits.items() for note in audit.notes]
    if repeated:
        notes.append(f"{repeated} more subjects have one of these models: shapes alone decide.")
    notes.append(
        "Not seen: zeros that a model pads by hand, and units that are dead because of their "
        "values; the question 'changed' counts those."
    )
    return notes
