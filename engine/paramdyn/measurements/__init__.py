"""What is recorded of a run: one file per quantity, each with its formula and its source.

A quantity is a ``Measurement`` computed from a ``Context``; nothing here reads or writes files.
"""

from paramdyn.measurements.measurement import Context, Measurement, Sums, Values

__all__ = ["Context", "Measurement", "Sums", "Values"]
