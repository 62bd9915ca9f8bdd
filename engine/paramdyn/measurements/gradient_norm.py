"""L2 norm of the loss gradient, before weight decay and momentum."""

from __future__ import annotations

import numpy as np

from paramdyn.measurements.measurement import Context, Measurement, Values, root, undefined_where


def gradient_norms(context: Context) -> list[Values]:
    """Return the L2 norm of every parameter's last gradient; undefined before the first.

    A frozen parameter has none: its norm is undefined, and the total is that of the others.
    """
    norms = root(context.sums.with_total("squared_gradient"))
    if norms is not None:
        frozen = [not info.trainable for info in context.table]
        norms = undefined_where(np.array([*frozen, False]), norms)
    return context.results(norms)


GRADIENT_NORM = Measurement(
    name="gradient_norm",
    unit="gradient",
    needs=frozenset({"squared_gradient"}),
    compute=gradient_norms,
    formula="sqrt(sum g^2)",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604",
)
