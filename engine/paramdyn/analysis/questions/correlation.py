"""Are features correlated, within a model and between models? Does the optimizer matter?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from paramdyn.analysis.answer import Answer, Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import AGAIN, INDEPENDENT, missing_companion
from paramdyn.analysis.features.between import Between
from paramdyn.analysis.features.correlation import Correlation, correlation
from paramdyn.analysis.features.inside import Inside
from paramdyn.analysis.questions.correlation_pictures import pictures
from paramdyn.analysis.questions.correlation_tables import (
    arms,
    by_arm,
    itself,
    logits,
    measures,
    pairs,
    within,
)
from paramdyn.analysis.questions.correlation_terms import TERMS
from paramdyn.analysis.similarity.paired import CKA, MATCHED
from paramdyn.analysis.subjects import Subject

__all__ = ["TERMS", "ask"]


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Answer for runs and weights files that saw the same images.

    Args:
        subjects: At least one.
        bench: Runs folder, images and options.

    Raises:
        BadRequest: Different images, or a feature layer that is none.
        RunNotFound: Values that are needed were not kept.
    """
    found = correlation(*subjects, bench=bench)
    tables = (within(found), logits(found), measures(found), pairs(found), by_arm(found),
              arms(found), itself(found))  # fmt: skip
    return Answer(
        question="correlation",
        subjects=[subject.name for subject in subjects],
        summary=[*_troubles(found), *(_inside_sentence(one, found) for one in found.inside),
                 *map(_pair_sentence, found.pairs[:1])],
        verdicts=found.verdicts,
        tables=[table for table in tables if table.rows],
        pictures=list(pictures(found)),
        missing=list(_missing(found, bench)),
        notes=list(_notes(found, bench)),
    )  # fmt: skip


def _troubles(found: Correlation) -> Iterator[str]:
    for one in found.inside:
        if one.trouble:
            why = "; ".join(one.why) or "its status says so"
            yield f"{one.label} {one.trouble} ({why}): nothing is concluded from it."


def _inside_sentence(one: Inside, found: Correlation) -> str:
    ratio, mean = one.within.participation_ratio, one.within.mean
    if ratio.value is None or mean.value is None:
        return f"{one.label}: its features have no correlation: {ratio.reason or mean.reason}."
    before = found.untrained.get(one.subject.name)
    untrained = before.within.participation_ratio.value if before else None
    beside = "" if untrained is None else f"untrained {untrained:.3g}, "
    layer, _, returned = one.layer.partition(":")
    where = f"'{layer}' of {one.label} {'returns' if returned else 'is given'}"
    return (
        f"The {one.within.live} live of {one.units} features that {where} vary in about "
        f"{ratio.value:.3g} directions ({beside}independent features "
        f"{one.participation_null:.3g}); their mean r is {mean.value:+.3f} (independent 0)."
    )


def _pair_sentence(pair: Between) -> str:
    cka, matched = pair.values[CKA], pair.values[MATCHED]
    if cka.value is None or matched.value is None:
        return f"{pair.first.label} and {pair.second.label}: not comparable: {cka.reason}."
    null = pair.nulls.get(CKA)
    chance = pair.nulls.get(MATCHED)
    text = f"{pair.first.label} and {pair.second.label}: CKA {cka.value:.3f}"
    if null is not None and null.mean.value is not None:
        text += f" (images permuted {null.mean.value:.3f}"
        ceiling = pair.independent[CKA].value if pair.independent else None
        text += f", independent runs {ceiling:.3f})" if ceiling is not None else ")"
    text += f", matched features |r| = {matched.value:.3f}"
    if chance is not None and chance.mean.value is not None:
        text += f" (images permuted {chance.mean.value:.3f})"
    return f"{text}."


def _missing(found: Correlation, bench: Bench) -> Iterator[Missing]:
    for subject in found.lonely:
        yield missing_companion(subject, INDEPENDENT, bench.runs)
    for subject in found.again:
        yield missing_companion(subject, AGAIN, bench.runs)


def _notes(found: Correlation, bench: Bench) -> Iterator[str]:
    first = found.inside[0]
    yield (
        f"{first.n:,} test images in one order, evaluation mode; float64. Of layers with positions "
        "the mean over positions is compared (global average pooling), here and in the table of "
        "layers: flattening, or pixels as samples, would give other numbers."
    )
    if first.unused and not first.layer.endswith(":out"):
        yield (
            f"The head has {first.unused} outputs that are never a target; they are no features, "
            "and are shown apart."
        )
    if found.pairs:
        yield from _pair_notes(found, bench)
    if any(arm.contrasts for arm in found.arms):
        yield (
            "Matched: at the learning rates whose runs end most nearly equally far from their "
            "start, relative to its norm, and the farther run where it passed that distance."
        )
    yield from found.notes


def _pair_notes(found: Correlation, bench: Bench) -> Iterator[str]:
    layers = found.pairs[0].layers
    if layers is not None:
        yield (
            "Layers are the outputs of convolutions, linear layers and normalizations, before "
            "any activation; a convolution that feeds a normalization is left to that."
        )
        if not layers.exact:
            yield (
                "The CKA of layers is summed over batches of images: the exact one needs more "
                "than 3 GiB here."
            )
    if found.independent_pairs:
        yield (
            "The models compared differ in their seeds only: their numbers are themselves what "
            "independent runs of this recipe reach, and there is no verdict on them."
        )
    if found.left_out:
        yield f"{found.left_out} more pairs were not compared."
    warnings = [w for pair in found.pairs for each in pair.values.values() for w in each.warnings]
    yield from (f"CCA: {warning}." for warning in dict.fromkeys(warnings))
    draws = max((null.draws for null in found.pairs[0].nulls.values()), default=0)
    if 0 < draws < bench.options.draws:
        yield f"Images were permuted {draws} times only: the layer is wide."
