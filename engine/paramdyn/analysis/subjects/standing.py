"""From which files an answer about a run was computed, while the run goes on."""

from __future__ import annotations

from dataclasses import dataclass

from paramdyn.analysis.subjects.subject import END, Subject
from paramdyn.errors import ParamdynError


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of a subject; of a live run it stays the same for all questions.

    Attributes:
        step: Of the values that count as its end; None where none are kept.
        source: Where they are: ``checkpoint``, a snapshot's name; empty of what is no run.
        last_record: The last step whose records count; None: all that there are.
        why: Why there are no values; empty where there are.
    """

    step: int | None
    source: str = ""
    last_record: int | None = None
    why: str = ""


def standing(subject: Subject) -> Standing:
    """Return what counts of a subject. A live run is looked at once: what it adds does not."""
    try:
        step, why = subject.step_of(END), ""
        source = subject.source_of_end()
    except ParamdynError as error:
        step, source, why = None, "", str(error)
    return Standing(step, source, subject.last_record, why)


def live_note(subject: Subject) -> str:
    """Return what a reader must know of a run that has not ended; empty for any other."""
    if not subject.is_live:
        return ""
    found = standing(subject)
    if found.step is None:
        values = "it has kept no values after step 0 yet"
    else:
        where = "checkpoint" if found.source == "checkpoint" else f"snapshot {found.source}"
        values = f"its values are those of step {found.step:,} (its {where})"
    last = found.last_record
    records = (
        "it has recorded nothing yet"
        if last is None or last < 0
        else f"its records are read up to step {last:,}"
    )
    return (
        f"{subject.name} is {subject.status}: {values}, and {records}. No verdict counts it before "
        "it has ended."
    )
