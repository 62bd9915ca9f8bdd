"""Changes made to a model's parameters before step 0 is recorded.

Buffers are touched only where the spec says so: a running variance that is negated makes every
output NaN, and a constant added to a batch counter is rounded away.
"""

from paramdyn.perturbations.changes import (
    distort,
    noise,
    reinit,
    rescale,
    shuffle,
    sign_flip,
    ulp,
)
from paramdyn.perturbations.perturb import PerturbationReport, perturb
from paramdyn.perturbations.redraw import Context

__all__ = [
    "Context",
    "PerturbationReport",
    "distort",
    "noise",
    "perturb",
    "reinit",
    "rescale",
    "shuffle",
    "sign_flip",
    "ulp",
]
