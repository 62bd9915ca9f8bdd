"""Pictures of ``correlation``: unit correlations, layers with layers, and how r is distributed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from paramdyn.analysis.answer import Bars, Curve, Curves, Heatmap, Picture
from paramdyn.analysis.features.between import Between
from paramdyn.analysis.features.correlation import Correlation
from paramdyn.analysis.features.inside import BINS, independent_density

MOST_CURVES = 6


def pictures(found: Correlation) -> Iterator[Picture]:
    """Return the pictures, the matrices of the first pair before the rest."""
    for pair in found.pairs[:1]:
        yield from _matrices(pair)
    yield _distribution(found)
    if len(found.inside) > 1:
        yield _ratios(found)


def _matrices(pair: Between) -> Iterator[Heatmap]:
    matrix = pair.matrix
    if matrix is not None:
        note = f"The diagonal is the {matrix.matched} matched pairs, strongest |r| first"
        if matrix.block > 1:
            note += f"; each cell is the r of the largest |r| of {matrix.block} x {matrix.block}"
        yield Heatmap(
            "units", "Pearson r of features, sorted as matched",
            f"features of {pair.first.label}", f"features of {pair.second.label}",
            (), (), matrix.values, -1.0, 1.0,
            f"{note}. {matrix.rows} x {matrix.columns} live units.",
        )  # fmt: skip
    layers = pair.layers
    if layers is not None:
        undefined = f" Undefined: {len(layers.reasons)}." if layers.reasons else ""
        low = float(np.nanmin(layers.values)) if np.isfinite(layers.values).any() else 0.0
        note = "Layers in the order of a pass; two unrelated layers have 0, and may fall below."
        yield Heatmap(
            "layers", "Unbiased CKA of all layers with all layers",
            f"layers of {pair.first.label}", f"layers of {pair.second.label}",
            layers.rows, layers.columns, layers.values,
            0.0 if low > -0.05 else -1.0, 1.0, note + undefined,
        )  # fmt: skip


def _distribution(found: Correlation) -> Curves:
    middle = (BINS[1:] + BINS[:-1]) / 2
    curves = [Curve(one.label, middle, one.density) for one in found.inside[:MOST_CURVES]]
    before = found.untrained.get(found.inside[0].subject.name)
    if before is not None:
        curves.append(Curve("untrained", middle, before.density, null=True))
    n = found.inside[0].n
    curves.append(Curve("independent", middle, independent_density(n), null=True))
    title = "How r is distributed over pairs of different features"
    return Curves("distribution", title, "r", "density", curves)


def _ratios(found: Correlation) -> Bars:
    labels = [one.label for one in found.inside]
    lengths = [one.within.participation_ratio.value for one in found.inside]
    nulls = []
    before = next(iter(found.untrained.values()), None)
    if before is not None:
        nulls.append("untrained")
        lengths.append(before.within.participation_ratio.value)
    return Bars(
        "participation", "Directions in which features vary (participation ratio)",
        [*labels, *nulls], {"participation ratio": lengths}, "", nulls,
    )  # fmt: skip
