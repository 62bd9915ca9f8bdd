"""Whether training has converged, when, and where to (SCIENCE.md, 2.6)."""

from paramdyn.analysis.settling.run import Convergence, convergence, last_slope
from paramdyn.analysis.settling.same_point import PairOfEnds, pairs_of, same_point
from paramdyn.analysis.settling.slope import slope_interval
from paramdyn.analysis.settling.thresholds import Arrival, Waiting, arrival, waiting_times

__all__ = [
    "Arrival",
    "Convergence",
    "PairOfEnds",
    "Waiting",
    "arrival",
    "convergence",
    "last_slope",
    "pairs_of",
    "same_point",
    "slope_interval",
    "waiting_times",
]
