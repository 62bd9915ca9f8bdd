"""Length of the path through all records."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values


def path_lengths(context: Context) -> list[Values]:
    """Return the summed distances between records, a lower bound unless every step is one."""
    return context.results(context.path_with_total())


PATH_LENGTH = Measurement(
    name="path_length",
    unit="weight",
    needs=frozenset({"squared_chord"}),
    compute=path_lengths,
    formula="sum over records r of |theta_r - theta_{r-1}|",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604 (its summands)",
)
