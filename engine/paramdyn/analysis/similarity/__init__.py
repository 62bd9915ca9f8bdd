"""Similarity of the features of two models, and of the units within one.

Every measure takes matrices of examples (rows) by units (columns) and returns a ``Measured``: a
finite value or the reason why there is none. All arithmetic is float64. No torch here: whoever
extracts features hands over arrays.
"""

from paramdyn.analysis.similarity.cca import (
    CanonicalCorrelations,
    Pwcca,
    cca,
    mean_cca,
    pwcca,
    svcca,
)
from paramdyn.analysis.similarity.cka import cka, cka_table
from paramdyn.analysis.similarity.correlation import (
    Matching,
    UnitCorrelations,
    Units,
    WithinModel,
    correlation_matrix,
    match_units,
    participation_ratio,
    units_of,
    within_model,
)
from paramdyn.analysis.similarity.features import as_matrix
from paramdyn.analysis.similarity.matching import match_greedy, match_hungarian
from paramdyn.analysis.similarity.measured import Measured, average
from paramdyn.analysis.similarity.measures import INVARIANCES, MEASURES, Measure
from paramdyn.analysis.similarity.nulls import Null, independent_null, permuted_null
from paramdyn.analysis.similarity.procrustes import (
    angular_procrustes,
    held_out_procrustes,
    procrustes,
)
from paramdyn.analysis.similarity.streaming_cka import MinibatchCka, MomentCka

__all__ = [
    "INVARIANCES", "MEASURES", "CanonicalCorrelations", "Matching", "Measure", "Measured",
    "MinibatchCka", "MomentCka", "Null", "Pwcca", "UnitCorrelations", "Units", "WithinModel",
    "angular_procrustes", "as_matrix", "average", "cca", "cka", "cka_table", "correlation_matrix",
    "held_out_procrustes", "independent_null", "match_greedy", "match_hungarian", "match_units",
    "mean_cca", "participation_ratio", "permuted_null", "procrustes", "pwcca", "svcca", "units_of",
    "within_model",
]  # fmt: skip
