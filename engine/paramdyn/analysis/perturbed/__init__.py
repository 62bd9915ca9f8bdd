"""What became of perturbed runs: measured beside parent and controls, judged over seeds."""

from paramdyn.analysis.perturbed.measuring import measured
from paramdyn.analysis.perturbed.one_seed import Health, Perturbation, SeedRecovery
from paramdyn.analysis.perturbed.recovery import Recovery, judged, of_families, recovery

__all__ = [
    "Health",
    "Perturbation",
    "Recovery",
    "SeedRecovery",
    "judged",
    "measured",
    "of_families",
    "recovery",
]
