"""Which parameters can move at all, before anything is trained (SCIENCE.md, section 3)."""

from paramdyn.analysis.reach.audit import ParameterReach, ReachAudit, UnusedModule, reach_of
from paramdyn.analysis.reach.sizes import AtSize, BySize
from paramdyn.analysis.reach.ties import Ties, tied_parameters

__all__ = [
    "AtSize",
    "BySize",
    "ParameterReach",
    "ReachAudit",
    "Ties",
    "UnusedModule",
    "reach_of",
    "tied_parameters",
]
