"""Which parameters change, and why the others do not (SCIENCE.md, 2.1)."""

from paramdyn.analysis.changes.decay import Decay, decay_of
from paramdyn.analysis.changes.ledger import Ledger, cause_of, halves, ledger_of
from paramdyn.analysis.changes.silence import Silence, silence_of
from paramdyn.analysis.changes.study import Changed, changed
from paramdyn.analysis.changes.tolerance import TOLERANCES, ToleranceCurve, tolerance_curve

__all__ = [
    "TOLERANCES",
    "Changed",
    "Decay",
    "Ledger",
    "Silence",
    "ToleranceCurve",
    "cause_of",
    "changed",
    "decay_of",
    "halves",
    "ledger_of",
    "silence_of",
    "tolerance_curve",
]
