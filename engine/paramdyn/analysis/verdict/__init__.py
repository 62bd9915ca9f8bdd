"""Verdicts: what a claim is worth, computed from runs over seeds and their controls.

``judge(hypothesis, evidence)`` takes one plain record per seed and returns a ``Verdict``; nothing
else makes one. ``verdict_text`` puts it into a sentence.
"""

from paramdyn.analysis.verdict.engine import judge, judge_grid
from paramdyn.analysis.verdict.evidence import (
    ChangedSeed,
    ConnectivitySeed,
    ConvergenceSeed,
    CorrelationSeed,
    DistanceSeed,
    RecoverySeed,
    SeedEvidence,
)
from paramdyn.analysis.verdict.hypothesis import ARTEFACTS, Hypothesis
from paramdyn.analysis.verdict.rules import HYPOTHESES, hypothesis_named
from paramdyn.analysis.verdict.text import verdict_text, word_text
from paramdyn.analysis.verdict.verdict import WORDS, Measured, Verdict

__all__ = [
    "ARTEFACTS",
    "HYPOTHESES",
    "WORDS",
    "ChangedSeed",
    "ConnectivitySeed",
    "ConvergenceSeed",
    "CorrelationSeed",
    "DistanceSeed",
    "Hypothesis",
    "Measured",
    "RecoverySeed",
    "SeedEvidence",
    "Verdict",
    "hypothesis_named",
    "judge",
    "judge_grid",
    "verdict_text",
    "word_text",
]
