"""Terms that several questions use."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

TERMS: tuple[Term, ...] = (
    Term(
        name="accuracy",
        definition="Share of the images whose largest logit is the right class, in [0, 1].",
        formula="mean over images of [argmax logits = label]",
        null="the share of the most frequent label",
        reference=OURS,
    ),
    Term(
        name="certificate",
        definition="Proof that a symmetry or an alignment is one: the largest change of a logit "
        "that it makes, over the root mean square of the logits, on the first test images.",
        formula="max |f(x) - (g f)(x)| / rms f",
        null="about 1e-6, the rounding of float32; 0 for signs alone",
        reference=OURS,
    ),
)
