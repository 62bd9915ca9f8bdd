"""How alike the features of two models are, beside what no relation and what independence give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.features.inside import Inside, inside
from paramdyn.analysis.features.matrix import SortedMatrix, sorted_matrix
from paramdyn.analysis.similarity import Measured, Null
from paramdyn.analysis.similarity.nulls import matched_correlation_mean
from paramdyn.analysis.similarity.paired import Paired, paired
from paramdyn.analysis.subjects import END, Subject


@dataclass(frozen=True, slots=True, eq=False)
class LayerSimilarity:
    """Unbiased CKA of every layer of one model with every layer of another.

    Attributes:
        rows: Layers of the first, in the order of a pass.
        columns: Layers of the second.
        values: Shape (rows, columns); NaN where undefined.
        reasons: (row, column) -> why it is.
        exact: Whether the values are those of all images at once, and not sums over batches.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    values: NDArray[np.float64]
    reasons: Mapping[tuple[int, int], str]
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """Two models on the same images.

    Attributes:
        first: The one.
        second: The other.
        seed: Seed of the first, by which pairs are counted.
        values: Measure -> its value, as ``similarity.paired.OF_ITSELF``.
        nulls: The same with the images of the second permuted.
        independent: The same for the first and an independent run of its recipe; None without one.
        independent_name: That run.
        matched_null: Rule of thumb of the matched |r| of independent features of these widths.
        matrix: Unit correlations sorted as matched; None where undefined.
        layers: All layers with all layers; None where it was not asked for.
    """

    first: Inside
    second: Inside
    seed: int
    values: Mapping[str, Measured]
    nulls: Mapping[str, Null]
    independent: Mapping[str, Measured] | None
    independent_name: str
    matched_null: float
    matrix: SortedMatrix | None
    layers: LayerSimilarity | None

    @property
    def trouble(self) -> str:
        """What is wrong with either; empty for two sound models."""
        wrong = [f"{one.label} {one.trouble}" for one in (self.first, self.second) if one.trouble]
        return ", ".join(wrong)


def between(
    one: Subject,
    other: Subject,
    bench: Bench,
    *,
    independent: Subject | None = None,
    closely: bool = True,
) -> Between:
    """Return how alike the features of two models are at their ends.

    Args:
        one: A run or weights.
        other: Another, for the same images.
        bench: Runs both over the images, each once.
        independent: A run of the first one's recipe with other seeds: the ceiling.
        closely: Whether all layers are compared too, and the sorted matrix is kept.

    Raises:
        BadRequest: Their feature layer is none.
        RunNotFound: Their values were not kept.
    """
    layers = all_layers(one, other, bench) if closely else None
    first, second = inside(one, bench), inside(other, bench)
    found = _compare(one, other, bench, draws=bench.options.draws)
    return Between(
        first=first,
        second=second,
        seed=one.spec.seed,
        values=found.values,
        nulls=found.nulls,
        independent=_compare(one, independent, bench, draws=0).values if independent else None,
        independent_name=independent.name if independent else "",
        matched_null=matched_correlation_mean(
            found.n, max(min(first.within.live, second.within.live), 2)
        ),
        matrix=sorted_matrix(found.correlations, found.rows, found.columns)
        if closely and found.correlations.size
        else None,
        layers=layers,
    )


def all_layers(one: Subject, other: Subject, bench: Bench) -> LayerSimilarity:
    """Return the CKA of all layers with all layers; one pass of both models.

    Layers: each convolution, linear layer and normalization as its output leaves it, before any
    activation; of a convolution that feeds a normalization only the latter.
    """
    names = [bench.observations.layers_of(subject) for subject in (one, other)]
    table = bench.observations.layer_similarity((one, END), (other, END), names)
    values = np.array([[np.nan if m.value is None else m.value for m in row] for row in table])
    reasons = {
        (i, j): measured.reason
        for i, row in enumerate(table)
        for j, measured in enumerate(row)
        if measured.value is None
    }
    exact = bench.observations.exact_layers
    return LayerSimilarity(names[0], names[1], values, reasons, exact)


def _compare(one: Subject, other: Subject, bench: Bench, *, draws: int) -> Paired:
    sides = [bench.observations.of(subject).features for subject in (one, other)]
    return paired(sides[0], sides[1], draws=draws, seed=bench.options.seed)
