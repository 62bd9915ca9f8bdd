"""Terms that several questions use."""

from __future__ import annotations

from paramdyn.analysis.terms import Term

TERMS: tuple[Term, ...] = (
    Term(
        name="accuracy",
        definition="Share of the images whose largest logit is the right class, in [0, 1].",
        formula="mean over images of [argmax logits = label]",
        null="the share of the most frequent label",
        reference="SCIENCE: M11",
    ),
)
