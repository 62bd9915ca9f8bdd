"""Which parameters can move at all, before anything is trained (SCIENCE.md, section 3)."""

from paramdyn.analysis.reachability.audit import ParameterReach, ReachAudit, UnusedModule, reach_of
from paramdyn.analysis.reachability.sizes import AtSize, BySize
from paramdyn.analysis.reachability.ties import Ties, tied_parameters

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
